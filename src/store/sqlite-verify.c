/*
 * Verifying: every event is read, encoded again and chained again. After a fault the chain goes on from what the log
 * says, so that each changed record is named and not all that come after it.
 */
#include "store/verify.h"

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct walk {
	struct verifier v;
	struct dropped_runs dropped;
	size_t *by_first; /* the runs in the order of their records */
	size_t next_run;
	struct chain at;
	bool lost; /* the state is not known: the record before is missing */
	sqlite3_stmt *events, *times;
	struct event_row *row;
	int64_t written, next_written;
	uint64_t next_written_record; /* 0: no more */
};

void verifier_tell(struct verifier *v, enum store_fault_kind kind, uint64_t record,
		   const char *format, ...)
{
	struct store_fault fault = {.kind = kind, .record = record, .sentence = ""};
	char sentence[512];
	va_list args;

	va_start(args, format);
	if (vsnprintf(sentence, sizeof(sentence), format, args) > 0)
		fault.sentence = sentence;
	va_end(args);
	v->n_faults++;
	v->fault(v->ctx, &fault);
}

static void compare_state(void *ctx, const struct chain *state)
{
	seals_compare(ctx, state);
}

/* ---- what is not there ---- */

static const struct dropped_run *next_run(const struct walk *w)
{
	return w->next_run < w->dropped.n ? &w->dropped.runs[w->by_first[w->next_run]] : NULL;
}

static void pass_run(struct walk *w, const struct dropped_run *run)
{
	w->at.record = run->last;
	memcpy(w->at.hash, run->anchor, DIGEST_SIZE);
	w->lost = false;
	w->next_run++;
	chain_follow(&w->at, &w->dropped, run->id, compare_state, &w->v);
}

static void tell_gap(struct walk *w, uint64_t from, uint64_t to)
{
	verifier_tell(&w->v, FAULT_GAP, from,
		      from == to ? "record %" PRIu64 " is missing"
				 : "records %" PRIu64 " to %" PRIu64 " are missing",
		      from, to);
	w->at.record = to;
	w->lost = true;
}

/* Moves over what lies before a record: dropped, or missing. */
static void pass_missing(struct walk *w, uint64_t record)
{
	const struct dropped_run *run;

	while (w->at.record + 1 < record) {
		run = next_run(w);
		/* One that overlaps what is there is false: its link breaks the chain. */
		if (run && (run->first <= w->at.record || run->last < run->first ||
			    (run->first < record && run->last >= record)))
			w->next_run++;
		else if (run && run->first == w->at.record + 1)
			pass_run(w, run);
		else
			tell_gap(w, w->at.record + 1,
				 run && run->first < record ? run->first - 1 : record - 1);
	}
}

/* ---- one record ---- */

static int next_time(struct walk *w)
{
	int rc = sqlite_step(w->v.q, w->times, w->v.why);

	w->next_written_record = rc > 0 ? (uint64_t)column_i64(w->times, 0) : 0;
	w->next_written = rc > 0 ? column_i64(w->times, 1) : 0;
	return rc < 0 ? rc : 0;
}

/* When the record was written; tells where that is earlier than the one before. */
static int find_time(struct walk *w, uint64_t record)
{
	int rc = 0;

	while (rc == 0 && w->next_written_record && w->next_written_record <= record) {
		if (w->next_written < w->written - NSEC_PER_SEC)
			verifier_tell(&w->v, FAULT_CLOCK, w->next_written_record,
				      "written %" PRId64 " s before the record before it",
				      (w->written - w->next_written) / NSEC_PER_SEC);
		w->written = w->next_written;
		rc = next_time(w);
	}
	return rc;
}

/* 1: the record is what was chained; 0: it is not, or can't be read. */
static int recompute(struct walk *w, uint64_t record, struct chain *state)
{
	struct sqlite *q = w->v.q;
	uint8_t digest[DIGEST_SIZE];
	struct encoded x;
	struct span hash;
	int rc = event_row_read(q, w->events, w->row, w->v.why);

	if (rc == -EUCLEAN || rc == -ENOTSUP)
		return 0;
	if (rc < 0)
		return rc;
	rc = encode_event(&q->encoder, &w->row->event, record, w->written, &x);
	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	rc = verify_index_event(&w->v, &w->row->event, &x, w->events);
	if (rc == 0)
		rc = verify_usage_event(&w->v, &w->row->event, &x,
					(uint32_t)column_i64(w->events, EVENT_STENCIL));
	if (rc < 0)
		return rc;
	chain_digest(x.shared, digest);
	chain_event(state, record, digest, x.own);
	hash = column_blob(w->events, EVENT_HASH);
	return hash.len == DIGEST_SIZE && memcmp(hash.ptr, state->hash, DIGEST_SIZE) == 0;
}

