/*
 * Storing. One transaction takes many events; nothing of it counts before its commit. Whatever fails inside it gives
 * all of it up and reads again where the log stands: so what memory knows is never ahead of the disk.
 */
#include "store/sqlite.h"

#include "base/clock.h"
#include "store/usage-dims.h"

#include <errno.h>

void writer_forget(struct sqlite *q)
{
	idcache_clear(&q->name_ids);
	idcache_clear(&q->stencil_ids);
	idcache_clear(&q->key_ids);
	usage_clear(&q->usage);
	kerberos_forget(q);
	name_texts_finish(q);
	stencils_finish(q);
}

int writer_load(struct sqlite *q, struct text *why)
{
	int rc = chain_load(q, &q->chain, why);

	return rc < 0 ? rc : block_load(q, why);
}

void writer_rollback(struct sqlite *q)
{
	if (q->in_transaction && !sqlite3_get_autocommit(q->db))
		(void)sqlite_run_fixed(q, SQL_ROLLBACK, NULL);
	q->in_transaction = false;
	q->marked_open = false;
	q->pending = 0;
	writer_forget(q);
	/* Where this fails too, the next use of the log does. */
	(void)writer_load(q, NULL);
}

static int mark_open(struct sqlite *q, bool is_open, struct text *why)
{
	uint8_t byte = is_open;

	q->marked_open = is_open;
	return meta_set(q, "open", span_make(&byte, 1), why);
}

static int note_written(struct sqlite *q, struct text *why)
{
	int rc = 0;
	sqlite3_stmt *st = sqlite_statement(q, SQL_WRITTEN_ADD, why, &rc);

	if (!st)
		return rc;
	sqlite3_bind_int64(st, 1, (int64_t)q->chain.record + 1);
	sqlite3_bind_int64(st, 2, q->written);
	return sqlite_run(q, st, why);
}

int writer_begin(struct sqlite *q, struct text *why)
{
	int rc;

	if (q->in_transaction)
		return 0;
	if (!q->writes)
		return sqlite_say(q, -EROFS, "open for reading only", why);
	if (q->reading)
		return sqlite_say(q, -EBUSY, "a search is going on", why);
	rc = sqlite_run_fixed(q, SQL_BEGIN, why);
	if (rc < 0)
		return rc;
	q->in_transaction = true;
	if (!q->marked_open)
		rc = mark_open(q, true, why);
	if (rc < 0)
		writer_rollback(q);
	return rc;
}

static int finish_transaction(struct sqlite *q, struct text *why)
{
	int rc = usage_flush(q, why);

	if (rc == 0)
		rc = chain_save(q, why);
	return rc < 0 ? rc : sqlite_run_fixed(q, SQL_COMMIT, why);
}

int writer_commit(struct sqlite *q, struct text *why)
{
	int rc;

	if (!q->in_transaction)
		return 0;
	rc = finish_transaction(q, why);
	if (rc < 0) {
		writer_rollback(q);
		return rc;
	}
	q->in_transaction = false;
	q->pending = 0;
	return 0;
}

/* ---- adding an event ---- */

/* The record that was stored under this time and mark; 0 where there is none. */
int seen_find(struct sqlite *q, int64_t tick, int64_t mark, uint64_t *ret_record, struct text *why)
{
	int rc = 0;
	sqlite3_stmt *st = sqlite_statement(q, SQL_SEEN_FIND, why, &rc);

	if (!st)
		return rc;
	sqlite3_bind_int64(st, 1, tick);
	sqlite3_bind_int64(st, 2, mark);
	rc = sqlite_step(q, st, why);
	*ret_record = rc > 0 ? (uint64_t)column_i64(st, 0) : 0;
	sqlite3_reset(st);
	return rc < 0 ? rc : 0;
}

int64_t seen_mark(const struct sqlite *q, const struct encoded *x)
{
	/* 47 bits tell apart what comes in the same 100 ns, and are two bytes shorter than 64. */
	return (int64_t)(hash_bytes(&q->keys[0], x->same) >> 17);
}

/* Takes the event's place among those seen: 1, or 0 and the record that it has already. */
static int claim(struct sqlite *q, const struct event *e, const struct encoded *x,
		 uint64_t *ret_record, struct text *why)
{
	int64_t tick = floor_div(e->time, 100), mark = seen_mark(q, x);
	int rc = 0;
	sqlite3_stmt *st = sqlite_statement(q, SQL_SEEN_ADD, why, &rc);

	if (!st)
		return rc;
	sqlite3_bind_int64(st, 1, tick);
	sqlite3_bind_int64(st, 2, mark);
	sqlite3_bind_int64(st, 3, (int64_t)q->chain.record + 1);
	rc = sqlite_run(q, st, why);
	if (rc < 0 || sqlite3_changes(q->db))
		return rc < 0 ? rc : 1;
	return seen_find(q, tick, mark, ret_record, why);
}

