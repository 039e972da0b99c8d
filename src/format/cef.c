/*
 * ArcSight's Common Event Format, version 0 (Implementing ArcSight CEF, version 25), one line an event:
 *
 *   CEF:0|ntlmaudit|ntlmaudit|VERSION|event ID|title|severity|key=value key=value ...
 *
 * Facts have CEF's keys where it has one: duser is the account that authenticates, suser that of the calling process.
 * All others follow under keys of our own, `ntlmaudit` and our key in CamelCase, so that no fact is lost; the single
 * observations of the evidence and fields of foreign logs, which are no facts, are. A finding has its keyword in the
 * place of the event ID. Nothing of a stranger stands in the header.
 */
#include "format/rows.h"

#include "base/clock.h"
#include "format/escape.h"
#include "format/mapping.h"
#include "format/value.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define NSEC_PER_MSEC 1000000

/* 0 to 10: Low to 3, Medium to 6, High to 8, Very-High. */
static const unsigned level_severities[] = {
	[LEVEL_ERROR] = 8, [LEVEL_WARNING] = 6, [LEVEL_INFORMATION] = 3};
static const unsigned finding_severities[] = {
	[SEVERITY_LOW] = 4, [SEVERITY_MEDIUM] = 6, [SEVERITY_HIGH] = 9};

static const char *const outcomes[OUTCOME__COUNT] = {
	[OUTCOME_OK] = "success", [OUTCOME_FAILED] = "failure"};

static const struct mapped_row rows[] = {
	{FACT_CLIENT_IP, AS_IP4, "src", NULL},
	{FACT_CLIENT_IP, AS_IP6, "c6a2", "Source IPv6 Address"},
	{FACT_CLIENT_PORT, AS_PORT, "spt", NULL},
	{FACT_CLIENT_NAME, AS_TEXT, "shost", NULL},
	{FACT_HOST, AS_TEXT, "shost", NULL},
	{FACT_CLIENT_USER, AS_TEXT, "suser", NULL},
	{FACT_CLIENT_DOMAIN, AS_TEXT, "sntdom", NULL},
	{FACT_TARGET_IP, AS_IP4, "dst", NULL},
	{FACT_SERVER_IP, AS_IP4, "dst", NULL},
	{FACT_TARGET_IP, AS_IP6, "c6a3", "Destination IPv6 Address"},
	{FACT_SERVER_IP, AS_IP6, "c6a3", "Destination IPv6 Address"},
	{FACT_TARGET_PORT, AS_PORT, "dpt", NULL},
	{FACT_TARGET_NAME, AS_TEXT, "dhost", NULL},
	{FACT_TARGET_MACHINE, AS_TEXT, "dhost", NULL},
	{FACT_SERVER_NAME, AS_TEXT, "dhost", NULL},
	{FACT_CHANNEL_NAME, AS_TEXT, "dhost", NULL},
	{FACT_USER, AS_TEXT, "duser", NULL},
	{FACT_DOMAIN, AS_TEXT, "dntdom", NULL},
	{FACT_TARGET_SERVICE, AS_TEXT, "destinationServiceName", NULL},
	{FACT_CARRIER, AS_TEXT, "app", NULL},
	{FACT_PROCESS_NAME, AS_TEXT, "deviceProcessName", NULL},
	{FACT_PROCESS_ID, AS_NUMBER, "dvcpid", NULL},
	{FACT_STATUS_TEXT, AS_TEXT, "reason", NULL},
	{FACT_GAP_REASON, AS_TEXT, "reason", NULL},
	{FACT_NTLM_VERSION_DETAIL, AS_TEXT, "cs1", "NTLM Version"},
	{FACT_NTLM_VERSION, AS_TEXT, "cs1", "NTLM Version"},
	{FACT_REASON, AS_TEXT, "cs2", "NTLM Reason"},
	{FACT_WARNINGS, AS_TEXT, "cs3", "Warnings"},
	{FACT_EVIDENCE, AS_TEXT, "cs4", "Evidence"},
	{FACT_MIC, AS_TEXT, "cs5", "MIC Status"},
	{FACT_CHANNEL_BINDING, AS_TEXT, "cs6", "Channel Binding"},
	{FACT_REASON_ID, AS_NUMBER, "cn1", "NTLM Reason ID"},
};

