/*
 * After retention: what events shared and none has any more. Which stencils are in use the blocks say; texts are looked
 * for only where there is more than one for 16 events, since every event must be read for it.
 */
#include "store/sqlite.h"

#include "base/mem.h"

#include <errno.h>

#define EVENTS_A_NAME 16

struct bitmap {
	uint8_t *used; /* by id */
	size_t n;
};

static int bitmap_init(struct sqlite *q, struct bitmap *b, const char *max_sql, struct text *why)
{
	int64_t last;
	int rc = sqlite_number(q, max_sql, 0, &last, why);

	*b = (struct bitmap){0};
	if (rc < 0)
		return rc;
	b->n = (size_t)last + 1;
	b->used = mem_zalloc(b->n, 1);
	return b->used ? 0 : -ENOMEM;
}

static void bitmap_set(struct bitmap *b, uint64_t id)
{
	if (id < b->n)
		b->used[id] = 1;
}

/* Deletes the rows of a table that are not in use. */
static int delete_unused(struct sqlite *q, const struct bitmap *b, const char *sql,
			 struct text *why)
{
	sqlite3_stmt *st;
	int rc = sqlite_prepare(q, sql, &st, why);

	for (size_t id = 1; id < b->n && rc == 0; id++) {
		if (b->used[id])
			continue;
		sqlite3_bind_int64(st, 1, (int64_t)id);
		rc = sqlite_run(q, st, why);
	}
	sqlite3_finalize(st);
	return rc;
}

/* ---- stencils ---- */

static int mark_stencils(struct sqlite *q, struct bitmap *b, struct text *why)
{
	sqlite3_stmt *st;
	int rc = sqlite_prepare(q, "SELECT stencils FROM block", &st, why);

	if (rc < 0)
		return rc;
	while ((rc = sqlite_step(q, st, why)) > 0)
		for (struct reader r = reader_of(column_blob(st, 0)); reader_left(&r);)
			bitmap_set(b, unpack_number(&r));
	sqlite3_finalize(st);
	for (size_t i = 0; i < BLOCK_EVENTS; i++)
		bitmap_set(b, q->block.stencil[i]);
	return rc;
}

static int sweep_stencils(struct sqlite *q, struct text *why)
{
	struct bitmap b;
	int rc = bitmap_init(q, &b, "SELECT max(id) FROM stencil", why);

	if (rc == 0)
		rc = mark_stencils(q, &b, why);
	if (rc == 0)
		rc = delete_unused(q, &b, "DELETE FROM stencil WHERE id = ?1", why);
	mem_free(b.used);
	return rc;
}

/* ---- names ---- */

/* The numbers in a column of facts: a text's, or a packed one. A number that is none only keeps a name alive. */
static void mark_column(struct bitmap *b, sqlite3_stmt *st, int column, enum fact f)
{
	struct stored_fact fact;

	fact_read(st, column, f, &fact);
	if (fact.kind == VALUE_TEXT)
		bitmap_set(b, fact.value);
}

static int mark_in_stencils(struct sqlite *q, struct bitmap *b, struct text *why)
{
	sqlite3_stmt *st;
	struct text sql;
	int rc;

	text_init(&sql, 0);
	text_puts(&sql, "SELECT computer, evidence");
	for (size_t i = 0; i < q->stencil_columns.n; i++)
		text_printf(&sql, ", %s", facts[q->stencil_columns.fact[i]].key);
	text_puts(&sql, " FROM stencil");
	rc = sql.failed ? -ENOMEM : sqlite_prepare(q, sql.ptr, &st, why);
	text_finish(&sql);
	if (rc < 0)
		return rc;
	while ((rc = sqlite_step(q, st, why)) > 0) {
		bitmap_set(b, (uint64_t)column_i64(st, 0));
		for (struct reader r = reader_of(column_blob(st, 1)); reader_left(&r);)
			bitmap_set(b, unpack_number(&r));
		for (size_t i = 0; i < q->stencil_columns.n; i++)
			mark_column(b, st, 2 + (int)i, q->stencil_columns.fact[i]);
	}
	sqlite3_finalize(st);
	return rc;
}

