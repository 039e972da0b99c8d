/*
 * What was seen, and what was not: every layer counts here, the closing summary walks the table.
 * Reaching any limit has a counter, so that nothing is ever lost silently.
 */
#ifndef NTLMAUDIT_BASE_TALLY_H
#define NTLMAUDIT_BASE_TALLY_H

#include <stdint.h>

enum tally_item {
	/* seen */
	TALLY_PACKETS,
	TALLY_BYTES,
	TALLY_FLOWS,
	TALLY_EXCHANGES,
	TALLY_EVENTS,
	TALLY_FINDINGS,
	TALLY_LINES, /* of Samba's logs */
	/* not read: packets */
	TALLY_LINK_MALFORMED, /* link or tunnel header cut short or senseless */
	TALLY_LINK_OTHER,     /* no IP inside (ARP, LLDP, ...) */
	TALLY_TUNNEL_DEPTH,   /* more tunnels in tunnels than we follow */
	TALLY_IP_MALFORMED,
	TALLY_IP_FRAGMENTS,	   /* fragments seen */
	TALLY_IP_FRAGMENT_LOST,	   /* fragments given up: incomplete or over the limit */
	TALLY_IP_FRAGMENT_OVERLAP, /* datagrams dropped for overlapping fragments */
	TALLY_TRANSPORT_MALFORMED, /* TCP or UDP header senseless */
	TALLY_PACKETS_CUT,	   /* capture length shorter than the packet (snaplen) */
	TALLY_TIME_BACKWARDS,	   /* packets older than the one before by more than 1 s */
	/* not read: streams */
	TALLY_FLOWS_MIDSTREAM, /* first seen without their SYN */
	TALLY_FLOWS_EVICTED,   /* pushed out by the limit on flows or on memory */
	TALLY_TCP_DUPLICATE,   /* segments that brought nothing new */
	TALLY_TCP_STRAY,       /* segments too far off to belong to their stream */
	TALLY_TCP_OVERLAP,     /* segments that overlapped what had come with other bytes */
	TALLY_TCP_GAPS,	       /* holes given up, where somebody wanted the bytes */
	TALLY_TCP_GAP_BYTES,
	TALLY_TCP_BUFFER_FULL, /* out-of-order or unread bytes over the limit of a flow */
	TALLY_TCP_MEMORY_FULL, /* the same over the limit of all flows */
	TALLY_NO_MEMORY,       /* allocations that failed */
	/* not remembered: why it was NTLM */
	TALLY_WHY_CLIENTS_EVICTED, /* clients with observations, over the limits */
	TALLY_WHY_ITEMS_EVICTED,   /* observations over a client's limit */
	TALLY_WHY_NAMES_EVICTED,   /* names of addresses over the limits */
	/* not understood: carriers and messages */
	TALLY_CARRIER_MALFORMED,
	TALLY_CARRIER_RESYNC, /* a carrier found its place again after a hole */
	TALLY_CARRIER_LIMIT,  /* a carrier's own table was full, or a line or head too long */
	TALLY_TOKEN_MALFORMED,
	TALLY_TOKEN_TOO_LONG,
	TALLY_TOKEN_OTHER,   /* Kerberos and other mechanisms: not NTLM */
	TALLY_WHY_MALFORMED, /* Kerberos and DNS messages */
	TALLY_LINES_MALFORMED,
	/* exchanges */
	TALLY_EXCHANGE_PARTIAL,	   /* events made though a message was not seen */
	TALLY_EXCHANGE_UNANSWERED, /* events whose status was not seen */
	TALLY_EXCHANGE_UNFINISHED, /* no AUTHENTICATE came: no event */
	TALLY_EXCHANGE_EVICTED,	   /* pushed out by the limit on open exchanges */
	TALLY_EXCHANGE_DUPLICATE,  /* a second copy of an AUTHENTICATE: no second event */
	TALLY_EXCHANGE_NAME_CUT,   /* names longer than we keep */
	TALLY_JOIN_EARLY, /* logons told before others of theirs could come, for want of room */
	TALLY_JOIN_DOUBLE, /* sightings of what the same source had said of the same logon */
	TALLY_SIGN_FORGOTTEN, /* rows of the signs of an attack overwritten while they could matter */
	/* domain controllers' secure channels */
	TALLY_NETLOGON_UNSEALED,   /* PDUs unsealed or verified */
	TALLY_NETLOGON_LOGONS,	   /* logons that a domain controller was asked about */
	TALLY_NETLOGON_NO_KEY,	   /* PDUs of channels whose key is not there */
	TALLY_NETLOGON_BAD,	   /* PDUs that did not verify, though the channel's key is known */
	TALLY_NETLOGON_REPLAYED,   /* PDUs whose sequence number was there already */
	TALLY_NETLOGON_MALFORMED,  /* PDUs or parameters that did not make sense */
	TALLY_NETLOGON_OTHER,	   /* logons of levels that are no NTLM (generic, service) */
	TALLY_NETLOGON_UNANSWERED, /* logons whose response was not seen */
	TALLY_NETLOGON_LOST,	   /* requests and fragments given up for lost bytes */
	TALLY_NETLOGON_LIMIT,	   /* channels, requests or fragments pushed out by a limit */
	TALLY_TRUNCATED_CAPTURES,  /* capture files that could be read only in part */
	TALLY__COUNT
};

struct tally {
	uint64_t n[TALLY__COUNT];
};

enum tally_group { TALLY_SEEN, TALLY_UNREAD, TALLY_UNKNOWN, TALLY_EXCHANGE };

struct tally_row {
	enum tally_group group;
	const char *key;   /* for machines: "tcp_gaps" */
	const char *label; /* for people, after the number: "holes in streams" */
};

/* One row for each item, in its order. */
extern const struct tally_row tally_rows[TALLY__COUNT];

static inline void tally_add(struct tally *t, enum tally_item item, uint64_t n)
{
	t->n[item] += n;
}

static inline void tally_one(struct tally *t, enum tally_item item)
{
	t->n[item]++;
}

#endif
