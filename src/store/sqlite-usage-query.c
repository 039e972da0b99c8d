/*
 * Asking for usage. The keys that match are put into groups first; then the counts of each key are added to its group:
 * of all time from one sum a key, of a part of it from the days in it, and hours where a day is only partly in it.
 */
#include "store/sqlite.h"

#include "base/mem.h"
#include "store/hours.h"
#include "store/usage-dims.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define NO_GROUP UINT32_MAX
#define GROUPS_MAX (1u << 24) /* more are refused: the question is too fine */
#define COARSE_DIMS                                                                                \
	(1u << USAGE_HOUR | 1u << USAGE_ROLE | 1u << USAGE_REASON | 1u << USAGE_VERSION |          \
	 1u << USAGE_LEVEL | 1u << USAGE_OUTCOME | 1u << USAGE_WARNINGS)

/* A row of the answer. */
struct group {
	uint32_t names[USAGE__COUNT];
	int64_t hour;
	uint64_t count;
	int64_t first, last; /* milliseconds */
};

struct asking {
	struct sqlite *q;
	const struct usage_query *query;
	struct text *why;
	bool is_coarse, by_hour, whole;
	int64_t since, until;	       /* hours */
	uint32_t only[USAGE__COUNT];   /* names; 0 = any */
	bool wants_none[USAGE__COUNT]; /* "": those that have none */
	uint32_t *key_group;	       /* by key */
	size_t n_keys;
	struct group *groups;
	size_t n_groups, cap_groups;
	uint32_t *slots; /* group + 1, by hash */
	size_t n_slots;
};

/* ---- groups ---- */

static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static uint64_t group_hash(const uint32_t *names, int64_t hour)
{
	uint64_t h = (uint64_t)hour;

	for (size_t d = 0; d < USAGE__COUNT; d++)
		h = mix(h, names[d]);
	return mix(h, 1);
}

static int grow(struct asking *a)
{
	size_t cap = a->cap_groups ? a->cap_groups * 2 : 1024;
	struct group *groups;

	if (cap > GROUPS_MAX)
		return -E2BIG;
	groups = mem_realloc(a->groups, cap * sizeof(*groups));
	if (!groups)
		return -ENOMEM;
	a->groups = groups;
	a->cap_groups = cap;
	mem_free(a->slots);
	a->n_slots = cap * 2;
	a->slots = mem_zalloc(a->n_slots, sizeof(*a->slots));
	if (!a->slots)
		return -ENOMEM;
	for (size_t i = 0; i < a->n_groups; i++) {
		size_t at = group_hash(groups[i].names, groups[i].hour) % a->n_slots;

		while (a->slots[at])
			at = (at + 1) % a->n_slots;
		a->slots[at] = (uint32_t)i + 1;
	}
	return 0;
}

static int group_find(struct asking *a, const uint32_t *names, int64_t hour, uint32_t *ret_group)
{
	size_t at;
	int rc = a->n_groups == a->cap_groups ? grow(a) : 0;

	if (rc < 0)
		return rc;
	at = group_hash(names, hour) % a->n_slots;
	for (; a->slots[at]; at = (at + 1) % a->n_slots) {
		struct group *g = &a->groups[a->slots[at] - 1];

		if (g->hour == hour && memcmp(g->names, names, sizeof(g->names)) == 0) {
			*ret_group = a->slots[at] - 1;
			return 0;
		}
	}
	*ret_group = (uint32_t)a->n_groups;
	a->slots[at] = (uint32_t)a->n_groups + 1;
	a->groups[a->n_groups] =
		(struct group){.hour = hour, .first = INT64_MAX, .last = INT64_MIN};
	memcpy(a->groups[a->n_groups++].names, names, sizeof(a->groups->names));
	return 0;
}

static void group_add(struct group *g, uint64_t count, int64_t first, int64_t last)
{
	g->count += count;
	if (first < g->first)
		g->first = first;
	if (last > g->last)
		g->last = last;
}

/* ---- keys ---- */

static bool key_matches(const struct asking *a, const uint32_t *names)
{
	for (size_t d = USAGE_ROLE; d < USAGE__COUNT; d++) {
		if (a->only[d] && names[d] != a->only[d])
			return false;
		if (a->wants_none[d] && names[d])
			return false;
	}
	return true;
}

