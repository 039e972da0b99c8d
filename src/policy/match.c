#include "policy/match.h"

#include "base/utf.h"

static uint32_t next(struct span *s)
{
	return rune_fold(utf8_next(s));
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
