/* Counting encrypted connections. Invariant: a host is printable ASCII, whatever the wire said. */
#include "source/encrypted.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>

#define SLOTS (2 * ENCRYPTED_ROWS) /* of the index: a power of two */

struct row {
	uint64_t connections;
	uint16_t port;
	char host[ENCRYPTED_NAME_MAX + 1];
};

struct encrypted_table {
	struct row row[ENCRYPTED_ROWS];
	uint16_t slot[SLOTS]; /* row + 1; 0 = free */
	size_t n;
	uint64_t others;
	struct hash_key hash;
	struct text address;
};

int encrypted_new(struct encrypted_table **ret_table)
{
	struct encrypted_table *t = mem_zalloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->hash = hash_key_random();
	text_init(&t->address, 0);
	*ret_table = t;
	return 0;
}

void encrypted_free(struct encrypted_table *t)
{
	if (!t)
		return;
	text_finish(&t->address);
	mem_free(t);
}

/* A host name as RFC 6066 3 has it, in lower case. Anything else is no name to show. */
static bool take_name(struct span name, char out[ENCRYPTED_NAME_MAX + 1])
{
	if (name.len == 0 || name.len > ENCRYPTED_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.ptr[i];

		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c | 0x20);
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.' && c != '-' &&
		    c != '_')
			return false;
		out[i] = (char)c;
	}
	out[name.len] = '\0';
	return true;
}

/* Who did not send the SYN; where that was not seen, who has the lower port. */
static const struct endpoint *server_of(const struct flow *f)
{
	bool first = f->midstream && f->end[0].port < f->end[1].port;

	return &f->end[first ? 0 : 1];
}

static void take_address(struct encrypted_table *t, const struct addr *addr,
			 char out[ENCRYPTED_NAME_MAX + 1])
{
	size_t len;

	text_reset(&t->address);
	addr_format(&t->address, addr);
	len = t->address.failed ? 0 : t->address.len;
	if (len)
		memcpy(out, t->address.ptr, len);
	out[len] = '\0';
}

/* The row of a host and port; NULL where it has none and none is left. */
static struct row *find(struct encrypted_table *t, const char *host, uint16_t port)
{
	uint64_t hash = hash_bytes(&t->hash, span_str(host)) + port;

	for (size_t i = 0; i < SLOTS; i++) {
		uint16_t *slot = &t->slot[(hash + i) % SLOTS];
		struct row *row = &t->row[*slot ? *slot - 1u : t->n];

		if (*slot && (row->port != port || strcmp(row->host, host) != 0))
			continue;
		if (*slot)
			return row;
		if (t->n == ENCRYPTED_ROWS)
			return NULL;
		*slot = (uint16_t)++t->n;
		row->port = port;
		memcpy(row->host, host, strlen(host) + 1);
		return row;
	}
	return NULL;
}

void encrypted_note(struct encrypted_table *t, const struct flow *f,
		    const struct sighting_encrypted *s)
{
	const struct endpoint *server = server_of(f);
	char host[ENCRYPTED_NAME_MAX + 1];
	struct row *row;

	if (!take_name(s->server_name, host))
		take_address(t, &server->addr, host);
	row = find(t, host, server->port);
	if (row)
		row->connections++;
	else
		t->others++;
}

static int compare(const void *a, const void *b)
{
	const struct row *const *x = a, *const *y = b;

	if ((*x)->connections != (*y)->connections)
		return (*x)->connections > (*y)->connections ? -1 : 1;
	if (strcmp((*x)->host, (*y)->host) != 0)
		return strcmp((*x)->host, (*y)->host);
	return (*x)->port < (*y)->port ? -1 : (*x)->port > (*y)->port;
}

void encrypted_each(struct encrypted_table *t,
		    void (*row)(void *ctx, const struct encrypted_row *row), void *ctx)
{
	const struct row *order[ENCRYPTED_ROWS];
	struct encrypted_row shown;

	for (size_t i = 0; i < t->n; i++)
		order[i] = &t->row[i];
	qsort(order, t->n, sizeof(order[0]), compare);
	for (size_t i = 0; i < t->n; i++) {
		shown = (struct encrypted_row){order[i]->host, order[i]->port,
					       order[i]->connections};
		row(ctx, &shown);
	}
	shown = (struct encrypted_row){.connections = t->others};
	if (t->others)
		row(ctx, &shown);
}
