/*
 * Findings that wait for the events they rest on: whoever stores or prints them has those first, also where they are joined with others
 * before they go out.
 */
#ifndef NTLMAUDIT_AUDIT_HOLD_H
#define NTLMAUDIT_AUDIT_HOLD_H

#include "event/finding.h"

#include <stdbool.h>

/* A power of two: of so many events, those that were made last, it is known whether they wait. */
#define HOLD_EVENTS 65536
/* The oldest goes out early then. */
#define HOLD_FINDINGS_MAX 1024

struct held; /* a finding */

/* Zeroed to begin with, but for tell and ctx. */
struct hold {
	void (*tell)(void *ctx, const struct finding *f); /* NULL: nobody wants them */
	void *ctx;
	struct held *oldest, *newest;
	size_t n;
	uint64_t waits[HOLD_EVENTS / 64]; /* a bit an event */
};

/* Tells what is left, and frees. */
void hold_finish(struct hold *h);

/* An event was made, and waits. */
void hold_event(struct hold *h, uint64_t record);
/* It is out: so may be what rests on it. */
void hold_told(struct hold *h, uint64_t record);
/* In their order, each when all of its events are out: at once where none waits, and without memory. */
void hold_finding(struct hold *h, const struct finding *f);

#endif
