/*
 * Retention: everything before a day goes, oldest day first, until the log is within its limits; where only one day is
 * left, its hours. Runs of records that went stand in `dropped`, with the chain's state at their end, and are links of
 * the chain themselves. So what is left can still be verified, and nobody can make records go by saying they were dropped.
 */
#include "store/sqlite.h"

#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct dropping {
	struct sqlite *q;
	struct text *why;
	int64_t now, until; /* everything before `until` goes */
	const char *reason;
	uint64_t *records; /* sorted */
	size_t n;
	struct dropped_runs runs;
	sqlite3_stmt *last_hash, *range;
};

/* ---- which records ---- */

static int compare_records(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static int until_tick(const struct dropping *d, sqlite3_stmt *st)
{
	return sqlite3_bind_int64(st, 1, floor_div(d->until, 100));
}

static int find_records(struct dropping *d)
{
	sqlite3_stmt *st;
	size_t cap = 0;
	uint64_t *grown;
	int rc = sqlite_prepare(d->q, "SELECT record FROM seen WHERE tick < ?1", &st, d->why);

	if (rc < 0)
		return rc;
	until_tick(d, st);
	d->n = 0;
	while ((rc = sqlite_step(d->q, st, d->why)) > 0) {
		if (d->n == cap) {
			cap = cap ? cap * 2 : 4096;
			grown = mem_realloc(d->records, cap * sizeof(*grown));
			if (!grown) {
				rc = -ENOMEM;
				break;
			}
			d->records = grown;
		}
		d->records[d->n++] = (uint64_t)column_i64(st, 0);
	}
	sqlite3_finalize(st);
	if (d->n)
		qsort(d->records, d->n, sizeof(*d->records), compare_records);
	return rc;
}

/* ---- dropping a run ---- */

static int read_anchor(struct dropping *d, struct dropped_run *run)
{
	struct chain at = {.record = run->last};
	struct span hash;
	int rc;

	sqlite3_bind_int64(d->last_hash, 1, (int64_t)run->last);
	rc = sqlite_step(d->q, d->last_hash, d->why);
	hash = rc > 0 ? column_blob(d->last_hash, 0) : (struct span){0};
	if (hash.len == DIGEST_SIZE)
		memcpy(at.hash, hash.ptr, DIGEST_SIZE);
	else if (rc >= 0)
		rc = sqlite_damaged(d->q, "a record is missing", d->why);
	sqlite3_reset(d->last_hash);
	chain_follow(&at, &d->runs, 0, NULL, NULL);
	memcpy(run->anchor, at.hash, DIGEST_SIZE);
	return rc < 0 ? rc : 0;
}

static int read_times(struct dropping *d, struct dropped_run *run)
{
	int rc;

	sqlite3_bind_int64(d->range, 1, (int64_t)run->first);
	sqlite3_bind_int64(d->range, 2, (int64_t)run->last);
	rc = sqlite_step(d->q, d->range, d->why);
	if (rc > 0) {
		run->since = column_i64(d->range, 0);
		run->until = column_i64(d->range, 1);
	}
	sqlite3_reset(d->range);
	return rc < 0 ? rc : 0;
}

/* A block goes with its last record. The time of a transaction stays as long as one of its records does. */
static const char *const run_sql[] = {
	"DELETE FROM event WHERE record BETWEEN ?1 AND ?2",
	"DELETE FROM written WHERE record >= ?1"
	" AND record < (SELECT max(record) FROM written WHERE record <= ?2 + 1)",
	"DELETE FROM block WHERE first BETWEEN ?1 - 4095 AND ?2 AND NOT EXISTS"
	" (SELECT 1 FROM event WHERE record BETWEEN first AND first + 4095)",
};

static int delete_run(struct dropping *d, const struct dropped_run *run)
{
	int rc = 0;

	for (size_t i = 0; i < sizeof(run_sql) / sizeof(run_sql[0]) && rc == 0; i++) {
		sqlite3_stmt *st;

		rc = sqlite_prepare(d->q, run_sql[i], &st, d->why);
		if (rc < 0)
			break;
		sqlite3_bind_int64(st, 1, (int64_t)run->first);
		sqlite3_bind_int64(st, 2, (int64_t)run->last);
		rc = sqlite_run(d->q, st, d->why);
		sqlite3_finalize(st);
	}
	return rc;
}

static int drop_run(struct dropping *d, uint64_t first, uint64_t last)
{
	struct dropped_run run = {
		.first = first, .last = last, .time = d->now, .reason = d->reason};
	int rc = read_anchor(d, &run);

	if (rc == 0)
		rc = read_times(d, &run);
	if (rc == 0)
		rc = delete_run(d, &run);
	return rc < 0 ? rc : dropped_add(d->q, &d->runs, &run, d->why);
}

static int drop_runs(struct dropping *d)
{
	int rc = 0;

	for (size_t i = 0, n; i < d->n && rc == 0; i += n) {
		for (n = 1; i + n < d->n && d->records[i + n] == d->records[i] + n;)
			n++;
		rc = drop_run(d, d->records[i], d->records[i] + n - 1);
	}
	return rc;
}

static int delete_times(struct dropping *d)
{
	char sql[128];
	int rc = sqlite_exec(d->q,
			     "INSERT INTO meta SELECT 'findings', last"
			     " FROM (SELECT max(id) AS last FROM finding)"
			     " WHERE last > " SQL_FINDINGS_DROPPED
			     " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
			     d->why);

	if (rc < 0)
		return rc;
	snprintf(sql, sizeof(sql),
		 "DELETE FROM seen WHERE tick < %lld; DELETE FROM finding WHERE time < %lld",
		 (long long)floor_div(d->until, 100), (long long)d->until);
	return sqlite_exec(d->q, sql, d->why);
}

/* One transaction: all that is before d->until. */
static int drop(struct dropping *d)
{
	int rc = writer_begin(d->q, d->why);

	if (rc < 0)
		return rc;
	rc = find_records(d);
	if (rc == 0 && !d->n)
		rc = sqlite_damaged(d->q, "its times don't fit its events",
				    d->why); /* or the end of time */
	if (rc == 0)
		rc = drop_runs(d);
	if (rc == 0)
		rc = delete_times(d);
	if (rc == 0)
		rc = usage_drop(d->q, floor_div(d->until, NSEC_PER_HOUR), d->why);
	if (rc == 0)
		rc = kerberos_drop(d->q, d->until, d->why);
	if (rc < 0) {
		writer_rollback(d->q);
		return rc;
	}
	return writer_commit(d->q, d->why);
}

/* ---- how much ---- */

static int oldest_and_newest(struct dropping *d, int64_t *ret_oldest, int64_t *ret_newest)
{
	int rc = sqlite_number(d->q, "SELECT tick FROM seen ORDER BY tick LIMIT 1", INT64_MIN,
			       ret_oldest, d->why);

	if (rc == 0)
		rc = sqlite_number(d->q, "SELECT tick FROM seen ORDER BY tick DESC LIMIT 1",
				   INT64_MIN, ret_newest, d->why);
	return rc;
}

/* The bytes in use: pages that are free wait for the next event, or go back to the disk. */
static int bytes_used(struct dropping *d, uint64_t *ret_bytes)
{
	int64_t bytes = 0;
	int rc = sqlite_number(d->q,
			       "SELECT (page_count - freelist_count) * page_size FROM"
			       " pragma_page_count, pragma_freelist_count, pragma_page_size",
			       0, &bytes, d->why);

	*ret_bytes = (uint64_t)bytes;
	return rc;
}

/* Where the next cut is: 1, or 0 where the log is within its limits. */
static int find_cut(struct dropping *d, const struct store_limits *limits)
{
	int64_t oldest, newest, unit = NSEC_PER_DAY;
	int64_t age_cut = floor_div(d->now, NSEC_PER_DAY) - limits->max_days;
	uint64_t bytes;
	int rc = oldest_and_newest(d, &oldest, &newest);

	if (rc < 0 || oldest == INT64_MIN)
		return rc;
	if (limits->max_days && floor_div(times(oldest, 100), NSEC_PER_DAY) < age_cut) {
		d->until = times(age_cut, NSEC_PER_DAY);
		d->reason = "age";
		return 1;
	}
	rc = bytes_used(d, &bytes);
	if (rc < 0 || !limits->max_bytes || bytes <= limits->max_bytes)
		return rc;
	if (floor_div(times(oldest, 100), unit) == floor_div(times(newest, 100), unit))
		unit = NSEC_PER_HOUR;
	d->until = times(floor_div(times(oldest, 100), unit) + 1, unit);
	d->reason = "size";
	return 1;
}

static int drop_all(struct dropping *d, const struct store_limits *limits)
{
	int rc;

	while ((rc = find_cut(d, limits)) > 0) {
		rc = drop(d);
		/* The block in memory still has what went; and what events shared counts for the size, too. */
		if (rc == 0)
			rc = writer_load(d->q, d->why);
		if (rc == 0)
			rc = sqlite_sweep(d->q, d->why);
		if (rc == 0)
			rc = sqlite_exec(d->q, "PRAGMA incremental_vacuum", d->why);
		if (rc < 0)
			break;
	}
	return rc;
}

int sqlite_retain(struct store *s, const struct store_limits *limits, int64_t now, struct text *why)
{
	struct dropping d = {.q = sqlite_of(s), .why = why, .now = now};
	int rc = writer_commit(d.q, why);

	if (rc == 0 && !d.q->writes)
		rc = sqlite_say(d.q, -EROFS, "open for reading only", why);
	if (rc == 0)
		rc = dropped_load(d.q, &d.runs, why);
	if (rc == 0)
		rc = sqlite_prepare(d.q, "SELECT hash FROM event WHERE record = ?1", &d.last_hash,
				    why);
	if (rc == 0)
		rc = sqlite_prepare(d.q,
				    "SELECT min(time), max(time) FROM event"
				    " WHERE record BETWEEN ?1 AND ?2",
				    &d.range, why);
	if (rc == 0)
		rc = drop_all(&d, limits);
	sqlite3_finalize(d.last_hash);
	sqlite3_finalize(d.range);
	dropped_finish(&d.runs);
	mem_free(d.records);
	return rc;
}
