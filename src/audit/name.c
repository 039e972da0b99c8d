#include "audit/name.h"

#include "base/utf.h"

#include <strings.h>

static uint32_t next_oem(struct span *s)
{
	uint8_t byte = s->ptr[0];

	*s = span_from(*s, 1);
	return oem_rune(byte);
}

static uint32_t (*const next_rune[])(struct span *s) = {
	[NAME_UTF16LE] = utf16le_next,
	[NAME_OEM] = next_oem,
	[NAME_UTF8] = utf8_next,
};

const char *name_text(struct arena *arena, struct tally *tally, struct span bytes,
		      enum name_coding coding)
{
	uint8_t utf8[NAME_BYTES_MAX + 4];
	size_t len = 0, end = 0;
	const char *out;

	while (bytes.len && len <= NAME_BYTES_MAX) {
		uint32_t rune = next_rune[coding](&bytes);

		len += utf8_encode(rune ? rune : RUNE_REPLACEMENT, utf8 + len);
		if (len <= NAME_BYTES_MAX && rune)
			end = len;
	}
	if (len > NAME_BYTES_MAX)
		tally_one(tally, TALLY_EXCHANGE_NAME_CUT);
	out = arena_string(arena, span_make(utf8, end));
	if (!out)
		tally_one(tally, TALLY_NO_MEMORY);
	return out;
}

bool name_same(const char *a, const char *b)
{
	return a && b && *a && strcasecmp(a, b) == 0;
}
