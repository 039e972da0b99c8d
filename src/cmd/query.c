#include "cmd/query.h"

#include "base/clock.h"
#include "base/mem.h"
#include "event/copy.h"
#include "cmd/when.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define KEPT_EVENTS 1000
#define KEPT_BYTES ((size_t)16 << 20)

bool query_number(const char *s, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (!*s)
		return false;
	for (; *s; s++)
		if (*s < '0' || *s > '9' || __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*s - '0'), &number))
			return false;
	*ret_number = number;
	return true;
}

const char *query_moment(int64_t *ret_moment, const char *value)
{
	return when_parse(value, clock_wall(), ret_moment) < 0 ? "should be as " WHEN_FORMS : NULL;
}

bool query_guid(const char *s, uint8_t ret_guid[16])
{
	size_t n = 0;
	int high, low;

	for (s += *s == '{'; *s && *s != '}'; s += 2) {
		s += *s == '-';
		high = hex_digit((uint8_t)s[0]);
		low = high < 0 ? -1 : hex_digit((uint8_t)s[1]);
		if (low < 0 || n == 16)
			return false;
		ret_guid[n++] = (uint8_t)(high << 4 | low);
	}
	return n == 16 && (!*s || !s[1]);
}

void query_options_init(struct query_options *o, const char *format)
{
	*o = (struct query_options){.format = format_find(format)};
	store_query_init(&o->query);
}

int query_parse(int argc, char **argv, const struct option_row *own, const struct option_help *help,
		struct query_options *options)
{
	struct option_row rows[QUERY_ROWS_MAX + 1] = {0};
	size_t n = 0;

	while (own->name)
		rows[n++] = *own++;
	for (const struct option_row *row = query_rows; row->name; row++) {
		assert(n < QUERY_ROWS_MAX);
		rows[n++] = *row;
	}
	return option_parse(argc, argv, rows, help, options);
}

/* The newest events, kept until the oldest of them is known. */
struct newest {
	struct event *events;
	size_t n, room;
	struct arena arena;
};

static int keep_newest(void *ctx, const struct event *e)
{
	struct newest *newest = ctx;

	if (newest->n < newest->room)
		event_copy(&newest->arena, e, &newest->events[newest->n++]);
	return 0;
}

/* A few, in one search: they are kept, and told backwards. */
static int run_few(struct store *s, const struct query_options *o, const struct query_ops *ops,
		   void *ctx, struct text *why)
{
	struct newest newest = {.room = (size_t)o->newest};
	struct store_query q = o->query;
	int rc;

	newest.events = mem_zalloc(newest.room, sizeof(*newest.events));
	if (!newest.events)
		return -ENOMEM;
	arena_init(&newest.arena, KEPT_BYTES);
	q.newest_first = true;
	q.limit = o->newest;
	rc = store_search(s, &q, keep_newest, &newest, why);
	while (rc == 0 && newest.n > 0)
		rc = ops->event(ctx, &newest.events[--newest.n]);
	arena_finish(&newest.arena);
	mem_free(newest.events);
	return rc;
}

static int note_record(void *ctx, const struct event *e)
{
	uint64_t *oldest = ctx;

	*oldest = e->record;
	return 0;
}

/* Many, in two: records are in the order of the log, so the oldest of them says where to begin. */
static int run_many(struct store *s, const struct query_options *o, const struct query_ops *ops,
		    void *ctx, struct text *why)
{
	struct store_query q = o->query;
	uint64_t oldest = 0;
	int rc;

	q.newest_first = true;
	q.limit = o->newest;
	rc = store_search(s, &q, note_record, &oldest, why);
	if (rc < 0 || oldest == 0)
		return rc;
	q = o->query;
	q.after = oldest - 1;
	return store_search(s, &q, ops->event, ctx, why);
}

static int run_events(struct store *s, const struct query_options *o, const struct query_ops *ops,
		      void *ctx, struct text *why)
{
	struct store_query q = o->query;

	if (!o->newest || q.newest_first) {
		q.limit = o->newest;
		return store_search(s, &q, ops->event, ctx, why);
	}
	return (o->newest <= KEPT_EVENTS ? run_few : run_many)(s, o, ops, ctx, why);
}

int query_run(struct store *s, const struct query_options *o, const struct query_ops *ops,
	      void *ctx, struct text *why)
{
	int rc = run_events(s, o, ops, ctx, why);

	if (rc == 0 && o->findings)
		rc = store_findings(s, o->query.since, o->query.until, ops->finding, ctx, why);
	return rc;
}
