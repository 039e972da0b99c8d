/* What Windows writes otherwise than it means, made right: reasons, versions of null sessions, the Security log. */
#ifndef NTLMAUDIT_WINLOG_EVENT_NORMAL_H
#define NTLMAUDIT_WINLOG_EVENT_NORMAL_H

#include "winlog/event.h"

/* A record that is becoming an event. */
struct winlog_mapping {
	const struct winlog_record *record;
	struct event *event;
	struct arena *arena;
	struct foreign_field *foreign;
	size_t foreign_max;
	struct winlog_counts *counts;
};

/* A field of the record by name; NULL where there is none. */
const char *winlog_field(const struct winlog_record *r, const char *name);

/* Keeps a foreign field; both texts must live as long as the event. */
void winlog_keep(struct winlog_mapping *m, const char *name, const char *value);

/* After all fields were taken; not for events of our own writing, which are right. */
void winlog_normalise(struct winlog_mapping *m);

#endif
