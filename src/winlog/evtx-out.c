#include "winlog/evtx-out.h"

#include "base/mem.h"
#include "base/utf.h"

#include <errno.h>

int evtx_out_init(struct evtx_out *out, size_t cap)
{
	*out = (struct evtx_out){.ptr = mem_alloc(cap), .cap = cap};
	return out->ptr ? 0 : -ENOMEM;
}

void evtx_out_finish(struct evtx_out *out)
{
	mem_free(out->ptr);
	*out = (struct evtx_out){0};
}

void evtx_out_add(struct evtx_out *out, struct span bytes)
{
	if (!bytes.len || !evtx_out_room(out, bytes.len))
		return;
	memcpy(out->ptr + out->len, bytes.ptr, bytes.len);
	out->len += bytes.len;
}

static void add_rune(struct evtx_out *out, uint32_t rune)
{
	uint8_t utf8[4];
	/* A NUL would hide what comes after it. */
	size_t n = utf8_encode(rune ? rune : RUNE_REPLACEMENT, utf8);

	memcpy(out->ptr + out->len, utf8, n);
	out->len += n;
}

/* Strings are stored with and without their terminator, and sometimes with several. */
static struct span without_nuls(struct span s, size_t unit)
{
	while (s.len >= unit && !s.ptr[s.len - 1] && !s.ptr[s.len - unit])
		s.len -= unit;
	return s;
}

void evtx_out_utf16(struct evtx_out *out, struct span units)
{
	units = without_nuls(units, 2);
	if (!evtx_out_room(out, units.len / 2 * 3 + 4))
		return;
	while (units.len) {
		/* Nearly all of it is ASCII. */
		if (units.len >= 2 && !units.ptr[1] && (uint8_t)(units.ptr[0] - 1) < 0x7f) {
			out->ptr[out->len++] = (char)units.ptr[0];
			units = span_from(units, 2);
			continue;
		}
		add_rune(out, utf16le_next(&units));
	}
}

/* Windows-1252, 0x80 to 0x9f: the code page is not in the file, and this is the one that it mostly was. */
static const uint16_t ansi_high[32] = {
	0x20ac, 0xfffd, 0x201a, 0x192,	0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,	0x2030, 0x160,
	0x2039, 0x152,	0xfffd, 0x17d,	0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	0x2013, 0x2014, 0x2dc,	0x2122, 0x161,	0x203a, 0x153,	0xfffd, 0x17e,	0x178,
};

void evtx_out_ansi(struct evtx_out *out, struct span bytes)
{
	bytes = without_nuls(bytes, 1);
	if (!evtx_out_room(out, bytes.len * 3))
		return;
	for (size_t i = 0; i < bytes.len; i++) {
		uint8_t c = bytes.ptr[i];

		add_rune(out, c >= 0x80 && c < 0xa0 ? ansi_high[c - 0x80] : c);
	}
}

static void add_number(struct evtx_out *out, uint64_t number, unsigned base)
{
	char digits[20];
	size_t n = sizeof(digits);

	do {
		digits[--n] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number);
	evtx_out_add(out, span_make(digits + n, sizeof(digits) - n));
}

void evtx_out_decimal(struct evtx_out *out, uint64_t number)
{
	add_number(out, number, 10);
}

void evtx_out_hex(struct evtx_out *out, uint64_t number)
{
	evtx_out_add(out, span_str("0x"));
	add_number(out, number, 16);
}

void evtx_out_bytes(struct evtx_out *out, struct span bytes)
{
	static const char digits[] = "0123456789ABCDEF";

	if (!evtx_out_room(out, bytes.len * 2))
		return;
	for (size_t i = 0; i < bytes.len; i++) {
		out->ptr[out->len++] = digits[bytes.ptr[i] >> 4];
		out->ptr[out->len++] = digits[bytes.ptr[i] & 15];
	}
}

const char *evtx_out_end(struct evtx_out *out, size_t start)
{
	if (out->len == start)
		return "";
	out->ptr[out->len] = '\0'; /* evtx_out_room() keeps this one free */
	if (out->len + 1 < out->cap)
		out->len++;
	else
		out->full = true;
	return out->ptr + start;
}
