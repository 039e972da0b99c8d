/*
 * Do the counts of usage add up to the events? Events are counted again by key and by hour, and so are the tables; both
 * must come to the same. A stencil's keys follow from its first event. Keys and stencils must be found under their marks.
 */
#include "store/verify.h"

#include "base/mem.h"
#include "store/hours.h"

#include <errno.h>
#include <inttypes.h>

/* What is counted in two ways. */
enum counted { BY_KEY, BY_DAYS_OF_KEY, BY_HOUR, COUNTED__COUNT };

struct verified_usage {
	uint32_t (*keys)[2]; /* by stencil */
	size_t n_stencils;
	struct count_map events[COUNTED__COUNT], tables[COUNTED__COUNT];
};

int verify_usage_init(struct verifier *v)
{
	int64_t last;
	int rc = sqlite_number(v->q, "SELECT max(id) FROM stencil", 0, &last, v->why);

	if (rc < 0)
		return rc;
	v->usage = mem_zalloc(1, sizeof(*v->usage));
	if (!v->usage)
		return -ENOMEM;
	v->usage->n_stencils = (size_t)last + 1;
	v->usage->keys = mem_zalloc(v->usage->n_stencils, sizeof(*v->usage->keys));
	return v->usage->keys ? 0 : -ENOMEM;
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
	return rc < 0 ? rc : usage_keys(v->q, e, keys, v->why);
}

int verify_usage_event(struct verifier *v, const struct event *e, const struct encoded *x,
		       uint32_t stencil)
{
	struct verified_usage *u = v->usage;
	uint32_t *keys = stencil < u->n_stencils ? u->keys[stencil] : u->keys[0];
	int64_t at = floor_div(e->time, 1000000);
	int rc = keys[0] ? 0 : learn_keys(v, e, x, stencil, keys);

	for (size_t i = 0; i < 2 && rc == 0; i++) {
		rc = count_map_add(&u->events[BY_KEY], keys[i], 1, at, at);
		if (rc == 0)
			rc = count_map_add(&u->events[BY_DAYS_OF_KEY], keys[i], 1, at, at);
	}
	if (rc == 0)
		rc = count_map_add(&u->events[BY_HOUR], floor_div(e->time, NSEC_PER_HOUR), 1, at,
				   at);
	return rc;
}

/* ---- tables ---- */

static int take_total(struct verifier *v, sqlite3_stmt *st)
{
	return count_map_add(&v->usage->tables[BY_KEY], column_i64(st, 0), column_i64(st, 1),
			     column_i64(st, 2), column_i64(st, 3));
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
		rc = count_map_add(&v->usage->tables[BY_DAYS_OF_KEY], key, (int64_t)x->count,
				   begin + x->first, begin + x->last);
		if (rc == 0 && is_coarse)
			rc = count_map_add(&v->usage->tables[BY_HOUR], hour, (int64_t)x->count,
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

	for (int d = USAGE_ROLE; d < USAGE__COUNT; d++)
		names[d] = (uint32_t)column_i64(st, 1 + d);
	names[USAGE_HOUR] = column_i64(st, 1 + USAGE__COUNT) != 0;
	wanted = mark_of(v->q->keys, span_make(names, sizeof(names)));
	if (!span_equal(mark, span_make(&wanted, sizeof(wanted))))
		verifier_tell(v, FAULT_ROLLUP, 0, "key %" PRId64 " of usage is not what it was",
			      column_i64(st, 0));
	return 0;
}

struct taken {
	const char *sql;
	int (*take)(struct verifier *v, sqlite3_stmt *st);
};

static const struct taken taken[] = {
	{"SELECT key, count, first, last FROM usage_total", take_total},
	{"SELECT coarse, day, key, hours FROM usage", take_hours},
	{"SELECT id, mark, role, user, client, server, spn, process, reason, version, level, "
	 "outcome,"
	 " warnings, coarse FROM usage_key",
	 take_key},
};

static int take_table(struct verifier *v, const struct taken *table)
{
	sqlite3_stmt *st;
	int rc = sqlite_prepare(v->q, table->sql, &st, v->why);

	if (rc < 0)
		return rc;
	while ((rc = sqlite_step(v->q, st, v->why)) > 0)
		if ((rc = table->take(v, st)) < 0)
			break;
	sqlite3_finalize(st);
	return rc;
}

/* ---- comparing ---- */

static const char *const counted_names[COUNTED__COUNT] = {
	[BY_KEY] = "key",
	[BY_DAYS_OF_KEY] = "the days of key",
	[BY_HOUR] = "hour",
};

static void compare(struct verifier *v, enum counted by, const struct count_entry *a,
		    const struct count_entry *b)
{
	if (a->count != b->count)
		verifier_tell(v, FAULT_ROLLUP, 0,
			      "usage of %s %" PRId64 " is counted %" PRId64 " times, of %" PRId64
			      " events",
			      counted_names[by], a->key, b->count, a->count);
	else if (a->first != b->first || a->last != b->last)
		verifier_tell(v, FAULT_ROLLUP, 0,
			      "the times of usage of %s %" PRId64 " are not its events'",
			      counted_names[by], a->key);
}

static void compare_maps(struct verifier *v, enum counted by)
{
	const struct count_map *events = &v->usage->events[by], *tables = &v->usage->tables[by];
	const struct count_entry *other;

	for (size_t i = 0; i < events->cap; i++) {
		struct count_entry none = {.key = events->entries[i].key};

		other = count_map_find(tables, none.key);
		if (events->entries[i].used)
			compare(v, by, &events->entries[i], other ? other : &none);
	}
	for (size_t i = 0; i < tables->cap; i++) {
		struct count_entry none = {.key = tables->entries[i].key};

		if (tables->entries[i].used && !count_map_find(events, none.key))
			compare(v, by, &none, &tables->entries[i]);
	}
}

int verify_usage_close(struct verifier *v)
{
	int rc = 0;

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]) && rc == 0; i++)
		rc = take_table(v, &taken[i]);
	for (int by = 0; by < COUNTED__COUNT && rc == 0; by++)
		compare_maps(v, (enum counted)by);
	return rc;
}

void verify_usage_finish(struct verifier *v)
{
	if (!v->usage)
		return;
	for (int by = 0; by < COUNTED__COUNT; by++) {
		count_map_finish(&v->usage->events[by]);
		count_map_finish(&v->usage->tables[by]);
	}
	mem_free(v->usage->keys);
	mem_free(v->usage);
	v->usage = NULL;
}
