/*
 * What was looked up lately: from the mark of some bytes to the number they have in the log. It grows to a limit with
 * what comes; an entry may be forgotten at any time, and is then looked up in the log again.
 */
#ifndef NTLMAUDIT_STORE_IDCACHE_H
#define NTLMAUDIT_STORE_IDCACHE_H

#include "base/hash.h"

/* Two keyed hashes of the same bytes: 128 bits that nobody without the key can find a second text for. */
struct mark {
	uint64_t a, b;
};

static inline struct mark mark_of(const struct hash_key keys[2], struct span bytes)
{
	return (struct mark){hash_bytes(&keys[0], bytes), hash_bytes(&keys[1], bytes)};
}

struct idcache_entry {
	struct mark mark;
	uint32_t id; /* 0: free */
	uint32_t more[2];
	uint8_t digest[32];
};

struct idcache {
	struct idcache_entry *entries;
	size_t n_sets, max_sets; /* powers of two */
	size_t n_forgotten;	 /* since it last grew */
};

int idcache_init(struct idcache *c, size_t max_sets) __attribute__((warn_unused_result));
void idcache_finish(struct idcache *c);
void idcache_clear(struct idcache *c);
/* NULL where unknown. */
const struct idcache_entry *idcache_find(const struct idcache *c, struct mark mark);
/* An entry for this mark to fill in, all zero but for the mark; another may go for it. */
struct idcache_entry *idcache_add(struct idcache *c, struct mark mark);

#endif
