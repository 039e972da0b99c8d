/*
 * Signatures and seals ([MS-NRPC] 3.3.4.2.2). A signature is SignatureAlgorithm, SealAlgorithm, Pad, Flags (8 bytes), the
 * sequence number (encrypted), the checksum's first 8 bytes, and where there is a seal the confounder (encrypted). Of the AES
 * signature's 32 bytes of checksum only 8 are used; the confounder stands right behind these.
 */
#include "netlogon/crypt.h"

#include <nettle/aes.h>
#include <nettle/arcfour.h>
#include <nettle/cfb.h>
#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/memops.h>

#define HEAD 8
#define SEQUENCE_AT 8
#define CHECKSUM_AT 16
#define CHECKSUM_SIZE 8
#define CONFOUNDER_AT 24
#define CONFOUNDER_SIZE 8
#define SIGNED_SIZE 24
#define SEALED_SIZE 32

#define SIGN_HMAC_SHA256 0x13
#define SIGN_HMAC_MD5 0x77
#define SEAL_AES128 0x1a
#define SEAL_RC4 0x7a

static const uint8_t zeros[4];

bool crypt_is_signature(const struct crypt_pdu *p, bool aes)
{
	const uint8_t *t = p->token.ptr;

	if (p->token.len < (p->sealed ? SEALED_SIZE : SIGNED_SIZE))
		return false;
	if (p->data > p->whole.len || p->data_len > p->whole.len - p->data)
		return false;
	if (t[0] != (aes ? SIGN_HMAC_SHA256 : SIGN_HMAC_MD5) || t[1] != 0)
		return false;
	if (p->sealed)
		return t[2] == (aes ? SEAL_AES128 : SEAL_RC4) && t[3] == 0;
	return t[2] == 0xff && t[3] == 0xff;
}

static void hmac_md5(const uint8_t *key, size_t key_len, const void *data, size_t len,
		     uint8_t out[MD5_DIGEST_SIZE])
{
	struct hmac_md5_ctx ctx;

	hmac_md5_set_key(&ctx, key_len, key);
	hmac_md5_update(&ctx, len, data);
	hmac_md5_digest(&ctx, MD5_DIGEST_SIZE, out);
	explicit_bzero(&ctx, sizeof(ctx));
}

/* RC4 with the key that HMAC-MD5 makes of the session key, four zeros, and 8 bytes of the message. */
static void rc4(const uint8_t *key, const uint8_t salt[8], uint8_t *data, size_t len)
{
	uint8_t first[MD5_DIGEST_SIZE], second[MD5_DIGEST_SIZE];
	struct arcfour_ctx ctx;

	hmac_md5(key, CRYPT_KEY_SIZE, zeros, sizeof(zeros), first);
	hmac_md5(first, sizeof(first), salt, 8, second);
	arcfour_set_key(&ctx, sizeof(second), second);
	arcfour_crypt(&ctx, len, data, data);
	explicit_bzero(first, sizeof(first));
	explicit_bzero(second, sizeof(second));
	explicit_bzero(&ctx, sizeof(ctx));
}

static void sequence_bytes(const struct crypt_pdu *p, bool aes, const uint8_t *key, uint8_t out[8])
{
	const uint8_t *checksum = p->token.ptr + CHECKSUM_AT;
	struct aes128_ctx ctx;
	uint8_t iv[16];

	memcpy(out, p->token.ptr + SEQUENCE_AT, 8);
	if (!aes) {
		rc4(key, checksum, out, 8);
		return;
	}
	memcpy(iv, checksum, 8);
	memcpy(iv + 8, checksum, 8);
	aes128_set_encrypt_key(&ctx, key);
	cfb8_decrypt(&ctx, (nettle_cipher_func *)aes128_encrypt, 16, iv, 8, out, out);
	explicit_bzero(&ctx, sizeof(ctx));
}

