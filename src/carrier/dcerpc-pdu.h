/* One DCE/RPC PDU: its common header, and the security trailer at its end. */
#ifndef NTLMAUDIT_CARRIER_DCERPC_PDU_H
#define NTLMAUDIT_CARRIER_DCERPC_PDU_H

#include "base/reader.h"

#define DCERPC_HEADER_SIZE 16u
#define DCERPC_TRAILER_SIZE 8u

/* [C706] 12.6.1, [MS-RPCE] 2.2.2.1: PTYPE. */
enum dcerpc_type {
	DCERPC_REQUEST = 0,
	DCERPC_RESPONSE = 2,
	DCERPC_FAULT = 3,
	DCERPC_BIND = 11,
	DCERPC_BIND_ACK = 12,
	DCERPC_BIND_NAK = 13,
	DCERPC_ALTER_CONTEXT = 14,
	DCERPC_ALTER_CONTEXT_RESP = 15,
	DCERPC_AUTH3 = 16,
	DCERPC_SHUTDOWN = 17,
	DCERPC_CO_CANCEL = 18,
	DCERPC_ORPHANED = 19,
	DCERPC_RTS = 20,
	DCERPC_TYPE__COUNT
};

/* [MS-RPCE] 2.2.1.1.7: auth_type. */
#define DCERPC_AUTH_SPNEGO 9
#define DCERPC_AUTH_NTLM 10
#define DCERPC_AUTH_NETLOGON 68

struct dcerpc_pdu {
	uint8_t type; /* below DCERPC_TYPE__COUNT, and known */
	bool big;     /* integers are big-endian (drep) */
	uint16_t frag_length;
	uint16_t auth_length; /* where not 0, header, trailer and token fit into frag_length */
	uint32_t call_id;
	struct span bytes; /* what is there of it; at most frag_length */
};

struct dcerpc_trailer {
	uint8_t auth_type;
	uint32_t context_id;
	struct span token;
};

/* "DCERPC bind": for people. */
const char *dcerpc_type_name(uint8_t type);

/* Could a PDU begin so? Of a head shorter than a header, what is there decides. */
bool dcerpc_plausible(struct span head);

/*
 * The header at the start of `view`, which holds at least its 16 bytes. 0, or -EBADMSG with `*ret_why` NULL
 * where it is none at all, else saying what is wrong with it.
 */
int dcerpc_pdu_decode(struct span view, struct dcerpc_pdu *ret_pdu, const char **ret_why)
	__attribute__((warn_unused_result));

/* The sec_trailer and its token. False where it has none, or where the PDU isn't there to its end. */
bool dcerpc_pdu_trailer(const struct dcerpc_pdu *pdu, struct dcerpc_trailer *ret_trailer);

/* The integer at an offset of the PDU; 0 beyond what is there. */
uint16_t dcerpc_pdu_u16(const struct dcerpc_pdu *pdu, size_t offset);
uint32_t dcerpc_pdu_u32(const struct dcerpc_pdu *pdu, size_t offset);

#endif
