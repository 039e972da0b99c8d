/*
 * Elastic Common Schema 8.11 (ecs.version), one JSON object a line, with winlog.* as Winlogbeat 8 writes it, so that
 * rules, dashboards and searches for Windows' own events match: IDs as text, winlog.event_data by Windows' names and
 * always text, `Null` for what is not known, as Windows has it. ECS's own fields are filled besides where they can be;
 * facts that Windows does not have stand under ntlmaudit by our keys. A finding is an event of kind `alert`.
 */
#include "format/rows.h"

#include "format/json-write.h"
#include "format/mapping.h"
#include "format/value.h"

#include <ctype.h>
#include <inttypes.h>

#define ECS_VERSION "8.11.0"
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *const outcomes[OUTCOME__COUNT] = {
	[OUTCOME_UNKNOWN] = "unknown", [OUTCOME_OK] = "success", [OUTCOME_FAILED] = "failure"};
static const char *const log_levels[] = {
	[LEVEL_ERROR] = "error", [LEVEL_WARNING] = "warning", [LEVEL_INFORMATION] = "information"};
/* ECS leaves the scale to the source; Elastic's own alerts have these. */
static const unsigned severities[] = {
	[SEVERITY_LOW] = 21, [SEVERITY_MEDIUM] = 47, [SEVERITY_HIGH] = 73};

static const struct mapped_row rows[] = {
	{FACT_REASON, AS_TEXT, "event.reason", NULL},
	{FACT_GAP_REASON, AS_TEXT, "event.reason", NULL},
	{FACT_GAP_BEGIN, AS_TEXT, "event.start", NULL},
	{FACT_GAP_END, AS_TEXT, "event.end", NULL},
	{FACT_WARNINGS, AS_LIST, "tags", NULL},
	{FACT_USER, AS_TEXT, "user.name", NULL},
	{FACT_DOMAIN, AS_TEXT, "user.domain", NULL},
	{FACT_CLIENT_IP, AS_IP, "source.ip", NULL},
	{FACT_CLIENT_PORT, AS_PORT, "source.port", NULL},
	{FACT_CLIENT_IP, AS_TEXT, "source.address", NULL},
	{FACT_CLIENT_NAME, AS_TEXT, "source.address", NULL},
	{FACT_HOST, AS_TEXT, "source.address", NULL},
	{FACT_CLIENT_NAME, AS_TEXT, "source.domain", NULL},
	{FACT_HOST, AS_TEXT, "source.domain", NULL},
	{FACT_TARGET_IP, AS_IP, "destination.ip", NULL},
	{FACT_SERVER_IP, AS_IP, "destination.ip", NULL},
	{FACT_TARGET_PORT, AS_PORT, "destination.port", NULL},
	{FACT_TARGET_IP, AS_TEXT, "destination.address", NULL},
	{FACT_SERVER_IP, AS_TEXT, "destination.address", NULL},
	{FACT_TARGET_NAME, AS_TEXT, "destination.domain", NULL},
	{FACT_TARGET_MACHINE, AS_TEXT, "destination.domain", NULL},
	{FACT_SERVER_NAME, AS_TEXT, "destination.domain", NULL},
	{FACT_CHANNEL_NAME, AS_TEXT, "destination.domain", NULL},
	{FACT_TARGET_SERVICE, AS_TEXT, "service.target.name", NULL},
	{FACT_PROCESS_NAME, AS_TEXT, "process.name", NULL},
	{FACT_PROCESS_ID, AS_NUMBER, "process.pid", NULL},
	{FACT_PROCESS_PATH, AS_TEXT, "process.executable", NULL},
	{FACT_PROCESS_USER, AS_TEXT, "process.user.name", NULL},
	{FACT_PROCESS_UID, AS_ID, "process.user.id", NULL},
	{FACT_PROCESS_CONTAINER, AS_TEXT, "container.id", NULL},
	{FACT_CARRIER, AS_LOWER, "network.protocol", NULL},
	{FACT_STATUS_TEXT, AS_FAILURE, "error.code", NULL},
	{FACT_SOURCE, AS_TEXT, "log.file.path", NULL},
};

