/*
 * Blocks: for 4096 records each, in order, their stencils and the first two bytes of their activities. Searching these
 * lists finds the few records that can match, so that no index has to be kept for every name: it would cost more than
 * the event. The newest records have no block yet and are looked at one by one.
 */
#include "store/sqlite.h"

#include <errno.h>

void block_reset(struct block *b)
{
	*b = (struct block){.since = INT64_MAX, .until = INT64_MIN};
}

static uint16_t activity_head(struct span activity)
{
	return activity.len >= 2 ? (uint16_t)(activity.ptr[0] | activity.ptr[1] << 8) : 0;
}

static void block_note(struct block *b, uint64_t record, int64_t time, uint32_t stencil,
		       struct span activity)
{
	size_t place = (record - 1) % BLOCK_EVENTS;

	b->first = block_first(record);
	b->stencil[place] = stencil;
	b->activity[place] = activity_head(activity);
	if (time < b->since)
		b->since = time;
	if (time > b->until)
		b->until = time;
}

static int block_write(struct sqlite *q, struct text *why)
{
	struct block *b = &q->block;
	uint8_t bytes[BLOCK_EVENTS * 5], activities[BLOCK_EVENTS * 2];
	struct pack stencils = {.ptr = bytes, .cap = sizeof(bytes)};
	int rc = 0;
	sqlite3_stmt *st = sqlite_statement(q, SQL_BLOCK_ADD, why, &rc);

	if (!st)
		return rc;
	for (size_t i = 0; i < BLOCK_EVENTS; i++) {
		pack_number(&stencils, b->stencil[i]);
		activities[2 * i] = (uint8_t)b->activity[i];
		activities[2 * i + 1] = (uint8_t)(b->activity[i] >> 8);
	}
	sqlite3_bind_int64(st, 1, (int64_t)b->first);
	sqlite3_bind_int64(st, 2, b->since);
	sqlite3_bind_int64(st, 3, b->until);
	bind_blob(st, 4, pack_span(&stencils, 0));
	bind_blob(st, 5, span_make(activities, sizeof(activities)));
	rc = sqlite_run(q, st, why);
	block_reset(b);
	return rc;
}

int block_add(struct sqlite *q, uint64_t record, const struct event *e, uint32_t stencil,
	      struct text *why)
{
	block_note(&q->block, record, e->time, stencil,
		   span_make(e->activity, sizeof(e->activity)));
	return record % BLOCK_EVENTS == 0 ? block_write(q, why) : 0;
}

static void read_places(struct block *b, struct reader *stencils, struct reader *activities)
{
	for (size_t i = 0; i < BLOCK_EVENTS; i++) {
		b->stencil[i] = (uint32_t)unpack_number(stencils);
		b->activity[i] = reader_u16le(activities);
	}
}

int block_decode(sqlite3_stmt *st, struct block *ret_block)
{
	struct reader stencils = reader_of(column_blob(st, 3));
	struct reader activities = reader_of(column_blob(st, 4));

	ret_block->first = (uint64_t)column_i64(st, 0);
	ret_block->since = column_i64(st, 1);
	ret_block->until = column_i64(st, 2);
	read_places(ret_block, &stencils, &activities);
	if (!reader_ok(&stencils) || !reader_ok(&activities))
		return -EUCLEAN;
	return reader_left(&stencils) || reader_left(&activities) ? -EUCLEAN : 0;
}

bool block_knows(const struct block *b, uint64_t record, int64_t time, uint32_t stencil,
		 struct span activity)
{
	size_t place = (record - 1) % BLOCK_EVENTS;

	return b->first == block_first(record) && b->stencil[place] == stencil &&
	       b->activity[place] == activity_head(activity) && time >= b->since &&
	       time <= b->until;
}

int block_load(struct sqlite *q, struct text *why)
{
	sqlite3_stmt *st;
	int rc;

	block_reset(&q->block);
	rc = sqlite_prepare(q,
			    "SELECT record, time, stencil, activity FROM event WHERE record >= ?1",
			    &st, why);
	if (rc < 0)
		return rc;
	sqlite3_bind_int64(st, 1, (int64_t)block_first(q->chain.record + 1));
	while ((rc = sqlite_step(q, st, why)) > 0)
		block_note(&q->block, (uint64_t)column_i64(st, EVENT_RECORD),
			   column_i64(st, EVENT_TIME), (uint32_t)column_i64(st, EVENT_STENCIL),
			   column_blob(st, EVENT_ACTIVITY));
	sqlite3_finalize(st);
	return rc;
}