/* The group of a row of usage_key; dimensions that were not asked for are left out. */
static int take_key(struct asking *a, sqlite3_stmt *st)
{
	uint32_t names[USAGE__COUNT] = {0}, group;
	int64_t key = column_i64(st, 0);
	int rc;

	for (int d = USAGE_ROLE; d < USAGE__COUNT; d++)
		names[d] = (uint32_t)column_i64(st, d);
	if (key <= 0 || (uint64_t)key >= a->n_keys || !key_matches(a, names))
		return 0;
	for (int d = USAGE_ROLE; d < USAGE__COUNT; d++)
		if (!(a->query->dims & 1u << d))
			names[d] = 0;
	rc = group_find(a, names, INT64_MIN, &group);
	if (rc == 0)
		a->key_group[key] = group;
	return rc;
}

static int take_keys(struct asking *a)
{
	char sql[512];
	sqlite3_stmt *st;
	int64_t last;
	int rc = sqlite_number(a->q, "SELECT max(id) FROM usage_key", 0, &last, a->why);

	if (rc < 0)
		return rc;
	a->n_keys = (size_t)last + 1;
	a->key_group = mem_alloc(a->n_keys * sizeof(*a->key_group));
	if (!a->key_group)
		return -ENOMEM;
	memset(a->key_group, 0xff, a->n_keys * sizeof(*a->key_group));
	snprintf(sql, sizeof(sql), "SELECT id, %s FROM usage_key WHERE coarse = ?1",
		 a->q->usage_columns);
	rc = sqlite_prepare(a->q, sql, &st, a->why);
	if (rc < 0)
		return rc;
	sqlite3_bind_int(st, 1, a->is_coarse);
	while ((rc = sqlite_step(a->q, st, a->why)) > 0)
		if ((rc = take_key(a, st)) < 0)
			break;
	sqlite3_finalize(st);
	return rc;
}

static uint32_t group_of(const struct asking *a, int64_t key)
{
	return key > 0 && (uint64_t)key < a->n_keys ? a->key_group[key] : NO_GROUP;
}

/* ---- counts ---- */

static int add_totals(struct asking *a)
{
	sqlite3_stmt *st;
	uint32_t group;
	int rc = sqlite_prepare(a->q, "SELECT key, count, first, last FROM usage_total", &st,
				a->why);

	if (rc < 0)
		return rc;
	while ((rc = sqlite_step(a->q, st, a->why)) > 0) {
		group = group_of(a, column_i64(st, 0));
		if (group != NO_GROUP)
			group_add(&a->groups[group], (uint64_t)column_i64(st, 1), column_i64(st, 2),
				  column_i64(st, 3));
	}
	sqlite3_finalize(st);
	return rc;
}

static int add_hours(struct asking *a, uint32_t group, int64_t day, const struct hours *hours)
{
	uint32_t names[USAGE__COUNT];
	int rc = 0;

	memcpy(names, a->groups[group].names, sizeof(names)); /* groups may move */
	for (unsigned i = 0; i < 24 && rc == 0; i++) {
		const struct hour_count *x = &hours->hour[i];
		int64_t hour = day * 24 + i, begin = hour * 3600000;
		uint32_t at = group;

		if (!x->count || hour < a->since || hour >= a->until)
			continue;
		if (a->by_hour)
			rc = group_find(a, names, hour, &at);
		if (rc == 0)
			group_add(&a->groups[at], x->count, begin + x->first, begin + x->last);
	}
	return rc;
}

static int take_row(struct asking *a, sqlite3_stmt *st)
{
	uint32_t group = group_of(a, column_i64(st, 1));
	struct hours hours;

	if (group == NO_GROUP)
		return 0;
	if (!hours_unpack(column_blob(st, 2), &hours))
		return sqlite_damaged(a->q, "hours of usage", a->why);
	return add_hours(a, group, column_i64(st, 0), &hours);
}

static int add_days(struct asking *a)
{
	sqlite3_stmt *st;
	int rc = sqlite_prepare(a->q,
				"SELECT day, key, hours FROM usage"
				" WHERE coarse = ?1 AND day BETWEEN ?2 AND ?3",
				&st, a->why);

	if (rc < 0)
		return rc;
	sqlite3_bind_int(st, 1, a->is_coarse);
	sqlite3_bind_int64(st, 2, floor_div(a->since, 24));
	sqlite3_bind_int64(st, 3, floor_div(a->until, 24));
	while ((rc = sqlite_step(a->q, st, a->why)) > 0)
		if ((rc = take_row(a, st)) < 0)
			break;
	sqlite3_finalize(st);
	return rc;
}

/* ---- the answer ---- */

