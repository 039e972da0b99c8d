/* The shared options: each takes its value into the query, or says what it should be. */
#include "cmd/query.h"

#include "cmd/topic.h"
#include "cmd/when.h"
#include "store/match.h"

#include <stdio.h>
#include <string.h>

static struct query_options *of(void *options)
{
	return options;
}

static const char *set_since(void *options, const char *value)
{
	return query_moment(&of(options)->query.since, value);
}

static const char *set_until(void *options, const char *value)
{
	return query_moment(&of(options)->query.until, value);
}

static const char *set_id(void *options, const char *value)
{
	struct store_query *q = &of(options)->query;
	char number[8];

	for (;; value++) {
		size_t n = strcspn(value, ",");
		uint64_t id;

		if (n >= sizeof(number))
			return "should be event IDs joined by commas";
		memcpy(number, value, n);
		number[n] = '\0';
		if (!query_number(number, &id) || id > UINT16_MAX)
			return "should be event IDs joined by commas";
		if (q->n_ids == STORE_IDS_MAX)
			return "are too many IDs";
		q->ids[q->n_ids++] = (uint16_t)id;
		value += n;
		if (!*value)
			return NULL;
	}
}

static const char *set_min_level(void *options, const char *value)
{
	static const struct choice_word levels[] = {{"information", LEVEL_INFORMATION},
						    {"warning", LEVEL_WARNING},
						    {"error", LEVEL_ERROR},
						    {NULL, 0}};
	int level;

	if (!choice_find(levels, value, &level))
		return "should be information, warning or error";
	of(options)->query.max_level = (uint8_t)level;
	return NULL;
}

static const char *keep_text(const char **text, const char *value)
{
	*text = value;
	return NULL;
}

static const char *set_user(void *options, const char *value)
{
	return keep_text(&of(options)->query.user, value);
}

static const char *set_domain(void *options, const char *value)
{
	return keep_text(&of(options)->query.domain, value);
}

static const char *set_client(void *options, const char *value)
{
	return keep_text(&of(options)->query.client, value);
}

static const char *set_server(void *options, const char *value)
{
	return keep_text(&of(options)->query.server, value);
}

static const char *set_process(void *options, const char *value)
{
	return keep_text(&of(options)->query.process, value);
}

static const char *set_spn(void *options, const char *value)
{
	return keep_text(&of(options)->query.spn, value);
}

static const char *set_version(void *options, const char *value)
{
	return keep_text(&of(options)->query.version, value);
}

static const char *set_carrier(void *options, const char *value)
{
	return keep_text(&of(options)->query.carrier, value);
}

static const char *set_text(void *options, const char *value)
{
	return keep_text(&of(options)->query.text, value);
}

static const char *set_log(void *options, const char *value)
{
	return keep_text(&of(options)->log, value);
}

static const char *set_address(void *options, const char *value)
{
	struct prefix prefix;

	if (match_prefix(value, &prefix) < 0)
		return "should be an address or a prefix: 192.0.2.0/24";
	of(options)->query.address = value;
	return NULL;
}

/* By number, or by its two words, however they are written. */
static const char *set_reason(void *options, const char *value)
{
	struct store_query *q = &of(options)->query;
	struct topic_word word;
	uint64_t number;

	q->has_reason = true;
	if (query_number(value, &number)) {
		q->reason = (uint32_t)number;
		return number < REASON_ID__COUNT ? NULL : "is not one of the reasons 0 to 11";
	}
	topic_word_init(&word, value);
	for (q->reason = 0; q->reason < REASON_ID__COUNT; q->reason++)
		if (topic_is(&word, event_reason_word(q->reason)))
			return NULL;
	return "is no reason; ntlmaudit explain reason lists them";
}

static const char *set_outcome(void *options, const char *value)
{
	struct store_query *q = &of(options)->query;

	q->has_outcome = strcmp(value, "any") != 0;
	for (int o = 0; q->has_outcome && o < OUTCOME__COUNT; o++) {
		q->outcome = (enum event_outcome)o;
		if (strcmp(value, event_outcome_name(q->outcome)) == 0)
			return NULL;
	}
	return q->has_outcome ? "should be ok, failed, unknown or any" : NULL;
}

