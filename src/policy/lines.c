#include "policy/lines.h"

#include "base/utf.h"

#define BOM "\xef\xbb\xbf"

struct lines lines_of(struct span text)
{
	return (struct lines){.rest = span_from(text, span_starts(text, BOM, 3) ? 3 : 0)};
}

bool lines_next(struct lines *l, struct span *ret_line)
{
	const uint8_t *end;
	struct span line;

	if (l->rest.len == 0)
		return false;
	end = memchr(l->rest.ptr, '\n', l->rest.len);
	line = span_head(l->rest, end ? (size_t)(end - l->rest.ptr) : l->rest.len);
	l->has_end = end != NULL;
	l->rest = span_from(l->rest, line.len + 1);
	l->number++;
	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	*ret_line = span_trim(line);
	return true;
}

bool line_is_empty(struct span line)
{
	return line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == ';';
}

bool line_split(struct span line, struct span *ret_left, struct span *ret_right)
{
	const uint8_t *equals = line.len ? memchr(line.ptr, '=', line.len) : NULL;
	size_t n = equals ? (size_t)(equals - line.ptr) : 0;

	if (!equals)
		return false;
	*ret_left = span_trim(span_head(line, n));
	*ret_right = span_trim(span_from(line, n + 1));
	return true;
}

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
