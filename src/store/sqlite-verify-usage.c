/*
 * Do the counts of usage add up to the events? Events are counted again by key and by hour, and so are the tables; both
 * must come to the same. A stencil's keys follow from its first event. Keys and stencils must be found under their marks.
 */
#include "store/verify.h"

#include "base/mem.h"
#include "store/hours.h"
#include "store/usage-dims.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

/* How often, the first time and the last, in milliseconds. */
struct counted {
	int64_t count, first, last;
};

/* What is counted by key: the events, and what two tables say. */
enum { BY_EVENTS, BY_TOTALS, BY_DAYS, BY__COUNT };

struct verified_usage {
	uint32_t (*keys)[2]; /* by stencil */
	struct counted *by_key[BY__COUNT];
	size_t n_stencils, n_keys;
	struct count_map event_hours, table_hours;
};

static int max_id(struct verifier *v, const char *sql, size_t *ret_n)
{
	int64_t last;
	int rc = sqlite_number(v->q, sql, 0, &last, v->why);

	if (rc == 0)
		*ret_n = (size_t)last + 1;
	return rc;
}

int verify_usage_init(struct verifier *v)
{
	struct verified_usage *u = mem_zalloc(1, sizeof(*u));
	int rc;

	v->usage = u;
	if (!u)
		return -ENOMEM;
	rc = max_id(v, "SELECT max(id) FROM stencil", &u->n_stencils);
	if (rc == 0)
		rc = max_id(v, "SELECT max(id) FROM usage_key", &u->n_keys);
	if (rc < 0)
		return rc;
	u->keys = mem_zalloc(u->n_stencils, sizeof(*u->keys));
	for (size_t i = 0; i < BY__COUNT; i++) {
		u->by_key[i] = mem_zalloc(u->n_keys, sizeof(*u->by_key[i]));
		rc = u->by_key[i] ? rc : -ENOMEM;
	}
	return u->keys ? rc : -ENOMEM;
}

/* Keys that are in no row count for the key 0, which none has. */
static void count(struct verified_usage *u, size_t by, int64_t key, int64_t n, int64_t first,
		  int64_t last)
{
	struct counted *c = &u->by_key[by][key > 0 && (uint64_t)key < u->n_keys ? key : 0];

	if (!c->count || first < c->first)
		c->first = first;
	if (!c->count || last > c->last)
		c->last = last;
	c->count += n;
}

/* ---- events ---- */

static int learn_keys(struct verifier *v, const struct event *e, const struct encoded *x,
		      uint32_t stencil, uint32_t keys[2])
{
	struct mark mark = mark_of(v->q->keys, x->shared);
	uint32_t found;
	int rc = stencil_find(v->q, &mark, &found, v->why);

	if (rc == 0 && found != stencil)
		verifier_tell(v, FAULT_ROLLUP, e->record,
			      "the stencil of record %" PRIu64 " is not found under its mark",
			      e->record);
	return rc < 0 || !usage_counts(e) ? rc : usage_keys(v->q, e, keys, v->why);
}

int verify_usage_event(struct verifier *v, const struct event *e, const struct encoded *x,
		       uint32_t stencil)
{
	struct verified_usage *u = v->usage;
	uint32_t *keys = stencil < u->n_stencils ? u->keys[stencil] : u->keys[0];
	int64_t at = floor_div(e->time, 1000000);
	int rc = keys[0] ? 0 : learn_keys(v, e, x, stencil, keys);

	if (!usage_counts(e))
		return rc;
	for (size_t i = 0; i < 2 && rc == 0; i++)
		count(u, BY_EVENTS, keys[i], 1, at, at);
	if (rc == 0)
		rc = count_map_add(&u->event_hours, floor_div(e->time, NSEC_PER_HOUR), 1, at, at);
	return rc;
}

/* ---- tables ---- */

static int take_total(struct verifier *v, sqlite3_stmt *st)
{
	count(v->usage, BY_TOTALS, column_i64(st, 0), column_i64(st, 1), column_i64(st, 2),
	      column_i64(st, 3));
	return 0;
}

static int take_hours(struct verifier *v, sqlite3_stmt *st)
{
	struct hours hours;
	bool is_coarse = column_i64(st, 0) != 0;
	int64_t day = column_i64(st, 1), key = column_i64(st, 2);
	int rc = 0;

	if (!hours_unpack(column_blob(st, 3), &hours)) {
		verifier_tell(v, FAULT_ROLLUP, 0, "hours of usage of key %" PRId64 " are damaged",
			      key);
		return 0;
	}
	for (unsigned i = 0; i < 24 && rc == 0; i++) {
		const struct hour_count *x = &hours.hour[i];
		int64_t hour = day * 24 + i, begin = hour * 3600000;

		if (!x->count)
			continue;
		count(v->usage, BY_DAYS, key, (int64_t)x->count, begin + x->first, begin + x->last);
		if (is_coarse)
			rc = count_map_add(&v->usage->table_hours, hour, (int64_t)x->count,
					   begin + x->first, begin + x->last);
	}
	return rc;
}