/* The names of foreign fields lie behind what the stencil says of the evidence. */
static int mark_foreign(struct sqlite *q, struct bitmap *b, sqlite3_stmt *st, struct text *why)
{
	struct reader r = reader_of(column_blob(st, EVENT_MORE));
	const struct stencil *s;
	const uint8_t *end;
	int rc;

	if (!reader_left(&r))
		return 0;
	rc = stencil_read(q, (uint32_t)column_i64(st, EVENT_STENCIL), &s, why);
	for (size_t i = 0; rc == 0 && i < 2 * s->n_evidence + 3; i++)
		(void)unpack_number(&r);
	while (rc == 0 && reader_left(&r)) {
		bitmap_set(b, unpack_number(&r));
		end = reader_left(&r) ? memchr(r.in.ptr + r.pos, 0, reader_left(&r)) : NULL;
		reader_skip(&r, end ? (size_t)(end - r.in.ptr) - r.pos + 1 : reader_left(&r));
	}
	return rc;
}

static int mark_in_events(struct sqlite *q, struct bitmap *b, struct text *why)
{
	sqlite3_stmt *st;
	int rc = sqlite_prepare(q, q->event_select, &st, why);

	if (rc < 0)
		return rc;
	while ((rc = sqlite_step(q, st, why)) > 0) {
		for (size_t i = 0; i < q->event_columns.n; i++)
			if (q->event_columns.fact[i] != FACT_EVIDENCE)
				mark_column(b, st, EVENT_FACTS + (int)i, q->event_columns.fact[i]);
		rc = mark_foreign(q, b, st, why);
		if (rc < 0)
			break;
	}
	sqlite3_finalize(st);
	return rc;
}

static int mark_in_keys(struct sqlite *q, struct bitmap *b, struct text *why)
{
	sqlite3_stmt *st;
	int rc = sqlite_prepare(q, "SELECT " USAGE_COLUMNS " FROM usage_key", &st, why);

	if (rc < 0)
		return rc;
	while ((rc = sqlite_step(q, st, why)) > 0)
		for (int i = 0; i < USAGE__COUNT - USAGE_ROLE; i++)
			bitmap_set(b, (uint64_t)column_i64(st, i));
	sqlite3_finalize(st);
	return rc;
}

static int sweep_names(struct sqlite *q, struct text *why)
{
	struct bitmap b;
	int64_t names, events;
	int rc = sqlite_number(q, "SELECT count(*) FROM name", 0, &names, why);

	if (rc == 0)
		rc = sqlite_number(q, "SELECT count(*) FROM event", 0, &events, why);
	if (rc < 0 || names < events / EVENTS_A_NAME)
		return rc;
	rc = bitmap_init(q, &b, "SELECT max(id) FROM name", why);
	if (rc == 0)
		rc = mark_in_stencils(q, &b, why);
	if (rc == 0)
		rc = mark_in_keys(q, &b, why);
	if (rc == 0)
		rc = mark_in_events(q, &b, why);
	if (rc == 0)
		rc = delete_unused(q, &b, "DELETE FROM name WHERE id = ?1", why);
	mem_free(b.used);
	return rc;
}

int sqlite_sweep(struct sqlite *q, struct text *why)
{
	int rc = writer_begin(q, why);

	if (rc < 0)
		return rc;
	rc = sweep_stencils(q, why);
	if (rc == 0)
		rc = sqlite_exec(q, "DELETE FROM usage_key WHERE id NOT IN (SELECT key FROM usage)",
				 why);
	if (rc == 0)
		rc = sweep_names(q, why);
	if (rc < 0) {
		writer_rollback(q);
		return rc;
	}
	rc = writer_commit(q, why);
	writer_forget(q); /* numbers that are free now come again for other things */
	return rc;
}
