/*
 * How the daemon's parts (daemon/part.h) come together: each connects to a socket of the one that captures, says which it is,
 * and is granted the ends of the channels that belong to its members. A connection lasts as long as both parts do; its end
 * is how they learn of the other's. Invariant: a part is granted once at a time, and to nobody but root, the decoder's user for its
 * part, and our own for the others.
 */
#ifndef NTLMAUDIT_DAEMON_LINK_H
#define NTLMAUDIT_DAEMON_LINK_H

#include "daemon/member.h"
#include "daemon/part.h"

#define LINK_SOCKET "parts" /* in the run dir */

/* What goes along with the ends. Plain data: both sides are the same program, which is checked. */
struct link_grant {
	char version[32];
	int64_t since; /* base/clock.h: when the daemon began to see packets */
	int64_t gone;  /* likewise: since when that part was not there; 0: it is the first */
	bool tap;      /* as the options of the part that captures say */
	uint8_t key[AUDIT_KEY_SIZE]; /* the decoder's; to others it is zeros */
};

/* ---- the part that captures ---- */

struct links {
	struct station *st;
	int listener;  /* -1: none */
	uid_t decoder; /* whose the decoder's part is */
	struct {
		int fd; /* -1: it is not there */
		int64_t gone;
	} rows[PARTS];
};

/* Where it fails, which is said, no other part can come; the decoder's can where it is in its user's group. */
void links_open(struct links *l, struct station *st, const struct member_ids *decoder);
/* To be called often: whoever came, and left. */
void links_look(struct links *l);
/* Tells a new keeper who is not there. */
void links_tell(const struct links *l);
/* All are to begin anew: there are other rings. */
void links_again(struct links *l);

/* ---- the others ---- */

/* A connection that has asked for that part, or a negative errno: the one that captures is not there. */
int link_ask(const char *run_dir, const struct part *part) __attribute__((warn_unused_result));

/*
 * 1: the ends are in the station, those it had before are closed; 0: nothing new; -EPROTO: the other one is of another
 * version; another negative errno: the link is at its end.
 */
int link_hear(int fd, struct station *st, struct link_grant *ret_grant)
	__attribute__((warn_unused_result));

#endif
