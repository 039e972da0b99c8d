/*
 * A log of version 1 counted by fewer dimensions, and called both ends of a trust alike. Its events are counted again,
 * once, when it is first opened for writing; in one transaction, so that whoever reads meanwhile has the counts of before.
 */
#include "store/sqlite.h"

#include "base/mem.h"
#include "store/usage-dims.h"

#include <errno.h>

struct recount {
	struct sqlite *q;
	struct text *why;
	struct event_row *row;
	uint32_t (*keys)[2]; /* by stencil; 0: not known yet */
	size_t n_stencils;
	unsigned pending;
};

static int count_event(struct recount *r, sqlite3_stmt *st)
{
	const struct event *e = &r->row->event;
	int64_t stencil = column_i64(st, EVENT_STENCIL);
	uint32_t *keys;
	int rc = event_row_read(r->q, st, r->row, r->why);

	if (rc < 0 || !usage_counts(e))
		return rc;
	if (stencil <= 0 || (uint64_t)stencil >= r->n_stencils)
		return sqlite_damaged(r->q, "an event's stencil", r->why);
	keys = r->keys[stencil];
	if (!keys[0])
		rc = usage_keys(r->q, e, keys, r->why);
	if (rc < 0)
		return rc;
	usage_count(&r->q->usage, keys, e->time);
	if (++r->pending < BATCH_EVENTS)
		return 0;
	r->pending = 0;
	name_texts_finish(r->q); /* none is held from one event to the next */
	return usage_flush(r->q, r->why);
}

static int count_events(struct recount *r)
{
	sqlite3_stmt *st;
	int64_t last;
	int rc = sqlite_number(r->q, "SELECT max(id) FROM stencil", 0, &last, r->why);

	if (rc < 0)
		return rc;
	r->n_stencils = (size_t)last + 1;
	r->keys = mem_zalloc(r->n_stencils, sizeof(*r->keys));
	r->row = event_row_new();
	if (!r->keys || !r->row)
		return -ENOMEM;
	rc = sqlite_prepare(r->q, r->q->event_select, &st, r->why);
	if (rc < 0)
		return rc;
	while ((rc = sqlite_step(r->q, st, r->why)) > 0)
		if ((rc = count_event(r, st)) < 0)
			break;
	sqlite3_finalize(st);
	return rc;
}

static int recount(struct recount *r)
{
	int rc = sqlite_exec(r->q,
			     "DELETE FROM usage; DELETE FROM usage_total; DELETE FROM usage_key;"
			     "DELETE FROM meta WHERE key = 'recount'",
			     r->why);

	return rc < 0 ? rc : count_events(r);
}

int usage_recount(struct sqlite *q, struct text *why)
{
	struct recount r = {.q = q, .why = why};
	int64_t wanted;
	int rc = sqlite_number(q, "SELECT count(*) FROM meta WHERE key = 'recount'", 0, &wanted,
			       why);

	if (rc < 0 || !wanted)
		return rc;
	rc = writer_begin(q, why);
	if (rc < 0)
		return rc;
	q->reading++; /* an event's texts stay while it is counted */
	rc = recount(&r);
	q->reading--;
	if (rc == 0)
		rc = writer_commit(q, why);
	else
		writer_rollback(q);
	event_row_free(r.row);
	mem_free(r.keys);
	return rc;
}
