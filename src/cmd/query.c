#include "cmd/query.h"

#include "cmd/when.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

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
	return when_parse(value, when_now(), ret_moment) < 0 ? "should be as " WHEN_FORMS : NULL;
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

static int note_record(void *ctx, const struct event *e)
{
	uint64_t *oldest = ctx;

	*oldest = e->record;
	return 0;
}

/* Records are in the order of the log: the oldest of the newest n says where to begin. */
static int begin_at_newest(struct store *s, const struct query_options *o, struct store_query *q,
			   struct text *why)
{
	struct store_query newest = *q;
	uint64_t oldest = 0;
	int rc;

	newest.newest_first = true;
	newest.limit = o->newest;
	rc = store_search(s, &newest, note_record, &oldest, why);
	if (rc == 0 && oldest && oldest > q->after)
		q->after = oldest - 1;
	return rc;
}

int query_run(struct store *s, const struct query_options *o, const struct query_ops *ops,
	      void *ctx, struct text *why)
{
	struct store_query q = o->query;
	int rc = 0;

	if (o->newest && q.newest_first)
		q.limit = o->newest;
	else if (o->newest)
		rc = begin_at_newest(s, o, &q, why);
	if (rc == 0 && ops->event)
		rc = store_search(s, &q, ops->event, ctx, why);
	if (rc == 0 && o->findings && ops->finding)
		rc = store_findings(s, q.since, q.until, ops->finding, ctx, why);
	return rc;
}
