/* SipHash-1-3: hash tables that face attackers are keyed, so that nobody can choose collisions. */
#ifndef NTLMAUDIT_BASE_HASH_H
#define NTLMAUDIT_BASE_HASH_H

#include "base/span.h"

struct hash_key {
	uint64_t k0, k1;
};

/* A key from the system's random source. */
struct hash_key hash_key_random(void);
uint64_t hash_bytes(const struct hash_key *key, struct span bytes);

#endif
