#include "store/count-map.h"

#include "base/mem.h"

#include <errno.h>

#define ENTRIES_MAX ((size_t)1 << 23)

static struct count_entry *find(const struct count_map *m, int64_t key)
{
	size_t at = (size_t)(((uint64_t)key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (m->cap - 1);

	while (m->entries[at].used && m->entries[at].key != key)
		at = (at + 1) & (m->cap - 1);
	return &m->entries[at];
}

static int grow(struct count_map *m)
{
	struct count_map larger = {.cap = m->cap ? m->cap * 2 : 1024, .n = m->n};

	if (larger.cap > ENTRIES_MAX)
		return -ENOMEM;
	larger.entries = mem_zalloc(larger.cap, sizeof(*larger.entries));
	if (!larger.entries)
		return -ENOMEM;
	for (size_t i = 0; i < m->cap; i++)
		if (m->entries[i].used)
			*find(&larger, m->entries[i].key) = m->entries[i];
	mem_free(m->entries);
	*m = larger;
	return 0;
}

int count_map_add(struct count_map *m, int64_t key, int64_t count, int64_t first, int64_t last)
{
	struct count_entry *entry;
	int rc = m->n * 2 >= m->cap ? grow(m) : 0;

	if (rc < 0)
		return rc;
	entry = find(m, key);
	if (!entry->used || first < entry->first)
		entry->first = first;
	if (!entry->used || last > entry->last)
		entry->last = last;
	m->n += !entry->used;
	entry->used = true;
	entry->key = key;
	entry->count += count;
	return 0;
}

const struct count_entry *count_map_find(const struct count_map *m, int64_t key)
{
	const struct count_entry *entry = m->cap ? find(m, key) : NULL;

	return entry && entry->used ? entry : NULL;
}

void count_map_finish(struct count_map *m)
{
	mem_free(m->entries);
	*m = (struct count_map){0};
}
