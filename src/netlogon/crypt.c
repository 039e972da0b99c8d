#include "netlogon/crypt.h"

#include <nettle/aes.h>
#include <nettle/cfb.h>
#include <nettle/des.h>
#include <nettle/hmac.h>
#include <nettle/md4.h>
#include <nettle/md5.h>
#include <nettle/memops.h>

#define HALF_KEY 7

static const uint8_t zeros[16];

void crypt_nt_hash(struct span password, uint8_t ret_hash[CRYPT_KEY_SIZE])
{
	struct md4_ctx ctx;

	md4_init(&ctx);
	md4_update(&ctx, password.len, password.ptr);
	md4_digest(&ctx, CRYPT_KEY_SIZE, ret_hash);
	explicit_bzero(&ctx, sizeof(ctx));
}

/* [MS-NRPC] 3.1.4.3.1 */
static void session_aes(const uint8_t *hash, const uint8_t *client, const uint8_t *server,
			uint8_t *out)
{
	struct hmac_sha256_ctx ctx;

	hmac_sha256_set_key(&ctx, CRYPT_KEY_SIZE, hash);
	hmac_sha256_update(&ctx, CRYPT_CHALLENGE_SIZE, client);
	hmac_sha256_update(&ctx, CRYPT_CHALLENGE_SIZE, server);
	hmac_sha256_digest(&ctx, CRYPT_KEY_SIZE, out);
	explicit_bzero(&ctx, sizeof(ctx));
}

/* [MS-NRPC] 3.1.4.3.2 */
static void session_strong(const uint8_t *hash, const uint8_t *client, const uint8_t *server,
			   uint8_t *out)
{
	uint8_t digest[MD5_DIGEST_SIZE];
	struct hmac_md5_ctx hmac;
	struct md5_ctx md5;

	md5_init(&md5);
	md5_update(&md5, 4, zeros);
	md5_update(&md5, CRYPT_CHALLENGE_SIZE, client);
	md5_update(&md5, CRYPT_CHALLENGE_SIZE, server);
	md5_digest(&md5, sizeof(digest), digest);
	hmac_md5_set_key(&hmac, CRYPT_KEY_SIZE, hash);
	hmac_md5_update(&hmac, sizeof(digest), digest);
	hmac_md5_digest(&hmac, CRYPT_KEY_SIZE, out);
	explicit_bzero(&hmac, sizeof(hmac));
}

/* 56 bits of key, as InitLMKey spreads them ([MS-NRPC] 3.1.4.4.2.1); the eighth bit of each byte is no key. */
static void des_block(const uint8_t key[HALF_KEY], const uint8_t in[8], uint8_t out[8])
{
	uint8_t spread[8];
	struct des_ctx ctx;

	spread[0] = key[0];
	for (int i = 1; i < HALF_KEY; i++)
		spread[i] = (uint8_t)(key[i - 1] << (8 - i) | key[i] >> i);
	spread[7] = (uint8_t)(key[6] << 1);
	(void)des_set_key(&ctx, spread); /* weak keys are keys here */
	des_encrypt(&ctx, 8, out, in);
	explicit_bzero(&ctx, sizeof(ctx));
	explicit_bzero(spread, sizeof(spread));
}

static uint32_t load32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void store32(uint8_t *p, uint32_t n)
{
	for (int i = 0; i < 4; i++, n >>= 8)
		p[i] = (uint8_t)n;
}

/* [MS-NRPC] 3.1.4.3.3 */
static void session_des(const uint8_t *hash, const uint8_t *client, const uint8_t *server,
			uint8_t *out)
{
	uint8_t sum[8], middle[8];

	store32(sum, load32(client) + load32(server));
	store32(sum + 4, load32(client + 4) + load32(server + 4));
	des_block(hash, sum, middle);
	des_block(hash + CRYPT_KEY_SIZE - HALF_KEY, middle, out);
	memset(out + 8, 0, 8);
	explicit_bzero(middle, sizeof(middle));
}

void crypt_session_key(enum crypt_kind kind, const uint8_t nt_hash[CRYPT_KEY_SIZE],
		       const uint8_t client[CRYPT_CHALLENGE_SIZE],
		       const uint8_t server[CRYPT_CHALLENGE_SIZE], uint8_t ret_key[CRYPT_KEY_SIZE])
{
	static void (*const make[])(const uint8_t *, const uint8_t *, const uint8_t *,
				    uint8_t *) = {
		[CRYPT_AES] = session_aes,
		[CRYPT_STRONG] = session_strong,
		[CRYPT_DES] = session_des,
	};

	make[kind](nt_hash, client, server, ret_key);
}

void crypt_credential(enum crypt_kind kind, const uint8_t key[CRYPT_KEY_SIZE],
		      const uint8_t challenge[CRYPT_CHALLENGE_SIZE],
		      uint8_t ret_credential[CRYPT_CHALLENGE_SIZE])
{
	struct aes128_ctx aes;
	uint8_t iv[16] = {0}, middle[8];

	if (kind == CRYPT_AES) {
		aes128_set_encrypt_key(&aes, key);
		cfb8_encrypt(&aes, (nettle_cipher_func *)aes128_encrypt, 16, iv,
			     CRYPT_CHALLENGE_SIZE, ret_credential, challenge);
		explicit_bzero(&aes, sizeof(aes));
		return;
	}
	des_block(key, challenge, middle);
	des_block(key + HALF_KEY, middle, ret_credential);
	explicit_bzero(middle, sizeof(middle));
}
