/*
 * The status in Prometheus' text exposition format, version 0.0.4: for each family its HELP, its TYPE, and a line a
 * sample. Counters are what ends in _total.
 */
#include "daemon/status-table.h"

#include "format/escape.h"

#include <inttypes.h>

#define PREFIX "ntlmaudit_"

static bool is_counter(const char *name)
{
	size_t len = strlen(name), end = strlen("_total");

	return len > end && strcmp(name + len - end, "_total") == 0;
}

static void put_head(struct text *out, const char *name, const char *help)
{
	text_printf(out, "# HELP " PREFIX "%s %s\n", name, help);
	text_printf(out, "# TYPE " PREFIX "%s %s\n", name, is_counter(name) ? "counter" : "gauge");
}

/* "A label value can be any sequence of UTF-8 characters, but the backslash, double-quote and line feed have to be escaped." */
static void put_label(struct text *out, const char *name, const char *value)
{
	struct text visible;

	text_init(&visible, 0);
	text_visible(&visible, value);
	text_printf(out, "%s=\"", name);
	for (const char *s = visible.ptr ? visible.ptr : ""; *s; s++) {
		if (*s == '\\' || *s == '"')
			text_putc(out, '\\');
		text_putc(out, *s);
	}
	text_putc(out, '"');
	text_finish(&visible);
}

static void put_seconds(struct text *out, int64_t time)
{
	text_printf(out, "%" PRId64 ".%09" PRId64, time / NSEC_PER_SEC, time % NSEC_PER_SEC);
}

static void put_value(struct text *out, enum status_kind kind, const void *at)
{
	if (kind == STATUS_TIME)
		put_seconds(out, *(const int64_t *)at);
	else if (kind == STATUS_COUNT)
		text_printf(out, "%" PRIu64, *(const uint64_t *)at);
	else if (kind == STATUS_SMALL)
		text_printf(out, "%u", *(const unsigned *)at);
	else if (kind == STATUS_FLAG)
		text_putc(out, *(const bool *)at ? '1' : '0');
	else if (kind == STATUS_STATE)
		text_putc(out, *(const enum status_state *)at == STATUS_RUNNING ? '1' : '0');
	else if (kind == STATUS_METHOD)
		text_putc(out, *(const enum host_method *)at == HOST_BPF ? '1' : '0');
}

static void put_family(struct text *out, const struct daemon_status *s,
		       const struct status_section *section, const struct status_field *field)
{
	size_t n = status_section_n(s, section);

	if (n)
		put_head(out, field->metric, field->help);
	for (size_t i = 0; i < n; i++) {
		const char *row = status_section_row(s, section, i);

		text_printf(out, PREFIX "%s", field->metric);
		if (section->label) {
			text_putc(out, '{');
			put_label(out, section->label, row + section->fields[0].offset);
			text_putc(out, '}');
		}
		text_putc(out, ' ');
		put_value(out, field->kind, row + field->offset);
		text_putc(out, '\n');
	}
}

static void put_sections(struct text *out, const struct daemon_status *s)
{
	for (const struct status_section *section = status_sections; section->key; section++)
		for (const struct status_field *f = section->fields; f->key; f++)
			if (f->metric)
				put_family(out, s, section, f);
}

static const char *const group_names[] = {
	[TALLY_SEEN] = "seen",
	[TALLY_UNREAD] = "unread",
	[TALLY_UNKNOWN] = "unknown",
	[TALLY_EXCHANGE] = "exchange",
};

static void put_tally(struct text *out, const struct tally *t)
{
	put_head(out, "decoder_items_total", "What the decoder saw, and what it could not read.");
	for (int i = 0; i < TALLY__COUNT; i++)
		text_printf(out,
			    PREFIX "decoder_items_total{group=\"%s\",item=\"%s\"} %" PRIu64 "\n",
			    group_names[tally_rows[i].group], tally_rows[i].key, t->n[i]);
}

static void put_events(struct text *out, const struct daemon_status *s)
{
	if (s->n_events)
		put_head(out, "events_total",
			 "Events by ID and by what the policy said: only the wanted are stored.");
	for (size_t i = 0; i < s->n_events; i++)
		for (enum policy_answer a = 0; a < POLICY_ANSWER__COUNT; a++)
			text_printf(out,
				    PREFIX "events_total{id=\"%u\",policy=\"%s\"} %" PRIu64 "\n",
				    (unsigned)s->events[i].id, status_answer_key(a),
				    s->events[i].by_answer[a]);
}

static void put_roles(struct text *out, const struct status_policy *p)
{
	put_head(out, "role_audited", "Whether events of a role are written.");
	for (enum status_role r = 0; r < STATUS_ROLE__COUNT; r++)
		text_printf(out, PREFIX "role_audited{role=\"%s\"} %d\n", status_role_name(r),
			    p->roles[r].answer == POLICY_WANTED);
}

static void ignore(void *ctx, const char *sentence)
{
	(void)ctx;
	(void)sentence;
}

void status_metrics(const struct daemon_status *s, struct text *out)
{
	put_head(out, "build_info", "The version that runs.");
	text_puts(out, PREFIX "build_info{");
	put_label(out, "version", NTLMAUDIT_VERSION);
	text_puts(out, "} 1\n");
	put_head(out, "problems", "Things that are not well, as ntlmaudit status tells them.");
	text_printf(out, PREFIX "problems %zu\n", status_problems(s, ignore, NULL));
	put_sections(out, s);
	put_roles(out, &s->policy);
	put_tally(out, &s->tally);
	put_events(out, s);
}
