#include "base/utf.h"
#include "policy/pol-record.h"

static void put_u16(struct text *out, uint32_t unit)
{
	uint8_t bytes[] = {(uint8_t)unit, (uint8_t)(unit >> 8)};

	text_add(out, bytes, sizeof(bytes));
}

static void put_u32(struct text *out, uint32_t number)
{
	put_u16(out, number);
	put_u16(out, number >> 16);
}

void pol_put_string(struct text *out, const char *s)
{
	struct span rest = span_str(s);

	while (rest.len) {
		uint32_t rune = utf8_next(&rest);

		if (rune < 0x10000) {
			put_u16(out, rune);
			continue;
		}
		put_u16(out, 0xd800 + ((rune - 0x10000) >> 10));
		put_u16(out, 0xdc00 + ((rune - 0x10000) & 0x3ff));
	}
	put_u16(out, 0);
}

void pol_put_header(struct text *out)
{
	text_puts(out, "PReg");
	put_u32(out, 1);
}

void pol_put_record(struct text *out, const char *key, const char *name, uint32_t type,
		    struct span data)
{
	put_u16(out, '[');
	pol_put_string(out, key);
	put_u16(out, ';');
	pol_put_string(out, name);
	put_u16(out, ';');
	put_u32(out, type);
	put_u16(out, ';');
	put_u32(out, (uint32_t)data.len);
	put_u16(out, ';');
	text_add(out, data.ptr, data.len);
	put_u16(out, ']');
}
