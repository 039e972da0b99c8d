/*
 * Counting usage while events are stored. A combination of dimensions is a row of usage_key; each event counts for two,
 * one with all dimensions and a coarse one with the few-valued only. What a transaction counted is kept in memory and
 * written at its end: the hours of a day for one key are one row of `usage`, and usage_total has the sums of all time.
 */
#include "store/sqlite.h"

#include "base/mem.h"
#include "store/hours.h"
#include "store/usage-dims.h"

#include <errno.h>
#include <stdlib.h>

#define CELLS_MAX (2 * BATCH_EVENTS)
#define SLOTS (4 * BATCH_EVENTS) /* a power of two */
#define MSEC_PER_HOUR 3600000

int usage_init(struct usage_map *m)
{
	*m = (struct usage_map){0};
	m->cells = mem_zalloc(CELLS_MAX, sizeof(*m->cells));
	m->slots = mem_zalloc(SLOTS, sizeof(*m->slots));
	return m->cells && m->slots ? 0 : -ENOMEM;
}

void usage_finish(struct usage_map *m)
{
	mem_free(m->cells);
	mem_free(m->slots);
	*m = (struct usage_map){0};
}

static size_t slot_of(int64_t hour, uint32_t key)
{
	uint64_t h = ((uint64_t)hour << 32 ^ key) * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(h >> 40) % SLOTS;
}

void usage_clear(struct usage_map *m)
{
	for (size_t i = 0; i < m->n; i++)
		m->slots[m->cells[i].slot] = 0;
	m->n = 0;
}

static struct usage_cell *cell_of(struct usage_map *m, int64_t hour, uint32_t key)
{
	size_t at = slot_of(hour, key);

	for (; m->slots[at]; at = (at + 1) % SLOTS) {
		struct usage_cell *cell = &m->cells[m->slots[at] - 1];

		if (cell->hour == hour && cell->key == key)
			return cell;
	}
	m->slots[at] = (uint32_t)(m->n + 1);
	m->cells[m->n] = (struct usage_cell){
		.hour = hour, .key = key, .first = UINT32_MAX, .slot = (uint32_t)at};
	return &m->cells[m->n++];
}

void usage_count(struct usage_map *m, const uint32_t keys[2], int64_t time)
{
	int64_t hour = floor_div(time, NSEC_PER_HOUR);
	int64_t rest = time % NSEC_PER_HOUR;
	uint32_t at = (uint32_t)((rest < 0 ? rest + NSEC_PER_HOUR : rest) / 1000000);

	for (size_t i = 0; i < 2; i++) {
		struct usage_cell *cell = cell_of(m, hour, keys[i]);

		cell->is_coarse = i == 1;
		cell->count++;
		if (at < cell->first)
			cell->first = at;
		if (at > cell->last)
			cell->last = at;
	}
}

/* ---- keys ---- */

struct span usage_key_bytes(const struct sqlite *q, const uint32_t names[USAGE__COUNT])
{
	return span_make(names, q->usage_dims * sizeof(*names));
}

static int key_insert(struct sqlite *q, const struct mark *mark, const uint32_t *names,
		      bool is_coarse, uint32_t *ret_key, struct text *why)
{
	int rc = 0;
	sqlite3_stmt *st = sqlite_statement(q, SQL_KEY_ADD, why, &rc);

	if (!st)
		return rc;
	bind_blob(st, 1, span_make(mark, sizeof(*mark)));
	sqlite3_bind_int(st, 2, is_coarse);
	for (int d = USAGE_ROLE; d < USAGE__COUNT; d++) {
		if (names[d])
			sqlite3_bind_int64(st, 2 + d, names[d]);
		else
			sqlite3_bind_null(st, 2 + d);
	}
	rc = sqlite_run(q, st, why);
	*ret_key = (uint32_t)sqlite3_last_insert_rowid(q->db);
	return rc;
}

/* `names` by dimension; that of the hour says whether the key is coarse. */
static int key_add(struct sqlite *q, const uint32_t names[USAGE__COUNT], uint32_t *ret_key,
		   struct text *why)
{
	struct mark mark = mark_of(q->keys, usage_key_bytes(q, names));
	const struct idcache_entry *known = idcache_find(&q->key_ids, mark);
	sqlite3_stmt *st;
	int rc = 0;

	if (known) {
		*ret_key = known->id;
		return 0;
	}
	st = sqlite_statement(q, SQL_KEY_FIND, why, &rc);
	if (!st)
		return rc;
	bind_blob(st, 1, span_make(&mark, sizeof(mark)));
	rc = sqlite_step(q, st, why);
	if (rc > 0)
		*ret_key = (uint32_t)column_i64(st, 0);
	else
		*ret_key = 0;
	sqlite3_reset(st);
	if (rc == 0 && q->in_transaction)
		rc = key_insert(q, &mark, names, names[USAGE_HOUR] != 0, ret_key, why);
	if (rc >= 0 && *ret_key)
		idcache_add(&q->key_ids, mark)->id = *ret_key;
	return rc < 0 ? rc : 0;
}

