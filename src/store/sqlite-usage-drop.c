/* Forgetting usage: whole days go at once, of the day that is cut the hours before; then the sums are made anew. */
#include "store/sqlite.h"

#include "base/mem.h"
#include "store/hours.h"

#include <errno.h>
#include <stdio.h>

#define MSEC_PER_HOUR 3600000

static void bind_row(sqlite3_stmt *st, const struct usage_cell *at)
{
	sqlite3_bind_int(st, 1, at->is_coarse);
	sqlite3_bind_int64(st, 2, floor_div(at->hour, 24));
	sqlite3_bind_int64(st, 3, at->key);
}

static int drop_days(struct sqlite *q, int64_t until_day, struct text *why)
{
	char sql[160];

	snprintf(sql, sizeof(sql),
		 "DELETE FROM usage WHERE coarse = 0 AND day < %lld;"
		 "DELETE FROM usage WHERE coarse = 1 AND day < %lld",
		 (long long)until_day, (long long)until_day);
	return sqlite_exec(q, sql, why);
}

/* One row of the day that is cut: 1, or 0 where there are no more. */
static int cut_row(struct sqlite *q, sqlite3_stmt *next, sqlite3_stmt *drop, unsigned until,
		   struct usage_cell *at, struct text *why)
{
	uint8_t bytes[HOURS_BYTES_MAX];
	struct pack packed = {.ptr = bytes, .cap = sizeof(bytes)};
	struct hours hours;
	sqlite3_stmt *st;
	int rc;

	bind_row(next, at);
	rc = sqlite_step(q, next, why);
	if (rc > 0) {
		at->key = (uint32_t)column_i64(next, 0);
		if (!hours_unpack(column_blob(next, 1), &hours))
			rc = sqlite_damaged(q, "hours of usage", why);
	}
	sqlite3_reset(next);
	if (rc <= 0)
		return rc;
	memset(hours.hour, 0, until * sizeof(hours.hour[0]));
	hours_pack(&hours, &packed);
	st = packed.len ? sqlite_statement(q, SQL_HOURS_SET, why, &rc) : drop;
	if (!st)
		return rc;
	bind_row(st, at);
	if (packed.len)
		bind_blob(st, 4, pack_span(&packed, 0));
	rc = sqlite_run(q, st, why);
	return rc < 0 ? rc : 1;
}

static int cut_day(struct sqlite *q, int64_t until_hour, struct text *why)
{
	int64_t day = floor_div(until_hour, 24);
	sqlite3_stmt *next, *drop = NULL;
	int rc = sqlite_prepare(q,
				"SELECT key, hours FROM usage WHERE coarse = ?1 AND day = ?2"
				" AND key > ?3 ORDER BY key LIMIT 1",
				&next, why);

	if (rc < 0)
		return rc;
	rc = sqlite_prepare(q, "DELETE FROM usage WHERE coarse = ?1 AND day = ?2 AND key = ?3",
			    &drop, why);
	for (int coarse = 0; coarse < 2 && rc >= 0; coarse++) {
		struct usage_cell at = {.hour = day * 24, .is_coarse = coarse != 0};

		do
			rc = cut_row(q, next, drop, (unsigned)(until_hour - day * 24), &at, why);
		while (rc > 0);
	}
	sqlite3_finalize(next);
	sqlite3_finalize(drop);
	return rc;
}

struct total {
	int64_t count, first, last;
};

static void total_add(struct total *t, int64_t day, const struct hours *hours)
{
	for (unsigned i = 0; i < 24; i++) {
		const struct hour_count *x = &hours->hour[i];
		int64_t begin = (day * 24 + i) * MSEC_PER_HOUR;

		if (!x->count)
			continue;
		if (!t->count || begin + x->first < t->first)
			t->first = begin + x->first;
		if (!t->count || begin + x->last > t->last)
			t->last = begin + x->last;
		t->count += (int64_t)x->count;
	}
}

static int totals_sum(struct sqlite *q, struct total *totals, size_t n, struct text *why)
{
	struct hours hours;
	sqlite3_stmt *st;
	int rc = sqlite_prepare(q, "SELECT day, key, hours FROM usage", &st, why);

	if (rc < 0)
		return rc;
	while ((rc = sqlite_step(q, st, why)) > 0) {
		int64_t key = column_i64(st, 1);

		if (key <= 0 || (uint64_t)key >= n || !hours_unpack(column_blob(st, 2), &hours)) {
			rc = sqlite_damaged(q, "hours of usage", why);
			break;
		}
		total_add(&totals[key], column_i64(st, 0), &hours);
	}
	sqlite3_finalize(st);
	return rc;
}

static int totals_write(struct sqlite *q, const struct total *totals, size_t n, struct text *why)
{
	int rc = sqlite_exec(q, "DELETE FROM usage_total", why);
	sqlite3_stmt *st = rc == 0 ? sqlite_statement(q, SQL_TOTAL_ADD, why, &rc) : NULL;

	for (size_t key = 1; st && key < n && rc == 0; key++) {
		if (!totals[key].count)
			continue;
		sqlite3_bind_int64(st, 1, (int64_t)key);
		sqlite3_bind_int64(st, 2, totals[key].count);
		sqlite3_bind_int64(st, 3, totals[key].first);
		sqlite3_bind_int64(st, 4, totals[key].last);
		rc = sqlite_run(q, st, why);
	}
	return rc;
}

/* The sums of all time, from the days that are left. */
static int make_totals(struct sqlite *q, struct text *why)
{
	struct total *totals;
	int64_t last;
	int rc = sqlite_number(q, "SELECT max(id) FROM usage_key", 0, &last, why);

	if (rc < 0)
		return rc;
	totals = mem_zalloc((size_t)last + 1, sizeof(*totals));
	if (!totals)
		return -ENOMEM;
	rc = totals_sum(q, totals, (size_t)last + 1, why);
	if (rc == 0)
		rc = totals_write(q, totals, (size_t)last + 1, why);
	mem_free(totals);
	return rc;
}

int usage_drop(struct sqlite *q, int64_t until_hour, struct text *why)
{
	int rc = drop_days(q, floor_div(until_hour, 24), why);

	if (rc == 0 && until_hour % 24)
		rc = cut_day(q, until_hour, why);
	return rc < 0 ? rc : make_totals(q, why);
}
