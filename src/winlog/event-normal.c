#include "winlog/event-normal.h"

#include "winlog/event-value.h"

#define SID_ANONYMOUS "S-1-5-7"

const char *winlog_field(const struct winlog_record *r, const char *name)
{
	for (size_t i = 0; i < r->n_data; i++)
		if (winlog_same_name(r->data[i].name, name))
			return r->data[i].value;
	return NULL;
}

void winlog_keep(struct winlog_mapping *m, const char *name, const char *value)
{
	if (m->event->n_foreign < m->foreign_max)
		m->foreign[m->event->n_foreign++] =
			(struct foreign_field){.name = name, .value = value};
	else
		m->counts->fields_lost++;
}

/* The reason whose sentence this is, the full stop or not; -1 for none: another language's. */
static int reason_of(const char *sentence)
{
	for (int i = 0; sentence && i < REASON_ID__COUNT; i++) {
		const char *known = event_reason_text((uint32_t)i);
		size_t len = strlen(known) - 1;

		if (strncmp(sentence, known, len) == 0 &&
		    (sentence[len] == '\0' || strcmp(sentence + len, ".") == 0))
			return i;
	}
	return -1;
}

/* A field of the layout as it was, under Windows' name for it. */
static void keep_fact(struct winlog_mapping *m, enum fact f)
{
	const struct event_layout *l = m->event->layout;

	for (size_t i = 0; i < m->record->n_data; i++)
		for (size_t k = 0; k < l->n_fields; k++)
			if (l->fields[k].fact == f &&
			    winlog_same_name(l->fields[k].name, m->record->data[i].name))
				winlog_keep(m, l->fields[k].name, m->record->data[i].value);
}

/*
 * [events.md] Server 2025 writes 10 beside the text of 6 or 7, and the text is right; other languages translate the
 * text. So a sentence that we know decides, else the number.
 */
static void normalise_reason(struct winlog_mapping *m)
{
	struct event *e = m->event;
	bool numbered = e->facts[FACT_REASON_ID].kind == VALUE_NUMBER;
	uint64_t number = e->facts[FACT_REASON_ID].number;
	const char *sentence = event_text(e, FACT_REASON);
	int said = reason_of(sentence);

	if (said >= 0 && numbered && number != (uint64_t)said) {
		m->counts->reasons++;
		keep_fact(m, FACT_REASON_ID);
		keep_fact(m, FACT_REASON);
	} else if (said < 0 && sentence && numbered && number < REASON_ID__COUNT) {
		keep_fact(m, FACT_REASON);
	}
	if (said < 0 && (!numbered || number >= REASON_ID__COUNT))
		return;
	number = said >= 0 ? (uint64_t)said : number;
	event_set_number(e, FACT_REASON_ID, number);
	event_set_text(e, FACT_REASON, event_reason_text((uint32_t)number));
}

static bool is_anonymous(const struct winlog_mapping *m)
{
	const char *user = event_text(m->event, FACT_USER);
	const char *sid = winlog_field(m->record, "TargetUserSid");

	return !user || !*user || strcasecmp(user, "ANONYMOUS LOGON") == 0 ||
	       (sid && strcmp(sid, SID_ANONYMOUS) == 0);
}

/* A null session sends no response: the version that the log gives it is what was left over. */
static void normalise_version(struct winlog_mapping *m)
{
	static const struct {
		const char *name, *version, *detail;
	} versions[] = {
		{"NTLM V1", "NTLMv1", NULL},
		{"NTLM V2", "NTLMv2", NULL},
		{"LM", "NTLMv1", "LM"},
	};
	struct event *e = m->event;
	const char *name = event_text(e, FACT_NTLM_VERSION);

	for (size_t i = 0; name && i < sizeof(versions) / sizeof(versions[0]); i++) {
		if (!winlog_same_name(name, versions[i].name))
			continue;
		event_set_text(e, FACT_NTLM_VERSION, versions[i].version);
		event_set_text(e, FACT_NTLM_VERSION_DETAIL, versions[i].detail);
	}
	if (!is_anonymous(m))
		return;
	if (event_text(e, FACT_NTLM_VERSION)) {
		m->counts->anonymous += strcmp(event_text(e, FACT_NTLM_VERSION), "NTLMv1") == 0;
		keep_fact(m, FACT_NTLM_VERSION);
	}
	event_set_text(e, FACT_NTLM_VERSION, NULL);
	event_set_text(e, FACT_NTLM_VERSION_DETAIL, "null session");
}

/* The Security log's own words for what the NTLM log says otherwise; the fields themselves stay foreign. */
static void normalise_security(struct winlog_mapping *m)
{
	struct event *e = m->event;
	const char *package = winlog_field(m->record, "LmPackageName");
	const char *port = winlog_field(m->record, "IpPort");
	uint64_t number;

	if (package && *package && !winlog_is_absent(package))
		event_set_text(e, FACT_NTLM_VERSION, package);
	if (port && winlog_number(port, &number) && number > 0 && number <= UINT16_MAX)
		event_set_number(e, FACT_CLIENT_PORT, number);
	if (!event_layout_has(e->layout,
			      FACT_STATUS)) /* a logon that is logged as one came about */
		event_set_status(e, 0);
	else if (e->facts[FACT_STATUS].kind == VALUE_NUMBER)
		event_set_number(e, FACT_STATUS_TEXT, e->facts[FACT_STATUS].number);
}

void winlog_normalise(struct winlog_mapping *m)
{
	struct event *e = m->event;

	if (strcmp(e->layout->provider->channel, EVENT_CHANNEL) != 0)
		normalise_security(m);
	if (event_layout_has(e->layout, FACT_REASON))
		normalise_reason(m);
	if (event_layout_has(e->layout, FACT_NTLM_VERSION) || event_has(e, FACT_NTLM_VERSION))
		normalise_version(m);
}
