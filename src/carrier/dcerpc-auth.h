/* The security contexts of an association: from PDUs to sightings. */
#ifndef NTLMAUDIT_CARRIER_DCERPC_AUTH_H
#define NTLMAUDIT_CARRIER_DCERPC_AUTH_H

#include "carrier/dcerpc-pdu.h"
#include "carrier/dcerpc.h"

/* How many of the PDU's bytes dcerpc_auth_pdu() must see; from 16 up to its frag_length. */
size_t dcerpc_auth_need(const struct dcerpc *rpc, const struct dcerpc_pdu *pdu);

/* Takes in a PDU of which as much is there as was needed. */
void dcerpc_auth_pdu(struct dcerpc *rpc, const struct carrier_env *env, uint64_t key_base,
		     enum stream_dir d, const struct dcerpc_pdu *pdu);

#endif
