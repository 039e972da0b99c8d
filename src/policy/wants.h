/*
 * What the policy says of one event: is it to be written? A pure function of the policy and what is known of the
 * authentication, so that whoever makes events need not know a setting.
 */
#ifndef NTLMAUDIT_POLICY_WANTS_H
#define NTLMAUDIT_POLICY_WANTS_H

#include "policy/policy.h"

#define QUESTION_SERVERS 6

/* What is not known is NULL, and fits no pattern but `*`. UTF-8. */
struct policy_question {
	uint16_t id;	     /* event ID: 4020 to 4023, 4030 to 4033, 8001 to 8006 */
	bool is_warning;     /* 4021, 4023, 4031, 4033 */
	int64_t time;	     /* base/clock.h: for the end of exceptions */
	const char *carrier; /* "smb" */
	const char *servers
		[QUESTION_SERVERS]; /* every name the server has: NetBIOS, DNS, its address */
	const char *user, *domain;
	const char *process; /* path of the executable, or just its name */
	/* legacy events only */
	bool is_domain_account;		/* not one of the machine's own */
	bool is_account_of_this_domain; /* 8004 to 8006 */
	bool is_server_of_this_domain;
};

enum policy_answer {
	POLICY_WANTED,
	POLICY_OFF,	  /* one of the KB's two policies */
	POLICY_ROLE,	  /* the role writes no events, or no such */
	POLICY_SHARE,	  /* this machine is not in the share yet */
	POLICY_CARRIER,	  /* this protocol is not audited */
	POLICY_EXCEPTION, /* a server, account or process that is excepted */
	POLICY_LEGACY,	  /* no legacy policy asks for it */
	POLICY_UNKNOWN,	  /* no policy knows this event */
	POLICY_ANSWER__COUNT
};

enum policy_answer policy_wants(const struct policy *policy, const struct policy_question *q);

/* "wanted", "off", ... */
const char *policy_answer_name(enum policy_answer answer);

#endif