/* In an older log every event of a controller counts alike. */
static const char *text_of(const struct sqlite *q, int d, const struct event *e,
			   struct text *scratch)
{
	if (d == USAGE_ROLE && q->usage_dims == USAGE_DIMS_1)
		return event_role_name(e->layout->role);
	return usage_dimensions[d].of(e, scratch);
}

int usage_keys(struct sqlite *q, const struct event *e, uint32_t ret_keys[2], struct text *why)
{
	uint32_t names[USAGE__COUNT] = {0};
	int rc = 0;

	for (int d = USAGE_ROLE; d < (int)q->usage_dims && rc == 0; d++) {
		const char *text;

		text_reset(&q->scratch);
		text = text_of(q, d, e, &q->scratch);
		rc = q->scratch.failed ? -ENOMEM
				       : name_add(q, text && *text ? text : NULL, &names[d], why);
	}
	if (rc == 0)
		rc = key_add(q, names, &ret_keys[0], why);
	for (int d = USAGE_ROLE; d < USAGE__COUNT; d++)
		if (!usage_dimensions[d].is_coarse)
			names[d] = 0;
	names[USAGE_HOUR] = 1;
	return rc < 0 ? rc : key_add(q, names, &ret_keys[1], why);
}

/* ---- writing ---- */

static int64_t cell_day(const struct usage_cell *cell)
{
	return floor_div(cell->hour, 24);
}

static int compare_i64(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* In the order of the table, so that it grows at its end. */
static int compare_cells(const void *a, const void *b)
{
	const struct usage_cell *x = a, *y = b;
	int order = x->is_coarse - y->is_coarse;

	if (!order)
		order = compare_i64(cell_day(x), cell_day(y));
	if (!order)
		order = compare_i64(x->key, y->key);
	return order ? order : compare_i64(x->hour, y->hour);
}

static bool is_same_row(const struct usage_cell *a, const struct usage_cell *b)
{
	return a->key == b->key && a->is_coarse == b->is_coarse && cell_day(a) == cell_day(b);
}

static void bind_row(sqlite3_stmt *st, const struct usage_cell *cell)
{
	sqlite3_bind_int(st, 1, cell->is_coarse);
	sqlite3_bind_int64(st, 2, cell_day(cell));
	sqlite3_bind_int64(st, 3, cell->key);
}

static int hours_find(struct sqlite *q, const struct usage_cell *cell, struct hours *ret_hours,
		      struct text *why)
{
	int rc = 0;
	sqlite3_stmt *st = sqlite_statement(q, SQL_HOURS_FIND, why, &rc);

	*ret_hours = (struct hours){0};
	if (!st)
		return rc;
	bind_row(st, cell);
	rc = sqlite_step(q, st, why);
	if (rc > 0 && !hours_unpack(column_blob(st, 0), ret_hours))
		rc = sqlite_damaged(q, "hours of usage", why);
	sqlite3_reset(st);
	return rc < 0 ? rc : 0;
}

/* The row of a key and day: its hours before, and those of `n` cells. */
static int flush_row(struct sqlite *q, const struct usage_cell *cells, size_t n, struct text *why)
{
	uint8_t bytes[HOURS_BYTES_MAX];
	struct pack packed = {.ptr = bytes, .cap = sizeof(bytes)};
	struct hours hours;
	int rc = hours_find(q, cells, &hours, why);
	sqlite3_stmt *st = rc == 0 ? sqlite_statement(q, SQL_HOURS_SET, why, &rc) : NULL;

	if (!st)
		return rc;
	for (size_t i = 0; i < n; i++)
		hours_add(&hours, (unsigned)(cells[i].hour - cell_day(&cells[i]) * 24),
			  cells[i].count, cells[i].first, cells[i].last);
	hours_pack(&hours, &packed);
	bind_row(st, cells);
	bind_blob(st, 4, pack_span(&packed, 0));
	return sqlite_run(q, st, why);
}

static int flush_total(struct sqlite *q, const struct usage_cell *cells, size_t n, struct text *why)
{
	int64_t count = 0, hour = cells[0].hour * MSEC_PER_HOUR;
	int rc = 0;
	sqlite3_stmt *st = sqlite_statement(q, SQL_TOTAL_ADD, why, &rc);

	if (!st)
		return rc;
	for (size_t i = 0; i < n; i++)
		count += cells[i].count;
	sqlite3_bind_int64(st, 1, cells[0].key);
	sqlite3_bind_int64(st, 2, count);
	sqlite3_bind_int64(st, 3, hour + cells[0].first);
	sqlite3_bind_int64(st, 4, cells[n - 1].hour * MSEC_PER_HOUR + cells[n - 1].last);
	return sqlite_run(q, st, why);
}

int usage_flush(struct sqlite *q, struct text *why)
{
	struct usage_map *m = &q->usage;
	size_t n;
	int rc = 0;

	qsort(m->cells, m->n, sizeof(*m->cells), compare_cells);
	for (size_t i = 0; i < m->n && rc == 0; i += n) {
		for (n = 1; i + n < m->n && is_same_row(&m->cells[i], &m->cells[i + n]);)
			n++;
		rc = flush_row(q, &m->cells[i], n, why);
		if (rc == 0)
			rc = flush_total(q, &m->cells[i], n, why);
	}
	usage_clear(m);
	return rc;
}
