#include "base/hash.h"

#include <sys/random.h>

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotl(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static inline void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v1 = rotl(s->v1, 13) ^ s->v0;
	s->v0 = rotl(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotl(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotl(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotl(s->v1, 17) ^ s->v2;
	s->v2 = rotl(s->v2, 32);
}

static inline void sip_word(struct sip *s, uint64_t word)
{
	s->v3 ^= word;
	sip_round(s);
	s->v0 ^= word;
}

struct hash_key hash_key_random(void)
{
	struct hash_key key = {0x6e746c6d61756469u, 0x7420686173686573u};

	/* Without entropy the fixed key stays: tables still work, only unkeyed. */
	if (getrandom(&key, sizeof(key), GRND_NONBLOCK) < 0)
		return key;
	return key;
}

uint64_t hash_bytes(const struct hash_key *key, struct span bytes)
{
	struct sip s = {
		.v0 = key->k0 ^ 0x736f6d6570736575u,
		.v1 = key->k1 ^ 0x646f72616e646f6du,
		.v2 = key->k0 ^ 0x6c7967656e657261u,
		.v3 = key->k1 ^ 0x7465646279746573u,
	};
	uint64_t word;
	size_t i = 0;

	for (; i + 8 <= bytes.len; i += 8) {
		memcpy(&word, bytes.ptr + i, 8);
		sip_word(&s, word);
	}
	word = (uint64_t)bytes.len << 56;
	for (unsigned shift = 0; i < bytes.len; i++, shift += 8)
		word |= (uint64_t)bytes.ptr[i] << shift;
	sip_word(&s, word);
	s.v2 ^= 0xff;
	sip_round(&s);
	sip_round(&s);
	sip_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
