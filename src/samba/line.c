#include "samba/line.h"

#include "samba/json.h"
#include "samba/line-kind.h"
#include "samba/status.h"
#include "samba/value.h"
#include "samba/wrap.h"

#include <errno.h>
#include <stddef.h>

/* Of which records a member is. */
enum { IN_AUTHENTICATION = 1, IN_AUTHORIZATION = 2, IN_BOTH = 3 };

struct member {
	const char *name;
	void (*take)(struct samba_json *j, void *base, size_t offset);
	size_t offset;
	unsigned where;
};

/* A walk over the members of one object. */
struct walk {
	const struct member *rows;
	size_t n;
	void *base;
	unsigned where;
	size_t next; /* the row that is looked at first: members come in the order of their table */
	uint64_t seen; /* a bit a row */
};

/* What stands at the top, of Samba's lines and of the journal's. */
struct top {
	struct samba_line line;
	struct span time, type, message;
	bool has_authentication, has_authorization;
	struct span pid, syslog_pid, command, identifier;
};

/* ---- members by the form of their value ---- */

static void *field(void *base, size_t offset)
{
	return (uint8_t *)base + offset;
}

static void take_text(struct samba_json *j, void *base, size_t offset)
{
	struct span *text = field(base, offset);

	*text = samba_json_text(j);
}

static void take_u32(struct samba_json *j, void *base, size_t offset)
{
	uint32_t *number = field(base, offset);
	uint64_t n;

	if (samba_json_number(j, &n) && n <= UINT32_MAX)
		*number = (uint32_t)n;
}

static void take_hex32(struct samba_json *j, void *base, size_t offset)
{
	uint32_t *number = field(base, offset);
	uint64_t n;

	if (samba_parse_hex(samba_json_text(j), &n) && n <= UINT32_MAX)
		*number = (uint32_t)n;
}

static void take_hex64(struct samba_json *j, void *base, size_t offset)
{
	uint64_t *number = field(base, offset);
	uint64_t n;

	if (samba_parse_hex(samba_json_text(j), &n))
		*number = n;
}

static void take_address(struct samba_json *j, void *base, size_t offset)
{
	struct samba_address *address = field(base, offset);

	(void)!samba_parse_address(samba_json_text(j), address);
}

static void take_bool(struct samba_json *j, void *base, size_t offset)
{
	bool *flag = field(base, offset);

	(void)!samba_json_bool(j, flag);
}

static void take_status(struct samba_json *j, void *base, size_t offset)
{
	struct samba_line *line = field(base, offset);

	line->status_name = samba_json_text(j);
	line->has_status = samba_status_parse(line->status_name, &line->status);
}

static void take_policy_status(struct samba_json *j, void *base, size_t offset)
{
	struct samba_policy_check *check = field(base, offset);

	check->has_status = samba_status_parse(samba_json_text(j), &check->status);
}

static void take_password(struct samba_json *j, void *base, size_t offset)
{
	struct samba_line *line = field(base, offset);

	line->password_type = samba_json_text(j);
	line->password = samba_password_of(line->password_type);
}

static void take_duration(struct samba_json *j, void *base, size_t offset)
{
	struct samba_line *line = field(base, offset);

	line->has_duration = samba_json_number(j, &line->duration);
}

/* ---- objects ---- */

static size_t find_row(struct walk *w, struct span name)
{
	for (size_t i = 0; i < w->n; i++) {
		size_t at = w->next + i < w->n ? w->next + i : w->next + i - w->n;
		const struct member *row = &w->rows[at];

		if ((row->where & w->where) && strlen(row->name) == name.len &&
		    memcmp(row->name, name.ptr, name.len) == 0)
			return at;
	}
	return w->n;
}

static void on_member(struct samba_json *j, struct span name, void *data)
{
	struct walk *w = data;
	size_t at = find_row(w, name);

	if (at == w->n) {
		samba_json_skip(j);
		return;
	}
	if (w->seen >> at & 1) {
		samba_json_fail(j, "a member stands there twice");
		return;
	}
	w->seen |= UINT64_C(1) << at;
	w->next = at + 1 < w->n ? at + 1 : 0;
	w->rows[at].take(j, w->base, w->rows[at].offset);
}

static bool take_object(struct samba_json *j, struct walk w)
{
	return samba_json_object(j, on_member, &w);
}

#define ROWS(table) .rows = (table), .n = sizeof(table) / sizeof((table)[0])

static void take_version(struct samba_json *j, void *base, size_t offset)
{
	static const struct member rows[] = {
		{"major", take_u32, offsetof(struct samba_line, major), IN_BOTH},
		{"minor", take_u32, offsetof(struct samba_line, minor), IN_BOTH},
	};

	take_object(j, (struct walk){ROWS(rows), .base = field(base, offset), .where = IN_BOTH});
}

