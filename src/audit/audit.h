/*
 * From sightings to events. Pairs NEGOTIATE, CHALLENGE, AUTHENTICATE and the answer into an exchange, decides
 * version, level and reason, and gives one client event (4020/4021) and one server event (4022/4023) each.
 *
 * Invariant: secrets end here. Responses, challenges, MICs and session keys are looked at when a message
 * comes and are not in the exchange afterwards; an event has no place for them.
 */
#ifndef NTLMAUDIT_AUDIT_AUDIT_H
#define NTLMAUDIT_AUDIT_AUDIT_H

#include "carrier/carrier.h"
#include "event/event.h"
#include "event/finding.h"
#include "netlogon/netlogon.h"
#include "samba/host.h"
#include "wire/addr.h"
#include "why/why.h"
#include "wire/packet.h"

struct audit; /* opaque */

#define AUDIT_KEY_SIZE 32

struct audit_ops {
	/* An event is ready; it and its texts are valid during the call. */
	void (*event)(void *ctx, const struct event *e);
	/* A sign of an attack; valid during the call. May be NULL. */
	void (*finding)(void *ctx, const struct finding *f);
	/* A message that could not be decoded, for a warning: see carrier.h `malformed`. */
	void (*malformed)(void *ctx, const char *where, const char *why, size_t pos);
	/*
	 * On a host that audits itself: its name where the address is its own, else NULL. Only its own sides make
	 * events, and it is their computer. NULL: both sides do, as in a capture or at a mirror port.
	 */
	const char *(*own_name)(void *ctx, const struct addr *a);
	bool live; /* events are waited for: at most half a second for a target's name */
};

/* Where a sighting was made. */
struct audit_place {
	uint64_t flow;		     /* never used twice */
	const struct endpoint *end;  /* [stream_dir] = the sender of that direction */
	const char *carrier;	     /* a literal */
	const struct packet *packet; /* its time, number and source are kept */
};

/*
 * `key` makes ActivityIDs: one per installation, or shared by a fleet; copied, wiped at the end. `why` is asked for
 * reasons and names and must outlive the audit; NULL where nothing is observed.
 */
int audit_new(const uint8_t key[AUDIT_KEY_SIZE], struct why *why, const struct audit_ops *ops,
	      void *ctx, struct tally *tally, struct audit **ret_audit)
	__attribute__((warn_unused_result));
/*
 * Domains whose accounts are cloud accounts (reason 4), beside AzureAD and MicrosoftAccount: `onmicrosoft.com` with all
 * below it. Borrowed until they are set anew; none at first.
 */
void audit_set_cloud_suffixes(struct audit *a, const char *const suffixes[], size_t n);
/* Ends all exchanges as audit_flush does, then frees. NULL is fine. */
void audit_free(struct audit *a);

/*
 * From now on events of one logon are joined (audit/join.h): where it is seen by more than the wire. 0 or -ENOMEM.
 */
int audit_join(struct audit *a) __attribute__((warn_unused_result));

void audit_token(struct audit *a, const struct audit_place *where, const struct sighting_token *s);
void audit_classic(struct audit *a, const struct audit_place *where,
		   const struct sighting_classic *s);
void audit_answer(struct audit *a, const struct audit_place *where,
		  const struct sighting_answer *s);
void audit_target(struct audit *a, const struct audit_place *where,
		  const struct sighting_target *s);

/* A domain controller was asked about a logon, by a secure channel: 4030-4033. */
void audit_netlogon(struct audit *a, const struct netlogon_logon *l);

/* Whose log a line is of. */
struct audit_log {
	const char *source; /* the file's name; outlives the audit */
	const struct samba_host *host;
	/* Of this machine, as it calls itself in all its events; NULL: by what is known of the host. */
	const char *computer;
};

/* A line of Samba's: 4030-4033 of a domain controller, 4022/4023 of a server; nothing where it tells of no NTLM. */
void audit_samba(struct audit *a, const struct audit_log *log, const struct samba_line *line);

/* The flow ended: its exchanges get no further messages. */
void audit_flow_closed(struct audit *a, uint64_t flow);
/*
 * Time goes on: exchanges end that have waited too long, 60 s for an AUTHENTICATE, 300 s for the answer. Cheap; call it
 * for every packet.
 */
void audit_tick(struct audit *a, int64_t now);
/* Nothing more comes for now: tells what waits to be joined. */
void audit_quiet(struct audit *a);
/* Ends all exchanges, those that make events in the order of their AUTHENTICATE. */
void audit_flush(struct audit *a);
/* The time of the oldest event that waits for others of its logon; INT64_MAX where none does. */
int64_t audit_oldest(const struct audit *a);

#endif
