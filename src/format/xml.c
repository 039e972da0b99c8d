/*
 * Windows Event XML, as Event Viewer saves a log: one document, in it one Event a line. EventData is Windows'
 * layout and nothing else; what more is known stands after it in an element of our own namespace, where the
 * event schema allows foreign ones. An absent value, of whatever type, is the literal `Null`.
 */
#include "format/rows.h"

#include "base/clock.h"
#include "format/escape.h"
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

/* Opcode, Keywords and Security are those of all events of these providers. */
static void put_system(struct text *out, const struct event *e)
{
	const struct event_layout *l = e->layout;

	text_printf(out, "<System><Provider Name='%s' Guid='%s'/><EventID>%u</EventID>",
		    l->provider->name, l->provider->guid, l->id);
	text_printf(out, "<Version>%u</Version><Level>%u</Level><Task>%u</Task><Opcode>0</Opcode>",
		    l->version, l->level, l->task);
	text_puts(out, "<Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime='");
	clock_format(out, e->time);
	text_printf(out, "'/><EventRecordID>%" PRIu64 "</EventRecordID><Correlation", e->record);
	if (activity_is_known(e)) {
		text_puts(out, " ActivityID='");
		activity_format(out, e);
		text_putc(out, '\'');
	}
	text_puts(out, "/><Execution ProcessID='0' ThreadID='0'/><Channel>" EVENT_CHANNEL
		       "</Channel><Computer>");
	text_xml(out, e->computer ? e->computer : "Null");
	text_puts(out, "</Computer><Security UserID='S-1-5-18'/></System>");
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
	text_puts(out, "</EventData>");
}

static void put_beside(struct text *out, const struct event *e)
{
	text_puts(out, "<ntlmaudit xmlns='" OWN_XMLNS "'>");
	for (enum fact f = 0; f < FACT__COUNT; f++) {
		if (!value_is_beside(e, f))
			continue;
		text_printf(out, "<fact name='%s'>", facts[f].key);
		value_fact(out, f, &e->facts[f], text_xml);
		text_puts(out, "</fact>");
	}
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
