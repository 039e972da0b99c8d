/* What is in force, for people and for programs. */
#ifndef NTLMAUDIT_CMD_POLICY_SHOW_H
#define NTLMAUDIT_CMD_POLICY_SHOW_H

#include "policy/policy.h"

/* A line a setting: its value and where it stands; then this machine's place in the rollout. `now`: base/clock.h. */
void policy_show_text(struct text *out, const struct policy *policy, int64_t now);
/* One JSON document: every setting with all that the table knows of it. */
void policy_show_json(struct text *out, const struct policy *policy, int64_t now);

#endif
