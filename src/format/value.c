#include "format/value.h"

#include <inttypes.h>

static void put_hex(struct text *out, uint64_t number)
{
	text_printf(out, "0x%" PRIx64, number);
}

static void put_status(struct text *out, uint64_t number)
{
	const char *name = number <= UINT32_MAX ? event_status_name((uint32_t)number) : NULL;

	if (name)
		text_puts(out, name);
	else
		put_hex(out, number);
}

/* Writes what no type changes. False where the value is a number. */
static bool put_unless_number(struct text *out, const struct value *v, value_put_text *put_text)
{
	if (v->kind == VALUE_ABSENT)
		text_puts(out, "Null");
	else if (v->kind == VALUE_TEXT)
		put_text(out, v->text);
	return v->kind != VALUE_NUMBER;
}

void value_windows(struct text *out, const struct field *field, const struct value *v,
		   value_put_text *put_text)
{
	if (put_unless_number(out, v, put_text))
		return;
	switch (field->type) {
	case WIN_H32:
	case WIN_H64:
		put_hex(out, v->number);
		break;
	case WIN_BOOL:
		text_puts(out, v->number ? "true" : "false");
		break;
	case WIN_STRING:
	case WIN_U32:
		text_printf(out, "%" PRIu64, v->number);
		break;
	}
}

void value_fact(struct text *out, enum fact fact, const struct value *v, value_put_text *put_text)
{
	if (put_unless_number(out, v, put_text))
		return;
	switch (facts[fact].type) {
	case FACT_HEX:
		put_hex(out, v->number);
		break;
	case FACT_NTSTATUS:
		put_status(out, v->number);
		break;
	case FACT_BOOL:
		text_puts(out, v->number ? "true" : "false");
		break;
	case FACT_TEXT:
	case FACT_LIST:
	case FACT_NUMBER:
		text_printf(out, "%" PRIu64, v->number);
		break;
	}
}

bool value_is_beside(const struct event *e, enum fact fact)
{
	return event_has(e, fact) && !event_layout_has(e->layout, fact);
}

bool activity_is_known(const struct event *e)
{
	return !span_is_zero(span_make(e->activity, sizeof(e->activity)));
}

void activity_format(struct text *out, const struct event *e)
{
	text_putc(out, '{');
	for (size_t i = 0; i < sizeof(e->activity); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text_putc(out, '-');
		text_printf(out, "%02X", e->activity[i]);
	}
	text_putc(out, '}');
}

void value_milliseconds(struct text *out, int64_t ns)
{
	uint64_t us = (ns < 0 ? -(uint64_t)ns : (uint64_t)ns) / 1000;

	text_printf(out, "%s%" PRIu64 ".%03u", ns < 0 && us ? "-" : "", us / 1000,
		    (unsigned)(us % 1000));
}

static const char *const colour_codes[] = {
	[COLOUR_NONE] = "",  [COLOUR_DIM] = "2",    [COLOUR_BOLD] = "1",
	[COLOUR_RED] = "31", [COLOUR_GREEN] = "32", [COLOUR_YELLOW] = "33",
};

void colour_on(struct text *out, const struct format_style *style, enum colour colour)
{
	if (style->colour && colour != COLOUR_NONE)
		text_printf(out, "\033[%sm", colour_codes[colour]);
}

void colour_off(struct text *out, const struct format_style *style, enum colour colour)
{
	if (style->colour && colour != COLOUR_NONE)
		text_puts(out, "\033[0m");
}

enum colour colour_of_level(uint8_t level)
{
	return level == LEVEL_ERROR	? COLOUR_RED
	       : level == LEVEL_WARNING ? COLOUR_YELLOW
					: COLOUR_NONE;
}

enum colour colour_of_severity(enum finding_severity severity)
{
	return severity == SEVERITY_HIGH     ? COLOUR_RED
	       : severity == SEVERITY_MEDIUM ? COLOUR_YELLOW
					     : COLOUR_BOLD;
}
