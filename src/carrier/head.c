/* Heads of messages taken apart. Invariant: every byte is looked at a bounded number of times. */
#include "carrier/head.h"

#include <strings.h>

struct span head_trim(struct span s)
{
	while (s.len && head_is_blank(s.ptr[0]))
		s = span_from(s, 1);
	while (s.len && head_is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool head_is(struct span s, const char *word)
{
	return s.len == strlen(word) && strncasecmp((const char *)s.ptr, word, s.len) == 0;
}

size_t head_end(struct span bytes, size_t *scanned)
{
	size_t pos = *scanned;

	while (pos < bytes.len) {
		const uint8_t *lf = memchr(bytes.ptr + pos, '\n', bytes.len - pos);
		size_t next;

		if (!lf)
			break;
		next = (size_t)(lf - bytes.ptr) + 1;
		*scanned = next - 1;
		if (next < bytes.len && bytes.ptr[next] == '\r')
			next++;
		if (next == bytes.len)
			return 0;
		if (bytes.ptr[next] == '\n')
			return next + 1;
		pos = next;
	}
	*scanned = bytes.len;
	return 0;
}

/* The next line, perhaps with its continuations, trimmed. */
static struct span next_line(struct span *rest, bool folds)
{
	struct span line = *rest;
	size_t n = 0;

	do {
		const uint8_t *lf = memchr(rest->ptr + n, '\n', rest->len - n);

		n = lf ? (size_t)(lf - rest->ptr) + 1 : rest->len;
	} while (folds && n < rest->len && (rest->ptr[n] == ' ' || rest->ptr[n] == '\t'));
	line.len = n;
	*rest = span_from(*rest, n);
	return head_trim(line);
}

struct span head_start_line(struct span *rest)
{
	return rest->len ? next_line(rest, false) : *rest;
}

bool head_field(struct span *rest, struct span *ret_name, struct span *ret_value)
{
	while (rest->len) {
		struct span line = next_line(rest, true);
		const uint8_t *colon = line.len ? memchr(line.ptr, ':', line.len) : NULL;

		if (!colon)
			continue;
		*ret_name = head_trim(span_make(line.ptr, (size_t)(colon - line.ptr)));
		*ret_value = head_trim(span_from(line, (size_t)(colon + 1 - line.ptr)));
		return true;
	}
	return false;
}

struct span head_element(struct span *rest)
{
	struct span element = *rest;
	bool quoted = false;
	size_t n = 0;

	while (n < rest->len && (quoted || rest->ptr[n] != ',')) {
		if (rest->ptr[n] == '"')
			quoted = !quoted;
		n += quoted && rest->ptr[n] == '\\' ? 2 : 1;
	}
	element.len = n < rest->len ? n : rest->len;
	*rest = span_from(*rest, n + 1);
	return head_trim(element);
}

size_t head_number(struct span s, uint64_t *ret_number)
{
	uint64_t number = 0;
	size_t n = 0;

	for (; n < s.len && head_is_digit(s.ptr[n]); n++) {
		unsigned digit = s.ptr[n] - (unsigned)'0';

		number = number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : number * 10 + digit;
	}
	*ret_number = number;
	return n;
}
