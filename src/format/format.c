#include "format/format.h"

#include "format/rows.h"

const struct format formats[] = {
	{"short", "one line an event, for people", NULL, short_event, short_finding, NULL},
	{"text", "the event as Windows words it", NULL, text_event, text_finding, NULL},
	{"json", "one JSON object a line, our keys", NULL, json_event, json_finding, NULL},
	{"xml", "Windows Event XML, one document", xml_begin, xml_event, xml_finding, xml_end},
	{0},
};

const struct format *format_find(const char *name)
{
	for (const struct format *f = formats; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}
