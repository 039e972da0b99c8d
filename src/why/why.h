/*
 * Why an authentication was NTLM: keeps, for each client, what its attempts at Kerberos and at finding names and
 * domain controllers came to. Bounded: clients, observations a client and bytes of names have limits; the client seen
 * longest ago goes first, and what is pushed out within the window is counted.
 *
 * Invariant: an observation belongs to one client address, and is never told to another.
 */
#ifndef NTLMAUDIT_WHY_WHY_H
#define NTLMAUDIT_WHY_WHY_H

#include "base/tally.h"
#include "wire/flow.h"

struct why; /* opaque */

int why_new(struct tally *tally, struct why **ret_why) __attribute__((warn_unused_result));
void why_free(struct why *w);

/*
 * What is fed to it. `end` as in wire/flow.h: [0] sent the bytes. A Kerberos or DNS message is whole, without a stream's
 * length prefix; what is no such message, or malformed, is passed over (malformed: counted).
 */
void why_kerberos(struct why *w, const struct endpoint end[2], struct span message,
		  const struct packet *p);
void why_dns(struct why *w, const struct endpoint end[2], struct span message,
	     const struct packet *p);
/* By port: Kerberos 88, DNS 53, mDNS 5353, LLMNR 5355, NBNS 137. */
void why_datagram(struct why *w, const struct endpoint end[2], struct span payload,
		  const struct packet *p);
/* Ports of domain controllers only: 88, 389 (and 464, 636, 3268, 3269 are passed over). */
void why_attempt(struct why *w, const struct endpoint end[2], enum attempt how,
		 const struct packet *p);
void why_unreachable(struct why *w, const struct endpoint end[2], uint8_t protocol,
		     const struct addr *reporter, uint8_t code, const struct packet *p);

/* Kinds of observations. */
enum why_kind {
	WHY_KRB_ASKED,	/* AS-REQ or TGS-REQ; `code` its message type (10, 12), `name` the SPN */
	WHY_KRB_TICKET, /* AS-REP or TGS-REP: 11, 13 */
	WHY_KRB_ERROR, /* `code` of KRB-ERROR; `name` its sname, else that of the request it answers */
	WHY_DNS_FAILED, /* `code` the RCODE (2, 3, 5), `name` the question of A, AAAA or SRV; SRV without answer: 0 */
	WHY_DC_UNANSWERED, /* a SYN to 88 or 389 that got nothing (`code` 0), or AS-REQ, TGS-REQ (10, 12) */
	WHY_DC_REFUSED,	    /* a reset instead of a connection */
	WHY_DC_UNREACHABLE, /* ICMP; `code` its code, `name` that of the request it answers */
	WHY_KIND__COUNT
};

/* The kind's keyword for evidence: "kerberos-error". */
const char *why_kind_name(enum why_kind kind);

struct why_item {
	enum why_kind kind;
	int64_t time;
	uint64_t packet;
	struct addr peer; /* KDC, DNS server, who refused */
	uint16_t port;
	uint32_t code;
	const char *name;  /* UTF-8; "" where there is none; valid until the next call that feeds */
	const char *realm; /* Kerberos: the realm asked; "" elsewhere */
};

#define WHY_WINDOW_DEFAULT (60 * INT64_C(1000000000))

/*
 * Calls `each` for the client's observations of the window before `until`, oldest first, until it returns false.
 *
 * A request or attempt of a second or more before `until`, where nothing had come back up to then, appears as
 * WHY_DC_UNANSWERED and not as WHY_KRB_ASKED; a younger attempt not at all. An answer counts for all requests of the
 * client for the same name, whichever KDC they went to. A DNS answer takes back what failed for the same name before.
 * The same observation again within a second is one, with the first's time and packet.
 */
void why_each(struct why *w, const struct addr *client, int64_t until, int64_t window,
	      bool (*each)(void *ctx, const struct why_item *item), void *ctx);

/*
 * Names. The name that the capture's DNS answers (of any client; newest first) give an address; NULL where none did. And
 * whether a name was answered with that address, by ASCII case and without a final dot. Valid until the next feed.
 */
const char *why_name_of(struct why *w, const struct addr *addr);
bool why_name_is(struct why *w, const char *name, const struct addr *addr);

/* "KDC_ERR_S_PRINCIPAL_UNKNOWN" (RFC 4120 7.5.9); NULL where unknown. */
const char *why_krb_error_name(uint32_t code);
/* "NXDOMAIN" (RFC 1035 4.1.1); NULL where unknown. */
const char *why_dns_rcode_name(uint32_t code);

#endif
