#include "policy/lines.h"

#include "base/utf.h"

bool text_is_plain(struct span s)
{
	while (s.len) {
		struct span before = s;
		uint32_t rune = utf8_next(&s);

		if (rune == RUNE_REPLACEMENT && before.len - s.len == 1)
			return false;
		if (rune != '\t' && rune_is_unsafe(rune))
			return false;
	}
	return true;
}

size_t text_put_utf16(struct text *out, struct span s)
{
	size_t len = s.len;

	while (s.len) {
		struct span before = s;
		uint32_t rune = utf16le_next(&s);
		bool is_replacement_itself =
			before.len >= 2 && before.ptr[0] == 0xfd && before.ptr[1] == 0xff;

		if (rune == RUNE_REPLACEMENT && !is_replacement_itself)
			return len - before.len;
		text_put_rune(out, rune);
	}
	return len;
}
