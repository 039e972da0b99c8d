#include "policy/match.h"

#include "base/utf.h"

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

static uint32_t fold(uint32_t rune)
{
	for (size_t i = 0; i < sizeof(capitals) / sizeof(capitals[0]); i++)
		if (rune >= capitals[i].first && rune <= capitals[i].last)
			return (rune - capitals[i].first) % capitals[i].step
				       ? rune
				       : rune + capitals[i].distance;
	return rune;
}

static uint32_t next(struct span *s)
{
	return fold(utf8_next(s));
}

bool name_equal(struct span a, struct span b)
{
	while (a.len && b.len)
		if (next(&a) != next(&b))
			return false;
	return a.len == b.len;
}

/* The last star takes one character more each time what follows it does not fit. */
bool name_matches(struct span pattern, struct span name)
{
	struct span after_star = {0}, taken = {0};
	bool has_star = false;

	while (name.len) {
		struct span p = pattern, n = name;

		if (p.len && p.ptr[0] == '*') {
			has_star = true;
			pattern = after_star = span_from(p, 1);
			taken = name;
			continue;
		}
		if (p.len && next(&p) == next(&n)) {
			pattern = p;
			name = n;
			continue;
		}
		if (!has_star)
			return false;
		(void)utf8_next(&taken);
		pattern = after_star;
		name = taken;
	}
	while (pattern.len && pattern.ptr[0] == '*')
		pattern = span_from(pattern, 1);
	return pattern.len == 0;
}
