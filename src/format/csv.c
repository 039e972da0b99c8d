/*
 * CSV as RFC 4180 has it: a header line of our keys, then one row an event, all with the same columns in the same
 * order. What is not known is an empty cell. Text is always quoted; numbers, times and words of our own are not.
 *
 * A spreadsheet takes a cell that begins with one of = + - @ for a formula, quoted or not, and names come from
 * strangers. So such a cell gets a `'` before it (OWASP, "CSV Injection"), and so does one that begins with `'`: a
 * cell's first `'` is always ours.
 *
 * A table can't hold two shapes. A finding is a row of the same columns: its own ones are filled, which for an event
 * are empty, and those of an event's that it shares: time, user, domain, client_ip, target_ip, source.
 */
#include "format/rows.h"

#include "base/clock.h"
#include "base/utf.h"
#include "format/escape.h"
#include "format/json-write.h"
#include "format/mapping.h"
#include "format/value.h"

#include <inttypes.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* The full-width forms are formulas where East Asian languages are set. */
static bool starts_formula(const char *s)
{
	static const uint32_t marks[] = {'=',  '+',  '-',    '@',    '\'',   '\t',
					 '\r', '\n', 0xff1d, 0xff0b, 0xff0d, 0xff20};
	struct span left = span_str(s);
	uint32_t first = left.len ? utf8_next(&left) : 0;

	for (size_t i = 0; i < COUNT(marks); i++)
		if (marks[i] == first)
			return true;
	return false;
}

static void put_text(struct text *out, const char *s)
{
	if (!s)
		return;
	text_puts(out, starts_formula(s) ? "\"'" : "\"");
	text_csv(out, s);
	text_putc(out, '"');
}

static void put_number(struct text *out, uint64_t number)
{
	text_printf(out, "%" PRIu64, number);
}

static void put_known(struct text *out, uint64_t number)
{
	if (number)
		put_number(out, number);
}

static void put_fact(struct text *out, enum fact f, const struct value *v)
{
	if (v->kind != VALUE_ABSENT)
		value_fact(out, f, v, put_text);
}

/* A cell that is an array in JSON: text in a cell like any other. */
static void put_json(struct text *out, const struct text *json)
{
	out->failed = out->failed || json->failed;
	if (json->ptr)
		put_text(out, json->ptr);
}

static void event_time(struct text *out, const struct event *e)
{
	clock_format(out, e->time);
}

static void event_id(struct text *out, const struct event *e)
{
	put_number(out, e->layout->id);
}

static void event_version(struct text *out, const struct event *e)
{
	put_number(out, e->layout->version);
}

static void event_level(struct text *out, const struct event *e)
{
	put_text(out, event_level_name(e->layout->level));
}

static void event_provider(struct text *out, const struct event *e)
{
	put_text(out, e->layout->provider->name);
}

static void event_channel(struct text *out, const struct event *e)
{
	put_text(out, e->layout->provider->channel);
}

static void event_record(struct text *out, const struct event *e)
{
	put_number(out, e->record);
}

static void event_computer(struct text *out, const struct event *e)
{
	put_text(out, e->computer);
}

static void event_activity(struct text *out, const struct event *e)
{
	if (activity_is_known(e))
		activity_format(out, e);
}

static void event_evidence(struct text *out, const struct event *e)
{
	struct text json;

	if (e->layout->role != ROLE_CLIENT)
		return;
	text_init(&json, 0);
	json_put_evidence(&json, e);
	put_json(out, &json);
	text_finish(&json);
}

static void event_origin(struct text *out, const struct event *e)
{
	put_text(out, event_origin_name(e->origin));
}

static void event_source_record(struct text *out, const struct event *e)
{
	put_known(out, e->source_record);
}

static void event_foreign(struct text *out, const struct event *e)
{
	struct text json;

	if (!e->n_foreign)
		return;
	text_init(&json, 0);
	json_put_foreign(&json, e, false);
	put_json(out, &json);
	text_finish(&json);
}

static void finding_time(struct text *out, const struct finding *f)
{
	clock_format(out, f->time);
}

static void finding_key(struct text *out, const struct finding *f)
{
	put_text(out, finding_kinds[f->id].key);
}

static void finding_severity(struct text *out, const struct finding *f)
{
	put_text(out, finding_severity_name(finding_kinds[f->id].severity));
}

static void finding_sentence(struct text *out, const struct finding *f)
{
	put_text(out, f->sentence);
}

static void finding_records(struct text *out, const struct finding *f)
{
	struct text json;

	text_init(&json, 0);
	json_put_records(&json, f);
	put_json(out, &json);
	text_finish(&json);
}

static void finding_count(struct text *out, const struct finding *f)
{
	put_known(out, f->count);
}

static void finding_frame(struct text *out, const struct finding *f)
{
	put_known(out, f->frame);
}

/* A column that is no fact; NULL where it has nothing. */
struct column {
	const char *name;
	void (*event)(struct text *out, const struct event *e);
	void (*finding)(struct text *out, const struct finding *f);
};

static const struct column head[] = {
	{"time", event_time, finding_time},    {"event_id", event_id, NULL},
	{"version", event_version, NULL},      {"level", event_level, NULL},
	{"provider", event_provider, NULL},    {"channel", event_channel, NULL},
	{"record_id", event_record, NULL},     {"computer", event_computer, NULL},
	{"activity_id", event_activity, NULL},
};

/* After the facts. */
static const struct column tail[] = {
	{"evidence", event_evidence, NULL},
	{"origin", event_origin, NULL},
	{"source_record", event_source_record, NULL},
	{"foreign", event_foreign, NULL},
	{"finding", NULL, finding_key},
	{"finding_severity", NULL, finding_severity},
	{"finding_sentence", NULL, finding_sentence},
	{"finding_records", NULL, finding_records},
	{"finding_count", NULL, finding_count},
	{"finding_frame", NULL, finding_frame},
};

void csv_begin(struct text *out, const struct format_style *style)
{
	(void)style;
	for (size_t i = 0; i < COUNT(head); i++)
		text_printf(out, "%s%s", i ? "," : "", head[i].name);
	for (enum fact f = 0; f < FACT__COUNT; f++)
		text_printf(out, ",%s", facts[f].key);
	for (size_t i = 0; i < COUNT(tail); i++)
		text_printf(out, ",%s", tail[i].name);
	text_puts(out, "\r\n");
}

/* One of both; `values` are the cells of the facts. */
struct row {
	const struct event *event, *values;
	const struct finding *finding;
};

static void put_column(struct text *out, const struct column *column, const struct row *row)
{
	if (row->event && column->event)
		column->event(out, row->event);
	if (row->finding && column->finding)
		column->finding(out, row->finding);
}

static void put_row(struct text *out, const struct row *row)
{
	for (size_t i = 0; i < COUNT(head); i++) {
		if (i)
			text_putc(out, ',');
		put_column(out, &head[i], row);
	}
	for (enum fact f = 0; f < FACT__COUNT; f++) {
		text_putc(out, ',');
		put_fact(out, f, &row->values->facts[f]);
	}
	for (size_t i = 0; i < COUNT(tail); i++) {
		text_putc(out, ',');
		put_column(out, &tail[i], row);
	}
	text_puts(out, "\r\n");
}

void csv_event(struct text *out, const struct format_style *style, const struct event *e)
{
	(void)style;
	put_row(out, &(struct row){.event = e, .values = e});
}

void csv_finding(struct text *out, const struct format_style *style, const struct finding *f)
{
	struct event values = finding_facts(f);

	(void)style;
	put_row(out, &(struct row){.finding = f, .values = &values});
}
