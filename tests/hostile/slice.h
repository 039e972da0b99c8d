/* Captures in memory, and large ones in pieces that are captures of their own. */
#ifndef NTLMAUDIT_TESTS_SLICE_H
#define NTLMAUDIT_TESTS_SLICE_H

#include "base/span.h"

/* Owned bytes. */
struct bytes {
	uint8_t *ptr;
	size_t len;
};

struct bytes bytes_load(const char *path);
void bytes_free(struct bytes *b);

/*
 * The next piece of a pcap file, at most `max` bytes of packets, as a capture: *pos starts at 0 and moves on. A file
 * that is small or no pcap comes whole. Empty (NULL) after the last.
 */
struct bytes slice_next(struct span file, size_t max, size_t *pos);

struct packet_at {
	size_t header, data, len; /* offsets in the file; len: bytes captured */
};

/* The packet at or after *pos of a little-endian pcap file (start with 0); moves on. */
bool slice_packet(struct span file, size_t *pos, struct packet_at *ret_packet);

#endif
