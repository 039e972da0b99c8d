/*
 * The legacy events 8001 to 8003 of an authentication, beside its enhanced one, which stays as it is. Whether they are
 * wanted is the policy's (daemon/judge.h).
 *
 * 8001: this machine logged on elsewhere. 8003: an account of a domain logged on here, and this machine is a member of
 * one. 8002: any other logon here: an account of this machine's own, nobody's (null session), or from this machine to
 * itself.
 */
#ifndef NTLMAUDIT_DAEMON_LEGACY_H
#define NTLMAUDIT_DAEMON_LEGACY_H

#include "event/event.h"

#define LEGACY_NAME_SIZE 256

/*
 * This machine, as far as the legacy events need to know it. Its name is known from the start; whether it is a member of
 * a domain, and of which, is learned from the CHALLENGEs of its own servers (FACT_TARGET_TYPE): no file says so for every
 * server that speaks NTLM. Until then it is a member of none. Zeroed is valid: nothing is known.
 */
struct legacy_host {
	char dns_name[LEGACY_NAME_SIZE]; /* "" = unknown, as below */
	char name[LEGACY_NAME_SIZE];	 /* NetBIOS */
	char domain[LEGACY_NAME_SIZE];	 /* NetBIOS name of the domain */
	bool is_member;
};

/* A name from gethostname(): full or short. The NetBIOS name is its first label, at most 15 bytes, in capitals. */
void legacy_host_name(struct legacy_host *host, const char *name);
/* From a server's event: who it says that it is. Names only where it accepted the logon, so that no stranger sets them. */
void legacy_learn(struct legacy_host *host, const struct event *e);

/*
 * Makes the legacy event of a 4020 to 4023 that has its process facts already; its texts are those of `e` and
 * `host`. False: there is none for such an event. What is not known is absent: a LUID, and the domain of a caller that has none.
 */
bool legacy_of(const struct event *e, const struct legacy_host *host, struct event *ret_event);

/* Is the account of this server's event one of a domain, and this machine a member? */
bool legacy_is_domain_account(const struct event *e, const struct legacy_host *host);

#endif
