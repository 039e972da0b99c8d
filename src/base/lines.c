#include "base/lines.h"

#define BOM "\xef\xbb\xbf"

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

struct span span_trim(struct span s)
{
	while (s.len && is_blank(s.ptr[0]))
		s = span_from(s, 1);
	while (s.len && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

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
