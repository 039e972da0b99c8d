/*
 * Open Cybersecurity Schema Framework 1.3.0 (metadata.version), one JSON object a line: an event is of class
 * Authentication (3002), activity Logon, with the profile Host; a finding is of class Detection Finding (2004), activity
 * Create; our own event of a gap is a Base Event (0). Times are milliseconds since 1970. Every fact that has no attribute there stands in `unmapped` by our key, so
 * attributes and `unmapped` together hold all that is known.
 */
#include "format/rows.h"

#include "format/json-write.h"
#include "format/mapping.h"
#include "format/value.h"

#include <inttypes.h>

#define OCSF_VERSION "1.3.0"
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define NSEC_PER_MSEC 1000000

/* A value of an enumeration: number and caption. */
struct enumerated {
	unsigned id;
	const char *caption;
};

static const struct enumerated level_severities[] = {[LEVEL_ERROR] = {4, "High"},
						     [LEVEL_WARNING] = {3, "Medium"},
						     [LEVEL_INFORMATION] = {1, "Informational"}};
static const struct enumerated finding_severities[] = {[SEVERITY_LOW] = {2, "Low"},
						       [SEVERITY_MEDIUM] = {3, "Medium"},
						       [SEVERITY_HIGH] = {4, "High"}};
static const struct enumerated outcomes[OUTCOME__COUNT] = {[OUTCOME_UNKNOWN] = {0, "Unknown"},
							   [OUTCOME_OK] = {1, "Success"},
							   [OUTCOME_FAILED] = {2, "Failure"}};

/* What an event of ours is in the schema. */
struct class
{
	unsigned category_uid, class_uid, activity_id;
	const char *category_name, *class_name, *activity_name, *type_name;
};

static const struct class authentication = {3,
					    3002,
					    1,
					    "Identity & Access Management",
					    "Authentication",
					    "Logon",
					    "Authentication: Logon"};
/* What no class of 1.3.0 is made for. */
static const struct class gap = {
	0, 0, 99, "Uncategorized", "Base Event", "Gap", "Base Event: Other"};
static const struct class detection = {
	2, 2004, 1, "Findings", "Detection Finding", "Create", "Detection Finding: Create"};

static const struct mapped_row rows[] = {
	{FACT_STATUS, AS_TEXT, "status_code", NULL},
	{FACT_STATUS_TEXT, AS_TEXT, "status_detail", NULL},
	{FACT_TARGET_SERVICE, AS_TEXT, "service.name", NULL},
	{FACT_CLIENT_IP, AS_IP, "src_endpoint.ip", NULL},
	{FACT_CLIENT_PORT, AS_PORT, "src_endpoint.port", NULL},
	{FACT_CLIENT_NAME, AS_TEXT, "src_endpoint.hostname", NULL},
	{FACT_HOST, AS_TEXT, "src_endpoint.name", NULL},
	{FACT_TARGET_IP, AS_IP, "dst_endpoint.ip", NULL},
	{FACT_SERVER_IP, AS_IP, "dst_endpoint.ip", NULL},
	{FACT_TARGET_PORT, AS_PORT, "dst_endpoint.port", NULL},
	{FACT_TARGET_NAME, AS_TEXT, "dst_endpoint.hostname", NULL},
	{FACT_TARGET_MACHINE, AS_TEXT, "dst_endpoint.name", NULL},
	{FACT_SERVER_NAME, AS_TEXT, "dst_endpoint.name", NULL},
	{FACT_CHANNEL_NAME, AS_TEXT, "dst_endpoint.name", NULL},
	{FACT_TARGET_DOMAIN, AS_TEXT, "dst_endpoint.domain", NULL},
	{FACT_SERVER_DOMAIN, AS_TEXT, "dst_endpoint.domain", NULL},
	{FACT_CARRIER, AS_TEXT, "dst_endpoint.svc_name", NULL},
	{FACT_PROCESS_NAME, AS_TEXT, "actor.process.name", NULL},
	{FACT_PROCESS_ID, AS_NUMBER, "actor.process.pid", NULL},
	{FACT_PROCESS_PATH, AS_TEXT, "actor.process.file.path", NULL},
	{FACT_PROCESS_USER, AS_TEXT, "actor.process.user.name", NULL},
	{FACT_PROCESS_UID, AS_ID, "actor.process.user.uid", NULL},
	{FACT_CLIENT_USER, AS_TEXT, "actor.user.name", NULL},
	{FACT_CLIENT_DOMAIN, AS_TEXT, "actor.user.domain", NULL},
	{FACT_USER, AS_TEXT, "user.name", NULL},
	{FACT_DOMAIN, AS_TEXT, "user.domain", NULL},
};

