/*
 * The legacy events 8001 to 8006 of an authentication, beside its enhanced one, which stays as it is. Whether they are
 * wanted is the policy's (daemon/judge.h).
 *
 * 8001: this machine logged on elsewhere. 8003: an account of a domain logged on here, and this machine is a member of
 * one. 8002: any other logon here: an account of this machine's own, nobody's (null session), or from this machine to
 * itself.
 *
 * A domain controller has one more of each logon that it decided: 8004, a member's secure channel brought it; 8006, a
 * trusted domain's did; 8005, it came to the controller itself.
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
	char dns_domain[LEGACY_NAME_SIZE];
	bool is_member;
	bool is_dc; /* of that domain: what is logged on to here is 8005, too */
};

/* A name from gethostname(): full or short. The NetBIOS name is its first label, at most 15 bytes, in capitals. */
void legacy_host_name(struct legacy_host *host, const char *name);
/*
 * What is known of this machine's domain without any logon, as from smb.conf or Samba's log: its names (NULL or "":
 * unknown, what was known stays), and whether this is one of its controllers.
 */
void legacy_host_domain(struct legacy_host *host, const char *netbios, const char *dns, bool is_dc);
/* From a server's event: who it says that it is. Names only where it accepted the logon, so that no stranger sets them. */
void legacy_learn(struct legacy_host *host, const struct event *e);

/*
 * Makes the legacy event of a 4020 to 4023 that has its process facts already; its texts are those of `e` and
 * `host`. False: there is none for such an event. What is not known is absent: a LUID, and the domain of a caller that has none.
 */
bool legacy_of(const struct event *e, const struct legacy_host *host, struct event *ret_event);

/*
 * The domain controller's legacy event of a 4030 to 4033, or of a 4022 or 4023 of this machine where it is a controller:
 * that one has an 8002 or 8003 of its own by legacy_of(), which another policy asks for. Texts and absent facts as above.
 */
bool legacy_in_domain(const struct event *e, const struct legacy_host *host,
		      struct event *ret_event);

/* Of an 8004 to 8006: is the account, is the server one of this machine's domain? A name that is none of the domain's is not. */
bool legacy_is_own_account(const struct event *e, const struct legacy_host *host);
bool legacy_is_own_server(const struct event *e, const struct legacy_host *host);

/* Is the account of this server's event one of a domain, and this machine a member? */
bool legacy_is_domain_account(const struct event *e, const struct legacy_host *host);

#endif
