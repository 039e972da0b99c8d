/* Connections as segments in hex, and how to drive a carrier with them: whole, and byte by byte. */
#ifndef NTLMAUDIT_TESTS_SEGMENTS_H
#define NTLMAUDIT_TESTS_SEGMENTS_H

#include <stdlib.h>

#include "harness.h"
#include "unit.h"

struct segment {
	enum stream_dir dir;
	const char *hex;
};

static inline uint8_t segment_nibble(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Bytes of a hex string on the heap, with their exact size. The caller frees. */
static inline uint8_t *segment_bytes(const char *hex, size_t *ret_len)
{
	size_t len = strlen(hex) / 2;
	uint8_t *bytes = malloc(len ? len : 1);

	assert_non_null(bytes);
	for (size_t i = 0; i < len; i++)
		bytes[i] =
			(uint8_t)(segment_nibble(hex[2 * i]) << 4 | segment_nibble(hex[2 * i + 1]));
	*ret_len = len;
	return bytes;
}

/* Feeds a segment in pieces of at most `piece` bytes; 0 = whole. */
static inline void segment_feed(struct harness *h, enum stream_dir dir, const char *hex,
				size_t piece)
{
	size_t len, n;
	uint8_t *bytes = segment_bytes(hex, &len);

	for (size_t i = 0; i < len; i += n) {
		n = piece && piece < len - i ? piece : len - i;
		harness_feed(h, dir, bytes + i, n);
	}
	free(bytes);
}

/* The connection gives this log, in segments as they came and in pieces of any size. */
static inline void assert_log(const struct carrier *carrier, const struct segment *segments,
			      size_t n, const char *log)
{
	static const size_t pieces[] = {0, 1, 2, 7, 100};

	for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]); p++) {
		struct harness h;

		harness_init(&h, carrier);
		for (size_t i = 0; i < n; i++)
			segment_feed(&h, segments[i].dir, segments[i].hex, pieces[p]);
		assert_int_equal(h.rc, 0);
		assert_string_equal(h.log.ptr ? h.log.ptr : "", log);
		harness_finish(&h);
	}
}

#define N(array) (sizeof(array) / sizeof((array)[0]))

#endif
