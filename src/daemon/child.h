/* The processes that the opener starts, watches over, and puts back when they end or no longer answer. */
#ifndef NTLMAUDIT_DAEMON_CHILD_H
#define NTLMAUDIT_DAEMON_CHILD_H

#include "daemon/member.h"
#include "daemon/status.h"

#define CHILDREN_MAX (MEMBER_FORWARDER + FORWARDERS_MAX)

struct child {
	enum member member;
	bool is_wanted;
	bool is_killed;	 /* by us, for not answering: status.problem says so */
	bool is_stopped; /* it was asked to end */
	bool is_done; /* it ended well and unasked: nobody reads what a keeper in the foreground prints */
	const char *target; /* of a forwarder; the policy's */
	struct status_process status;
	int64_t next_start; /* monotonic: not before */
	int64_t started;    /* likewise */
	unsigned failures;  /* in a row, each soon after its start */
	uint64_t pulse;
	int64_t pulse_since; /* monotonic: since when it has not changed */
	int64_t ended; /* base/clock.h: when the one before did; 0: there was none, or its gap was told */
};

struct children {
	struct station *st;
	int64_t since; /* base/clock.h: when their opener was started */
	struct member_ids ids, decoder_ids;
	struct child rows[CHILDREN_MAX];
	size_t n;
	bool is_held; /* nobody is started for now */
	int64_t last_look;
	struct text places; /* member_policy_places() when the keeper was started */
};

/* One more that is wanted; NULL beyond the limit. It is started with the next look. */
struct child *children_add(struct children *c, enum member member, const char *target);
/* Takes those that ended, starts those that are wanted, ends those that hang. `ended` is called for each that did. */
void children_look(struct children *c);
/* Asks one to end, NULL: nobody; the next look starts it anew where it is wanted. */
void child_stop(struct child *child);
/* The policy is to be read again: a keeper whose sandbox or user does not allow all of it is started anew. */
void children_reread(struct children *c);
/* Ends all, in the order in which they hand on what they have; who takes too long is killed. */
void children_end(struct children *c);
/* Ends all and starts none until is_held is false again; `why` it was, "" where nothing was missed. */
void children_hold(struct children *c, const char *why);
/* It said that it is at work. */
void child_ready(const struct children *c, struct child *child);
/* Tells a new keeper of all of them. */
void children_tell(const struct children *c);
struct child *children_find(struct children *c, enum member member);

#endif