static uint32_t load32be(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

/* [MS-NRPC] 3.3.4.2.1: the low half, the high half, each big-endian; the initiator sets the highest bit of the latter. */
bool crypt_sequence(const struct crypt_pdu *p, bool aes, const uint8_t key[CRYPT_KEY_SIZE],
		    uint64_t *ret_sequence)
{
	uint8_t bytes[8];
	uint32_t high;

	sequence_bytes(p, aes, key, bytes);
	high = load32be(bytes + 4);
	if (high != (p->from_client ? 0x80000000u : 0))
		return false;
	*ret_sequence = load32be(bytes);
	return true;
}

/* Unseals confounder and data in place; the two are one stream under AES, and each its own under RC4. */
static void decrypt(const struct crypt_pdu *p, bool aes, const uint8_t *key, uint8_t *confounder,
		    uint8_t *data)
{
	uint8_t other[CRYPT_KEY_SIZE], sequence[8], iv[16];
	struct aes128_ctx ctx;

	sequence_bytes(p, aes, key, sequence);
	for (int i = 0; i < CRYPT_KEY_SIZE; i++)
		other[i] = key[i] ^ 0xf0;
	if (aes) {
		memcpy(iv, sequence, 8);
		memcpy(iv + 8, sequence, 8);
		aes128_set_encrypt_key(&ctx, other);
		cfb8_decrypt(&ctx, (nettle_cipher_func *)aes128_encrypt, 16, iv, CONFOUNDER_SIZE,
			     confounder, confounder);
		cfb8_decrypt(&ctx, (nettle_cipher_func *)aes128_encrypt, 16, iv, p->data_len, data,
			     data);
		explicit_bzero(&ctx, sizeof(ctx));
	} else {
		rc4(other, sequence, confounder, CONFOUNDER_SIZE);
		rc4(other, sequence, data, p->data_len);
	}
	explicit_bzero(other, sizeof(other));
}

static void checksum_aes(const uint8_t *key, struct span head, struct span confounder,
			 struct span data, uint8_t out[CHECKSUM_SIZE])
{
	struct hmac_sha256_ctx ctx;

	hmac_sha256_set_key(&ctx, CRYPT_KEY_SIZE, key);
	hmac_sha256_update(&ctx, head.len, head.ptr);
	hmac_sha256_update(&ctx, confounder.len, confounder.ptr);
	hmac_sha256_update(&ctx, data.len, data.ptr);
	hmac_sha256_digest(&ctx, CHECKSUM_SIZE, out);
	explicit_bzero(&ctx, sizeof(ctx));
}

static void checksum_md5(const uint8_t *key, struct span head, struct span confounder,
			 struct span data, uint8_t out[CHECKSUM_SIZE])
{
	uint8_t digest[MD5_DIGEST_SIZE], mac[MD5_DIGEST_SIZE];
	struct md5_ctx ctx;

	md5_init(&ctx);
	md5_update(&ctx, sizeof(zeros), zeros);
	md5_update(&ctx, head.len, head.ptr);
	md5_update(&ctx, confounder.len, confounder.ptr);
	md5_update(&ctx, data.len, data.ptr);
	md5_digest(&ctx, sizeof(digest), digest);
	hmac_md5(key, CRYPT_KEY_SIZE, digest, sizeof(digest), mac);
	memcpy(out, mac, CHECKSUM_SIZE);
	explicit_bzero(&ctx, sizeof(ctx));
}

static bool verify(const struct crypt_pdu *p, bool aes, const uint8_t *key, struct span confounder,
		   struct span data)
{
	struct span head = span_head(p->token, HEAD);
	uint8_t sum[CHECKSUM_SIZE];

	(aes ? checksum_aes : checksum_md5)(key, head, confounder, data, sum);
	return memeql_sec(sum, p->token.ptr + CHECKSUM_AT, sizeof(sum));
}

bool crypt_unseal(const struct crypt_pdu *p, bool aes, const uint8_t key[CRYPT_KEY_SIZE],
		  uint8_t *work, enum crypt_cover *cover)
{
	uint8_t confounder[CONFOUNDER_SIZE] = {0};
	const struct span covered[] = {
		[CRYPT_COVER_WHOLE] = span_make(work, p->whole.len),
		[CRYPT_COVER_DATA] = span_make(work + p->data, p->data_len),
	};
	struct span salt = {0};
	enum crypt_cover other = *cover == CRYPT_COVER_WHOLE ? CRYPT_COVER_DATA : CRYPT_COVER_WHOLE;
	bool ok;

	memcpy(work, p->whole.ptr, p->whole.len);
	if (p->sealed) {
		memcpy(confounder, p->token.ptr + CONFOUNDER_AT, sizeof(confounder));
		decrypt(p, aes, key, confounder, work + p->data);
		salt = span_make(confounder, sizeof(confounder));
	}
	ok = verify(p, aes, key, salt, covered[*cover]);
	if (!ok && verify(p, aes, key, salt, covered[other])) {
		*cover = other;
		ok = true;
	}
	explicit_bzero(confounder, sizeof(confounder));
	return ok;
}
