#include "sink/pair.h"

#include "base/clock.h"
#include "format/escape.h"
#include "format/format.h"
#include "format/value.h"

#include <inttypes.h>

static void give(struct pairs *p, const char *key)
{
	if (p->value.ptr && !p->value.failed)
		p->put(p->ctx, key, p->value.ptr);
}

static void put_text(struct pairs *p, const char *key, const char *value)
{
	if (!value)
		return;
	text_reset(&p->value);
	text_puts(&p->value, "");
	text_visible(&p->value, value);
	give(p, key);
}

static void put_number(struct pairs *p, const char *key, uint64_t number)
{
	text_reset(&p->value);
	text_printf(&p->value, "%" PRIu64, number);
	give(p, key);
}

static void put_known(struct pairs *p, const char *key, uint64_t number)
{
	if (number)
		put_number(p, key, number);
}

static void put_time(struct pairs *p, int64_t time)
{
	text_reset(&p->value);
	clock_format(&p->value, time);
	give(p, "time");
}

void pairs_event_head(struct pairs *p, const struct event *e)
{
	put_number(p, "event_id", e->layout->id);
	put_number(p, "record_id", e->record);
	put_time(p, e->time);
	put_text(p, "level", event_level_name(e->layout->level));
	put_text(p, "computer", e->computer);
	if (!activity_is_known(e))
		return;
	text_reset(&p->value);
	activity_format(&p->value, e);
	give(p, "activity_id");
}

void pairs_event_facts(struct pairs *p, const struct event *e)
{
	for (enum fact f = 0; f < FACT__COUNT; f++) {
		if (!event_has(e, f))
			continue;
		text_reset(&p->value);
		text_puts(&p->value, "");
		value_fact(&p->value, f, &e->facts[f], text_visible);
		give(p, facts[f].key);
	}
}

void pairs_finding_head(struct pairs *p, const struct finding *f)
{
	const struct finding_kind *kind = &finding_kinds[f->id];

	put_text(p, "finding", kind->key);
	put_known(p, "finding_number", f->number);
	put_time(p, f->time);
	put_text(p, "finding_severity", finding_severity_name(kind->severity));
}

void pairs_finding_rest(struct pairs *p, const struct finding *f)
{
	put_text(p, "finding_title", finding_kinds[f->id].title);
	put_text(p, "finding_sentence", f->sentence);
	text_reset(&p->value);
	for (size_t i = 0; i < finding_n_records(f); i++)
		text_printf(&p->value, "%s%" PRIu64, i ? "," : "", f->records[i]);
	if (f->n_records)
		give(p, "finding_records");
	put_text(p, "source_ip", f->source_ip);
	put_text(p, "target_ip", f->target_ip);
	put_text(p, "user", f->user);
	put_text(p, "domain", f->domain);
	put_known(p, "count", f->count);
	put_text(p, "source", f->capture);
	put_known(p, "frame", f->frame);
}

unsigned severity_of_event(const struct event *e)
{
	enum { ERROR = 3, WARNING = 4, INFORMATIONAL = 6 };

	if (e->layout->level == LEVEL_ERROR)
		return ERROR;
	return e->layout->level == LEVEL_WARNING ? WARNING : INFORMATIONAL;
}

unsigned severity_of_finding(const struct finding *f)
{
	enum { CRITICAL = 2, WARNING = 4, NOTICE = 5 };
	enum finding_severity severity = finding_kinds[f->id].severity;

	if (severity == SEVERITY_HIGH)
		return CRITICAL;
	return severity == SEVERITY_MEDIUM ? WARNING : NOTICE;
}

static void cut_line_end(struct text *out)
{
	while (out->len && out->ptr[out->len - 1] == '\n')
		out->ptr[--out->len] = '\0';
}

void short_line_event(struct text *out, const struct event *e)
{
	static const struct format_style plain;

	format_find("short")->event(out, &plain, e);
	cut_line_end(out);
}

void short_line_finding(struct text *out, const struct finding *f)
{
	static const struct format_style plain;

	format_find("short")->finding(out, &plain, f);
	cut_line_end(out);
}