static int compare_groups(const struct group *x, const struct group *y, bool by_time)
{
	if (by_time && x->hour != y->hour)
		return x->hour < y->hour ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	/* Some order that stays the same. */
	return memcmp(x->names, y->names, sizeof(x->names));
}

static int compare_by_count(const void *a, const void *b)
{
	return compare_groups(a, b, false);
}

static int compare_by_time(const void *a, const void *b)
{
	return compare_groups(a, b, true);
}

static int hand_out(struct asking *a, const struct group *g,
		    int (*each)(void *ctx, const struct usage_row *row), void *ctx)
{
	struct usage_row row = {.count = g->count};
	char hour[24];
	int rc = 0;

	row.first = times(g->first, 1000000);
	row.last = times(g->last, 1000000);
	if (a->by_hour) {
		snprintf(hour, sizeof(hour), "%lld", (long long)g->hour);
		row.dim[USAGE_HOUR] = hour;
	}
	for (int d = USAGE_ROLE; d < USAGE__COUNT && rc == 0; d++) {
		if (!(a->query->dims & 1u << d))
			continue;
		rc = name_read(a->q, g->names[d], &row.dim[d], a->why);
		if (rc == 0 && !row.dim[d])
			row.dim[d] = "";
	}
	return rc < 0 ? rc : each(ctx, &row);
}

static int answer(struct asking *a, int (*each)(void *ctx, const struct usage_row *row), void *ctx)
{
	uint64_t n = 0;
	int rc = 0;

	if (a->n_groups)
		qsort(a->groups, a->n_groups, sizeof(*a->groups),
		      a->query->by_time ? compare_by_time : compare_by_count);
	for (size_t i = 0; i < a->n_groups && rc == 0; i++) {
		if (!a->groups[i].count)
			continue;
		if (a->query->limit && n++ >= a->query->limit)
			break;
		rc = hand_out(a, &a->groups[i], each, ctx);
	}
	return rc;
}

/* The names that are asked for; false where no event can have one of them. */
static int find_only(struct asking *a, bool *ret_any)
{
	sqlite3_stmt *st;
	int rc = sqlite_prepare(a->q, "SELECT id FROM name WHERE text = ?1", &st, a->why);

	if (rc < 0)
		return rc;
	*ret_any = true;
	for (int d = USAGE_ROLE; d < USAGE__COUNT && rc >= 0; d++) {
		const char *text = a->query->only[d];

		if (!text)
			continue;
		a->wants_none[d] = !*text;
		sqlite3_bind_text(st, 1, text, -1, SQLITE_STATIC);
		rc = *text ? sqlite_step(a->q, st, a->why) : 1;
		if (rc > 0 && *text)
			a->only[d] = (uint32_t)column_i64(st, 0);
		*ret_any &= rc > 0;
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
	return rc < 0 ? rc : 0;
}

static void choose(struct asking *a)
{
	const struct usage_query *query = a->query;
	uint32_t used = query->dims;

	for (int d = USAGE_ROLE; d < USAGE__COUNT; d++)
		if (query->only[d])
			used |= 1u << d;
	a->is_coarse = !(used & ~COARSE_DIMS);
	a->by_hour = query->dims & 1u << USAGE_HOUR;
	a->since =
		query->since == INT64_MIN ? INT64_MIN / 2 : floor_div(query->since, NSEC_PER_HOUR);
	a->until = query->until == INT64_MAX ? INT64_MAX / 2
					     : floor_div(query->until - 1, NSEC_PER_HOUR) + 1;
	a->whole = query->since == INT64_MIN && query->until == INT64_MAX && !a->by_hour;
}

static int run(struct asking *a, int (*each)(void *ctx, const struct usage_row *row), void *ctx)
{
	bool any;
	int rc = find_only(a, &any);

	if (rc < 0 || !any)
		return rc;
	choose(a);
	rc = take_keys(a);
	if (rc == 0)
		rc = a->whole ? add_totals(a) : add_days(a);
	return rc < 0 ? rc : answer(a, each, ctx);
}

int sqlite_usage(struct store *s, const struct usage_query *query,
		 int (*each)(void *ctx, const struct usage_row *row), void *ctx, struct text *why)
{
	struct asking a = {.q = sqlite_of(s), .query = query, .why = why};
	int rc = sqlite_read_begin(a.q, why);

	if (rc < 0)
		return rc;
	rc = run(&a, each, ctx);
	sqlite_read_end(a.q);
	mem_free(a.key_group);
	mem_free(a.groups);
	mem_free(a.slots);
	return rc == -E2BIG ? sqlite_say(a.q, rc, "the question has too many answers", why) : rc;
}
