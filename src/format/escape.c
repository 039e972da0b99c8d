#include "format/escape.h"

#include "base/utf.h"

/* A form: which runes stand for themselves, and how the others are written. */
struct form {
	bool (*is_plain)(uint32_t rune);
	void (*put)(struct text *out, uint32_t rune);
};

static bool is_shown(uint32_t rune)
{
	if (rune >= 0x20 && rune < 0x7f)
		return true;
	return !rune_is_unsafe(rune) && (rune & 0xfffe) != 0xfffe;
}

/* As a UTF-16 reader would write it: beyond the first plane, two halves. */
static void put_units(struct text *out, const char *mark, uint32_t rune)
{
	if (rune < 0x10000)
		text_printf(out, "%s%04x", mark, (unsigned)rune);
	else
		text_printf(out, "%s%04x%s%04x", mark,
			    (unsigned)(0xd800 + ((rune - 0x10000) >> 10)), mark,
			    (unsigned)(0xdc00 + ((rune - 0x10000) & 0x3ff)));
}

static void put_escape(struct text *out, uint32_t rune)
{
	put_units(out, "\\u", rune);
}

static bool json_is_plain(uint32_t rune)
{
	return is_shown(rune) && rune != '"' && rune != '\\';
}

static void json_put(struct text *out, uint32_t rune)
{
	if (is_shown(rune))
		text_printf(out, "\\%c", (int)rune);
	else
		put_escape(out, rune);
}

static const char *xml_entity(uint32_t rune)
{
	static const struct {
		char rune;
		const char *entity;
	} entities[] = {
		{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&apos;"}};

	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
		if ((uint32_t)entities[i].rune == rune)
			return entities[i].entity;
	return NULL;
}

static bool xml_is_plain(uint32_t rune)
{
	return is_shown(rune) && !xml_entity(rune);
}

static void xml_put(struct text *out, uint32_t rune)
{
	const char *entity = xml_entity(rune);

	if (entity)
		text_puts(out, entity);
	else
		put_escape(out, rune);
}

static bool csv_is_plain(uint32_t rune)
{
	return is_shown(rune) && rune != '"';
}

static void csv_put(struct text *out, uint32_t rune)
{
	if (rune == '"')
		text_puts(out, "\"\"");
	else
		put_escape(out, rune);
}

static bool cef_is_plain(uint32_t rune)
{
	return is_shown(rune) && rune != '\\' && rune != '=';
}

/* A line end has CEF's own form. The backslash of ours is text there, and escaped like any. */
static void cef_put(struct text *out, uint32_t rune)
{
	if (rune == '\n' || rune == '\r')
		text_puts(out, rune == '\n' ? "\\n" : "\\r");
	else if (is_shown(rune))
		text_printf(out, "\\%c", (int)rune);
	else
		put_units(out, "\\\\u", rune);
}

static const struct form visible = {is_shown, put_escape};
static const struct form json = {json_is_plain, json_put};
static const struct form xml = {xml_is_plain, xml_put};
static const struct form csv = {csv_is_plain, csv_put};
static const struct form cef = {cef_is_plain, cef_put};

/* What no form escapes, and most of what there is. */
static bool is_letter_or_digit(uint8_t c)
{
	return (uint8_t)((c | 0x20) - 'a') < 26 || (uint8_t)(c - '0') < 10;
}

/* Plain runs are added as a whole. Returns what is left after so many runes. */
static struct span escape(struct text *out, const struct form *form, struct span s, size_t max)
{
	struct span run = s;

	for (; s.len && max; max--) {
		struct span before = s;
		uint32_t rune;
		bool broken;

		if (is_letter_or_digit(*s.ptr)) {
			s = span_from(s, 1);
			continue;
		}
		rune = utf8_next(&s);
		broken = rune == RUNE_REPLACEMENT && before.len - s.len == 1;

		if (form->is_plain(rune) && !broken)
			continue;
		text_add(out, run.ptr, run.len - before.len);
		if (broken)
			text_put_rune(out, RUNE_REPLACEMENT);
		else
			form->put(out, rune);
		run = s;
	}
	text_add(out, run.ptr, run.len - s.len);
	return s;
}

void text_visible(struct text *out, const char *s)
{
	escape(out, &visible, span_str(s), SIZE_MAX);
}

void text_visible_head(struct text *out, const char *s, size_t max_runes)
{
	if (escape(out, &visible, span_str(s), max_runes).len)
		text_puts(out, "...");
}

void text_json(struct text *out, struct span s)
{
	escape(out, &json, s, SIZE_MAX);
}

void text_xml(struct text *out, const char *s)
{
	escape(out, &xml, span_str(s), SIZE_MAX);
}

void text_csv(struct text *out, const char *s)
{
	escape(out, &csv, span_str(s), SIZE_MAX);
}

void text_cef(struct text *out, const char *s)
{
	escape(out, &cef, span_str(s), SIZE_MAX);
}