static void take_policy(struct samba_json *j, void *base, size_t offset)
{
#define CHECK(member) offsetof(struct samba_policy_check, member), IN_BOTH
	static const struct member rows[] = {
		{"siloName", take_text, CHECK(silo)},
		{"policyName", take_text, CHECK(policy)},
		{"policyEnforced", take_bool, CHECK(is_enforced)},
		{"auditEvent", take_text, CHECK(event)},
		{"eventId", take_u32, CHECK(event_id)},
		{"reason", take_text, CHECK(reason)},
		{"status", take_policy_status, 0, IN_BOTH},
	};
#undef CHECK
	struct samba_policy_check *check = field(base, offset);

	check->is_there =
		take_object(j, (struct walk){ROWS(rows), .base = check, .where = IN_BOTH});
}

/* In the order in which Samba 4.17 to 4.21 write them. */
#define LINE(member) offsetof(struct samba_line, member)
static const struct member record_members[] = {
	{"version", take_version, 0, IN_BOTH},
	{"eventId", take_u32, LINE(event_id), IN_AUTHENTICATION},
	{"logonId", take_hex64, LINE(logon_id), IN_AUTHENTICATION},
	{"logonType", take_u32, LINE(logon_type), IN_AUTHENTICATION},
	{"status", take_status, 0, IN_AUTHENTICATION},
	{"localAddress", take_address, LINE(local), IN_BOTH},
	{"remoteAddress", take_address, LINE(remote), IN_BOTH},
	{"serviceDescription", take_text, LINE(service), IN_BOTH},
	{"authDescription", take_text, LINE(description), IN_AUTHENTICATION},
	{"clientDomain", take_text, LINE(client_domain), IN_AUTHENTICATION},
	{"clientAccount", take_text, LINE(client_account), IN_AUTHENTICATION},
	{"workstation", take_text, LINE(workstation), IN_AUTHENTICATION},
	{"becameAccount", take_text, LINE(became_account), IN_AUTHENTICATION},
	{"becameDomain", take_text, LINE(became_domain), IN_AUTHENTICATION},
	{"becameSid", take_text, LINE(became_sid), IN_AUTHENTICATION},
	{"mappedAccount", take_text, LINE(mapped_account), IN_AUTHENTICATION},
	{"mappedDomain", take_text, LINE(mapped_domain), IN_AUTHENTICATION},
	{"netlogonComputer", take_text, LINE(computer), IN_AUTHENTICATION},
	{"netlogonTrustAccount", take_text, LINE(trust_account), IN_AUTHENTICATION},
	{"netlogonNegotiateFlags", take_hex32, LINE(negotiate_flags), IN_AUTHENTICATION},
	{"netlogonSecureChannelType", take_u32, LINE(channel_type), IN_AUTHENTICATION},
	{"netlogonTrustAccountSid", take_text, LINE(trust_sid), IN_AUTHENTICATION},
	{"passwordType", take_password, 0, IN_AUTHENTICATION},
	{"clientPolicyAccessCheck", take_policy, LINE(client_policy), IN_BOTH},
	{"serverPolicyAccessCheck", take_policy, LINE(server_policy), IN_BOTH},
	{"duration", take_duration, 0, IN_AUTHENTICATION},
	{"authType", take_text, LINE(auth_type), IN_AUTHORIZATION},
	{"domain", take_text, LINE(domain), IN_AUTHORIZATION},
	{"account", take_text, LINE(account), IN_AUTHORIZATION},
	{"sid", take_text, LINE(sid), IN_AUTHORIZATION},
	{"sessionId", take_text, LINE(session_id), IN_AUTHORIZATION},
	{"logonServer", take_text, LINE(logon_server), IN_AUTHORIZATION},
	{"transportProtection", take_text, LINE(protection), IN_AUTHORIZATION},
	{"accountFlags", take_hex32, LINE(account_flags), IN_AUTHORIZATION},
};
#undef LINE

/* One record a line: a second one would write over the first. */
static bool take_record(struct samba_json *j, struct top *top, unsigned where)
{
	if (top->has_authentication || top->has_authorization)
		samba_json_fail(j, "two records");
	return take_object(j,
			   (struct walk){ROWS(record_members), .base = &top->line, .where = where});
}

static void take_authentication(struct samba_json *j, void *base, size_t offset)
{
	struct top *top = field(base, offset);

	top->has_authentication = take_record(j, top, IN_AUTHENTICATION);
}

static void take_authorization(struct samba_json *j, void *base, size_t offset)
{
	struct top *top = field(base, offset);

	top->has_authorization = take_record(j, top, IN_AUTHORIZATION);
}

/* Nothing but time and type is wanted of records that we have no use for, and they can be long. */
static void stop_early(struct samba_json *j, const struct top *top)
{
	enum samba_type type;

	if (!top->time.ptr || !top->type.ptr)
		return;
	type = samba_type_of(top->type);
	j->is_done = type == SAMBA_KDC_AUTHORIZATION || type == SAMBA_DATABASE;
}

static void take_time(struct samba_json *j, void *base, size_t offset)
{
	struct top *top = field(base, offset);

	top->time = samba_json_text(j);
	top->line.has_time = samba_parse_time(top->time, &top->line.time);
	stop_early(j, top);
}

static void take_type(struct samba_json *j, void *base, size_t offset)
{
	struct top *top = field(base, offset);

	top->type = samba_json_text(j);
	stop_early(j, top);
}

