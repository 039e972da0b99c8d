/* Events that outlive the call that handed them out. */
#ifndef NTLMAUDIT_EVENT_COPY_H
#define NTLMAUDIT_EVENT_COPY_H

#include "base/arena.h"
#include "event/event.h"
#include "event/finding.h"

/*
 * A copy of an event with all its texts, in an arena. Where that is full, texts become empty and lists are left out:
 * the arena's limit is for what strangers made too long. False then.
 */
bool event_copy(struct arena *arena, const struct event *e, struct event *ret_copy);

/* The same of a finding. */
void finding_copy(struct arena *arena, const struct finding *f, struct finding *ret_copy);

#endif
