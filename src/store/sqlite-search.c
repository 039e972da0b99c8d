/*
 * Searching. First each stencil is asked whether its events can match; then the blocks name the records of such
 * stencils; then those events are read and asked for good. So the lists only save work: what they say is always checked.
 */
#include "store/sqlite.h"

#include "base/mem.h"
#include "store/match.h"

#include <errno.h>
#include <stdlib.h>

/* Records so near each other are read in one go. */
#define NEAR 16

struct search {
	struct sqlite *q;
	const struct store_query *query;
	struct match match;
	int (*each)(void *ctx, const struct event *e);
	void *ctx;
	struct text *why;
	uint8_t *stencils; /* by id: may its events match? NULL: all may */
	size_t n_stencils;
	size_t n_matching; /* of them */
	uint64_t *records; /* those of findings, sorted; only where has_records */
	size_t n_records;
	bool has_records;
	sqlite3_stmt *blocks, *events;
	struct event_row *row;
	uint64_t found;
	bool is_full;	       /* as many as were asked for */
	uint64_t last_blocked; /* the last record that a block has */
	bool may[BLOCK_EVENTS];
};

/* ---- which stencils ---- */

static void put_wanted(struct text *sql, const struct columns *c, const bool *wanted)
{
	for (size_t i = 0; i < c->n; i++)
		if (wanted[c->fact[i]])
			text_printf(sql, ", %s", facts[c->fact[i]].key);
}

/* A row of id, layout, computer and the wanted facts. */
static int ask_stencil(struct search *s, sqlite3_stmt *st, const bool *wanted, struct event *e)
{
	const struct columns *c = &s->q->stencil_columns;
	int64_t id = column_i64(st, 0);
	int column = 3, rc;
	struct stored_fact fact;

	e->layout = stencil_layout(column_i64(st, 1));
	rc = name_read(s->q, (uint32_t)column_i64(st, 2), &e->computer, s->why);
	for (size_t i = 0; i < c->n && rc == 0; i++) {
		if (!wanted[c->fact[i]])
			continue;
		fact_read(st, column++, c->fact[i], &fact);
		rc = fact_put(s->q, &fact, e, s->why);
	}
	if (rc == 0 && id > 0 && (uint64_t)id < s->n_stencils && e->layout) {
		s->stencils[id] = match_stencil(&s->match, e);
		s->n_matching += s->stencils[id];
	}
	return rc;
}

static int ask_stencils(struct search *s)
{
	struct event *e = &s->row->event;
	bool wanted[FACT__COUNT];
	struct text sql;
	sqlite3_stmt *st;
	int64_t last;
	int rc = sqlite_number(s->q, "SELECT max(id) FROM stencil", 0, &last, s->why);

	if (rc < 0)
		return rc;
	s->n_stencils = (size_t)last + 1;
	s->stencils = mem_zalloc(s->n_stencils, 1);
	if (!s->stencils)
		return -ENOMEM;
	match_facts(&s->match, wanted);
	text_init(&sql, 0);
	text_puts(&sql, "SELECT id, layout, computer");
	put_wanted(&sql, &s->q->stencil_columns, wanted);
	text_puts(&sql, " FROM stencil");
	rc = sql.failed ? -ENOMEM : sqlite_prepare(s->q, sql.ptr, &st, s->why);
	text_finish(&sql);
	if (rc < 0)
		return rc;
	*e = (struct event){0};
	s->match.memos = mem_zalloc(MATCH_MEMOS, sizeof(*s->match.memos)); /* or it takes longer */
	while ((rc = sqlite_step(s->q, st, s->why)) > 0)
		if ((rc = ask_stencil(s, st, wanted, e)) < 0)
			break;
	mem_free(s->match.memos);
	s->match.memos = NULL;
	sqlite3_finalize(st);
	return rc;
}

/* ---- which records: those of findings ---- */

