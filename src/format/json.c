/*
 * One JSON object a line. An event: its own keys, the layout's facts in its order (null where absent), then every
 * other fact that is known, and a client's evidence. A finding has the key `finding` where an event has `event_id`.
 * Plain ASCII structure; text is valid UTF-8.
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

static void put_key_text(struct text *out, const char *key, const char *s)
{
	text_printf(out, ",\"%s\":", key);
	put_string_or_null(out, s);
}

/* 0 stands for what is not known. */
static void put_key_number(struct text *out, const char *key, uint64_t number)
{
	if (number)
		text_printf(out, ",\"%s\":%" PRIu64, key, number);
	else
		text_printf(out, ",\"%s\":null", key);
}

static void put_evidence(struct text *out, const struct event *e)
{
	text_puts(out, ",\"evidence\":[");
	for (size_t i = 0; i < e->n_evidence; i++) {
		const struct evidence *v = &e->evidence[i];

		text_printf(out, "%s{\"kind\":", i ? "," : "");
		put_string_or_null(out, v->kind);
		text_puts(out, ",\"before_ms\":");
		value_milliseconds(out, v->before);
		put_key_number(out, "packet", v->packet);
		put_key_text(out, "peer", v->peer);
		put_key_text(out, "name", v->name);
		put_key_text(out, "code", v->code);
		text_putc(out, '}');
	}
	text_putc(out, ']');
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
	if (e->layout->role == ROLE_CLIENT)
		put_evidence(out, e);
	text_puts(out, "}\n");
}

void json_finding(struct text *out, const struct format_style *style, const struct finding *f)
{
	const struct finding_kind *kind = &finding_kinds[f->id];

	(void)style;
	text_puts(out, "{\"time\":\"");
	clock_format(out, f->time);
	text_printf(out, "\",\"finding\":\"%s\",\"severity\":\"%s\"", kind->key,
		    finding_severity_name(kind->severity));
	put_key_text(out, "title", kind->title);
	put_key_text(out, "sentence", f->sentence);
	text_puts(out, ",\"records\":[");
	for (size_t i = 0; i < finding_n_records(f); i++)
		text_printf(out, "%s%" PRIu64, i ? "," : "", f->records[i]);
	text_putc(out, ']');
	put_key_text(out, "source_ip", f->source_ip);
	put_key_text(out, "target_ip", f->target_ip);
	put_key_text(out, "user", f->user);
	put_key_text(out, "domain", f->domain);
	put_key_number(out, "count", f->count);
	put_key_text(out, "source", f->capture);
	put_key_number(out, "frame", f->frame);
	put_key_text(out, "explanation", kind->about);
	put_key_text(out, "false_alarm", kind->wrong);
	text_puts(out, "}\n");
}
