#include "store/idcache.h"

#include "base/mem.h"

#include <errno.h>

#define WAYS 4

int idcache_init(struct idcache *c, size_t n_sets)
{
	c->entries = mem_zalloc(n_sets * WAYS, sizeof(*c->entries));
	c->n_sets = n_sets;
	c->victim = 0;
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

struct idcache_entry *idcache_add(struct idcache *c, struct mark mark)
{
	struct idcache_entry *set = set_of(c, mark), *entry = NULL;

	for (size_t i = 0; i < WAYS && !entry; i++)
		if (!set[i].id)
			entry = &set[i];
	if (!entry)
		entry = &set[c->victim++ % WAYS];
	*entry = (struct idcache_entry){.mark = mark};
	return entry;
}
