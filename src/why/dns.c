/*
 * Invariant: a compression pointer leads strictly backwards and a name follows at most POINTERS_MAX of them, so
 * that no message makes a name endless or many names dear.
 */
#include "why/dns.h"

#define NAME_MAX_WIRE 255 /* RFC 1035 2.3.4 */
#define POINTERS_MAX 16	  /* names of real messages have one or two */
#define POINTER 0xc0u
#define CLASS_IN 1
#define CLASS_FLUSH 0x8000u /* RFC 6762 10.2; of a question: the answer may be unicast (5.4) */
#define NETBIOS_ENCODED 32  /* RFC 1001 14.1: two letters each for 16 bytes */

/* RFC 1035 4.1.1 */
void dns_start(struct span message, struct dns *ret_dns)
{
	struct dns d = {.r = reader_of(message)};
	uint16_t flags;

	reader_skip(&d.r, 2); /* ID */
	flags = reader_u16be(&d.r);
	d.head.response = (flags & 0x8000) != 0;
	d.head.opcode = (uint8_t)(flags >> 11 & 0xf);
	d.head.truncated = (flags & 0x0200) != 0;
	d.head.rcode = (uint8_t)(flags & 0xf);
	for (int i = 0; i < DNS_SECTION__COUNT; i++)
		d.head.count[i] = reader_u16be(&d.r);
	*ret_dns = d;
}

/* Moves past a name. RFC 1035 4.1.4: a pointer ends it; 01 and 10 are reserved. */
static void pass_name(struct reader *r)
{
	size_t start = r->pos;
	uint8_t len;

	while ((len = reader_u8(r)) != 0 && len < POINTER) {
		if (len & POINTER)
			reader_fail(r, "label of a reserved kind");
		reader_skip(r, len);
		if (r->pos - start >= NAME_MAX_WIRE)
			reader_fail(r, "name of more than 255 bytes");
	}
	if (len >= POINTER)
		reader_skip(r, 1);
}

bool dns_next(struct dns *d, struct dns_record *ret_record)
{
	struct dns_record record = {0};

	while (d->section < DNS_SECTION__COUNT && d->done == d->head.count[d->section]) {
		d->section++;
		d->done = 0;
	}
	if (d->section == DNS_SECTION__COUNT || !reader_ok(&d->r))
		return false;
	record.section = (enum dns_section)d->section;
	record.name = d->r.pos;
	pass_name(&d->r);
	record.type = reader_u16be(&d->r);
	record.internet = (reader_u16be(&d->r) & ~CLASS_FLUSH) == CLASS_IN;
	if (record.section != DNS_QUESTION) {
		reader_skip(&d->r, 4); /* TTL */
		record.data_len = reader_u16be(&d->r);
		record.data = d->r.pos;
		reader_skip(&d->r, record.data_len);
	}
	d->done++;
	if (!reader_ok(&d->r))
		return false;
	*ret_record = record;
	return true;
}

struct walk {
	struct reader r;
	size_t run; /* where the labels began that are being read; a pointer must lead before it */
	size_t total; /* bytes of the name, as if it were not compressed */
	unsigned hops;
};

static struct walk walk_start(struct span message, size_t at)
{
	struct walk w = {.r = reader_of(message), .run = at};

	reader_seek(&w.r, at);
	return w;
}

static void follow(struct walk *w, uint8_t high)
{
	size_t to = (size_t)(high & ~POINTER) << 8 | reader_u8(&w->r);

	if (to >= w->run)
		reader_fail(&w->r, "pointer forward");
	if (++w->hops > POINTERS_MAX)
		reader_fail(&w->r, "too many pointers");
	reader_seek(&w->r, to);
	w->run = to;
}

/* The next label of a name; empty at its end, and where it is malformed. */
static struct span next_label(struct walk *w)
{
	uint8_t len;

	while ((len = reader_u8(&w->r)) >= POINTER)
		follow(w, len);
	if (len & POINTER)
		reader_fail(&w->r, "label of a reserved kind");
	w->total += (size_t)len + 1;
	if (w->total > NAME_MAX_WIRE)
		reader_fail(&w->r, "name of more than 255 bytes");
	return reader_bytes(&w->r, len);
}

/* RFC 1035 5.1: \X quotes a character. Anything else that is odd is for the outputs to escape. */
static void put_label(struct label *out, struct span label)
{
	if (out->len)
		label_putc(out, '.');
	for (size_t i = 0; i < label.len;) {
		size_t n = i;

		while (n < label.len && label.ptr[n] != '.' && label.ptr[n] != '\\')
			n++;
		label_add(out, span_make(label.ptr + i, n - i));
		if (n < label.len) {
			label_putc(out, '\\');
			label_putc(out, (char)label.ptr[n++]);
		}
		i = n;
	}
}

static bool put_rest(struct walk *w, struct label *out)
{
	struct span label;

	while ((label = next_label(w)).len > 0)
		put_label(out, label);
	if (!reader_ok(&w->r))
		label_reset(out);
	return reader_ok(&w->r);
}

bool dns_name(struct span message, size_t at, struct label *ret_label)
{
	struct walk w = walk_start(message, at);

	label_reset(ret_label);
	return put_rest(&w, ret_label);
}

/* Half-ASCII: a letter from A to P for each four bits. */
static bool netbios_decode(struct span encoded, uint8_t ret_name[NETBIOS_ENCODED / 2])
{
	if (encoded.len != NETBIOS_ENCODED)
		return false;
	for (size_t i = 0; i < NETBIOS_ENCODED; i++)
		if (encoded.ptr[i] < 'A' || encoded.ptr[i] > 'P')
			return false;
	for (size_t i = 0; i < NETBIOS_ENCODED / 2; i++)
		ret_name[i] =
			(uint8_t)((encoded.ptr[2 * i] - 'A') << 4 | (encoded.ptr[2 * i + 1] - 'A'));
	return true;
}

bool dns_netbios_name(struct span message, size_t at, struct label *ret_label, uint8_t *ret_suffix)
{
	struct walk w = walk_start(message, at);
	uint8_t name[NETBIOS_ENCODED / 2];
	size_t len = sizeof(name) - 1;

	label_reset(ret_label);
	if (!netbios_decode(next_label(&w), name))
		return false;
	while (len > 0 && (name[len - 1] == ' ' || name[len - 1] == '\0'))
		len--;
	*ret_suffix = name[sizeof(name) - 1];
	put_label(ret_label, span_make(name, len));
	return put_rest(&w, ret_label); /* the scope */
}
