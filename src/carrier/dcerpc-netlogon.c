#include "carrier/dcerpc-netlogon.h"

#define CALL_HEADER_SIZE 24u /* of requests, responses and faults: the context's id stands at 20 */
#define CONTEXT_ID_OFFSET 20
#define CONTEXT_LIST_OFFSET 24 /* [C706] 12.6.4.3: n_context_elem */
#define SYNTAX_SIZE 20u	       /* UUID and version */

/* [MS-NRPC] 2.2.1.3.2, 2.2.1.3.3: a signature has 24 to 56 bytes. That of NTLM has 16. */
#define TOKEN_MIN 24
#define TOKEN_MAX 64

/* What a PDU is to the question whose it is. */
enum role { ROLE_NONE, ROLE_OFFER, ROLE_ANSWER, ROLE_CALL };

static const uint8_t roles[DCERPC_TYPE__COUNT] = {
	[DCERPC_REQUEST] = ROLE_CALL,	     [DCERPC_RESPONSE] = ROLE_CALL,
	[DCERPC_FAULT] = ROLE_CALL,	     [DCERPC_BIND] = ROLE_OFFER,
	[DCERPC_ALTER_CONTEXT] = ROLE_OFFER, [DCERPC_BIND_ACK] = ROLE_ANSWER,
	[DCERPC_BIND_NAK] = ROLE_ANSWER,     [DCERPC_ALTER_CONTEXT_RESP] = ROLE_ANSWER,
	[DCERPC_AUTH3] = ROLE_ANSWER,
};

/* 12345678-1234-abcd-ef00-01234567cffb, version 1.0, in both byte orders. */
static const uint8_t netlogon_little[SYNTAX_SIZE] = {0x78, 0x56, 0x34, 0x12, 0x34, 0x12, 0xcd,
						     0xab, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67,
						     0xcf, 0xfb, 0x01, 0x00, 0x00, 0x00};
static const uint8_t netlogon_big[SYNTAX_SIZE] = {0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0xab,
						  0xcd, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67,
						  0xcf, 0xfb, 0x00, 0x00, 0x00, 0x01};

bool dcerpc_netlogon_plausible(const struct dcerpc_pdu *pdu)
{
	return pdu->auth_length >= TOKEN_MIN && pdu->auth_length <= TOKEN_MAX;
}

static bool has_context(const struct dcerpc *rpc, uint16_t id)
{
	for (size_t i = 0; i < rpc->n_netlogon_ids; i++)
		if (rpc->netlogon_ids[i] == id)
			return true;
	return false;
}

static size_t call_need(const struct dcerpc *rpc, const struct dcerpc_pdu *pdu)
{
	switch ((enum dcerpc_netlogon)rpc->netlogon) {
	case DCERPC_NETLOGON_NO:
		break;
	case DCERPC_NETLOGON_UNKNOWN:
		return dcerpc_netlogon_plausible(pdu) ? pdu->frag_length : DCERPC_HEADER_SIZE;
	case DCERPC_NETLOGON_BOUND:
		if (pdu->bytes.len < CALL_HEADER_SIZE)
			return CALL_HEADER_SIZE;
		if (!has_context(rpc, dcerpc_pdu_u16(pdu, CONTEXT_ID_OFFSET)))
			return CALL_HEADER_SIZE;
		return pdu->frag_length;
	case DCERPC_NETLOGON_TRAILER:
		return pdu->frag_length;
	}
	return DCERPC_HEADER_SIZE;
}

static bool is_ours(const struct dcerpc *rpc)
{
	return rpc->netlogon == DCERPC_NETLOGON_BOUND || rpc->netlogon == DCERPC_NETLOGON_TRAILER;
}

size_t dcerpc_netlogon_need(const struct dcerpc *rpc, const struct carrier_env *env,
			    const struct dcerpc_pdu *pdu)
{
	if (!env->ops->netlogon)
		return DCERPC_HEADER_SIZE;
	switch ((enum role)roles[pdu->type]) {
	case ROLE_OFFER:
		return pdu->frag_length;
	case ROLE_ANSWER:
		return is_ours(rpc) ? pdu->frag_length : DCERPC_HEADER_SIZE;
	case ROLE_CALL:
		return call_need(rpc, pdu);
	case ROLE_NONE:
		break;
	}
	return DCERPC_HEADER_SIZE;
}

