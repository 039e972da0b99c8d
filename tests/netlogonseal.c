#include "netlogonseal.h"

#include <nettle/aes.h>
#include <nettle/arcfour.h>
#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <string.h>

static void put16(uint8_t *p, size_t n)
{
	p[0] = (uint8_t)n;
	p[1] = (uint8_t)(n >> 8);
}

static void put32(uint8_t *p, uint32_t n)
{
	put16(p, n & 0xffff);
	put16(p + 2, n >> 16);
}

/* CFB8 by the book: the register is encrypted for each byte, and its oldest byte gives way to the cipher's. */
static void cfb8(const uint8_t *key, uint8_t reg[16], uint8_t *data, size_t len)
{
	struct aes128_ctx ctx;
	uint8_t block[16];

	aes128_set_encrypt_key(&ctx, key);
	for (size_t i = 0; i < len; i++) {
		aes128_encrypt(&ctx, 16, block, reg);
		data[i] ^= block[0];
		memmove(reg, reg + 1, 15);
		reg[15] = data[i];
	}
}

static void mac5(const uint8_t *key, const uint8_t *data, size_t len, uint8_t out[16])
{
	struct hmac_md5_ctx ctx;

	hmac_md5_set_key(&ctx, 16, key);
	hmac_md5_update(&ctx, len, data);
	hmac_md5_digest(&ctx, 16, out);
}

static void rc4(const uint8_t *key, const uint8_t salt[8], uint8_t *data, size_t len)
{
	static const uint8_t zeros[4];
	struct arcfour_ctx ctx;
	uint8_t a[16], b[16];

	mac5(key, zeros, 4, a);
	mac5(a, salt, 8, b);
	arcfour_set_key(&ctx, 16, b);
	arcfour_crypt(&ctx, len, data, data);
}

static void twice(uint8_t iv[16], const uint8_t half[8])
{
	memcpy(iv, half, 8);
	memcpy(iv + 8, half, 8);
}

static void checksum(const struct sealpdu *p, const uint8_t *sig, const uint8_t *confounder,
		     const uint8_t *data, size_t len, uint8_t out[8])
{
	static const uint8_t zeros[4];
	size_t salt = p->level == 6 ? 8 : 0;
	struct hmac_sha256_ctx sha;
	struct md5_ctx md5;
	uint8_t digest[16];

	if (p->aes) {
		hmac_sha256_set_key(&sha, 16, p->key);
		hmac_sha256_update(&sha, 8, sig);
		hmac_sha256_update(&sha, salt, confounder);
		hmac_sha256_update(&sha, len, data);
		hmac_sha256_digest(&sha, 8, out);
		return;
	}
	md5_init(&md5);
	md5_update(&md5, 4, zeros);
	md5_update(&md5, 8, sig);
	md5_update(&md5, salt, confounder);
	md5_update(&md5, len, data);
	md5_digest(&md5, 16, digest);
	mac5(p->key, digest, 16, digest);
	memcpy(out, digest, 8);
}

static void seal(const struct sealpdu *p, uint8_t *pdu, size_t stub, size_t stub_len, uint8_t *sig)
{
	uint8_t sequence[8] = {0}, confounder[8] = "confuse", other[16], iv[16];

	put16(sig, p->aes ? 0x13 : 0x77);
	put16(sig + 2, p->level == 5 ? 0xffff : p->aes ? 0x1a : 0x7a);
	put32(sig + 4, 0xffff);
	for (int i = 0; i < 4; i++)
		sequence[i] = (uint8_t)(p->sequence >> (24 - 8 * i));
	sequence[4] = p->type == 0 ? 0x80 : 0;
	if (p->whole)
		checksum(p, sig, confounder, pdu, stub + stub_len + 8, sig + 16);
	else
		checksum(p, sig, confounder, pdu + stub, stub_len, sig + 16);
	for (int i = 0; i < 16; i++)
		other[i] = p->key[i] ^ 0xf0;
	if (p->level == 6 && p->aes) {
		twice(iv, sequence);
		cfb8(other, iv, confounder, 8);
		cfb8(other, iv, pdu + stub, stub_len);
	} else if (p->level == 6) {
		rc4(other, sequence, confounder, 8);
		rc4(other, sequence, pdu + stub, stub_len);
	}
	if (p->level == 6)
		memcpy(sig + 24, confounder, 8);
	memcpy(sig + 8, sequence, 8);
	twice(iv, sig + 16);
	if (p->aes)
		cfb8(p->key, iv, sig + 8, 8);
	else
		rc4(p->key, sig + 16, sig + 8, 8);
}

static void header(uint8_t *out, uint8_t type, uint8_t flags, uint32_t call_id, size_t len,
		   size_t auth)
{
	static const uint8_t start[] = {5, 0, 0, 0, 0x10, 0, 0, 0};

	memcpy(out, start, sizeof(start));
	out[2] = type;
	out[3] = flags;
	put16(out + 8, len);
	put16(out + 10, auth);
	put32(out + 12, call_id);
}