static void take_message(struct samba_json *j, void *base, size_t offset)
{
	struct top *top = field(base, offset);

	top->message = samba_json_peek(j) == '[' ? samba_json_bytes(j) : samba_json_text(j);
}

#define TOP(member) offsetof(struct top, member), IN_BOTH
static const struct member top_members[] = {
	{"timestamp", take_time, 0, IN_BOTH},
	{"type", take_type, 0, IN_BOTH},
	{"Authentication", take_authentication, 0, IN_BOTH},
	{"Authorization", take_authorization, 0, IN_BOTH},
	{"MESSAGE", take_message, 0, IN_BOTH},
	{"_HOSTNAME", take_text, TOP(line.host)},
	{"_PID", take_text, TOP(pid)},
	{"_COMM", take_text, TOP(command)},
	{"SYSLOG_IDENTIFIER", take_text, TOP(identifier)},
	{"SYSLOG_PID", take_text, TOP(syslog_pid)},
};
#undef TOP

/* ---- lines ---- */

/* Would a person say that this was to be a record of Samba's? */
static bool looks_like_ours(struct span json)
{
	static const char *const heads[] = {"{\"timestamp\"", "{\"type\""};
	static const char *const words[] = {"Authentication\"", "Authorization\"",
					    "Authentication\\\"", "Authorization\\\""};

	for (size_t i = 0; i < 2; i++)
		if (span_starts(json, heads[i], strlen(heads[i])))
			return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (memmem(json.ptr, json.len, words[i], strlen(words[i])))
			return true;
	return false;
}

static int bad(struct samba_scratch *scratch, const char *why, size_t pos)
{
	scratch->why = why;
	scratch->why_pos = pos;
	return -EBADMSG;
}

/* Reads one object into top. `from`: where it begins, for messages. */
static int read_top(struct span json, size_t from, struct samba_scratch *scratch, struct top *top)
{
	struct samba_json j = samba_json_of(json, scratch->bytes + scratch->used,
					    sizeof(scratch->bytes) - scratch->used);

	take_object(&j, (struct walk){ROWS(top_members), .base = top, .where = IN_BOTH});
	samba_json_end(&j);
	scratch->used = sizeof(scratch->bytes) - j.left;
	if (samba_json_ok(&j))
		return 0;
	return looks_like_ours(json) ? bad(scratch, j.why, from + j.why_pos) : -ENOMSG;
}

static int finish(struct samba_scratch *scratch, struct top *top)
{
	struct samba_line *line = &top->line;

	line->type = samba_type_of(top->type);
	if (line->type == SAMBA_AUTHENTICATION && !top->has_authentication)
		return bad(scratch, "no Authentication", 0);
	if (line->type == SAMBA_AUTHORIZATION && !top->has_authorization)
		return bad(scratch, "no Authorization", 0);
	samba_line_classify(line);
	return 0;
}

/* The fields of the journal's entry, which are texts. Trusted ones go before what a process said of itself. */
static void take_writer(struct samba_line *line, const struct top *entry)
{
	struct span pid = entry->pid.ptr ? entry->pid : entry->syslog_pid;
	uint32_t id = 0;

	line->wrapping = SAMBA_JOURNAL;
	line->host = entry->line.host;
	line->program = entry->command.ptr ? entry->command : entry->identifier;
	for (size_t i = 0; i < pid.len && pid.len < 10; i++)
		id = id * 10 + (uint32_t)(pid.ptr[i] & 15);
	line->program_id = id;
}

static int decode_message(const struct top *entry, struct samba_scratch *scratch,
			  struct samba_line *ret_line)
{
	struct top top = {0};
	struct samba_wrap wrap;
	int rc;

	if (!samba_unwrap(entry->message, &wrap) || wrap.wrapping != SAMBA_BARE)
		return -ENOMSG;
	rc = read_top(wrap.json, (size_t)(wrap.json.ptr - entry->message.ptr), scratch, &top);
	if (rc < 0)
		return rc;
	if (!top.type.ptr)
		return -ENOMSG;
	rc = finish(scratch, &top);
	if (rc < 0)
		return rc;
	take_writer(&top.line, entry);
	*ret_line = top.line;
	return 0;
}

int samba_line_decode(struct span line, struct samba_scratch *scratch, struct samba_line *ret_line)
{
	struct top top = {0};
	struct samba_wrap wrap;
	int rc;

	if (line.len > SAMBA_LINE_MAX)
		return -EMSGSIZE;
	if (!samba_unwrap(line, &wrap))
		return -ENOMSG;
	scratch->used = 0;
	rc = read_top(wrap.json, (size_t)(wrap.json.ptr - line.ptr), scratch, &top);
	if (rc < 0)
		return rc;
	if (!top.type.ptr)
		return top.message.ptr ? decode_message(&top, scratch, ret_line) : -ENOMSG;
	rc = finish(scratch, &top);
	if (rc < 0)
		return rc;
	top.line.wrapping = wrap.wrapping;
	top.line.host = wrap.host;
	top.line.program = wrap.program;
	top.line.program_id = wrap.program_id;
	*ret_line = top.line;
	return 0;
}
