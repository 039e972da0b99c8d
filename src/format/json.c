/*
 * One JSON object a line: the event's own keys, the layout's facts in its order (null where absent), then every
 * other fact that is known. Plain ASCII structure; text is valid UTF-8.
 */
#include "format/rows.h"

#include "base/clock.h"
#include "format/escape.h"
#include "format/value.h"

#include <inttypes.h>

static void put_quoted(struct text *out, const char *s)
{
	text_putc(out, '"');
	text_json(out, span_str(s));
	text_putc(out, '"');
}

static void put_string_or_null(struct text *out, const char *s)
{
	if (s)
		put_quoted(out, s);
	else
		text_puts(out, "null");
}

static void put_head(struct text *out, const struct event *e)
{
	const struct event_layout *l = e->layout;

	text_puts(out, "{\"time\":\"");
	clock_format(out, e->time);
	text_printf(out, "\",\"event_id\":%u,\"version\":%u,\"level\":\"%s\",\"provider\":\"%s\"",
		    l->id, l->version, event_level_name(l->level), l->provider->name);
	text_printf(out,
		    ",\"channel\":\"%s\",\"record_id\":%" PRIu64 ",\"computer\":", EVENT_CHANNEL,
		    e->record);
	put_string_or_null(out, e->computer);
	text_puts(out, ",\"activity_id\":");
	if (activity_is_known(e)) {
		text_putc(out, '"');
		activity_format(out, e);
		text_putc(out, '"');
	} else {
		text_puts(out, "null");
	}
}

/* Items joined by ","; an empty text is an empty array. */
static void put_list(struct text *out, const char *items)
{
	struct span left = span_str(items);

	text_putc(out, '[');
	for (const char *joint = ""; left.len; joint = ",") {
		const uint8_t *comma = memchr(left.ptr, ',', left.len);
		size_t n = comma ? (size_t)(comma - left.ptr) : left.len;

		text_printf(out, "%s\"", joint);
		text_json(out, span_head(left, n));
		text_putc(out, '"');
		left = span_from(left, n + 1);
	}
	text_putc(out, ']');
}

static bool is_bare(enum fact_type type)
{
	return type == FACT_NUMBER || type == FACT_BOOL;
}

static void put_fact(struct text *out, const struct event *e, enum fact f)
{
	const struct value *v = &e->facts[f];

	text_printf(out, ",\"%s\":", facts[f].key);
	if (v->kind == VALUE_ABSENT) {
		text_puts(out, "null");
	} else if (v->kind == VALUE_TEXT && facts[f].type == FACT_LIST) {
		put_list(out, v->text);
	} else if (v->kind == VALUE_TEXT) {
		put_quoted(out, v->text);
	} else {
		const char *quote = is_bare(facts[f].type) ? "" : "\"";

		text_puts(out, quote);
		value_fact(out, f, v, text_puts);
		text_puts(out, quote);
	}
}

void json_event(struct text *out, const struct format_style *style, const struct event *e)
{
	(void)style;
	put_head(out, e);
	for (size_t i = 0; i < e->layout->n_fields; i++)
		put_fact(out, e, e->layout->fields[i].fact);
	for (enum fact f = 0; f < FACT__COUNT; f++)
		if (value_is_beside(e, f))
			put_fact(out, e, f);
	text_puts(out, "}\n");
}
