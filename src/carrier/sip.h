/*
 * SIP (RFC 3261) inside: what its files share. A response belongs to the request with the same Call-ID and CSeq,
 * whatever came between them; both sides may send requests.
 */
#ifndef NTLMAUDIT_CARRIER_SIP_H
#define NTLMAUDIT_CARRIER_SIP_H

#include "base/hash.h"
#include "carrier/carrier.h"
#include "carrier/head.h"

#define SIP_HEAD_MAX ((size_t)64 * 1024)
#define SIP_AUTHS_MAX 8 /* header fields with challenges or credentials in one head */
#define SIP_CALLS_MAX 32

struct sip_auth {
	bool proxy;
	struct span
		value; /* of the header field: one challenge or one set of credentials (7.3.1) */
};

/* A message's head, in views. */
struct sip_head {
	struct span bytes;
	bool response;
	unsigned status; /* of a response */
	struct span call_id;
	uint32_t cseq;
	struct span method; /* CSeq's */
	bool has_length;
	uint64_t length; /* Content-Length */
	size_t n_auths;
	struct sip_auth auths[SIP_AUTHS_MAX];
	bool auths_full;
	const char *why; /* what is malformed; NULL = nothing */
	size_t why_pos;
};

/* An authentication in a call, by one side, to a server or a proxy. */
struct sip_call {
	bool used, proxy, spent; /* spent: it has had its AUTHENTICATE */
	bool awaits;		 /* its AUTHENTICATE has no final response yet */
	uint8_t client;		 /* enum stream_dir: of its requests */
	uint32_t cseq;		 /* of the request with the AUTHENTICATE */
	uint64_t call;		 /* keyed hash of the Call-ID */
	uint64_t key;		 /* of sightings: never used twice */
	uint64_t touched;
};

struct sip_half {
	bool started;	/* the bytes at the position have been recognised as a head */
	size_t scanned; /* bytes from the position on that need not be searched again */
};

struct sip {
	struct sip_half half[STREAM_DIR__COUNT];
	struct hash_key hash;
	bool keyed; /* the hash has its key */
	uint64_t clock, next_key;
	struct sip_call calls[SIP_CALLS_MAX];
};

/* sip-head.c */
enum carrier_match sip_probe(struct span head, size_t *ret_want);
/* Reads a whole head. False where its start line is not SIP's. */
bool sip_head_parse(struct span bytes, struct sip_head *ret_head);
/* "SIP response" or "SIP request": where something is malformed. */
const char *sip_where(const struct sip_head *head);

/* sip-auth.c: reports what a head says about authentication */
void sip_auth(struct sip *sip, const struct carrier_env *env, enum stream_dir d,
	      const struct sip_head *head);

#endif
