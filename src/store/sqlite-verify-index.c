/*
 * Are events found? Of each the block must say what its row says, and `seen` must lead to it; and `seen` may not have
 * more than there are events. Events that have no block yet are searched one by one.
 */
#include "store/verify.h"

#include "base/mem.h"

#include <errno.h>
#include <inttypes.h>

struct verified_index {
	sqlite3_stmt *blocks;
	struct block block; /* first = 0: no more */
	uint64_t last_blocked;
	int64_t events;
};

static int next_block(struct verifier *v)
{
	struct verified_index *x = v->index;
	int rc = sqlite_step(v->q, x->blocks, v->why);

	block_reset(&x->block);
	if (rc <= 0)
		return rc;
	if (block_decode(x->blocks, &x->block) < 0)
		verifier_tell(v, FAULT_ROLLUP, x->block.first,
			      "the block of record %" PRIu64 " is damaged", x->block.first);
	return 0;
}

int verify_index_init(struct verifier *v)
{
	int64_t last;
	int rc = sqlite_number(v->q, "SELECT max(first) FROM block", 0, &last, v->why);

	if (rc < 0)
		return rc;
	v->index = mem_zalloc(1, sizeof(*v->index));
	if (!v->index)
		return -ENOMEM;
	v->index->last_blocked = last > 0 ? (uint64_t)last + BLOCK_EVENTS - 1 : 0;
	rc = sqlite_prepare(
		v->q, "SELECT first, since, until, stencils, activities FROM block ORDER BY first",
		&v->index->blocks, v->why);
	return rc < 0 ? rc : next_block(v);
}

static int check_block(struct verifier *v, const struct event *e, sqlite3_stmt *st)
{
	struct verified_index *x = v->index;
	int rc = 0;

	while (rc == 0 && x->block.first && x->block.first < block_first(e->record))
		rc = next_block(v);
	if (rc < 0 || e->record > x->last_blocked)
		return rc;
	if (!block_knows(&x->block, e->record, e->time, (uint32_t)column_i64(st, EVENT_STENCIL),
			 column_blob(st, EVENT_ACTIVITY)))
		verifier_tell(v, FAULT_ROLLUP, e->record,
			      "searching would not find record %" PRIu64
			      ": its block says otherwise",
			      e->record);
	return 0;
}

int verify_index_event(struct verifier *v, const struct event *e, const struct encoded *x,
		       sqlite3_stmt *st)
{
	uint64_t record;
	int rc = check_block(v, e, st);

	if (rc == 0)
		rc = seen_find(v->q, floor_div(e->time, 100), seen_mark(v->q, x), &record, v->why);
	if (rc < 0)
		return rc;
	v->index->events++;
	if (record != e->record)
		verifier_tell(v, FAULT_ROLLUP, e->record,
			      "record %" PRIu64 " is not known to be stored", e->record);
	return 0;
}

int verify_index_close(struct verifier *v)
{
	int64_t seen;
	int rc = sqlite_number(v->q, "SELECT count(*) FROM seen", 0, &seen, v->why);

	if (rc == 0 && seen > v->index->events)
		verifier_tell(v, FAULT_ROLLUP, 0,
			      "%" PRId64 " events are held to be stored that are not there",
			      seen - v->index->events);
	return rc;
}

void verify_index_finish(struct verifier *v)
{
	if (v->index)
		sqlite3_finalize(v->index->blocks);
	mem_free(v->index);
	v->index = NULL;
}
