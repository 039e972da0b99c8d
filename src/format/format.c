#include "format/format.h"

#include "format/rows.h"

const struct format formats[] = {
	{"short", "one line an event, for people", NULL, short_event, NULL},
	{"text", "the event as Windows words it", NULL, text_event, NULL},
	{"json", "one JSON object a line, our keys", NULL, json_event, NULL},
	{"xml", "Windows Event XML, one document", xml_begin, xml_event, xml_end},
	{0},
};

const struct format *format_find(const char *name)
{
	for (const struct format *f = formats; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}
