#include "store/idcache.h"

#include "base/mem.h"

#include <errno.h>

#define WAYS 4
#define FIRST_SETS 256

int idcache_init(struct idcache *c, size_t max_sets)
{
	*c = (struct idcache){.n_sets = FIRST_SETS, .max_sets = max_sets};
	c->entries = mem_zalloc(c->n_sets * WAYS, sizeof(*c->entries));
	return c->entries ? 0 : -ENOMEM;
}

void idcache_finish(struct idcache *c)
{
	mem_free(c->entries);
	*c = (struct idcache){0};
}

void idcache_clear(struct idcache *c)
{
	if (c->entries)
		memset(c->entries, 0, c->n_sets * WAYS * sizeof(*c->entries));
}

static struct idcache_entry *set_of(const struct idcache *c, struct mark mark)
{
	return c->entries + (mark.a & (c->n_sets - 1)) * WAYS;
}

const struct idcache_entry *idcache_find(const struct idcache *c, struct mark mark)
{
	const struct idcache_entry *set = set_of(c, mark);

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].id && set[i].mark.a == mark.a && set[i].mark.b == mark.b)
			return &set[i];
	return NULL;
}

/* A place for the mark: a free one, or that of another. */
static struct idcache_entry *take_place(struct idcache *c, struct mark mark)
{
	struct idcache_entry *set = set_of(c, mark);

	for (size_t i = 0; i < WAYS; i++)
		if (!set[i].id)
			return &set[i];
	return &set[c->n_forgotten++ % WAYS];
}

/* Four times as large, where half of it was forgotten. Where memory is short it stays as it is. */
static void grow(struct idcache *c)
{
	struct idcache larger = {.n_sets = c->n_sets * 4, .max_sets = c->max_sets};

	larger.entries = mem_zalloc(larger.n_sets * WAYS, sizeof(*larger.entries));
	c->n_forgotten = 0;
	if (!larger.entries)
		return;
	for (size_t i = 0; i < c->n_sets * WAYS; i++)
		if (c->entries[i].id)
			*take_place(&larger, c->entries[i].mark) = c->entries[i];
	mem_free(c->entries);
	*c = larger;
}

struct idcache_entry *idcache_add(struct idcache *c, struct mark mark)
{
	struct idcache_entry *entry;

	if (c->n_forgotten > c->n_sets * WAYS / 2 && c->n_sets < c->max_sets)
		grow(c);
	entry = take_place(c, mark);
	*entry = (struct idcache_entry){.mark = mark};
	return entry;
}
