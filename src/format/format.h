/* formats[]: an event as text for people or machines. Every format walks the schema. */
#ifndef NTLMAUDIT_FORMAT_FORMAT_H
#define NTLMAUDIT_FORMAT_FORMAT_H

#include "base/text.h"
#include "event/event.h"
#include "event/finding.h"

struct format_style {
	bool colour;  /* ANSI colours, for a terminal */
	bool explain; /* text and short: the reason's evidence under each event */
};

struct format {
	const char *name; /* "json" */
	const char *doc;  /* one line, for --help and the manual */
	/* Before the first and after the last event; may be NULL. */
	void (*begin)(struct text *out, const struct format_style *style);
	void (*event)(struct text *out, const struct format_style *style, const struct event *e);
	/* A record of its own among the events, which can't be taken for one. */
	void (*finding)(struct text *out, const struct format_style *style,
			const struct finding *f);
	void (*end)(struct text *out, const struct format_style *style);
};

extern const struct format formats[]; /* a row with name NULL ends it */

const struct format *format_find(const char *name); /* NULL where there is none */
/*
 * All names in the order of the table. For people, `", "` and `" or "`: "short, text, json or xml"; for a shell's
 * completion, `" "` twice.
 */
void format_names(struct text *out, const char *between, const char *before_last);

#endif
