#include "netlogon/lru.h"

#include <errno.h>

#include "base/mem.h"

int lru_init(struct lru *l, size_t buckets)
{
	*l = (struct lru){.buckets = buckets};
	l->bucket = mem_zalloc(buckets, sizeof(struct lru_node *));
	return l->bucket ? 0 : -ENOMEM;
}

void lru_finish(struct lru *l)
{
	mem_free(l->bucket);
	*l = (struct lru){0};
}

static struct lru_node **bucket_of(const struct lru *l, uint64_t key)
{
	return &l->bucket[key & (l->buckets - 1)];
}

static struct lru_node *same_key(struct lru_node *n, uint64_t key)
{
	while (n && n->key != key)
		n = n->chain;
	return n;
}

struct lru_node *lru_find(const struct lru *l, uint64_t key)
{
	return l->bucket ? same_key(*bucket_of(l, key), key) : NULL;
}

struct lru_node *lru_next(const struct lru_node *n)
{
	return same_key(n->chain, n->key);
}

static void append(struct lru *l, struct lru_node *n)
{
	n->older = l->newest;
	n->newer = NULL;
	if (l->newest)
		l->newest->newer = n;
	else
		l->oldest = n;
	l->newest = n;
}

static void unlink_age(struct lru *l, struct lru_node *n)
{
	if (n->older)
		n->older->newer = n->newer;
	else
		l->oldest = n->newer;
	if (n->newer)
		n->newer->older = n->older;
	else
		l->newest = n->older;
}

void lru_put(struct lru *l, struct lru_node *n, uint64_t key)
{
	struct lru_node **bucket = bucket_of(l, key);

	n->key = key;
	n->chain = *bucket;
	*bucket = n;
	append(l, n);
	l->count++;
}

void lru_take(struct lru *l, struct lru_node *n)
{
	struct lru_node **at = bucket_of(l, n->key);

	while (*at != n)
		at = &(*at)->chain;
	*at = n->chain;
	unlink_age(l, n);
	l->count--;
}

void lru_touch(struct lru *l, struct lru_node *n)
{
	if (l->newest == n)
		return;
	unlink_age(l, n);
	append(l, n);
}