static int compare_records(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static int take_records(struct search *s, struct span packed, size_t *cap)
{
	struct reader r = reader_of(packed);
	uint64_t *grown;

	while (reader_left(&r)) {
		if (s->n_records == *cap) {
			*cap = *cap ? *cap * 2 : 64;
			grown = mem_realloc(s->records, *cap * sizeof(*grown));
			if (!grown)
				return -ENOMEM;
			s->records = grown;
		}
		s->records[s->n_records++] = unpack_number(&r);
	}
	return 0;
}

static int ask_findings(struct search *s)
{
	const char *kind = s->query->finding;
	size_t cap = 0;
	sqlite3_stmt *st;
	int rc = sqlite_prepare(s->q, "SELECT records FROM finding WHERE ?1 = 'any' OR kind = ?1",
				&st, s->why);

	if (rc < 0)
		return rc;
	s->has_records = true;
	sqlite3_bind_text(st, 1, kind, -1, SQLITE_STATIC);
	while ((rc = sqlite_step(s->q, st, s->why)) > 0)
		if ((rc = take_records(s, column_blob(st, 0), &cap)) < 0)
			break;
	sqlite3_finalize(st);
	if (s->n_records)
		qsort(s->records, s->n_records, sizeof(*s->records), compare_records);
	return rc;
}

static bool is_among(const struct search *s, uint64_t record)
{
	return s->n_records &&
	       bsearch(&record, s->records, s->n_records, sizeof(record), compare_records) != NULL;
}

/* ---- reading events ---- */

static bool is_wanted(const struct search *s, uint64_t record, uint64_t first)
{
	if (s->has_records && !is_among(s, record))
		return false;
	return !first || s->may[record - first];
}

/* Not 0 ends the search. */
static int hand_out(struct search *s)
{
	int rc = event_row_read(s->q, s->events, s->row, s->why);

	if (rc == -ENOTSUP || (rc == 0 && !match_event(&s->match, &s->row->event)))
		return 0;
	if (rc < 0)
		return rc;
	rc = s->each(s->ctx, &s->row->event);
	s->found++;
	s->is_full = rc == 0 && s->found == s->query->limit;
	return s->is_full ? 1 : rc;
}

/* The events from one record to another; of a block that begins at `first`, 0 = of none. */
static int read_range(struct search *s, uint64_t from, uint64_t to, uint64_t first)
{
	int rc;

	sqlite3_bind_int64(s->events, 1, (int64_t)from);
	sqlite3_bind_int64(s->events, 2, (int64_t)to);
	while ((rc = sqlite_step(s->q, s->events, s->why)) > 0) {
		uint64_t record = (uint64_t)column_i64(s->events, EVENT_RECORD);

		rc = is_wanted(s, record, first) ? hand_out(s) : 0;
		if (rc != 0)
			break;
	}
	sqlite3_reset(s->events);
	return rc;
}

/* ---- blocks ---- */

enum block_column { BLOCK_FIRST, BLOCK_SINCE, BLOCK_UNTIL, BLOCK_STENCILS, BLOCK_ACTIVITIES };

static bool may_match(const struct search *s, uint64_t record, uint64_t stencil, uint16_t activity)
{
	const uint8_t *wanted = s->query->activity;

	if (s->stencils && (stencil >= s->n_stencils || !s->stencils[stencil]))
		return false;
	if (s->query->has_activity && activity != (wanted[0] | wanted[1] << 8))
		return false;
	if (s->query->has_record && record != s->query->record)
		return false;
	return stencil && record > s->query->after && (!s->has_records || is_among(s, record));
}

/* Marks the records that may match; returns how many. */
static size_t mark_block(struct search *s, uint64_t first)
{
	struct reader stencils = reader_of(column_blob(s->blocks, BLOCK_STENCILS));
	struct reader activities = reader_of(column_blob(s->blocks, BLOCK_ACTIVITIES));
	size_t n = 0;

	for (size_t i = 0; i < BLOCK_EVENTS; i++) {
		uint64_t stencil = unpack_number(&stencils);

		s->may[i] = may_match(s, first + i, stencil, reader_u16le(&activities));
		n += s->may[i];
	}
	return n;
}

/* The next run of marked places from *at on, in the direction of the search. */
static bool next_run(const struct search *s, size_t *at, size_t *ret_from, size_t *ret_to)
{
	size_t last, i = *at;
	bool back = s->query->newest_first;
#define PLACE(i) (back ? BLOCK_EVENTS - 1 - (i) : (i))

	while (i < BLOCK_EVENTS && !s->may[PLACE(i)])
		i++;
	if (i == BLOCK_EVENTS)
		return false;
	last = i;
	*at = i;
	for (; i < BLOCK_EVENTS && i - last <= NEAR; i++)
		if (s->may[PLACE(i)])
			last = i;
	*ret_from = back ? PLACE(last) : *at;
	*ret_to = back ? PLACE(*at) : last;
	*at = last + 1;
#undef PLACE
	return true;
}

static bool is_in_time(const struct search *s)
{
	int64_t since = column_i64(s->blocks, BLOCK_SINCE), until = s->query->until;

	return (since < until || until == INT64_MAX) &&
	       column_i64(s->blocks, BLOCK_UNTIL) >= s->query->since;
}

static int read_block(struct search *s)
{
	uint64_t first = (uint64_t)column_i64(s->blocks, BLOCK_FIRST);
	size_t at = 0, from, to;
	int rc = 0;

	if (!is_in_time(s) || !mark_block(s, first))
		return 0;
	while (rc == 0 && next_run(s, &at, &from, &to))
		rc = read_range(s, first + from, first + to, first);
	return rc;
}

static int read_blocks(struct search *s)
{
	bool has_record = s->query->has_record;
	uint64_t record = has_record ? s->query->record : s->query->after + 1;
	int rc;

	/* The block of the first record, or of the only one, and no other. */
	sqlite3_bind_int64(s->blocks, 1, record ? (int64_t)block_first(record) : 0);
	sqlite3_bind_int64(s->blocks, 2, has_record ? (int64_t)record : INT64_MAX);
	while ((rc = sqlite_step(s->q, s->blocks, s->why)) > 0)
		if ((rc = read_block(s)) != 0)
			break;
	return rc;
}

/* What no block has yet. */
static int read_tail(struct search *s)
{
	uint64_t from = s->last_blocked + 1, to = INT64_MAX;

	if (s->query->after >= from)
		from = s->query->after + 1;
	if (s->query->has_record) {
		if (s->query->record < from)
			return 0;
		from = to = s->query->record;
	}
	return from > INT64_MAX ? 0 : read_range(s, from, to, 0);
}

/* ---- the whole ---- */

static int prepare(struct search *s)
{
	const char *order = s->query->newest_first ? "DESC" : "ASC";
	int64_t last;
	struct text sql;
	int rc = sqlite_number(s->q, "SELECT max(first) FROM block", -BLOCK_EVENTS + 1, &last,
			       s->why);

	if (rc < 0)
		return rc;
	s->last_blocked = (uint64_t)(last + BLOCK_EVENTS - 1);
	text_init(&sql, 0);
	text_printf(&sql, "%s WHERE record BETWEEN ?1 AND ?2 ORDER BY record %s",
		    s->q->event_select, order);
	rc = sql.failed ? -ENOMEM : sqlite_prepare(s->q, sql.ptr, &s->events, s->why);
	text_reset(&sql);
	text_printf(&sql,
		    "SELECT first, since, until, stencils, activities FROM block"
		    " WHERE first BETWEEN ?1 AND ?2 ORDER BY first %s",
		    order);
	if (rc == 0)
		rc = sql.failed ? -ENOMEM : sqlite_prepare(s->q, sql.ptr, &s->blocks, s->why);
	text_finish(&sql);
	return rc;
}

static int run(struct search *s)
{
	int rc = prepare(s);

	if (rc == 0 && match_has_stencil(&s->match) && !s->query->has_record)
		rc = ask_stencils(s);
	if (rc == 0 && s->query->finding)
		rc = ask_findings(s);
	if (s->stencils && !s->n_matching)
		return rc;
	if (rc == 0)
		rc = s->query->newest_first ? read_tail(s) : read_blocks(s);
	if (rc == 0)
		rc = s->query->newest_first ? read_blocks(s) : read_tail(s);
	return rc;
}

int sqlite_search(struct store *store, const struct store_query *query,
		  int (*each)(void *ctx, const struct event *e), void *ctx, struct text *why)
{
	struct sqlite *q = sqlite_of(store);
	struct search *s = mem_zalloc(1, sizeof(*s));
	int rc;

	if (!s)
		return -ENOMEM;
	*s = (struct search){.q = q, .query = query, .each = each, .ctx = ctx, .why = why};
	s->row = event_row_new();
	rc = s->row ? match_init(&s->match, query, why) : -ENOMEM;
	if (rc == 0) {
		rc = sqlite_read_begin(q, why);
		if (rc == 0) {
			rc = run(s);
			sqlite3_finalize(s->blocks);
			sqlite3_finalize(s->events);
			sqlite_read_end(q);
		}
		match_finish(&s->match);
	}
	if (s->is_full)
		rc = 0;
	event_row_free(s->row);
	mem_free(s->stencils);
	mem_free(s->records);
	mem_free(s);
	return rc;
}