static void put_header(struct text *out, const char *id, const char *title, unsigned severity,
		       int64_t time)
{
	text_printf(out, "CEF:0|ntlmaudit|ntlmaudit|" NTLMAUDIT_VERSION "|%s|%s|%u|rt=%" PRId64, id,
		    title, severity, time / NSEC_PER_MSEC);
}

static void put_text(struct text *out, const char *key, const char *value)
{
	if (!value)
		return;
	text_printf(out, " %s=", key);
	text_cef(out, value);
}

static void put_number(struct text *out, const char *key, uint64_t number)
{
	if (number)
		text_printf(out, " %s=%" PRIu64, key, number);
}

/* ntlmauditClientPort */
static void put_own_key(struct text *out, const char *key)
{
	bool capital = true;

	text_puts(out, " ntlmaudit");
	for (; *key; key++) {
		if (*key != '_')
			text_putc(out, capital ? (char)toupper((unsigned char)*key) : *key);
		capital = *key == '_';
	}
	text_putc(out, '=');
}

/* What has a key of CEF's, and then the rest. */
static void put_facts(struct text *out, const struct event *e)
{
	const struct mapped_row *row;
	struct mapping m;

	mapping_init(&m, e, rows, COUNT(rows));
	while ((row = mapping_next(&m))) {
		if (row->label)
			text_printf(out, " %sLabel=%s", row->key, row->label);
		text_printf(out, " %s=", row->key);
		value_fact(out, row->fact, &e->facts[row->fact], text_cef);
	}
	for (enum fact f = 0; f < FACT__COUNT; f++) {
		if (!mapping_left(&m, f))
			continue;
		put_own_key(out, facts[f].key);
		value_fact(out, f, &e->facts[f], text_cef);
	}
}

static void put_activity(struct text *out, const struct event *e)
{
	if (!activity_is_known(e))
		return;
	put_own_key(out, "activity_id");
	activity_format(out, e);
}

void cef_event(struct text *out, const struct format_style *style, const struct event *e)
{
	const struct event_layout *l = e->layout;
	char id[8];

	(void)style;
	snprintf(id, sizeof(id), "%u", l->id);
	put_header(out, id, l->title, level_severities[l->level], e->time);
	text_printf(out, " cat=%s", l->provider->channel);
	put_number(out, "externalId", e->record);
	put_text(out, "dvchost", e->computer);
	put_text(out, "outcome", outcomes[event_outcome(e)]);
	put_facts(out, e);
	put_activity(out, e);
	put_text(out, "ntlmauditRole", event_role_name(l->role));
	put_text(out, "ntlmauditOrigin", event_origin_name(e->origin));
	put_number(out, "ntlmauditSourceRecord", e->source_record);
	text_putc(out, '\n');
}

static void put_records(struct text *out, const struct finding *f)
{
	for (size_t i = 0; i < finding_n_records(f); i++)
		text_printf(out, "%s%" PRIu64, i ? "," : " ntlmauditRecords=", f->records[i]);
}

void cef_finding(struct text *out, const struct format_style *style, const struct finding *f)
{
	const struct finding_kind *kind = &finding_kinds[f->id];
	struct event values = finding_facts(f);

	(void)style;
	put_header(out, kind->key, kind->title, finding_severities[kind->severity], f->time);
	text_puts(out, " cat=finding");
	put_text(out, "msg", f->sentence);
	put_number(out, "cnt", f->count);
	put_facts(out, &values);
	put_records(out, f);
	put_number(out, "ntlmauditFrame", f->frame);
	text_putc(out, '\n');
}
