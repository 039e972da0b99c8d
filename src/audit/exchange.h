/*
 * One NTLM authentication, as far as it was observed: each fact present or absent. Holds no secrets: what
 * comes from responses, challenges, MICs and session keys is only whether and of what kind they were. But for the server
 * challenge, which is known before the message that tells what ActivityID it gives.
 */
#ifndef NTLMAUDIT_AUDIT_EXCHANGE_H
#define NTLMAUDIT_AUDIT_EXCHANGE_H

#include "audit/audit.h"
#include "base/arena.h"
#include "base/hash.h"
#include "ntlm/avpair.h"
#include "ntlm/ntlmssp.h"

/* Our own, finer than Windows' NTLMv1 and NTLMv2. */
enum response_kind {
	RESPONSE_UNKNOWN, /* none of the forms below */
	RESPONSE_NULL_SESSION,
	RESPONSE_LM,
	RESPONSE_LMV2,
	RESPONSE_NTLMV1,
	RESPONSE_NTLMV1_ESS,
	RESPONSE_NTLMV2,
	RESPONSE_MSCHAPV2, /* told by a domain controller's channel or log only */
	RESPONSE__COUNT
};

enum exchange_part { PART_NEGOTIATE, PART_CHALLENGE, PART_AUTHENTICATE, PART_ANSWER, PART__COUNT };

/* Where an exchange stands; each state has its list, oldest first, and its time limit. */
enum exchange_state {
	EXCHANGE_OPEN,	   /* no AUTHENTICATE yet */
	EXCHANGE_SENT,	   /* AUTHENTICATE seen, no answer yet */
	EXCHANGE_ANSWERED, /* answered; the target's name may still come */
	EXCHANGE_DONE,	   /* its events are out: stays to know a second copy of its AUTHENTICATE */
	EXCHANGE_STATE__COUNT
};

struct target_names { /* what the acceptor calls itself; NULL where unknown */
	const char *nb_computer, *nb_domain, *dns_computer;
};

struct exchange {
	struct exchange *chain;		/* of its bucket */
	struct exchange *older, *newer; /* of its state's list */
	uint64_t flow, key;
	enum exchange_state state;
	int64_t touched;	    /* when the last message came */
	int64_t began;		    /* when its first NTLM message came */
	int64_t time;		    /* when the AUTHENTICATE came */
	uint64_t authenticate_mark; /* keyed hash of the AUTHENTICATE: to know a second copy */
	uint64_t
		challenge_mark; /* keyed hash of the server challenge; with frame[PART_CHALLENGE] */

	const char *source, *carrier; /* not owned */
	uint64_t frame[PART__COUNT];  /* 0 = not seen */
	struct endpoint client, server;
	bool classic; /* an SMB1 session setup outside NTLMSSP: it has no NEGOTIATE */
	bool direct;
	bool ntlm;	   /* an NTLM message was seen; else only an offer of mechanisms */
	bool has_activity; /* `activity` comes from the server challenge */
	uint8_t activity[16];
	uint8_t server_challenge[8]; /* secret; from CHALLENGE to AUTHENTICATE, then zeros */
	uint32_t mechs;		     /* what the client offered in SPNEGO; 0 = unknown */

	uint32_t offered, granted; /* flags of NEGOTIATE and CHALLENGE */
	uint32_t flags;
	enum response_kind response;
	enum ntlm_mic mic;
	bool has_session_key, has_channel_binding;
	struct ntlm_version version;
	uint32_t av_flags;
	bool has_status;
	uint32_t status;

	struct arena arena; /* the names */
	struct target_names challenge_names, response_names;
	const char *user, *domain, *host;
	const char *spn;     /* MsvAvTargetName; NULL absent, "" empty */
	const char *service; /* what the carrier asked for: `cifs`, literal */
	const char *service_host;
};

/* Most exchanges at a time, done ones included, and most bytes of names in them. */
#define EXCHANGES_MAX 8192
#define EXCHANGE_NAME_BYTES_MAX ((size_t)8 << 20)
#define EXCHANGE_ARENA_MAX ((size_t)8192)
#define EXCHANGE_BUCKETS 4096

struct exchange_table {
	struct exchange *bucket[EXCHANGE_BUCKETS];
	struct {
		struct exchange *oldest, *newest;
	} list[EXCHANGE_STATE__COUNT];
	size_t n;
	size_t name_bytes;
	struct hash_key hash;
};

/* NULL where there is none. */
struct exchange *exchange_find(struct exchange_table *t, uint64_t flow, uint64_t key);
/* A new one in state OPEN; NULL without memory. The caller keeps the limits. */
struct exchange *exchange_new(struct exchange_table *t, uint64_t flow, uint64_t key);
void exchange_free(struct exchange_table *t, struct exchange *x);
/* Puts it at the newest end of that state's list. */
void exchange_move(struct exchange_table *t, struct exchange *x, enum exchange_state state,
		   int64_t now);
/* Frees its names; what it knows without them stays. */
void exchange_forget_names(struct exchange *x);
/* Any exchange of a flow; NULL where there is none (any longer). */
struct exchange *exchange_of_flow(struct exchange_table *t, uint64_t flow);

/* Windows' word for the version: "NTLMv2", "NTLMv1"; NULL for a null session or unknown. */
const char *response_kind_windows(enum response_kind kind);
/* Ours: "NTLMv1-ESS". NULL for unknown. */
const char *response_kind_name(enum response_kind kind);

/* The best name known: the response's, else the CHALLENGE's. */
const char *exchange_target_machine(const struct exchange *x);
const char *exchange_target_domain(const struct exchange *x);
const char *exchange_target_dns(const struct exchange *x);

#endif
