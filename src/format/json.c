/*
 * One JSON object a line. An event: its own keys, the layout's facts in its order (null where absent), then every
 * other fact that is known, and a client's evidence; at the end, where it was read from a log, `origin`,
 * `source_record`, `execution` and `foreign`. A finding has the key `finding` where an event has `event_id`.
 * Plain ASCII structure; text is valid UTF-8.
 */
#include "format/rows.h"

#include "format/json-write.h"
#include "format/value.h"

static void put_head(struct json *j, const struct event *e)
{
	const struct event_layout *l = e->layout;

	json_time(j, "time", e->time);
	json_number(j, "event_id", l->id);
	json_number(j, "version", l->version);
	json_text(j, "level", event_level_name(l->level));
	json_text(j, "provider", l->provider->name);
	json_text(j, "channel", l->provider->channel);
	json_number(j, "record_id", e->record);
	json_text_or_null(j, "computer", e->computer);
	if (activity_is_known(e))
		json_activity(j, "activity_id", e);
	else
		json_text_or_null(j, "activity_id", NULL);
}

static void put_fact(struct json *j, const struct event *e, enum fact f)
{
	json_at(j, facts[f].key);
	json_put_fact(j->out, f, &e->facts[f]);
}

/* What only a log's event has: its number there, who wrote it, and fields that no layout knows. */
static void put_origin(struct json *j, const struct event *e)
{
	json_text(j, "origin", event_origin_name(e->origin));
	json_number_or_null(j, "source_record", e->source_record);
	if (e->process_id || e->thread_id) {
		json_number(j, "execution.process_id", e->process_id);
		json_number(j, "execution.thread_id", e->thread_id);
	}
	json_at(j, "foreign");
	json_put_foreign(j->out, e, false);
}

void json_event(struct text *out, const struct format_style *style, const struct event *e)
{
	struct json j;

	(void)style;
	json_begin(&j, out);
	put_head(&j, e);
	for (size_t i = 0; i < e->layout->n_fields; i++)
		put_fact(&j, e, e->layout->fields[i].fact);
	for (enum fact f = 0; f < FACT__COUNT; f++)
		if (value_is_beside(e, f))
			put_fact(&j, e, f);
	if (e->layout->role == ROLE_CLIENT) {
		json_at(&j, "evidence");
		json_put_evidence(out, e);
	}
	if (e->origin == ORIGIN_LOG)
		put_origin(&j, e);
	json_end(&j);
	text_putc(out, '\n');
}

void json_finding(struct text *out, const struct format_style *style, const struct finding *f)
{
	const struct finding_kind *kind = &finding_kinds[f->id];
	struct json j;

	(void)style;
	json_begin(&j, out);
	json_time(&j, "time", f->time);
	json_text(&j, "finding", kind->key);
	json_text(&j, "severity", finding_severity_name(kind->severity));
	json_text(&j, "title", kind->title);
	json_text_or_null(&j, "sentence", f->sentence);
	json_at(&j, "records");
	json_put_records(out, f);
	json_text_or_null(&j, "source_ip", f->source_ip);
	json_text_or_null(&j, "target_ip", f->target_ip);
	json_text_or_null(&j, "user", f->user);
	json_text_or_null(&j, "domain", f->domain);
	json_number_or_null(&j, "count", f->count);
	json_text_or_null(&j, "source", f->capture);
	json_number_or_null(&j, "frame", f->frame);
	json_text(&j, "explanation", kind->about);
	json_text(&j, "false_alarm", kind->wrong);
	json_end(&j);
	text_putc(out, '\n');
}