/* The parties of a finding, inside its evidence. */
static const struct mapped_row finding_rows[] = {
	{FACT_CLIENT_IP, AS_IP, "src_endpoint.ip", NULL},
	{FACT_TARGET_IP, AS_IP, "dst_endpoint.ip", NULL},
	{FACT_USER, AS_TEXT, "actor.user.name", NULL},
	{FACT_DOMAIN, AS_TEXT, "actor.user.domain", NULL},
};

static void put_milliseconds(struct json *j, const char *path, int64_t time)
{
	json_at(j, path);
	text_printf(j->out, "%" PRId64, time / NSEC_PER_MSEC);
}

static void put_enumerated(struct json *j, const char *id_path, const char *path,
			   const struct enumerated *value)
{
	json_number(j, id_path, value->id);
	json_text(j, path, value->caption);
}

static void put_class(struct json *j, const struct class *c, int64_t time)
{
	json_number(j, "activity_id", c->activity_id);
	json_text(j, "activity_name", c->activity_name);
	json_number(j, "category_uid", c->category_uid);
	json_text(j, "category_name", c->category_name);
	json_number(j, "class_uid", c->class_uid);
	json_text(j, "class_name", c->class_name);
	json_number(j, "type_uid", c->class_uid * 100 + c->activity_id);
	json_text(j, "type_name", c->type_name);
	put_milliseconds(j, "time", time);
	json_number(j, "timezone_offset", 0);
}

static void put_product(struct json *j)
{
	json_text(j, "metadata.version", OCSF_VERSION);
	json_text(j, "metadata.product.name", "ntlmaudit");
	json_text(j, "metadata.product.vendor_name", "ntlmaudit");
	json_text(j, "metadata.product.version", NTLMAUDIT_VERSION);
}

static void put_id(struct json *j, const char *path, uint64_t id)
{
	json_at(j, path);
	json_put_id(j->out, id);
}

static void put_metadata(struct json *j, const struct event *e)
{
	const struct event_layout *l = e->layout;

	put_product(j);
	json_at(j, "metadata.profiles");
	text_puts(j->out, "[\"host\"]");
	put_id(j, "metadata.uid", e->record);
	json_text(j, "metadata.log_name", l->provider->channel);
	json_text(j, "metadata.log_provider", l->provider->name);
	put_id(j, "metadata.log_version", l->version);
	put_id(j, "metadata.event_code", l->id);
	json_time(j, "metadata.original_time", e->time);
	json_activity(j, "metadata.correlation_uid", e);
}

/* The schema demands both of a file. */
static void put_file(struct json *j, const char *path)
{
	static const struct enumerated regular = {1, "Regular File"};
	const char *slash = strrchr(path, '/');

	json_text(j, "actor.process.file.name", slash ? slash + 1 : path);
	put_enumerated(j, "actor.process.file.type_id", "actor.process.file.type", &regular);
}

static void put_rows(struct json *j, struct mapping *m)
{
	const struct mapped_row *row;

	while ((row = mapping_next(m))) {
		const struct value *v = &m->e->facts[row->fact];

		json_at(j, row->key);
		if (row->as == AS_ID)
			json_put_id(j->out, v->number);
		else
			json_put_fact(j->out, row->fact, v);
		if (row->fact == FACT_PROCESS_PATH)
			put_file(j, v->text);
	}
}

static bool is_machine_account(const char *name)
{
	size_t n = strlen(name);

	return n && name[n - 1] == '$';
}

/* The schema demands a name: "" stands for none. */
static void put_user_type(struct json *j, const struct mapping *m)
{
	static const struct enumerated unknown = {0, "Unknown"}, user = {1, "User"},
				       machine = {3, "System"};
	const char *name = m->taken[FACT_USER] ? m->e->facts[FACT_USER].text : NULL;

	if (!name)
		json_text(j, "user.name", "");
	put_enumerated(j, "user.type_id", "user.type",
		       !name			  ? &unknown
		       : is_machine_account(name) ? &machine
						  : &user);
}

/* The rest, by our keys. */
static void put_unmapped(struct json *j, const struct mapping *m)
{
	const struct event *e = m->e;

	json_text(j, "unmapped.role", event_role_name(e->layout->role));
	json_text(j, "unmapped.origin", event_origin_name(e->origin));
	if (e->source_record)
		json_number(j, "unmapped.source_record", e->source_record);
	for (enum fact f = 0; f < FACT__COUNT; f++) {
		if (!mapping_left(m, f))
			continue;
		json_at_name(j, "unmapped", facts[f].key);
		json_put_fact(j->out, f, &e->facts[f]);
	}
	if (e->layout->role == ROLE_CLIENT) {
		json_at(j, "unmapped.evidence");
		json_put_evidence(j->out, e);
	}
	if (e->n_foreign) {
		json_at(j, "unmapped.foreign");
		json_put_foreign(j->out, e, false);
	}
}

