/* What one event takes over from another of the same logon: tables of facts. */
#ifndef NTLMAUDIT_AUDIT_JOIN_MERGE_H
#define NTLMAUDIT_AUDIT_JOIN_MERGE_H

#include "audit/join.h"
#include "base/arena.h"
#include "base/text.h"

/* An event as it waits: its texts live in `texts`, or in those of others of its logon. */
struct join_event {
	struct join_event *next; /* of its logon */
	struct event event;
	unsigned sources;		  /* bits 1 << enum join_source */
	int64_t told[JOIN_SOURCE__COUNT]; /* when each of those said it */
	struct arena texts;
	size_t bytes; /* that it took when it came */
};

/* Has a logon only one such: of its client, its server, its controller, the controller that another domain's asked? */
bool join_same_kind(const struct event *a, const struct event *b);

/* Are these one event of one machine, were they of the same logon? */
bool join_same_event(const struct join_event *a, const struct join_event *b);

/* Can't these be of one logon, even if its number or its challenge is the same: another account, connection or exchange? */
bool join_apart(const struct join_event *a, const struct join_event *b);

/* Nor if nothing but their names and their time is the same: another version of NTLM, or another end? */
bool join_contradict(const struct join_event *a, const struct join_event *b);

/* Takes over what the other sighting of the same event knows more, or better. */
void join_merge(struct join_event *e, const struct join_event *other);

/* Takes over what other events of the same logon know about it. */
void join_share(struct join_event *e, const struct join_event *other);

/* When all is taken over: what it was made of, what is a warning in it, and hence its ID. */
void join_settle(struct join_event *e, struct text *scratch);

#endif
