#include "why/shelf.h"

#include "base/mem.h"

#include <errno.h>

int shelf_init(struct shelf *s, size_t buckets)
{
	*s = (struct shelf){
		.key = hash_key_random(),
		.bucket = mem_zalloc(buckets, sizeof(struct shelf_node *)),
		.buckets = buckets,
	};
	return s->bucket ? 0 : -ENOMEM;
}

void shelf_finish(struct shelf *s)
{
	mem_free(s->bucket);
	*s = (struct shelf){0};
}

static struct shelf_node **bucket_of(const struct shelf *s, const struct addr *addr)
{
	return &s->bucket[hash_bytes(&s->key, span_make(addr, sizeof(*addr))) & (s->buckets - 1)];
}

static struct shelf_node *first_of(struct shelf_node *n, const struct addr *addr)
{
	while (n && !addr_equal(&n->addr, addr))
		n = n->chain;
	return n;
}

struct shelf_node *shelf_find(const struct shelf *s, const struct addr *addr)
{
	return first_of(*bucket_of(s, addr), addr);
}

struct shelf_node *shelf_next(const struct shelf_node *n)
{
	return first_of(n->chain, &n->addr);
}

void shelf_put(struct shelf *s, struct shelf_node *n)
{
	struct shelf_node **bucket = bucket_of(s, &n->addr);

	n->chain = *bucket;
	*bucket = n;
	n->newer = NULL;
	n->older = s->newest;
	*(s->newest ? &s->newest->newer : &s->oldest) = n;
	s->newest = n;
	s->count++;
}

void shelf_take(struct shelf *s, struct shelf_node *n)
{
	struct shelf_node **at = bucket_of(s, &n->addr);

	while (*at != n)
		at = &(*at)->chain;
	*at = n->chain;
	*(n->older ? &n->older->newer : &s->oldest) = n->newer;
	*(n->newer ? &n->newer->older : &s->newest) = n->older;
	s->count--;
}

void shelf_touch(struct shelf *s, struct shelf_node *n)
{
	if (s->newest == n)
		return;
	shelf_take(s, n);
	shelf_put(s, n);
}