static int bind_event_facts(struct sqlite *q, sqlite3_stmt *st, const struct event *e,
			    const struct encoded *x, struct text *why)
{
	int rc = 0;

	for (size_t i = 0; i < q->event_columns.n && rc == 0; i++) {
		enum fact f = q->event_columns.fact[i];
		int parameter = EVENT_FACTS + 1 + (int)i;

		if (f != FACT_EVIDENCE)
			rc = fact_bind(q, st, parameter, f, &e->facts[f], why);
		else
			sqlite3_bind_text(st, parameter, x->sentence.number, -1, SQLITE_STATIC);
	}
	return rc;
}

static int insert(struct sqlite *q, const struct event *e, const struct encoded *x,
		  uint32_t stencil, struct text *why)
{
	static const uint8_t none[16];
	uint8_t bytes[2048];
	struct pack more = {.ptr = bytes, .cap = sizeof(bytes)};
	bool is_long = e->n_foreign || e->n_evidence > 64;
	int rc = 0;
	sqlite3_stmt *st = sqlite_statement(q, SQL_EVENT_ADD, why, &rc);

	if (!st)
		return rc;
	/* The encoder's memory is free again from here: the chain has its bytes. */
	if (is_long)
		more = (struct pack){.ptr = q->encoder.out.ptr, .cap = q->encoder.out.cap};
	rc = event_more(q, e, &more, why);
	if (rc == 0)
		rc = bind_event_facts(q, st, e, x, why);
	if (rc < 0)
		return rc;
	sqlite3_bind_int64(st, EVENT_RECORD + 1, (int64_t)q->chain.record);
	sqlite3_bind_int64(st, EVENT_TIME + 1, e->time);
	sqlite3_bind_int64(st, EVENT_STENCIL + 1, stencil);
	if (memcmp(e->activity, none, sizeof(none)) == 0)
		sqlite3_bind_null(st, EVENT_ACTIVITY + 1);
	else
		bind_blob(st, EVENT_ACTIVITY + 1, span_make(e->activity, sizeof(e->activity)));
	bind_blob(st, EVENT_HASH + 1, span_make(q->chain.hash, DIGEST_SIZE));
	if (more.len)
		bind_blob(st, EVENT_MORE + 1, pack_span(&more, 0));
	else
		sqlite3_bind_null(st, EVENT_MORE + 1);
	return sqlite_run(q, st, why);
}

/* Within a transaction; what fails leaves it to be given up. */
static int add(struct sqlite *q, const struct event *e, const struct encoded *x,
	       uint64_t *ret_record, struct text *why)
{
	const struct idcache_entry *stencil;
	uint32_t id, keys[2];
	int rc = claim(q, e, x, ret_record, why);

	if (rc <= 0)
		return rc;
	rc = stencil_add(q, e, x, &stencil, why);
	if (rc == 0 && q->pending == 0)
		rc = note_written(q, why);
	if (rc < 0)
		return rc;
	id = stencil->id;
	memcpy(keys, stencil->more, sizeof(keys));
	chain_event(&q->chain, q->chain.record + 1, stencil->digest, x->own);
	rc = insert(q, e, x, id, why);
	if (rc == 0)
		rc = block_add(q, q->chain.record, e, id, why);
	if (rc < 0)
		return rc;
	if (usage_counts(e))
		usage_count(&q->usage, keys, e->time);
	q->pending++;
	*ret_record = q->chain.record;
	return 1;
}

int writer_add(struct sqlite *q, const struct event *e, uint64_t *ret_record, struct text *why)
{
	struct encoded x;
	int rc = writer_begin(q, why), committed;

	if (rc < 0)
		return rc;
	if (q->pending == 0)
		q->written = clock_wall();
	rc = encode_event(&q->encoder, e, q->chain.record + 1, q->written, &x);
	if (rc < 0)
		return sqlite_say(
			q, rc, rc == -E2BIG ? "an event is too long to be kept" : "out of memory",
			why);
	rc = add(q, e, &x, ret_record, why);
	if (rc < 0)
		writer_rollback(q);
	if (rc < 0 || q->pending < BATCH_EVENTS)
		return rc;
	committed = writer_commit(q, why);
	return committed < 0 ? committed : rc;
}
