#include "format/format.h"

#include "format/rows.h"

const struct format formats[] = {
	{"short", "one line an event, for people", NULL, short_event, short_finding, NULL},
	{"text", "the event as Windows words it", NULL, text_event, text_finding, NULL},
	{"json", "one JSON object a line, our keys", NULL, json_event, json_finding, NULL},
	{"xml", "Windows Event XML, one document", xml_begin, xml_event, xml_finding, xml_end},
	{"csv", "a table, one row an event", csv_begin, csv_event, csv_finding, NULL},
	{"cef", "ArcSight's Common Event Format", NULL, cef_event, cef_finding, NULL},
	{"ecs", "Elastic Common Schema, as Winlogbeat writes it", NULL, ecs_event, ecs_finding,
	 NULL},
	{"ocsf", "Open Cybersecurity Schema Framework", NULL, ocsf_event, ocsf_finding, NULL},
	{0},
};

const struct format *format_find(const char *name)
{
	for (const struct format *f = formats; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

void format_names(struct text *out, const char *between, const char *before_last)
{
	for (const struct format *f = formats; f->name; f++) {
		if (f != formats)
			text_puts(out, f[1].name ? between : before_last);
		text_puts(out, f->name);
	}
}
