/*
 * The record that something was not seen: event 1 of our own provider. Who reads the log learns from it where silence
 * does not mean that nothing happened.
 */
#ifndef NTLMAUDIT_EVENT_GAP_H
#define NTLMAUDIT_EVENT_GAP_H

#include "base/clock.h"
#include "event/event.h"

#define GAP_EVENT_ID 1
#define GAP_TIME_SIZE 32

struct gap {
	const char *reason;   /* "packets dropped by the kernel"; a sentence's part, no full stop */
	const char *source;   /* the interface; NULL: all of them */
	const char *computer; /* whose audit it is */
	int64_t begin, end;   /* base/clock.h: traffic was last seen, and is seen again */
	uint64_t packets;     /* that were not seen; 0 = unknown */
	char begin_text[GAP_TIME_SIZE], end_text[GAP_TIME_SIZE]; /* event_gap() fills them */
};

/* Makes the event, of the time at which the gap ended; its texts are those of `gap`, which must outlive it. */
void event_gap(struct event *e, struct gap *gap);

#endif
