/*
 * Which DCE/RPC associations speak NETLOGON ([MS-NRPC]), so that their PDUs are handed over whole. Invariant: of all
 * others no more is asked for than their binds, and one PDU with a trailer as long as a secure channel's where
 * the bind was not seen.
 */
#ifndef NTLMAUDIT_CARRIER_DCERPC_NETLOGON_H
#define NTLMAUDIT_CARRIER_DCERPC_NETLOGON_H

#include "carrier/dcerpc-pdu.h"
#include "carrier/dcerpc.h"

/* How many of the PDU's bytes must be there; from 16 up to its frag_length. */
size_t dcerpc_netlogon_need(const struct dcerpc *rpc, const struct carrier_env *env,
			    const struct dcerpc_pdu *pdu);

/* Takes in a PDU of which as much is there as was needed, and reports it where it is of interest. */
void dcerpc_netlogon_pdu(struct dcerpc *rpc, const struct carrier_env *env, uint64_t key_base,
			 enum stream_dir d, const struct dcerpc_pdu *pdu);

/* Bytes of a direction were lost. */
void dcerpc_netlogon_gap(const struct dcerpc *rpc, const struct carrier_env *env, uint64_t key_base,
			 enum stream_dir d);

/* Could a request that begins so be secured by a secure channel? By the length of its token alone. */
bool dcerpc_netlogon_plausible(const struct dcerpc_pdu *pdu);

#endif