static int check_record(struct walk *w)
{
	uint64_t record = (uint64_t)column_i64(w->events, EVENT_RECORD);
	struct span hash;
	struct chain state;
	int rc;

	pass_missing(w, record);
	rc = find_time(w, record);
	if (rc < 0)
		return rc;
	state = w->at;
	rc = recompute(w, record, &state);
	if (rc < 0)
		return rc;
	if (rc == 0 && !w->lost)
		verifier_tell(&w->v, FAULT_BROKEN, record,
			      "record %" PRIu64 " is not what was stored", record);
	hash = column_blob(w->events, EVENT_HASH);
	w->at.record = record;
	w->lost = hash.len != DIGEST_SIZE;
	if (!w->lost)
		memcpy(w->at.hash, hash.ptr, DIGEST_SIZE);
	seals_compare(&w->v, &w->at);
	chain_follow(&w->at, &w->dropped, 0, compare_state, &w->v);
	return 0;
}

/* ---- the whole ---- */

static struct walk *sorting; /* qsort has no argument for it */

static int compare_first(const void *a, const void *b)
{
	size_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (sorting->dropped.runs[x].first > sorting->dropped.runs[y].first) -
	       (sorting->dropped.runs[x].first < sorting->dropped.runs[y].first);
}

static int load_dropped(struct walk *w)
{
	int rc = dropped_load(w->v.q, &w->dropped, w->v.why);

	if (rc < 0 || !w->dropped.n)
		return rc;
	w->by_first = mem_alloc(w->dropped.n * sizeof(*w->by_first));
	if (!w->by_first)
		return -ENOMEM;
	for (size_t i = 0; i < w->dropped.n; i++)
		w->by_first[i] = i;
	sorting = w;
	qsort(w->by_first, w->dropped.n, sizeof(*w->by_first), compare_first);
	return 0;
}

/* Does the chain end where the log says? */
static int check_end(struct walk *w)
{
	struct chain end;
	int rc = chain_load(w->v.q, &end, w->v.why);

	if (rc < 0)
		return rc;
	pass_missing(w, end.record + 1);
	if (!w->lost &&
	    (w->at.record != end.record || memcmp(w->at.hash, end.hash, sizeof(end.hash)) != 0))
		verifier_tell(&w->v, FAULT_BROKEN, w->at.record,
			      "the chain does not end as the log says");
	seals_close(&w->v, end.record, &w->dropped);
	return 0;
}

static int walk_records(struct walk *w)
{
	struct text sql;
	int rc;

	text_init(&sql, 0);
	text_printf(&sql, "%s ORDER BY record", w->v.q->event_select);
	rc = sql.failed ? -ENOMEM : sqlite_prepare(w->v.q, sql.ptr, &w->events, w->v.why);
	text_finish(&sql);
	if (rc == 0)
		rc = sqlite_prepare(w->v.q, "SELECT record, time FROM written ORDER BY record",
				    &w->times, w->v.why);
	w->written = INT64_MIN + NSEC_PER_SEC;
	if (rc == 0)
		rc = next_time(w);
	while (rc == 0 && (rc = sqlite_step(w->v.q, w->events, w->v.why)) > 0)
		rc = check_record(w);
	return rc;
}

/* SQLite's own look, which compares tables with their indexes: what finds a text must find the one that is there. */
static int check_structure(struct verifier *v)
{
	sqlite3_stmt *st;
	int rc = sqlite_prepare(v->q, "PRAGMA integrity_check(20)", &st, v->why);

	if (rc < 0)
		return rc;
	while ((rc = sqlite_step(v->q, st, v->why)) > 0) {
		const char *said = (const char *)sqlite3_column_text(st, 0);

		if (said && strcmp(said, "ok") != 0)
			verifier_tell(v, FAULT_ROLLUP, 0, "%.*s", (int)strcspn(said, "\n"), said);
	}
	sqlite3_finalize(st);
	return rc == -EUCLEAN ? 0 : rc;
}

static int run(struct walk *w)
{
	int rc = load_dropped(w);

	w->row = event_row_new();
	if (rc == 0 && !w->row)
		rc = -ENOMEM;
	if (rc == 0)
		rc = check_structure(&w->v);
	if (rc == 0)
		rc = seals_load(&w->v);
	if (rc == 0)
		rc = verify_usage_init(&w->v);
	if (rc == 0)
		rc = verify_index_init(&w->v);
	if (rc == 0)
		rc = walk_records(w);
	if (rc == 0)
		rc = check_end(w);
	if (rc == 0)
		rc = verify_index_close(&w->v);
	return rc < 0 ? rc : verify_usage_close(&w->v);
}

int sqlite_verify(struct store *s, void (*fault)(void *ctx, const struct store_fault *f), void *ctx,
		  uint64_t *ret_faults, struct text *why)
{
	struct walk w = {.v = {.q = sqlite_of(s), .why = why, .fault = fault, .ctx = ctx}};
	int rc = sqlite_read_begin(w.v.q, why);

	if (rc < 0)
		return rc;
	rc = run(&w);
	sqlite3_finalize(w.events);
	sqlite3_finalize(w.times);
	sqlite_read_end(w.v.q);
	event_row_free(w.row);
	dropped_finish(&w.dropped);
	mem_free(w.by_first);
	seals_finish(&w.v);
	verify_usage_finish(&w.v);
	verify_index_finish(&w.v);
	if (rc == 0)
		*ret_faults = w.v.n_faults;
	return rc;
}