static void add_context(struct dcerpc *rpc, const struct carrier_env *env, uint16_t id)
{
	if (has_context(rpc, id))
		return;
	if (rpc->n_netlogon_ids == DCERPC_NETLOGON_IDS_MAX) {
		tally_one(env->tally, TALLY_CARRIER_LIMIT);
		return;
	}
	rpc->netlogon_ids[rpc->n_netlogon_ids++] = id;
}

/* [C706] 12.6.3.1 p_cont_list_t: each context with the interface that it is for, and transfer syntaxes. */
static void offer(struct dcerpc *rpc, const struct carrier_env *env, const struct dcerpc_pdu *pdu)
{
	struct span netlogon =
		span_make(pdu->big ? netlogon_big : netlogon_little, sizeof(netlogon_little));
	struct reader r = reader_of(pdu->bytes);
	uint8_t n;

	reader_seek(&r, CONTEXT_LIST_OFFSET);
	n = reader_u8(&r);
	reader_skip(&r, 3);
	for (uint8_t i = 0; i < n; i++) {
		uint16_t id = pdu->big ? reader_u16be(&r) : reader_u16le(&r);
		uint8_t syntaxes = reader_u8(&r);
		struct span interface;

		reader_skip(&r, 1);
		interface = reader_bytes(&r, SYNTAX_SIZE);
		reader_skip(&r, (size_t)syntaxes * SYNTAX_SIZE);
		if (!reader_ok(&r))
			break;
		if (span_equal(interface, netlogon))
			add_context(rpc, env, id);
	}
}

static void take_offer(struct dcerpc *rpc, const struct carrier_env *env,
		       const struct dcerpc_pdu *pdu)
{
	if (pdu->type == DCERPC_BIND) {
		rpc->n_netlogon_ids = 0;
		rpc->netlogon = DCERPC_NETLOGON_NO;
	}
	offer(rpc, env, pdu);
	if (rpc->n_netlogon_ids && rpc->netlogon != DCERPC_NETLOGON_TRAILER)
		rpc->netlogon = DCERPC_NETLOGON_BOUND;
}

/* The first call with a trailer tells what the bind would have told. */
static void take_trailer(struct dcerpc *rpc, const struct dcerpc_pdu *pdu)
{
	struct dcerpc_trailer t;

	if (dcerpc_netlogon_plausible(pdu) && dcerpc_pdu_trailer(pdu, &t))
		rpc->netlogon = t.auth_type == DCERPC_AUTH_NETLOGON ? DCERPC_NETLOGON_TRAILER
								    : DCERPC_NETLOGON_NO;
}

static void report(const struct carrier_env *env, uint64_t key_base, enum stream_dir d,
		   struct span pdu)
{
	struct sighting_netlogon s = {.key = key_base, .dir = d, .pdu = pdu};

	env->ops->netlogon(env->ctx, &s);
}

static bool is_wanted(const struct dcerpc *rpc, const struct dcerpc_pdu *pdu)
{
	if (!is_ours(rpc) || pdu->bytes.len < pdu->frag_length)
		return false;
	return roles[pdu->type] != ROLE_CALL || rpc->netlogon == DCERPC_NETLOGON_TRAILER ||
	       has_context(rpc, dcerpc_pdu_u16(pdu, CONTEXT_ID_OFFSET));
}

void dcerpc_netlogon_pdu(struct dcerpc *rpc, const struct carrier_env *env, uint64_t key_base,
			 enum stream_dir d, const struct dcerpc_pdu *pdu)
{
	uint8_t role = roles[pdu->type];

	if (!env->ops->netlogon || role == ROLE_NONE)
		return;
	if (role == ROLE_OFFER)
		take_offer(rpc, env, pdu);
	else if (role == ROLE_CALL && rpc->netlogon == DCERPC_NETLOGON_UNKNOWN)
		take_trailer(rpc, pdu);
	if (is_wanted(rpc, pdu))
		report(env, key_base, d, pdu->bytes);
}

void dcerpc_netlogon_gap(const struct dcerpc *rpc, const struct carrier_env *env, uint64_t key_base,
			 enum stream_dir d)
{
	if (env->ops->netlogon && is_ours(rpc))
		report(env, key_base, d, (struct span){0});
}
