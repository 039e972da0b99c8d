/*
 * One logon from many sightings: the client's and the server's exchange on the wire, the server's own log, each domain
 * controller's log and secure channel. Their events wait here for one another, are told to be of the same logon by what they
 * share, fill up from one another, and go on once each, with one ActivityID.
 *
 * What makes two events the same logon: the logon's number or the ActivityID of its challenge; else the connection, or account
 * and domain at about the same time, where nothing speaks against it and each source has said it once.
 */
#ifndef NTLMAUDIT_AUDIT_JOIN_H
#define NTLMAUDIT_AUDIT_JOIN_H

#include "base/tally.h"
#include "event/event.h"

/* In the order of what is believed where they differ: what was on the wire before what a log says. */
enum join_source {
	JOIN_CAPTURE,	   /* an exchange */
	JOIN_NETLOGON,	   /* a secure channel */
	JOIN_SAMBA_DC,	   /* a domain controller's log, of a request that was passed to it */
	JOIN_SAMBA_SERVER, /* a server's log, of who came to it */
	JOIN_SAMBA_HELPER, /* the same server's winbind: which process asked */
	JOIN_SAMBA_PASSDB, /* and its own accounts, which have the server's name for the client's */
	JOIN_SOURCE__COUNT
};

struct join_sighting {
	const struct event *event; /* its record is kept */
	enum join_source source;
	bool of_challenge; /* its ActivityID derives from the server challenge: that of the whole logon */
	int64_t lasted; /* nanoseconds from the logon's beginning to event->time */
};

struct join; /* opaque */

struct join_ops {
	/* An event with all that is known of it; valid during the call. */
	void (*event)(void *ctx, const struct event *e);
};

/* Most logons that wait at a time; the oldest goes on early then. */
#define JOIN_LOGONS_MAX 2048

/* `patience`: nanoseconds after its last sighting for which a logon waits for another. 0 or -ENOMEM. */
int join_new(int64_t patience, const struct join_ops *ops, void *ctx, struct tally *tally,
	     struct join **ret_join) __attribute__((warn_unused_result));
/* Ends all logons, then frees. NULL is fine. */
void join_free(struct join *j);

/* `now` as of join_tick. */
void join_sighting(struct join *j, const struct join_sighting *s, int64_t now);
/* Time goes on; of packets and lines as they come, or the clock's where it is live. Cheap. */
void join_tick(struct join *j, int64_t now);
/* Ends all logons, oldest first. */
void join_flush(struct join *j);
/* The time of the oldest sighting that waits; INT64_MAX where none does. */
int64_t join_oldest(const struct join *j);

#endif
