/* A finding that we wrote, read back from its members' texts. */
#ifndef NTLMAUDIT_WINLOG_EVENT_FINDING_H
#define NTLMAUDIT_WINLOG_EVENT_FINDING_H

#include "event/finding.h"

#include <stdbool.h>

/*
 * Sets a member by the name that our formats have for it: "finding" and "time" must be, "record" may come
 * several times, what only explains is passed over. The text must outlive the finding. False where the value is none.
 */
bool winlog_finding_set(struct finding *f, const char *name, const char *value);

#endif
