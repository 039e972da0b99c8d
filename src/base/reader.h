/*
 * The one cursor that every decoder reads with.
 *
 * It is sticky: a read beyond the end gives zero or an empty span, and so does every later one; the
 * first reason and its offset stay in `why` and `why_pos`, since a malformed token is evidence. A
 * decoder reads straight through and asks reader_ok() once at the end, and before it dispatches on
 * a value. Nested lengths make a sub-reader of reader_bytes().
 */
#ifndef NTLMAUDIT_BASE_READER_H
#define NTLMAUDIT_BASE_READER_H

#include "base/span.h"

struct reader {
	struct span in;
	size_t pos;
	const char *why;
	size_t why_pos;
};

static inline struct reader reader_of(struct span in)
{
	return (struct reader){.in = in};
}

static inline bool reader_ok(const struct reader *r)
{
	return r->why == NULL;
}

/* Bytes not yet read; 0 after a failure. */
static inline size_t reader_left(const struct reader *r)
{
	return r->why ? 0 : r->in.len - r->pos;
}

/* Marks the input malformed at the current offset. `why` is a literal; only the first one stays. */
static inline void reader_fail(struct reader *r, const char *why)
{
	if (r->why)
		return;
	r->why = why;
	r->why_pos = r->pos;
}

/* Takes n bytes: where they start, or NULL after failing with "truncated". */
static inline const uint8_t *reader_take(struct reader *r, size_t n)
{
	const uint8_t *at;

	if (reader_left(r) < n) {
		reader_fail(r, "truncated");
		return NULL;
	}
	at = r->pos ? r->in.ptr + r->pos : r->in.ptr; /* an empty input may have no address */
	r->pos += n;
	return at;
}

static inline uint8_t reader_u8(struct reader *r)
{
	const uint8_t *p = reader_take(r, 1);

	return p ? p[0] : 0;
}

static inline uint16_t reader_u16le(struct reader *r)
{
	const uint8_t *p = reader_take(r, 2);

	if (!p)
		return 0;
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint16_t reader_u16be(struct reader *r)
{
	const uint8_t *p = reader_take(r, 2);

	if (!p)
		return 0;
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t reader_u32le(struct reader *r)
{
	const uint8_t *p = reader_take(r, 4);

	return p ? (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
			       (uint32_t)p[3] << 24
		 : 0;
}

static inline uint32_t reader_u32be(struct reader *r)
{
	const uint8_t *p = reader_take(r, 4);

	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
			       (uint32_t)p[3]
		 : 0;
}

static inline uint64_t reader_u64le(struct reader *r)
{
	uint64_t low = reader_u32le(r);

	return low | (uint64_t)reader_u32le(r) << 32;
}

/* The next n bytes as a view; empty on failure. */
static inline struct span reader_bytes(struct reader *r, size_t n)
{
	const uint8_t *p = reader_take(r, n);

	return p ? span_make(p, n) : (struct span){0};
}

/* All that is left, as a view. */
static inline struct span reader_rest(struct reader *r)
{
	return reader_bytes(r, reader_left(r));
}

static inline void reader_skip(struct reader *r, size_t n)
{
	(void)reader_take(r, n);
}

/* Moves to an absolute offset of the input; fails with "offset out of range" beyond its end. */
void reader_seek(struct reader *r, size_t pos);

/*
 * A view of `len` bytes at absolute offset `off` of the input, without moving: the payload fields
 * of NTLMSSP and SMB. Offset and length come from the wire; out of range fails with `why`.
 */
struct span reader_at(struct reader *r, size_t off, size_t len, const char *why);

#endif
