/*
 * Is this event to be written? Puts what an event tells into the policy's question: who, every name and address of the
 * server, the process, the protocol. Whoever asks counts the answers.
 */
#ifndef NTLMAUDIT_DAEMON_JUDGE_H
#define NTLMAUDIT_DAEMON_JUDGE_H

#include "daemon/legacy.h"
#include "policy/wants.h"

/*
 * Of an event with its process facts, enhanced or legacy; `host` says whose accounts and servers are of this domain. Our
 * own events, about the audit itself, are always wanted: no policy can hide a gap.
 */
enum policy_answer judge_event(const struct policy *policy, const struct event *e,
			       const struct legacy_host *host);

#endif
