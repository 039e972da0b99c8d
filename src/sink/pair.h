/*
 * A record as names and values, which journald and syslog's structured data share: our keys, and what every format would
 * say of them. Values are for the eye (format/escape.h): no character in them can end a line or turn a direction.
 */
#ifndef NTLMAUDIT_SINK_PAIR_H
#define NTLMAUDIT_SINK_PAIR_H

#include "event/event.h"
#include "event/finding.h"
#include "base/text.h"

struct pairs {
	void (*put)(void *ctx, const char *key, const char *value);
	void *ctx;
	struct text value; /* scratch; failed where memory ran out */
};

/* Who it is: event_id, record_id, level, computer, activity_id. */
void pairs_event_head(struct pairs *p, const struct event *e);
/* Every fact that is known. */
void pairs_event_facts(struct pairs *p, const struct event *e);
/* finding, finding_number, finding_severity. */
void pairs_finding_head(struct pairs *p, const struct finding *f);
void pairs_finding_rest(struct pairs *p, const struct finding *f);

/* Severities of RFC 5424, table 2, which are journald's priorities too. */
unsigned severity_of_event(const struct event *e);
unsigned severity_of_finding(const struct finding *f);

/* The `short` line without its end, into out. */
void short_line_event(struct text *out, const struct event *e);
void short_line_finding(struct text *out, const struct finding *f);

#endif
