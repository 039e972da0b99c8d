/* Which events a command prints as it makes them, and how: the options that `read` and `watch` share. */
#ifndef NTLMAUDIT_CMD_SHOWN_H
#define NTLMAUDIT_CMD_SHOWN_H

#include "cmd/choice.h"
#include "event/event.h"
#include "format/format.h"

#define ROLES_ALL ((1 << EVENT_ROLE__COUNT) - 1)

/* The first member of a command's options, so that the setters find it. */
struct shown {
	const struct format *format;
	bool has_format;   /* one was asked for */
	int roles;	   /* bit = enum event_role */
	uint8_t min_level; /* enum event_level: the highest number that is shown */
	enum choice color;
	bool explain;
};

/* All events, in the format short. */
void shown_init(struct shown *s);

/* As option rows have them: NULL, or what the value should be. */
const char *shown_set_output(void *options, const char *value);
const char *shown_set_min_level(void *options, const char *value);
const char *shown_set_color(void *options, const char *value);
const char *shown_set_explain(void *options, const char *value);

/* Decides about colours now: standard output is the one that they would go to. */
struct format_style shown_style(const struct shown *s);

#endif