/* What only an authentication has. */
static void put_authentication(struct json *j, struct mapping *m)
{
	mapping_init(m, m->e, rows, COUNT(rows));
	put_rows(j, m);
	put_user_type(j, m);
	/* Of service and dst_endpoint one must be there. */
	if (!m->taken[FACT_TARGET_SERVICE])
		json_text(j, "service.name", "unknown");
}

void ocsf_event(struct text *out, const struct format_style *style, const struct event *e)
{
	static const struct enumerated ntlm = {1, "NTLM"};
	bool is_gap = event_layout_is_ours(e->layout);
	struct mapping m;
	struct json j;

	(void)style;
	mapping_init(&m, e, NULL, 0);
	json_begin(&j, out);
	put_class(&j, is_gap ? &gap : &authentication, e->time);
	put_enumerated(&j, "severity_id", "severity", &level_severities[e->layout->level]);
	put_enumerated(&j, "status_id", "status", &outcomes[event_outcome(e)]);
	if (!is_gap)
		put_enumerated(&j, "auth_protocol_id", "auth_protocol", &ntlm);
	json_text(&j, "message", e->layout->title);
	put_metadata(&j, e);
	if (!is_gap)
		put_authentication(&j, &m);
	json_text(&j, "device.hostname", e->computer ? e->computer : "unknown");
	json_number(&j, "device.type_id", 0);
	put_unmapped(&j, &m);
	json_end(&j);
	text_putc(out, '\n');
}

/* The schema demands that it be unique: its kind and time are, with the packet that made it. */
static void put_finding_uid(struct json *j, const struct finding *f)
{
	json_at(j, "finding_info.uid");
	text_printf(j->out, "\"%s-%" PRId64 "-%" PRIu64 "\"", finding_kinds[f->id].key, f->time,
		    f->frame);
}

static void put_related(struct json *j, const struct finding *f)
{
	json_at(j, "finding_info.related_events");
	text_putc(j->out, '[');
	for (size_t i = 0; i < finding_n_records(f); i++)
		text_printf(j->out, "%s{\"uid\":\"%" PRIu64 "\",\"type_uid\":300201}", i ? "," : "",
			    f->records[i]);
	text_putc(j->out, ']');
}

static void put_finding_info(struct json *j, const struct finding *f)
{
	const struct finding_kind *kind = &finding_kinds[f->id];

	put_finding_uid(j, f);
	json_text(j, "finding_info.title", kind->title);
	json_text(j, "finding_info.desc", kind->about);
	json_at(j, "finding_info.types");
	text_printf(j->out, "[\"%s\"]", kind->key);
	put_milliseconds(j, "finding_info.created_time", f->time);
	put_related(j, f);
	json_text(j, "finding_info.analytic.name", kind->key);
	json_number(j, "finding_info.analytic.type_id", 1);
	json_text(j, "finding_info.analytic.type", "Rule");
}

/* One object: who did it to whom. Nothing where neither is known. */
static void put_evidences(struct json *j, struct mapping *m)
{
	struct json inner;

	json_at(j, "evidences");
	text_putc(j->out, '[');
	json_begin(&inner, j->out);
	put_rows(&inner, m);
	json_end(&inner);
	text_putc(j->out, ']');
}

static bool has_parties(const struct finding *f)
{
	return (f->source_ip && is_ip(f->source_ip)) || (f->target_ip && is_ip(f->target_ip)) ||
	       (f->user && *f->user) || (f->domain && *f->domain);
}

static void put_finding_unmapped(struct json *j, const struct mapping *m, const struct finding *f)
{
	for (enum fact k = 0; k < FACT__COUNT; k++) {
		if (!mapping_left(m, k))
			continue;
		json_at_name(j, "unmapped", facts[k].key);
		json_put_fact(j->out, k, &m->e->facts[k]);
	}
	if (f->frame)
		json_number(j, "unmapped.frame", f->frame);
	json_text(j, "unmapped.false_alarm", finding_kinds[f->id].wrong);
}

void ocsf_finding(struct text *out, const struct format_style *style, const struct finding *f)
{
	static const struct enumerated new = {1, "New"};
	const struct finding_kind *kind = &finding_kinds[f->id];
	struct event values = finding_facts(f);
	struct mapping m;
	struct json j;

	(void)style;
	json_begin(&j, out);
	put_class(&j, &detection, f->time);
	put_enumerated(&j, "severity_id", "severity", &finding_severities[kind->severity]);
	put_enumerated(&j, "status_id", "status", &new);
	json_text(&j, "message", f->sentence ? f->sentence : kind->title);
	if (f->count)
		json_number(&j, "count", f->count);
	put_product(&j);
	put_finding_info(&j, f);
	mapping_init(&m, &values, finding_rows, COUNT(finding_rows));
	if (has_parties(f))
		put_evidences(&j, &m);
	put_finding_unmapped(&j, &m, f);
	json_end(&j);
	text_putc(out, '\n');
}
