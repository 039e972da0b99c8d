#include "audit/row.h"

#include <stdbool.h>
#include <string.h>

static struct row *row_at(const struct row_table *t, uint64_t key, size_t way)
{
	size_t place = (size_t)(key % (ROWS / ROW_WAYS)) * ROW_WAYS + way;

	return (struct row *)(void *)((uint8_t *)t->rows + place * t->size);
}

void *row_find(const struct row_table *t, uint64_t key)
{
	for (size_t way = 0; way < ROW_WAYS; way++)
		if (row_at(t, key, way)->key == key)
			return row_at(t, key, way);
	return NULL;
}

/* A free row of the key's place, else the oldest. */
static struct row *cheapest(const struct row_table *t, uint64_t key)
{
	struct row *best = row_at(t, key, 0);

	for (size_t way = 1; way < ROW_WAYS && best->key; way++) {
		struct row *r = row_at(t, key, way);

		if (!r->key || r->time < best->time)
			best = r;
	}
	return best;
}

void *row_take(const struct row_table *t, uint64_t key, int64_t now)
{
	struct row *r = row_find(t, key);
	bool recent;

	if (!r)
		r = cheapest(t, key);
	recent = r->key && now - r->time <= t->window;
	if (recent && r->key == key)
		return r;
	tally_add(t->tally, TALLY_SIGN_FORGOTTEN, recent);
	if (r->key && t->leave)
		t->leave(t->ctx, r);
	memset(r, 0, t->size);
	*r = (struct row){key, now};
	return r;
}
