/*
 * Made-up events as an estate of a few thousand users makes them: the same number gives the same event, always. Users
 * work at few clients and with few servers, reasons belong to the pair, times rise over 60 days; a client's event and
 * its server's share the ActivityID.
 */
#ifndef NTLMAUDIT_TESTS_MAKE_EVENTS_H
#define NTLMAUDIT_TESTS_MAKE_EVENTS_H

#include "event/event.h"

#define MAKE_BEGIN INT64_C(1774000000000000000)
#define MAKE_DAYS 60

struct made_event {
	struct event event;
	struct evidence evidence[2];
	char texts[24][128];
	unsigned n_texts;
};

/* The nth event of `total`, from 0. */
void make_event(struct made_event *m, uint64_t n, uint64_t total);

#endif
