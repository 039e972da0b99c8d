#include "audit/activity.h"

#include <nettle/md5.h>

void activity_key_set(struct activity_key *k, const uint8_t key[AUDIT_KEY_SIZE])
{
	hmac_sha256_set_key(&k->hmac, AUDIT_KEY_SIZE, key);
}

void activity_make(const struct activity_key *k, const char *what, struct span bytes,
		   uint8_t ret_id[16])
{
	struct hmac_sha256_ctx hmac = k->hmac;

	hmac_sha256_update(&hmac, strlen(what) + 1, (const uint8_t *)what);
	hmac_sha256_update(&hmac, bytes.len, bytes.ptr);
	hmac_sha256_digest(&hmac, 16, ret_id);
	explicit_bzero(&hmac, sizeof(hmac));
	ret_id[6] = (uint8_t)((ret_id[6] & 0x0f) | 0x80);
	ret_id[8] = (uint8_t)((ret_id[8] & 0x3f) | 0x80);
}

void activity_make_ess(const struct activity_key *k, const uint8_t server_challenge[8],
		       struct span client_challenge, uint8_t ret_id[16])
{
	uint8_t both[8];
	struct md5_ctx md5;

	md5_init(&md5);
	md5_update(&md5, 8, server_challenge);
	md5_update(&md5, client_challenge.len, client_challenge.ptr);
	md5_digest(&md5, sizeof(both), both);
	activity_make(k, "challenge", span_make(both, sizeof(both)), ret_id);
	explicit_bzero(&md5, sizeof(md5));
	explicit_bzero(both, sizeof(both));
}