/* The facts whose values are gathered in related.*: to search for a name wherever it stands. */
static const enum fact related_users[] = {FACT_USER, FACT_CLIENT_USER};
static const enum fact related_hosts[] = {
	FACT_HOST,	  FACT_CLIENT_NAME, FACT_TARGET_MACHINE, FACT_TARGET_NAME,
	FACT_SERVER_NAME, FACT_DC_NAME,	    FACT_CHANNEL_NAME,	 FACT_FORWARDER_NAME};
static const enum fact related_ips[] = {FACT_CLIENT_IP, FACT_TARGET_IP, FACT_SERVER_IP,
					FACT_FORWARDER_IP};

/* A protocol's name; a longer text, which is none, is cut. */
static void put_lower(struct text *out, const char *s)
{
	char lower[64];
	size_t n = 0;

	for (; s[n] && n < sizeof(lower) - 1; n++)
		lower[n] = (char)tolower((unsigned char)s[n]);
	lower[n] = '\0';
	json_put_text(out, lower);
}

static void put_rows(struct json *j, const struct event *e)
{
	const struct mapped_row *row;
	struct mapping m;

	mapping_init(&m, e, rows, COUNT(rows));
	while ((row = mapping_next(&m))) {
		json_at(j, row->key);
		if (row->as == AS_LOWER)
			put_lower(j->out, e->facts[row->fact].text);
		else if (row->as == AS_ID)
			json_put_id(j->out, e->facts[row->fact].number);
		else
			json_put_fact(j->out, row->fact, &e->facts[row->fact]);
	}
}

static const char *text_of(const struct event *e, enum fact f)
{
	const char *s = event_text(e, f);

	return s ? s : "";
}

static bool is_known_before(const struct event *e, const enum fact *list, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(text_of(e, list[k]), text_of(e, list[i])) == 0)
			return true;
	return false;
}

/* An array of the different values; nothing where there is none. */
static void put_related(struct json *j, const char *path, const struct event *e,
			const enum fact *list, size_t n, bool ips)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		const char *s = text_of(e, list[i]);

		if (!*s || is_known_before(e, list, i) || (ips && !is_ip(s)))
			continue;
		if (!any)
			json_at(j, path);
		text_putc(j->out, any ? ',' : '[');
		json_put_text(j->out, s);
		any = true;
	}
	if (any)
		text_putc(j->out, ']');
}

static void put_all_related(struct json *j, const struct event *e)
{
	put_related(j, "related.user", e, related_users, COUNT(related_users), false);
	put_related(j, "related.hosts", e, related_hosts, COUNT(related_hosts), false);
	put_related(j, "related.ip", e, related_ips, COUNT(related_ips), true);
}

static void put_head(struct json *j, int64_t time, const char *message, const char *kind)
{
	json_time(j, "@timestamp", time);
	json_text(j, "message", message);
	json_text(j, "ecs.version", ECS_VERSION);
	json_text(j, "observer.product", "ntlmaudit");
	json_text(j, "observer.version", NTLMAUDIT_VERSION);
	json_text(j, "event.kind", kind);
	json_text(j, "event.module", "ntlmaudit");
	json_time(j, "event.created", time);
}

static void put_list_of_one(struct json *j, const char *path, const char *item)
{
	json_at(j, path);
	text_printf(j->out, "[\"%s\"]", item);
}

/* An ID as Winlogbeat has it: text. */
static void put_id(struct json *j, const char *path, uint64_t id)
{
	json_at(j, path);
	json_put_id(j->out, id);
}

static void put_event(struct json *j, const struct event *e)
{
	const struct event_layout *l = e->layout;

	put_id(j, "event.code", l->id);
	json_text(j, "event.provider", l->provider->name);
	json_text(j, "event.action", event_task_name(l->task));
	put_list_of_one(j, "event.category", event_layout_is_ours(l) ? "host" : "authentication");
	put_list_of_one(j, "event.type", l->role == ROLE_OTHER ? "info" : "start");
	json_text(j, "event.outcome", outcomes[event_outcome(e)]);
}

