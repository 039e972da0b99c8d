#include "base/crc32.h"

#define POLYNOMIAL 0xedb88320u /* RFC 1952, 8: bits reversed */
#define LANES 8

/* lanes[n][b]: what byte b is worth n bytes before the end; made once, the same whoever makes it. */
static uint32_t lanes[LANES][256];

static void make_lanes(void)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t sum = b;

		for (int bit = 0; bit < 8; bit++)
			sum = sum >> 1 ^ (sum & 1 ? POLYNOMIAL : 0);
		lanes[0][b] = sum;
	}
	for (size_t n = 1; n < LANES; n++)
		for (size_t b = 0; b < 256; b++)
			lanes[n][b] = lanes[n - 1][b] >> 8 ^ lanes[0][lanes[n - 1][b] & 0xff];
}

static uint32_t add_lanes(uint32_t sum, const uint8_t *p)
{
	return lanes[7][(sum ^ p[0]) & 0xff] ^ lanes[6][(sum >> 8 ^ p[1]) & 0xff] ^
	       lanes[5][(sum >> 16 ^ p[2]) & 0xff] ^ lanes[4][sum >> 24 ^ p[3]] ^ lanes[3][p[4]] ^
	       lanes[2][p[5]] ^ lanes[1][p[6]] ^ lanes[0][p[7]];
}

uint32_t crc32_add(uint32_t sum, struct span bytes)
{
	if (!lanes[0][1])
		make_lanes();
	sum = ~sum;
	for (; bytes.len >= LANES; bytes = span_from(bytes, LANES))
		sum = add_lanes(sum, bytes.ptr);
	for (size_t i = 0; i < bytes.len; i++)
		sum = sum >> 8 ^ lanes[0][(sum ^ bytes.ptr[i]) & 0xff];
	return ~sum;
}