/* Its dimensions must be those that its mark is of. */
static int take_key(struct verifier *v, sqlite3_stmt *st)
{
	uint32_t names[USAGE__COUNT];
	struct span mark = column_blob(st, 1);
	struct mark wanted;
	bool odd = false; /* what is not there is NULL, never 0 */

	names[USAGE_HOUR] = column_i64(st, 2) != 0;
	for (int d = USAGE_ROLE; d < USAGE__COUNT; d++) {
		names[d] = (uint32_t)column_i64(st, 2 + d);
		odd = odd || (names[d] == 0) != (sqlite3_column_type(st, 2 + d) == SQLITE_NULL);
	}
	wanted = mark_of(v->q->keys, usage_key_bytes(v->q, names));
	if (odd || !span_equal(mark, span_make(&wanted, sizeof(wanted))))
		verifier_tell(v, FAULT_ROLLUP, 0, "key %" PRId64 " of usage is not what it was",
			      column_i64(st, 0));
	return 0;
}

struct taken {
	const char *columns, *table;
	int (*take)(struct verifier *v, sqlite3_stmt *st);
};

static const struct taken taken[] = {
	{"key, count, first, last", "usage_total", take_total},
	{"coarse, day, key, hours", "usage", take_hours},
	{"id, mark, coarse, ", "usage_key", take_key}, /* and all dimensions */
};

static int take_table(struct verifier *v, const struct taken *table)
{
	bool is_key = table->take == take_key;
	char sql[512];
	sqlite3_stmt *st;
	int rc;

	snprintf(sql, sizeof(sql), "SELECT %s%s FROM %s", table->columns,
		 is_key ? v->q->usage_columns : "", table->table);
	rc = sqlite_prepare(v->q, sql, &st, v->why);
	if (rc < 0)
		return rc;
	while ((rc = sqlite_step(v->q, st, v->why)) > 0)
		if ((rc = table->take(v, st)) < 0)
			break;
	sqlite3_finalize(st);
	return rc;
}

/* ---- comparing ---- */

static void compare(struct verifier *v, const char *what, int64_t which, const struct counted *is,
		    const struct counted *says)
{
	if (is->count != says->count)
		verifier_tell(v, FAULT_ROLLUP, 0,
			      "usage of %s %" PRId64 " is counted %" PRId64 " times, of %" PRId64
			      " events",
			      what, which, says->count, is->count);
	else if (is->count && (is->first != says->first || is->last != says->last))
		verifier_tell(v, FAULT_ROLLUP, 0,
			      "the times of usage of %s %" PRId64 " are not its events'", what,
			      which);
}

static void compare_keys(struct verifier *v)
{
	struct verified_usage *u = v->usage;

	for (size_t key = 0; key < u->n_keys; key++) {
		const struct counted *is = &u->by_key[BY_EVENTS][key];

		compare(v, "key", (int64_t)key, is, &u->by_key[BY_TOTALS][key]);
		compare(v, "the days of key", (int64_t)key, is, &u->by_key[BY_DAYS][key]);
	}
	if (u->by_key[BY_EVENTS][0].count)
		verifier_tell(v, FAULT_ROLLUP, 0, "%" PRId64 " events are counted under no key",
			      u->by_key[BY_EVENTS][0].count);
}

static struct counted counted_of(const struct count_entry *entry)
{
	if (!entry || !entry->used)
		return (struct counted){0};
	return (struct counted){entry->count, entry->first, entry->last};
}

/* Hours of one map, against the other; those that only the other has it is asked for itself. */
static void compare_hours(struct verifier *v, const struct count_map *from, bool only_missing)
{
	struct verified_usage *u = v->usage;

	for (size_t i = 0; i < from->cap; i++) {
		int64_t hour = from->entries[i].key;
		const struct count_entry *is = count_map_find(&u->event_hours, hour);
		struct counted events = counted_of(is);
		struct counted table = counted_of(count_map_find(&u->table_hours, hour));

		if (from->entries[i].used && !(only_missing && is))
			compare(v, "hour", hour, &events, &table);
	}
}

int verify_usage_close(struct verifier *v)
{
	int rc = 0;

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]) && rc == 0; i++)
		rc = take_table(v, &taken[i]);
	if (rc < 0)
		return rc;
	compare_keys(v);
	compare_hours(v, &v->usage->event_hours, false);
	compare_hours(v, &v->usage->table_hours, true);
	return 0;
}

void verify_usage_finish(struct verifier *v)
{
	struct verified_usage *u = v->usage;

	if (!u)
		return;
	count_map_finish(&u->event_hours);
	count_map_finish(&u->table_hours);
	for (size_t i = 0; i < BY__COUNT; i++)
		mem_free(u->by_key[i]);
	mem_free(u->keys);
	mem_free(u);
	v->usage = NULL;
}
