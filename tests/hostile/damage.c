#include "damage.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Fields that point at payload: offset of {length u16, max u16, offset u32} by message type. */
static const uint8_t fields[4][6] = {{0}, {16, 24}, {12, 40}, {12, 20, 28, 36, 44, 52}};

static size_t u16(const uint8_t *p)
{
	return (size_t)(p[0] | p[1] << 8);
}

static size_t raw_length(struct span m)
{
	size_t end = m.len < 32 ? m.len : 32, type = m.len > 8 ? m.ptr[8] : 0;

	for (size_t i = 0; type < 4 && i < 6 && fields[type][i]; i++) {
		size_t at = fields[type][i], reach;

		if (m.len < at + 8)
			break;
		reach = u16(m.ptr + at + 4) + u16(m.ptr + at);
		if (reach > end && reach <= m.len)
			end = reach;
	}
	return end;
}

static size_t text_length(struct span s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] && strchr(alphabet, s.ptr[n]))
		n++;
	return n - n % 4;
}

bool damage_next(struct span capture, size_t *pos, struct message_at *ret_message)
{
	for (size_t i = *pos; i < capture.len; i++) {
		struct span here = span_from(capture, i);

		if (span_starts(here, "NTLMSSP", 8)) {
			*ret_message = (struct message_at){.start = i, .len = raw_length(here)};
			*pos = i + 8;
			return true;
		}
		if (span_starts(here, "TlRMTVNTUA", 10)) {
			*ret_message = (struct message_at){
				.start = i, .len = text_length(here) / 4 * 3, .base64 = true};
			*pos = i + 10;
			return true;
		}
	}
	return false;
}

static uint32_t digit(uint8_t c)
{
	return (uint32_t)(strchr(alphabet, c) - alphabet);
}

size_t damage_set(struct span capture, const struct message_at *m, size_t i, uint8_t value,
		  uint8_t change[4], size_t *ret_at)
{
	const uint8_t *quad = capture.ptr + m->start + i / 3 * 4;
	unsigned shift = 16 - 8 * (unsigned)(i % 3);
	uint32_t bits = 0;

	if (!m->base64) {
		change[0] = value;
		*ret_at = m->start + i;
		return 1;
	}
	for (int k = 0; k < 4; k++)
		bits = bits << 6 | digit(quad[k]);
	bits = (bits & ~(UINT32_C(0xff) << shift)) | (uint32_t)value << shift;
	for (int k = 0; k < 4; k++)
		change[k] = (uint8_t)alphabet[bits >> (18 - 6 * k) & 63];
	*ret_at = m->start + i / 3 * 4;
	return 4;
}