static void put_event_data(struct json *j, const struct event *e)
{
	const struct event_layout *l = e->layout;

	for (size_t i = 0; i < l->n_fields; i++)
		json_windows(j, "winlog.event_data", &l->fields[i], &e->facts[l->fields[i].fact]);
	for (size_t i = 0; i < e->n_foreign; i++) {
		if (!foreign_is_unique(e, i))
			continue;
		json_at_name(j, "winlog.event_data", e->foreign[i].name);
		json_put_text(j->out, e->foreign[i].value);
	}
}

static void put_winlog(struct json *j, const struct event *e)
{
	const struct event_layout *l = e->layout;

	json_text(j, "winlog.channel", l->provider->channel);
	json_text(j, "winlog.computer_name", e->computer);
	put_id(j, "winlog.event_id", l->id);
	json_text(j, "winlog.provider_name", l->provider->name);
	json_text(j, "winlog.provider_guid", l->provider->guid);
	put_id(j, "winlog.record_id", e->source_record ? e->source_record : e->record);
	json_activity(j, "winlog.activity_id", e);
	json_text(j, "winlog.task", event_task_name(l->task));
	json_text(j, "winlog.opcode", "Info");
	json_number(j, "winlog.version", l->version);
	if (e->process_id) {
		json_number(j, "winlog.process.pid", e->process_id);
		json_number(j, "winlog.process.thread.id", e->thread_id);
	}
	put_event_data(j, e);
}

/* What Windows does not have. */
static void put_own(struct json *j, const struct event *e)
{
	json_number(j, "ntlmaudit.record_id", e->record);
	json_text(j, "ntlmaudit.role", event_role_name(e->layout->role));
	json_text(j, "ntlmaudit.origin", event_origin_name(e->origin));
	for (enum fact f = 0; f < FACT__COUNT; f++) {
		if (!value_is_beside(e, f))
			continue;
		json_at_name(j, "ntlmaudit", facts[f].key);
		json_put_fact(j->out, f, &e->facts[f]);
	}
	if (e->layout->role == ROLE_CLIENT) {
		json_at(j, "ntlmaudit.evidence");
		json_put_evidence(j->out, e);
	}
	if (foreign_has_doubles(e)) {
		json_at(j, "ntlmaudit.foreign");
		json_put_foreign(j->out, e, true);
	}
}

void ecs_event(struct text *out, const struct format_style *style, const struct event *e)
{
	struct json j;

	(void)style;
	json_begin(&j, out);
	put_head(&j, e->time, e->layout->title, "event");
	put_event(&j, e);
	put_rows(&j, e);
	json_text(&j, "log.level", log_levels[e->layout->level]);
	json_text(&j, "host.name", e->computer);
	put_all_related(&j, e);
	put_winlog(&j, e);
	put_own(&j, e);
	json_end(&j);
	text_putc(out, '\n');
}

static void put_finding(struct json *j, const struct finding *f)
{
	json_text(j, "ntlmaudit.finding.severity",
		  finding_severity_name(finding_kinds[f->id].severity));
	json_at(j, "ntlmaudit.finding.records");
	json_put_records(j->out, f);
	if (f->count)
		json_number(j, "ntlmaudit.finding.count", f->count);
	if (f->frame)
		json_number(j, "ntlmaudit.finding.frame", f->frame);
	json_text(j, "ntlmaudit.finding.false_alarm", finding_kinds[f->id].wrong);
}

void ecs_finding(struct text *out, const struct format_style *style, const struct finding *f)
{
	const struct finding_kind *kind = &finding_kinds[f->id];
	struct event values = finding_facts(f);
	struct json j;

	(void)style;
	json_begin(&j, out);
	put_head(&j, f->time, f->sentence ? f->sentence : kind->title, "alert");
	json_text(&j, "event.action", kind->key);
	put_list_of_one(&j, "event.category", "intrusion_detection");
	put_list_of_one(&j, "event.type", "info");
	json_number(&j, "event.severity", severities[kind->severity]);
	json_text(&j, "rule.id", kind->key);
	json_text(&j, "rule.name", kind->title);
	json_text(&j, "rule.description", kind->about);
	put_rows(&j, &values);
	put_all_related(&j, &values);
	put_finding(&j, f);
	json_end(&j);
	text_putc(out, '\n');
}
