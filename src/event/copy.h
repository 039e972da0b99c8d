/* An event that must outlive the call it came with. */
#ifndef NTLMAUDIT_EVENT_COPY_H
#define NTLMAUDIT_EVENT_COPY_H

#include "base/arena.h"
#include "event/event.h"

/* `*ret` with all its texts in the arena; false without memory: it is then of no use. */
bool event_copy(struct arena *texts, const struct event *e, struct event *ret)
	__attribute__((warn_unused_result));

#endif
