/*
 * Facts under the names of a foreign schema. A format has one table of rows, walked for every event alike: a row is
 * taken where the event has its fact in a form that the schema allows; of rows with the same key, which stand
 * together, the first that is. What no row took is left to the format, so that nothing is lost.
 */
#ifndef NTLMAUDIT_FORMAT_MAPPING_H
#define NTLMAUDIT_FORMAT_MAPPING_H

#include "event/event.h"
#include "event/finding.h"

/* What the schema takes for a key, and how it is written. An empty text is never taken. */
enum mapped_as {
	AS_TEXT,   /* whatever it is, as text */
	AS_LOWER,  /* the same with ASCII's capitals made small */
	AS_LIST,   /* a list of texts */
	AS_NUMBER, /* a number only */
	AS_ID,	   /* a number only, which the schema wants as text */
	AS_PORT,   /* 1 to 65535 */
	AS_IP,	   /* an IPv4 or IPv6 address only */
	AS_IP4,
	AS_IP6,
	AS_FAILURE, /* an NTSTATUS, where it says failure */
};

struct mapped_row {
	enum fact fact;
	enum mapped_as as;
	const char *key;
	const char *label; /* CEF: what a custom key holds; else NULL */
};

struct mapping {
	const struct event *e;
	const struct mapped_row *rows;
	size_t n, at;
	const char *key; /* taken last */
	bool taken[FACT__COUNT];
};

void mapping_init(struct mapping *m, const struct event *e, const struct mapped_row *rows,
		  size_t n);
/* The next row that is taken; NULL at the end. */
const struct mapped_row *mapping_next(struct mapping *m);
/* Is the fact known, and did no row take it? To be asked after the last row. */
bool mapping_left(const struct mapping *m, enum fact fact);

/* What a finding knows of an event's facts, so that the same rows serve for it: an event without a layout. */
struct event finding_facts(const struct finding *f);

/* Is it an address in text form, without a zone? */
bool is_ip4(const char *s);
bool is_ip6(const char *s);
static inline bool is_ip(const char *s)
{
	return is_ip4(s) || is_ip6(s);
}

/* Level and Keywords of System, as Windows writes them for an event of its provider. */
uint8_t windows_level(const struct event *e);
uint64_t windows_keywords(const struct event *e);

#endif
