/* The channel log's front: picks the engine, and knows where the log lies by default. */
#include "base/folder.h"
#include "base/mem.h"
#include "store/engine.h"

#include <errno.h>
#include <stdlib.h>

int store_open(const char *path, enum store_mode mode, struct text *why, struct store **ret_store)
{
	struct store *s = mem_zalloc(1, sizeof(*s));
	int rc;

	if (!s)
		return -ENOMEM;
	s->ops = &store_sqlite;
	rc = s->ops->open(s, path, mode, why);
	if (rc < 0) {
		mem_free(s);
		return rc;
	}
	*ret_store = s;
	return 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	s->ops->close(s);
	mem_free(s);
}

int store_add(struct store *s, const struct event *e, uint64_t *ret_record, struct text *why)
{
	return s->ops->add(s, e, ret_record, why);
}

int store_add_finding(struct store *s, const struct finding *f, struct text *why)
{
	return s->ops->add_finding(s, f, why);
}

int store_commit(struct store *s, struct text *why)
{
	return s->ops->commit(s, why);
}

int store_retain(struct store *s, const struct store_limits *limits, int64_t now, struct text *why)
{
	return s->ops->retain(s, limits, now, why);
}

int store_search(struct store *s, const struct store_query *q,
		 int (*each)(void *ctx, const struct event *e), void *ctx, struct text *why)
{
	return s->ops->search(s, q, each, ctx, why);
}

int store_findings(struct store *s, int64_t since, int64_t until,
		   int (*each)(void *ctx, const struct finding *f), void *ctx, struct text *why)
{
	return s->ops->findings(s, since, until, each, ctx, why);
}

int store_findings_after(struct store *s, uint64_t after,
			 int (*each)(void *ctx, const struct finding *f), void *ctx,
			 struct text *why)
{
	return s->ops->findings_after(s, after, each, ctx, why);
}

int store_head(struct store *s, struct store_head *ret_head, struct text *why)
{
	return s->ops->head(s, ret_head, why);
}

int store_usage(struct store *s, const struct usage_query *q,
		int (*each)(void *ctx, const struct usage_row *row), void *ctx, struct text *why)
{
	return s->ops->usage(s, q, each, ctx, why);
}

int store_add_kerberos(struct store *s, const char *user, const char *domain, int64_t time,
		       struct text *why)
{
	return s->ops->add_kerberos(s, user, domain, time, why);
}

int store_kerberos(struct store *s, int64_t since, int64_t until,
		   int (*each)(void *ctx, const struct store_kerberos *k), void *ctx,
		   struct text *why)
{
	return s->ops->kerberos(s, since, until, each, ctx, why);
}

int store_place_put(struct store *s, const char *what, struct span place, struct text *why)
{
	return s->ops->place_put(s, what, place, why);
}

int store_place_get(struct store *s, const char *what, uint8_t *ret_place, size_t size,
		    size_t *ret_n, struct text *why)
{
	return s->ops->place_get(s, what, ret_place, size, ret_n, why);
}

int store_summarise(struct store *s, struct store_summary *ret_summary, struct text *why)
{
	return s->ops->summary(s, ret_summary, why);
}

int store_verify(struct store *s, void (*fault)(void *ctx, const struct store_fault *f), void *ctx,
		 uint64_t *ret_faults, struct text *why)
{
	return s->ops->verify(s, fault, ctx, ret_faults, why);
}

int store_seal(struct store *s, const uint8_t private_key[32], int64_t now, struct text *why)
{
	return s->ops->seal(s, private_key, now, why);
}

int store_seals(struct store *s, int (*each)(void *ctx, const struct store_seal *seal), void *ctx,
		struct text *why)
{
	return s->ops->seals(s, each, ctx, why);
}

void store_query_init(struct store_query *q)
{
	*q = (struct store_query){.since = INT64_MIN, .until = INT64_MAX};
}

int store_default_path(struct text *ret_path)
{
	const char *named = getenv("NTLMAUDIT_LOG");

	if (!named || !*named)
		return folder_state("log.db", ret_path);
	text_puts(ret_path, named);
	return ret_path->failed ? -ENOMEM : 0;
}
