/*
 * Things found by a key, in the order of their use, the oldest at hand to be given up. Several may have the same key.
 * It owns nothing but its buckets; things begin with a lru_node. Keys are keyed hashes: strangers choose what is hashed.
 */
#ifndef NTLMAUDIT_NETLOGON_LRU_H
#define NTLMAUDIT_NETLOGON_LRU_H

#include <stddef.h>
#include <stdint.h>

struct lru_node {
	uint64_t key;
	struct lru_node *chain; /* the next in its bucket: put before it */
	struct lru_node *older, *newer;
};

struct lru {
	struct lru_node **bucket;
	size_t buckets; /* a power of two */
	struct lru_node *oldest, *newest;
	size_t count;
};

/* 0 or -ENOMEM. */
int lru_init(struct lru *l, size_t buckets) __attribute__((warn_unused_result));
void lru_finish(struct lru *l);

/* The one of this key that was put last, or NULL; and the one of the same key put before it. */
struct lru_node *lru_find(const struct lru *l, uint64_t key);
struct lru_node *lru_next(const struct lru_node *n);

void lru_put(struct lru *l, struct lru_node *n, uint64_t key);
void lru_take(struct lru *l, struct lru_node *n);
/* Makes it the newest. */
void lru_touch(struct lru *l, struct lru_node *n);

#endif
