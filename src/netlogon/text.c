/* Names from the wire: valid UTF-8, what is not becomes U+FFFD. */
#include "base/utf.h"
#include "netlogon/state.h"

#define NAME_BYTES_MAX 768 /* Windows' own limits are 256 letters and less */

void netlogon_utf16(char *out, size_t size, struct span utf16)
{
	size_t len = 0;

	while (utf16.len) {
		uint8_t utf8[4];
		uint32_t rune = utf16le_next(&utf16);
		size_t n = utf8_encode(rune ? rune : RUNE_REPLACEMENT, utf8);

		if (n > size - 1 - len)
			break;
		memcpy(out + len, utf8, n);
		len += n;
	}
	out[len] = 0;
}

static struct span without_nuls(struct span s)
{
	while (s.len >= 2 && s.ptr[s.len - 1] == 0 && s.ptr[s.len - 2] == 0)
		s.len -= 2;
	return s;
}

const char *netlogon_text(struct netlogon *n, struct span utf16)
{
	char text[NAME_BYTES_MAX + 1];
	const char *start = text, *kept;

	netlogon_utf16(text, sizeof(text), without_nuls(utf16));
	while (*start == '\\')
		start++;
	if (!*start)
		return NULL;
	kept = arena_string(&n->texts, span_str(start));
	if (!kept)
		tally_one(n->tally, TALLY_NO_MEMORY);
	return kept;
}

const char *netlogon_or_null(const char *text)
{
	return text && *text ? text : NULL;
}
