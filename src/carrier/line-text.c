/* Words of lines, and how the first bytes of a segment tell a dialect. Invariant: looks at LOOK_MAX bytes at most. */
#include "carrier/line.h"

#include <strings.h>

#define LOOK_MAX 1024
#define PROBE_MAX 64

struct span line_trim(struct span s)
{
	while (s.len && line_is_blank(s.ptr[0]))
		s = span_from(s, 1);
	while (s.len && line_is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

struct span line_word(struct span *rest)
{
	struct span s = line_trim(*rest);
	size_t n = 0;

	while (n < s.len && !line_is_blank(s.ptr[n]))
		n++;
	*rest = line_trim(span_from(s, n));
	return span_head(s, n);
}

bool line_starts(struct span s, const char *head)
{
	size_t n = strlen(head);

	return s.len >= n && strncasecmp((const char *)s.ptr, head, n) == 0;
}

bool line_has(struct span s, const char *word)
{
	s = span_head(s, LOOK_MAX);
	for (; s.len; s = span_from(s, 1))
		if (line_starts(s, word))
			return true;
	return false;
}

bool line_is_ntlm(struct span text)
{
	static const char signature[] = "TlRMTVNTUAA"; /* NTLMSSP, NUL, and a type below 4 */

	return span_starts(text, signature, sizeof(signature) - 1);
}

static enum carrier_match match(const struct line_head *row, struct span head)
{
	size_t n = strlen(row->head);
	bool cut = head.len < PROBE_MAX && (head.len == 0 || !memchr(head.ptr, '\n', head.len));

	if (head.len < n)
		return strncasecmp((const char *)head.ptr, row->head, head.len) == 0 ? CARRIER_MORE
										     : CARRIER_NO;
	if (!line_starts(head, row->head))
		return CARRIER_NO;
	if (!row->word || line_has(head, row->word))
		return CARRIER_YES;
	return cut ? CARRIER_MORE : CARRIER_NO;
}

enum carrier_match line_probe(const struct line_head *heads, struct span head, size_t *ret_want)
{
	enum carrier_match best = CARRIER_NO;

	for (; heads->head && head.len; heads++) {
		enum carrier_match one = match(heads, head);

		if (one == CARRIER_YES)
			return CARRIER_YES;
		if (one == CARRIER_MORE)
			best = CARRIER_MORE;
	}
	if (best == CARRIER_MORE)
		*ret_want = head.len + 1;
	return best;
}

bool line_is_numbered(struct span head)
{
	return head.len && head.ptr[0] >= '0' && head.ptr[0] <= '9';
}