static const char *set_finding(void *options, const char *value)
{
	of(options)->query.finding = value;
	if (strcmp(value, "any") == 0)
		return NULL;
	for (size_t i = 0; i < FINDING__COUNT; i++)
		if (strcmp(value, finding_kinds[i].key) == 0)
			return NULL;
	return "is no finding; ntlmaudit explain finding lists them";
}

static const char *set_activity(void *options, const char *value)
{
	struct store_query *q = &of(options)->query;

	q->has_activity = true;
	return query_guid(value, q->activity) ? NULL : "should be a GUID";
}

static const char *set_newest(void *options, const char *value)
{
	if (!query_number(value, &of(options)->newest) || of(options)->newest == 0)
		return "should be a number from 1";
	return NULL;
}

static const char *set_reverse(void *options, const char *value)
{
	(void)value;
	of(options)->query.newest_first = true;
	return NULL;
}

static const char *set_findings(void *options, const char *value)
{
	(void)value;
	of(options)->findings = true;
	return NULL;
}

static const char *set_output(void *options, const char *value)
{
	static char wrong[256];
	size_t n;

	of(options)->has_format = true;
	of(options)->format = format_find(value);
	if (of(options)->format || strcmp(value, "evtx") == 0)
		return NULL;
	n = (size_t)snprintf(wrong, sizeof(wrong), "is no format; there are evtx");
	for (const struct format *f = formats; f->name && n < sizeof(wrong); f++)
		n += (size_t)snprintf(wrong + n, sizeof(wrong) - n, " %s", f->name);
	return wrong;
}

static const char *set_rendered(void *options, const char *value)
{
	(void)value;
	of(options)->rendered = true;
	return NULL;
}

static const char *set_color(void *options, const char *value)
{
	return choice_set(&of(options)->color, value);
}

static const char *set_explain(void *options, const char *value)
{
	(void)value;
	of(options)->explain = true;
	return NULL;
}

const struct option_row query_rows[] = {
	{0, "since", "TIME", "from this time on: a date, a time, -2d, yesterday", set_since},
	{0, "until", "TIME", "before this time", set_until},
	{0, "id", "ID,...", "of these event IDs: 4020,4021", set_id},
	{0, "min-level", "LEVEL", "information, warning or error, and above", set_min_level},
	{0, "user", "NAME", "of this user; * and ? are wildcards, case does not matter", set_user},
	{0, "domain", "NAME", "of a user of this domain", set_domain},
	{0, "client", "NAME", "from this client: a name or address", set_client},
	{0, "server", "NAME", "to this server: a name or address", set_server},
	{0, "address", "PREFIX", "client or server in 192.0.2.0/24, 2001:db8::/32", set_address},
	{0, "process", "NAME", "of this process", set_process},
	{0, "spn", "SPN", "to this target: cifs/*", set_spn},
	{0, "reason", "ID|WORDS", "for this reason: 7, 'IP address'", set_reason},
	{0, "version", "VERSION", "of this NTLM version: NTLMv1", set_version},
	{0, "outcome", "OUTCOME", "ok, failed or unknown", set_outcome},
	{0, "carrier", "NAME", "over this protocol: smb2, http", set_carrier},
	{0, "finding", "KIND", "that a finding rests on: relay, ..., or any", set_finding},
	{0, "activity", "GUID", "of this ActivityID", set_activity},
	{0, "text", "TEXT", "with this anywhere in a text of theirs", set_text},
	{'n', "newest", "N", "only the newest so many", set_newest},
	{'r', "reverse", NULL, "the newest first", set_reverse},
	{0, "findings", NULL, "after the events, the findings of the same time", set_findings},
	{0, "log", "PATH", "the log; else $NTLMAUDIT_LOG, else the installation's", set_log},
	{'o', "output", "FORMAT",
	 "how they are written: short, text, json, evtx, ...; see the manual", set_output},
	{0, "rendered", NULL, "evtx: each event's text in it, for readers that have none",
	 set_rendered},
	{0, "explain", NULL, "text, short: what shows the reason, under each client event",
	 set_explain},
	{0, "color", "WHEN", "auto (default), always or never", set_color},
	{0},
};
