#include "base/utf.h"

/* Code pages 437 and 850, 0x80 to 0xA5; where they differ (9B, 9D, 9E) the letters of 850. */
static const uint16_t oem_letters[] = {
	0xc7, 0xfc, 0xe9, 0xe2, 0xe4, 0xe0,  0xe5, 0xe7, 0xea, 0xeb, 0xe8, 0xef, 0xee,
	0xec, 0xc4, 0xc5, 0xc9, 0xe6, 0xc6,  0xf4, 0xf6, 0xf2, 0xfb, 0xf9, 0xff, 0xd6,
	0xdc, 0xf8, 0xa3, 0xd8, 0xd7, 0x192, 0xe1, 0xed, 0xf3, 0xfa, 0xf1, 0xd1,
};

struct rune_range {
	uint32_t first, last;
};

/* Controls, separators, and Unicode 15's Default_Ignorable_Code_Point, which bidirectional controls are too. */
static const struct rune_range unsafe_runes[] = {
	{0x00, 0x1f},	    {0x7f, 0x9f},	{0xad, 0xad},	    {0x034f, 0x034f},
	{0x061c, 0x061c},   {0x115f, 0x1160},	{0x17b4, 0x17b5},   {0x180b, 0x180f},
	{0x200b, 0x200f},   {0x2028, 0x202e},	{0x2060, 0x206f},   {0x3164, 0x3164},
	{0xfe00, 0xfe0f},   {0xfeff, 0xfeff},	{0xffa0, 0xffa0},   {0xfff0, 0xfffb},
	{0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

static bool is_scalar(uint32_t rune)
{
	return rune <= 0x10ffff && (rune < 0xd800 || rune > 0xdfff);
}

size_t utf8_encode(uint32_t rune, uint8_t out[4])
{
	if (!is_scalar(rune))
		rune = RUNE_REPLACEMENT;
	if (rune < 0x80) {
		out[0] = (uint8_t)rune;
		return 1;
	}
	if (rune < 0x800) {
		out[0] = (uint8_t)(0xc0 | rune >> 6);
		out[1] = (uint8_t)(0x80 | (rune & 0x3f));
		return 2;
	}
	if (rune < 0x10000) {
		out[0] = (uint8_t)(0xe0 | rune >> 12);
		out[1] = (uint8_t)(0x80 | (rune >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (rune & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | rune >> 18);
	out[1] = (uint8_t)(0x80 | (rune >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (rune >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (rune & 0x3f));
	return 4;
}

/* Length of the sequence that a lead byte announces, and its least value; 0 for no lead byte. */
static size_t utf8_lead(uint8_t lead, uint32_t *ret_bits, uint32_t *ret_least)
{
	static const struct {
		uint8_t mask, match;
		uint32_t least;
	} leads[] = {
		{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
		if ((lead & leads[i].mask) != leads[i].match)
			continue;
		*ret_bits = lead & (uint8_t)~leads[i].mask;
		*ret_least = leads[i].least;
		return i + 1;
	}
	return 0;
}

uint32_t utf8_next(struct span *s)
{
	uint32_t rune = 0, least = 0;
	size_t n = utf8_lead(s->ptr[0], &rune, &least);
	bool good = n != 0 && n <= s->len;

	for (size_t i = 1; good && i < n; i++) {
		good = (s->ptr[i] & 0xc0) == 0x80;
		rune = rune << 6 | (s->ptr[i] & 0x3f);
	}
	if (!good || rune < least || !is_scalar(rune)) {
		*s = span_from(*s, 1);
		return RUNE_REPLACEMENT;
	}
	*s = span_from(*s, n);
	return rune;
}

static uint32_t utf16le_unit(struct span s)
{
	return s.len < 2 ? 0 : (uint32_t)(s.ptr[0] | s.ptr[1] << 8);
}

uint32_t utf16le_next(struct span *s)
{
	uint32_t high = utf16le_unit(*s), low;
	bool odd = s->len < 2;

	*s = span_from(*s, 2);
	if (odd)
		return RUNE_REPLACEMENT;
	if (high < 0xd800 || high > 0xdfff)
		return high;
	low = utf16le_unit(*s);
	if (high > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return RUNE_REPLACEMENT;
	*s = span_from(*s, 2);
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

uint32_t oem_rune(uint8_t byte)
{
	size_t i = (size_t)byte - 0x80;

	if (byte < 0x80)
		return byte;
	return i < sizeof(oem_letters) / sizeof(oem_letters[0]) ? oem_letters[i] : RUNE_REPLACEMENT;
}

bool rune_is_unsafe(uint32_t rune)
{
	for (size_t i = 0; i < sizeof(unsafe_runes) / sizeof(unsafe_runes[0]); i++)
		if (rune >= unsafe_runes[i].first && rune <= unsafe_runes[i].last)
			return true;
	return false;
}

/* Capital letters and how far their small ones are; with a step of 2 capitals and small ones take turns. */
static const struct {
	uint32_t first, last, step, distance;
} capitals[] = {
	{'A', 'Z', 1, 32},     {0xc0, 0xd6, 1, 32},    {0xd8, 0xde, 1, 32},
	{0x100, 0x12e, 2, 1},  {0x132, 0x136, 2, 1},   {0x139, 0x147, 2, 1},
	{0x14a, 0x176, 2, 1},  {0x179, 0x17d, 2, 1},   {0x391, 0x3a1, 1, 32},
	{0x3a3, 0x3ab, 1, 32}, {0x400, 0x40f, 1, 80},  {0x410, 0x42f, 1, 32},
	{0x460, 0x480, 2, 1},  {0x48a, 0x4be, 2, 1},   {0x4d0, 0x52e, 2, 1},
	{0x531, 0x556, 1, 48}, {0x1e00, 0x1e94, 2, 1}, {0x1ea0, 0x1efe, 2, 1},
};

uint32_t rune_fold(uint32_t rune)
{
	for (size_t i = 0; i < sizeof(capitals) / sizeof(capitals[0]); i++)
		if (rune >= capitals[i].first && rune <= capitals[i].last)
			return (rune - capitals[i].first) % capitals[i].step
				       ? rune
				       : rune + capitals[i].distance;
	return rune;
}
