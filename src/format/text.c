/*
 * The event as Windows words it: a few lines of what the event log knows of it, then the text of KB5064479
 * word for word, and nothing of ours after it unless explanations are asked for. Findings, which Windows does not
 * have, look alike.
 */
#include "format/rows.h"

#include "base/clock.h"
#include "format/escape.h"
#include "format/prose.h"
#include "format/value.h"

#include <inttypes.h>

static void put_header(struct text *out, const struct format_style *style, const struct event *e)
{
	const struct event_layout *l = e->layout;
	enum colour colour = colour_of_level(l->level);

	colour_on(out, style, COLOUR_BOLD);
	text_printf(out, "Event[%" PRIu64 "]:", e->record);
	colour_off(out, style, COLOUR_BOLD);
	text_printf(out, "\n  Log Name: %s\n  Source: %s\n  Date: ", l->provider->channel,
		    l->provider->source);
	clock_format(out, e->time);
	text_printf(out, "\n  Event ID: %u\n  Task: %s\n  Level: ", l->id,
		    event_task_name(l->task));
	colour_on(out, style, colour);
	text_puts(out, event_level_name(l->level));
	colour_off(out, style, colour);
	text_puts(out, "\n  Computer: ");
	text_visible(out, e->computer ? e->computer : "Null");
	if (activity_is_known(e)) {
		text_puts(out, "\n  Activity ID: ");
		activity_format(out, e);
	}
	text_puts(out, "\n  Description:\n");
}

/* The first sentence, with the DC's name in the place of %DC. */
static void put_first(struct text *out, const struct event *e)
{
	const char *first = e->layout->first, *dc = strstr(first, "%DC");

	if (!dc) {
		text_puts(out, first);
		return;
	}
	text_add(out, first, (size_t)(dc - first));
	value_fact(out, FACT_DC_NAME, &e->facts[FACT_DC_NAME], text_visible);
	text_puts(out, dc + strlen("%DC"));
}

static void put_line(struct text *out, const char *label, const struct field *f,
		     const struct event *e)
{
	const struct value *v = &e->facts[f->fact];

	text_printf(out, "\t%s:\t", label);
	if (facts[f->fact].type == FACT_NTSTATUS)
		value_fact(out, f->fact, v, text_visible);
	else
		value_windows(out, f, v, text_visible);
	text_putc(out, '\n');
}

static void put_groups(struct text *out, const struct event *e)
{
	const char *group = NULL;

	for (size_t i = 0; i < e->layout->n_fields; i++) {
		const struct field *f = &e->layout->fields[i];

		if (!f->group)
			continue;
		if (!group || strcmp(group, f->group) != 0) {
			group = f->group;
			text_printf(out, *group ? "\n%s:\n" : "\n%s", group);
		}
		put_line(out, f->label, f, e);
	}
}

/* Where Windows' words are not known, its names. */
static void put_names(struct text *out, const struct event *e)
{
	for (size_t i = 0; i < e->layout->n_fields; i++)
		put_line(out, e->layout->fields[i].name, &e->layout->fields[i], e);
}

void text_description(struct text *out, const struct event *e)
{
	if (!e->layout->first) {
		put_names(out, e);
		return;
	}
	put_first(out, e);
	text_putc(out, '\n');
	put_groups(out, e);
	text_printf(out, "\n%s\n", e->layout->last);
}

void text_event(struct text *out, const struct format_style *style, const struct event *e)
{
	put_header(out, style, e);
	text_description(out, e);
	if (style->explain)
		prose_reason(out, style, e, 2);
	text_putc(out, '\n');
}

static void put_known(struct text *out, const char *label, const char *value)
{
	if (!value)
		return;
	text_printf(out, "\t%s:\t", label);
	text_visible(out, value);
	text_putc(out, '\n');
}

static void put_records(struct text *out, const struct finding *f)
{
	text_puts(out, "\tEvents:\t");
	for (size_t i = 0; i < finding_n_records(f); i++)
		text_printf(out, "%s%" PRIu64, i ? ", " : "", f->records[i]);
	text_puts(out, f->n_records ? "\n" : "none\n");
}

void text_finding(struct text *out, const struct format_style *style, const struct finding *f)
{
	const struct finding_kind *kind = &finding_kinds[f->id];
	enum colour colour = colour_of_severity(kind->severity);

	colour_on(out, style, colour);
	text_printf(out, "Finding[%s]: %s", kind->key, kind->title);
	colour_off(out, style, colour);
	text_puts(out, "\n  Date: ");
	clock_format(out, f->time);
	text_printf(out, "\n  Severity: %s\n  Description:\n",
		    finding_severity_name(kind->severity));
	text_visible(out, f->sentence ? f->sentence : kind->title);
	text_puts(out, "\n\n");
	put_known(out, "Source IP", f->source_ip);
	put_known(out, "Target IP", f->target_ip);
	put_known(out, "Username", f->user);
	put_known(out, "Domain", f->domain);
	if (f->count)
		text_printf(out, "\tCount:\t%" PRIu64 "\n", f->count);
	put_records(out, f);
	put_known(out, "Capture", f->capture);
	if (f->frame)
		text_printf(out, "\tPacket:\t%" PRIu64 "\n", f->frame);
	text_putc(out, '\n');
	prose_finding(out, kind, 0);
	text_putc(out, '\n');
}
