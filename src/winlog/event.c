#include "winlog/event.h"

#include "winlog/event-normal.h"
#include "winlog/event-value.h"

#include <errno.h>

/* Fields that one event has for what it does not tell itself: the pair of a reason, the version. */
#define FOREIGN_SPARE 4

/* [events.md] Only the client's events spell them with an l; a reader takes either for both. */
static const char *const aliases[][2] = {
	{"AvFlags", "AvlFlags"},
	{"AvFlagsStr", "AvlFlagsStr"},
};

/* Events of the Security log tell of NTLM where one of these fields says so; NULL: where it says anything. */
static const struct {
	uint16_t id;
	const char *field, *value;
} security_tests[] = {
	{4624, "AuthenticationPackageName", "NTLM"},
	{4624, "LogonProcessName", "NtLmSsp"},
	{4624, "LmPackageName", NULL},
	{4625, "AuthenticationPackageName", "NTLM"},
	{4625, "LogonProcessName", "NtLmSsp"},
	{4625, "LmPackageName", NULL},
};

#define N_SECURITY_TESTS (sizeof(security_tests) / sizeof(security_tests[0]))

static bool is_provider(const struct winlog_record *r, const struct provider *p)
{
	return strcasecmp(r->provider, p->name) == 0 || strcasecmp(r->provider_guid, p->guid) == 0;
}

/* The layout of the record's version; of the newest where that one is not known. */
static const struct event_layout *layout_of(const struct winlog_record *r)
{
	const struct event_layout *best = NULL;

	for (size_t i = 0; i < n_event_layouts; i++) {
		const struct event_layout *l = &event_layouts[i];

		if (l->id != r->event_id || !is_provider(r, l->provider))
			continue;
		best = l;
		if (l->version == r->version)
			break;
	}
	return best;
}

/* Windows pads some names: `NtLmSsp `. */
static bool is_padded(const char *s, const char *word)
{
	size_t len = strlen(word);

	return strncasecmp(s, word, len) == 0 && s[len + strspn(s + len, " ")] == '\0';
}

static bool is_ntlm(const struct winlog_record *r, const struct event_layout *layout)
{
	bool tested = false;

	for (size_t i = 0; i < N_SECURITY_TESTS; i++) {
		const char *value;

		if (layout->id != security_tests[i].id)
			continue;
		tested = true;
		value = winlog_field(r, security_tests[i].field);
		if (!value || !*value || winlog_is_absent(value))
			continue;
		if (!security_tests[i].value || is_padded(value, security_tests[i].value))
			return true;
	}
	return !tested;
}

static bool is_field(const struct field *f, const char *name)
{
	if (winlog_same_name(f->name, name))
		return true;
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		for (size_t k = 0; k < 2; k++)
			if (winlog_same_name(name, aliases[i][k]) &&
			    winlog_same_name(f->name, aliases[i][!k]))
				return true;
	return false;
}

/* Fields mostly come in the layout's order: `likely` is looked at first. */
static const struct field *find_field(const struct event_layout *l, const char *name, size_t likely)
{
	if (likely < l->n_fields && strcmp(l->fields[likely].name, name) == 0)
		return &l->fields[likely];
	for (size_t i = 0; i < l->n_fields; i++)
		if (is_field(&l->fields[i], name))
			return &l->fields[i];
	return NULL;
}

static void set_fact(struct winlog_mapping *m, enum fact fact, const struct winlog_data *d)
{
	struct value v;

	if (event_has(m->event, fact)) {
		winlog_keep(m, d->name, d->value);
	} else if (winlog_value(fact, d->value, &v)) {
		m->event->facts[fact] = v;
	} else {
		m->counts->values_odd++;
		winlog_keep(m, d->name, d->value);
	}
}

static void take_fields(struct winlog_mapping *m)
{
	for (size_t i = 0; i < m->record->n_data; i++) {
		const struct winlog_data *d = &m->record->data[i];
		const struct field *f = find_field(m->event->layout, d->name, i);

		if (!f)
			winlog_keep(m, d->name, d->value);
		else if (!winlog_is_absent(d->value))
			set_fact(m, f->fact, d);
	}
	m->counts->fields_lost += m->record->n_data_lost;
}

static void take_own(struct winlog_mapping *m, const struct winlog_own *own)
{
	for (size_t i = 0; i < own->n_facts; i++)
		for (enum fact f = 0; f < FACT__COUNT; f++)
			if (strcmp(facts[f].key, own->facts[i].name) == 0)
				set_fact(m, f, &own->facts[i]);
	for (size_t i = 0; i < own->n_foreign; i++)
		winlog_keep(m, own->foreign[i].name, own->foreign[i].value);
	m->event->evidence = own->evidence;
	m->event->n_evidence = own->n_evidence;
	if (own->has_source)
		m->event->source_record = own->source_record;
}

static void take_head(struct winlog_mapping *m)
{
	const struct winlog_record *r = m->record;
	struct event *e = m->event;

	e->origin = ORIGIN_LOG;
	e->time = r->has_time ? r->time : 0;
	e->computer = *r->computer && !winlog_is_absent(r->computer) ? r->computer : NULL;
	if (r->has_activity)
		memcpy(e->activity, r->activity, sizeof(e->activity));
	e->source_record = r->record_id;
	e->process_id = r->process_id;
	e->thread_id = r->thread_id;
	m->counts->times_lost += !r->has_time;
}

int winlog_event(const struct winlog_record *r, struct arena *a, struct event *ret_event,
		 struct winlog_counts *counts)
{
	const struct event_layout *layout = layout_of(r);
	struct event e = {.layout = layout};
	struct winlog_mapping m = {.record = r, .event = &e, .arena = a, .counts = counts};

	counts->records++;
	counts->recovered += r->recovered;
	/* what was an event of ours before is one again */
	if (!layout || (!r->own && !is_ntlm(r, layout))) {
		counts->other++;
		return 0;
	}
	m.foreign_max =
		r->n_data + (r->own ? r->own->n_foreign + r->own->n_facts : 0) + FOREIGN_SPARE;
	m.foreign = arena_alloc(a, m.foreign_max * sizeof(*m.foreign));
	if (!m.foreign)
		return -ENOMEM;
	take_head(&m);
	take_fields(&m);
	if (r->own)
		take_own(&m, r->own);
	else
		winlog_normalise(&m);
	e.foreign = e.n_foreign ? m.foreign : NULL;
	counts->events++;
	*ret_event = e;
	return 1;
}