static void trailer(uint8_t *out, uint8_t level, size_t pad)
{
	memset(out, 0, 8);
	out[0] = 68;
	out[1] = level;
	out[2] = (uint8_t)pad;
	out[4] = 1;
}

size_t sealpdu_make(uint8_t *out, const struct sealpdu *p)
{
	size_t pad = p->level ? (16 - p->len % 16) % 16 : 0, stub_len = p->len + pad;
	size_t sig = !p->level ? 0 : p->aes ? 56 : p->level == 6 ? 32 : 24;
	size_t len = 24 + stub_len + (sig ? 8 + sig : 0);

	memset(out, 0, len);
	header(out, p->type, p->flags, p->call_id, len, sig);
	put32(out + 16, (uint32_t)p->len);
	if (p->type == 0)
		put16(out + 22, p->opnum);
	if (p->len)
		memcpy(out + 24, p->stub, p->len);
	if (!sig)
		return len;
	trailer(out + 24 + stub_len, p->level, pad);
	seal(p, out, 24, stub_len, out + 24 + stub_len + 8);
	return len;
}

size_t sealpdu_bind(uint8_t *out, const char *domain, const char *computer, uint8_t level)
{
	static const uint8_t contexts[] = {
		0xb8, 0x10, 0xb8, 0x10, 0,    0,    0,	  0,	1,    0,    0,	  0,	0,    0,
		1,    0,    0x78, 0x56, 0x34, 0x12, 0x34, 0x12, 0xcd, 0xab, 0xef, 0x00, 0x01, 0x23,
		0x45, 0x67, 0xcf, 0xfb, 1,    0,    0,	  0,	0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c,
		0xc9, 0x11, 0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60, 2,	  0,	0,    0};
	size_t d = strlen(domain) + 1, c = strlen(computer) + 1;
	size_t auth = level ? 8 + d + c : 0, at = 16 + sizeof(contexts);
	size_t len = at + (auth ? 8 + auth : 0);

	header(out, 11, 3, 1, len, auth);
	memcpy(out + 16, contexts, sizeof(contexts));
	if (!level)
		return len;
	trailer(out + at, level, 0);
	put32(out + at + 8, 0);
	put32(out + at + 12, 3);
	memcpy(out + at + 16, domain, d);
	memcpy(out + at + 16 + d, computer, c);
	return len;
}

/* -- stubs -- */

struct pen {
	uint8_t *out;
	size_t len;
};

static void u16(struct pen *p, size_t n)
{
	while (p->len % 2)
		p->out[p->len++] = 0;
	put16(p->out + p->len, n);
	p->len += 2;
}

static void u32(struct pen *p, uint32_t n)
{
	while (p->len % 4)
		p->out[p->len++] = 0;
	put32(p->out + p->len, n);
	p->len += 4;
}

static void string(struct pen *p, const char *s, size_t letters)
{
	u32(p, (uint32_t)letters);
	u32(p, 0);
	u32(p, (uint32_t)letters);
	for (size_t i = 0; i < letters; i++)
		u16(p, (uint8_t)s[i]);
}

static void counted(struct pen *p, size_t bytes)
{
	while (p->len % 4)
		p->out[p->len++] = 0;
	u16(p, bytes);
	u16(p, bytes);
	u32(p, 0x20000);
}

static void bytes(struct pen *p, size_t n, uint8_t byte)
{
	u32(p, (uint32_t)n);
	u32(p, 0);
	u32(p, (uint32_t)n);
	memset(p->out + p->len, byte, n);
	p->len += n;
}

size_t sealpdu_logon(uint8_t *out, const char *account, uint64_t logon_id, size_t nt_len)
{
	struct pen p = {.out = out};

	u32(&p, 0x20000);
	string(&p, "\\\\DC1", 6);
	u32(&p, 0x20004);
	string(&p, "FS1", 4);
	u16(&p, 2);
	u16(&p, 2);
	u32(&p, 0x20008);
	counted(&p, 8);
	u32(&p, 0);
	u32(&p, (uint32_t)logon_id);
	u32(&p, (uint32_t)(logon_id >> 32));
	counted(&p, strlen(account) * 2);
	counted(&p, 10);
	memset(p.out + p.len, 0xcc, 8);
	p.len += 8;
	counted(&p, nt_len);
	counted(&p, 24);
	string(&p, "CORP", 4);
	string(&p, account, strlen(account));
	string(&p, "\\\\CL1", 5);
	bytes(&p, nt_len, 0xaa);
	bytes(&p, 24, 0xbb);
	u16(&p, 3);
	u32(&p, 0);
	return p.len;
}

/* No validation information: NTSTATUS alone counts. */
size_t sealpdu_answer(uint8_t *out, uint32_t status)
{
	struct pen p = {.out = out};

	u16(&p, 3);
	u32(&p, 0);
	u32(&p, 1);
	u32(&p, 0);
	u32(&p, status);
	return p.len;
}
