/*
 * Windows Event XML, as Event Viewer saves a log: one document, in it one Event a line. EventData is Windows'
 * layout and, where the event was read from a log, what else it had there. What more is known stands after it in an
 * element of our own namespace, where the event schema allows foreign ones. An absent value, of whatever type, is the
 * literal `Null`. A finding is no Event but an element of our namespace among them.
 */
#include "format/rows.h"

#include "base/clock.h"
#include "format/escape.h"
#include "format/json-write.h"
#include "format/mapping.h"
#include "format/value.h"

#include <inttypes.h>

#define EVENT_XMLNS "http://schemas.microsoft.com/win/2004/08/events/event"
#define OWN_XMLNS "urn:ntlmaudit:event:1"

void xml_begin(struct text *out, const struct format_style *style)
{
	(void)style;
	text_puts(out, "<?xml version='1.0' encoding='UTF-8'?>\n<Events>\n");
}

void xml_end(struct text *out, const struct format_style *style)
{
	(void)style;
	text_puts(out, "</Events>\n");
}

/* Opcode is that of all events of these providers; their audits have no user of their own. */
static void put_system(struct text *out, const struct event *e)
{
	const struct event_layout *l = e->layout;

	text_printf(out, "<System><Provider Name='%s' Guid='%s'/><EventID>%u</EventID>",
		    l->provider->name, l->provider->guid, l->id);
	text_printf(out, "<Version>%u</Version><Level>%u</Level><Task>%u</Task><Opcode>0</Opcode>",
		    l->version, windows_level(e), l->task);
	text_printf(out, "<Keywords>0x%" PRIx64 "</Keywords><TimeCreated SystemTime='",
		    windows_keywords(e));
	clock_format(out, e->time);
	text_printf(out, "'/><EventRecordID>%" PRIu64 "</EventRecordID><Correlation", e->record);
	if (activity_is_known(e)) {
		text_puts(out, " ActivityID='");
		activity_format(out, e);
		text_putc(out, '\'');
	}
	text_puts(out, "/><Execution");
	text_printf(out, " ProcessID='%u' ThreadID='%u'/><Channel>%s</Channel><Computer>",
		    e->process_id, e->thread_id, l->provider->channel);
	text_xml(out, e->computer ? e->computer : "Null");
	text_printf(out, "</Computer><Security%s/></System>",
		    l->provider->audits ? "" : " UserID='S-1-5-18'");
}

/* A field that no layout knows: in EventData where its name is its own, else in our element. */
static void put_pair(struct text *out, const char *element, const char *attribute,
		     const struct foreign_field *f)
{
	text_printf(out, "<%s %s='", element, attribute);
	text_xml(out, f->name);
	text_puts(out, "'>");
	text_xml(out, f->value);
	text_printf(out, "</%s>", element);
}

static void put_data(struct text *out, const struct event *e)
{
	text_puts(out, "<EventData>");
	for (size_t i = 0; i < e->layout->n_fields; i++) {
		const struct field *f = &e->layout->fields[i];

		text_printf(out, "<Data Name='%s'>", f->name);
		value_windows(out, f, &e->facts[f->fact], text_xml);
		text_puts(out, "</Data>");
	}
	for (size_t i = 0; i < e->n_foreign; i++)
		if (foreign_is_unique(e, i))
			put_pair(out, "Data", "Name", &e->foreign[i]);
	text_puts(out, "</EventData>");
}

/* Nothing where it is not known. */
static void put_attribute(struct text *out, const char *name, const char *value)
{
	if (!value)
		return;
	text_printf(out, " %s='", name);
	text_xml(out, value);
	text_putc(out, '\'');
}

static void put_evidence(struct text *out, const struct evidence *v)
{
	text_puts(out, "<evidence");
	put_attribute(out, "kind", v->kind);
	text_puts(out, " before_ms='");
	value_milliseconds(out, v->before);
	text_putc(out, '\'');
	if (v->packet)
		text_printf(out, " packet='%" PRIu64 "'", v->packet);
	put_attribute(out, "peer", v->peer);
	put_attribute(out, "name", v->name);
	put_attribute(out, "code", v->code);
	text_puts(out, "/>");
}

static void put_beside(struct text *out, const struct event *e)
{
	text_puts(out, "<ntlmaudit xmlns='" OWN_XMLNS "'");
	if (e->origin != ORIGIN_CAPTURE)
		text_printf(out, " origin='%s' source_record='%" PRIu64 "'",
			    event_origin_name(e->origin), e->source_record);
	text_putc(out, '>');
	for (enum fact f = 0; f < FACT__COUNT; f++) {
		if (!value_is_beside(e, f))
			continue;
		text_printf(out, "<fact name='%s'>", facts[f].key);
		value_fact(out, f, &e->facts[f], text_xml);
		text_puts(out, "</fact>");
	}
	for (size_t i = 0; e->layout->role == ROLE_CLIENT && i < e->n_evidence; i++)
		put_evidence(out, &e->evidence[i]);
	for (size_t i = 0; i < e->n_foreign; i++)
		if (!foreign_is_unique(e, i))
			put_pair(out, "data", "name", &e->foreign[i]);
	text_puts(out, "</ntlmaudit>");
}

void xml_event(struct text *out, const struct format_style *style, const struct event *e)
{
	(void)style;
	text_puts(out, "<Event xmlns='" EVENT_XMLNS "'>");
	put_system(out, e);
	put_data(out, e);
	put_beside(out, e);
	text_puts(out, "</Event>\n");
}

/* Nothing where it is not known. */
static void put_element(struct text *out, const char *name, const char *value)
{
	if (!value)
		return;
	text_printf(out, "<%s>", name);
	text_xml(out, value);
	text_printf(out, "</%s>", name);
}

static void put_number(struct text *out, const char *name, uint64_t number)
{
	if (number)
		text_printf(out, "<%s>%" PRIu64 "</%s>", name, number, name);
}

void xml_finding(struct text *out, const struct format_style *style, const struct finding *f)
{
	const struct finding_kind *kind = &finding_kinds[f->id];

	(void)style;
	text_printf(out, "<finding xmlns='" OWN_XMLNS "' key='%s' severity='%s' time='", kind->key,
		    finding_severity_name(kind->severity));
	clock_format(out, f->time);
	text_puts(out, "'>");
	put_element(out, "title", kind->title);
	put_element(out, "sentence", f->sentence);
	for (size_t i = 0; i < finding_n_records(f); i++)
		text_printf(out, "<record>%" PRIu64 "</record>", f->records[i]);
	put_element(out, "source_ip", f->source_ip);
	put_element(out, "target_ip", f->target_ip);
	put_element(out, "user", f->user);
	put_element(out, "domain", f->domain);
	put_number(out, "count", f->count);
	put_element(out, "source", f->capture);
	put_number(out, "frame", f->frame);
	put_element(out, "explanation", kind->about);
	put_element(out, "false_alarm", kind->wrong);
	text_puts(out, "</finding>\n");
}
