/*
 * The chain that shows tampering. The state after a record is SHA-256 over the state before it, SHA-256 of the event's
 * stencil, and the event's own bytes (store/encode.h), all with their texts: a change to any row that says something
 * of an event, be it a shared one, changes the state from there on. The first state is 32 zeros.
 */
#include "store/sqlite.h"

#include <nettle/sha2.h>

_Static_assert(DIGEST_SIZE == SHA256_DIGEST_SIZE, "the chain is of SHA-256");

void chain_digest(struct span bytes, uint8_t ret_digest[DIGEST_SIZE])
{
	struct sha256_ctx sha;

	sha256_init(&sha);
	sha256_update(&sha, bytes.len, bytes.ptr);
	sha256_digest(&sha, DIGEST_SIZE, ret_digest);
}

void chain_event(struct chain *c, uint64_t record, const uint8_t digest[DIGEST_SIZE],
		 struct span own)
{
	struct sha256_ctx sha;

	sha256_init(&sha);
	sha256_update(&sha, DIGEST_SIZE, c->hash);
	sha256_update(&sha, DIGEST_SIZE, digest);
	sha256_update(&sha, own.len, own.ptr);
	sha256_digest(&sha, DIGEST_SIZE, c->hash);
	c->record = record;
}
