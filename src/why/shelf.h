/*
 * Things kept by address, in the order of their use, the oldest at hand to be given up. Several may have the same
 * address. It owns nothing but its buckets; things begin with a shelf_node.
 */
#ifndef NTLMAUDIT_WHY_SHELF_H
#define NTLMAUDIT_WHY_SHELF_H

#include "base/hash.h"
#include "wire/addr.h"

struct shelf_node {
	struct addr addr;
	struct shelf_node *chain;
	struct shelf_node *older, *newer;
};

struct shelf {
	struct hash_key key; /* addresses are strangers' choice */
	struct shelf_node **bucket;
	size_t buckets;
	struct shelf_node *oldest, *newest;
	size_t count;
};

/* `buckets` is a power of two. 0 or -ENOMEM. */
int shelf_init(struct shelf *s, size_t buckets) __attribute__((warn_unused_result));
void shelf_finish(struct shelf *s);

/* The one of this address that was put last, or NULL; and the one put before it. */
struct shelf_node *shelf_find(const struct shelf *s, const struct addr *addr);
struct shelf_node *shelf_next(const struct shelf_node *n);

void shelf_put(struct shelf *s, struct shelf_node *n);
void shelf_take(struct shelf *s, struct shelf_node *n);
/* Makes it the newest. */
void shelf_touch(struct shelf *s, struct shelf_node *n);

#endif
