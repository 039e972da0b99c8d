/*
 * DCE/RPC connection-oriented PDUs ([C706] 12.6, [MS-RPCE] 2.2.2) as a stream of their own, so that the same
 * reader serves TCP (the carrier "DCERPC") and named pipes inside SMB.
 */
#ifndef NTLMAUDIT_CARRIER_DCERPC_H
#define NTLMAUDIT_CARRIER_DCERPC_H

#include "carrier/carrier.h"

#define DCERPC_CONTEXTS_MAX 8
#define DCERPC_NETLOGON_IDS_MAX 4

/* How far the authentication of a security context has come. */
enum dcerpc_progress {
	DCERPC_IDLE,	    /* over, or never begun */
	DCERPC_OPEN,	    /* tokens went, no AUTHENTICATE yet */
	DCERPC_AWAITS_ACK,  /* AUTHENTICATE sent in a PDU that has an answer of its own */
	DCERPC_AWAITS_CALL, /* AUTHENTICATE sent in an AUTH3: only the next call shows its outcome */
};

/* Does an association speak NETLOGON? */
enum dcerpc_netlogon {
	DCERPC_NETLOGON_UNKNOWN, /* no bind was seen, nor a trailer */
	DCERPC_NETLOGON_NO,
	DCERPC_NETLOGON_BOUND,	 /* in the presentation contexts netlogon_ids */
	DCERPC_NETLOGON_TRAILER, /* by its trailers, without a bind: in whatever context */
};

struct dcerpc_context {
	uint32_t id;	  /* auth_context_id */
	uint32_t call_id; /* of the PDU with the last client token */
	enum dcerpc_progress progress;
	enum stream_dir client; /* the direction that its tokens came from */
};

/* What is collected of a PDU that a pipe delivers in pieces. */
struct dcerpc_half {
	uint8_t *ptr; /* owned */
	size_t len, cap;
	size_t want;
	uint64_t skip;
};

/* One association's state; zeroed = new. */
struct dcerpc {
	struct dcerpc_half half[STREAM_DIR__COUNT];
	struct dcerpc_context contexts[DCERPC_CONTEXTS_MAX]; /* keys of sightings: the index */
	uint8_t n_contexts;
	uint8_t next_victim;
	uint8_t netlogon; /* enum dcerpc_netlogon */
	uint8_t n_netlogon_ids;
	uint16_t netlogon_ids[DCERPC_NETLOGON_IDS_MAX]; /* presentation contexts */
};

/* Does this begin a DCE/RPC PDU (version 5.0 or 5.1, known type, sane lengths)? */
enum carrier_match dcerpc_probe(struct span head, size_t *ret_want);

/*
 * Bytes of one direction of a byte stream, as carrier.h's `data`. `key_base` is added to the keys of
 * sightings, which are below DCERPC_CONTEXTS_MAX.
 */
int dcerpc_data(struct dcerpc *rpc, const struct carrier_env *env, uint64_t key_base,
		enum stream_dir d, struct span view, struct appetite *ret_appetite);

/*
 * The same for a named pipe, whose reads and writes come as whole messages of any size: keeps what is
 * incomplete itself (at most 64 KiB a direction). 0; -EBADMSG where the bytes are no DCE/RPC: what was
 * collected is dropped, and the next message is read as the beginning of a PDU.
 */
int dcerpc_message(struct dcerpc *rpc, const struct carrier_env *env, uint64_t key_base,
		   enum stream_dir d, struct span bytes);
/* Bytes of the pipe were not seen: the next message begins a PDU, or is refused. */
void dcerpc_gap(struct dcerpc *rpc, const struct carrier_env *env, uint64_t key_base,
		enum stream_dir d);
void dcerpc_finish(struct dcerpc *rpc);

#endif
