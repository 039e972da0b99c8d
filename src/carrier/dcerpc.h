/*
 * DCE/RPC connection-oriented PDUs ([C706] 12.6, [MS-RPCE] 2.2.2) as a stream of their own, so that the same
 * reader serves TCP (the carrier "DCERPC") and named pipes inside SMB.
 */
#ifndef NTLMAUDIT_CARRIER_DCERPC_H
#define NTLMAUDIT_CARRIER_DCERPC_H

#include "carrier/carrier.h"

/* One association's state; zeroed = new. */
struct dcerpc {
	struct {
		uint8_t *
			ptr; /* the fragment being collected, where a pipe delivers it in pieces; owned */
		size_t len, cap, want;
		uint64_t skip;
	} half[STREAM_DIR__COUNT];
	uint32_t awaits; /* auth contexts (one bit a slot) whose outcome is not known */
	uint32_t contexts
		[8]; /* auth_context_id of each slot; the keys of sightings are slot numbers */
	uint8_t n_contexts;
};

/* Does this begin a DCE/RPC PDU (version 5.0 or 5.1, known type, sane lengths)? */
enum carrier_match dcerpc_probe(struct span head, size_t *ret_want);

/*
 * Bytes of one direction of a byte stream, as carrier.h's `data`. `key_base` is added to the keys of sightings.
 */
int dcerpc_data(struct dcerpc *rpc, const struct carrier_env *env, uint64_t key_base,
		enum stream_dir d, struct span view, struct appetite *ret_appetite);

/*
 * The same for a named pipe, whose reads and writes come as whole messages of any size: keeps what is
 * incomplete itself (at most 64 KiB a direction).
 */
int dcerpc_message(struct dcerpc *rpc, const struct carrier_env *env, uint64_t key_base,
		   enum stream_dir d, struct span bytes);
void dcerpc_finish(struct dcerpc *rpc);

#endif
