/*
 * Numbers and texts packed small: what the log keeps in blobs and its chain hashes, and what processes tell each other. Sticky as base/text.h: what
 * no longer fits sets `full`, asked once at the end. Reading goes by base/reader.h.
 */
#ifndef NTLMAUDIT_BASE_PACK_H
#define NTLMAUDIT_BASE_PACK_H

#include "base/reader.h"

struct pack {
	uint8_t *ptr; /* the caller's */
	size_t len, cap;
	bool full;
};

static inline struct span pack_span(const struct pack *p, size_t from)
{
	return span_make(p->ptr + from, p->len - from);
}

static inline void pack_bytes(struct pack *p, const void *bytes, size_t n)
{
	if (n > p->cap - p->len) {
		p->full = true;
		return;
	}
	if (n)
		memcpy(p->ptr + p->len, bytes, n);
	p->len += n;
}

static inline void pack_u8(struct pack *p, uint8_t byte)
{
	pack_bytes(p, &byte, 1);
}

/* Seven bits a byte, the lowest first; the highest bit says that more follow. */
static inline void pack_number(struct pack *p, uint64_t n)
{
	uint8_t bytes[10];
	size_t len = 0;

	for (; n > 127; n >>= 7)
		bytes[len++] = (uint8_t)(n | 128);
	bytes[len++] = (uint8_t)n;
	pack_bytes(p, bytes, len);
}

/* Small numbers of either sign stay small. */
static inline void pack_signed(struct pack *p, int64_t n)
{
	pack_number(p, (uint64_t)n << 1 ^ (n < 0 ? UINT64_MAX : 0));
}

/* Its length and one, then the bytes; NULL is 0. */
static inline void pack_text(struct pack *p, const char *text)
{
	size_t n = text ? strlen(text) : 0;

	pack_number(p, text ? (uint64_t)n + 1 : 0);
	pack_bytes(p, text, n);
}

/* Reads what pack_number() wrote; more than 64 bits fail. */
static inline uint64_t unpack_number(struct reader *r)
{
	uint64_t n = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = reader_u8(r);

		n |= (uint64_t)(byte & 127) << shift;
		if (byte < 128)
			return n;
	}
	reader_fail(r, "number too long");
	return 0;
}

static inline int64_t unpack_signed(struct reader *r)
{
	uint64_t n = unpack_number(r);

	return (int64_t)(n >> 1 ^ (n & 1 ? UINT64_MAX : 0));
}

#endif
