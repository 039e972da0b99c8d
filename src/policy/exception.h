/*
 * An exception from auditing: `NAME; owner=WHO; until=YYYY-MM-DD`. Whoever asked for one is named in it, and it ends
 * by itself: exceptions that nobody answers for are how blind spots come to be.
 */
#ifndef NTLMAUDIT_POLICY_EXCEPTION_H
#define NTLMAUDIT_POLICY_EXCEPTION_H

#include "base/clock.h"

#define EXCEPTION_FOREVER INT64_MAX

/* Views into the line. */
struct exception {
	struct span name; /* may hold `*` */
	struct span owner;
	int64_t until; /* base/clock.h: it holds before this moment, the end of its last day in UTC */
};

/* What is wrong with the line, or NULL. `until=never` has to be said. */
const char *exception_parse(struct span line, struct exception *ret_exception);

#endif
