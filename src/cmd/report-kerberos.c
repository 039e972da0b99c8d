#include "cmd/report-kerberos.h"

#include "base/mem.h"
#include "event/domain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAMES_MAX ((size_t)64 << 20)

/* A name as it was found, in its parts: `CORP\alice`, `alice@corp.example`. */
struct account {
	struct span user;
	const char *domain;
	struct span before; /* the domain where it stands first */
};

static struct account account_of(const char *name)
{
	const char *slash = strrchr(name, '\\'), *user = slash ? slash + 1 : name;
	const char *at = strrchr(user, '@');

	return (struct account){
		.user = span_make(user, at ? (size_t)(at - user) : strlen(user)),
		.domain = at ? at + 1 : "",
		.before = slash ? span_make(name, (size_t)(slash - name)) : (struct span){0},
	};
}

static int add(void *ctx, const struct store_kerberos *seen)
{
	struct kerberos_users *k = ctx;
	struct account account = account_of(seen->user);
	struct kerberos_user *row;

	if (k->n == k->room) {
		size_t room = k->room ? 2 * k->room : 256;

		row = mem_realloc(k->rows, room * sizeof(*row));
		if (!row)
			return -ENOMEM;
		k->rows = row;
		k->room = room;
	}
	row = &k->rows[k->n];
	row->user = arena_string(&k->names, account.user);
	row->domain =
		arena_string(&k->names, span_str(*seen->domain ? seen->domain : account.domain));
	if (!row->user || !row->domain)
		return -ENOMEM;
	k->n++;
	return 0;
}

static int by_user(const void *a, const void *b)
{
	return strcasecmp(((const struct kerberos_user *)a)->user,
			  ((const struct kerberos_user *)b)->user);
}

int kerberos_users_load(struct kerberos_users *k, struct store *s, int64_t since, int64_t until,
			struct text *why)
{
	int rc;

	*k = (struct kerberos_users){0};
	arena_init(&k->names, NAMES_MAX);
	rc = store_kerberos(s, since, until, add, k, why);
	if (k->n)
		qsort(k->rows, k->n, sizeof(*k->rows), by_user);
	return rc;
}

void kerberos_users_finish(struct kerberos_users *k)
{
	arena_finish(&k->names);
	mem_free(k->rows);
}

static bool same_domain(struct span a, const char *b)
{
	char name[256];

	if (a.len == 0 || !*b)
		return true;
	if (a.len >= sizeof(name))
		return false;
	memcpy(name, a.ptr, a.len);
	name[a.len] = '\0';
	return domain_is_same(name, b);
}

static int compare_user(struct span a, const char *b)
{
	int order = strncasecmp((const char *)a.ptr, b, a.len);

	return order ? order : -(b[a.len] != '\0');
}

bool kerberos_users_has(const struct kerberos_users *k, const char *name)
{
	struct account account = account_of(name);
	struct span domain = account.before.len ? account.before : span_str(account.domain);
	size_t low = 0, high = k->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_user(account.user, k->rows[middle].user) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < k->n && compare_user(account.user, k->rows[low].user) == 0; low++)
		if (same_domain(domain, k->rows[low].domain))
			return true;
	return false;
}
