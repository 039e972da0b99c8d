/*
 * Tokens and outcomes. A token in a bind or alter_context is answered by the PDU with the same call_id. AUTH3
 * has no answer ([MS-RPCE] 2.2.2.5): whether it was accepted shows in the next call, which the server
 * then executes or refuses. Invariant: an AUTHENTICATE gets at most one answer, from the other side.
 */
#include "carrier/dcerpc-auth.h"

#include "carrier/leg.h"
#include "ntlm/ntlmssp.h"

#define FAULT_STATUS_OFFSET 24 /* [C706] 12.6.4.7 */
#define NAK_REASON_OFFSET 16   /* [C706] 12.6.4.5 */
#define NAK_INVALID_CHECKSUM 9 /* [MS-RPCE] 2.2.2.5: the security provider refused the token */

/* What a PDU is to authentication. */
enum role { ROLE_NONE, ROLE_CLIENT, ROLE_AUTH3, ROLE_ACK, ROLE_NAK, ROLE_RESPONSE, ROLE_FAULT };

static const uint8_t roles[DCERPC_TYPE__COUNT] = {
	[DCERPC_RESPONSE] = ROLE_RESPONSE,
	[DCERPC_FAULT] = ROLE_FAULT,
	[DCERPC_BIND] = ROLE_CLIENT,
	[DCERPC_BIND_ACK] = ROLE_ACK,
	[DCERPC_BIND_NAK] = ROLE_NAK,
	[DCERPC_ALTER_CONTEXT] = ROLE_CLIENT,
	[DCERPC_ALTER_CONTEXT_RESP] = ROLE_ACK,
	[DCERPC_AUTH3] = ROLE_AUTH3,
};

/*
 * Fault statuses that refuse the caller ([MS-RPCE] 2.2.2.9, [MS-ERREF] 2.2). All others come from a call that
 * was let in: the authentication was accepted.
 */
static const struct {
	uint32_t fault, status;
} refusals[] = {
	{0x00000005, NT_STATUS_ACCESS_DENIED}, /* ERROR_ACCESS_DENIED */
	{0x00000721, NT_STATUS_LOGON_FAILURE}, /* RPC_S_SEC_PKG_ERROR */
	{0x1c01000b,
	 NT_STATUS_LOGON_FAILURE}, /* nca_s_proto_error: a call though AUTH3 had failed */
};

struct scene {
	struct dcerpc *rpc;
	const struct carrier_env *env;
	uint64_t key_base;
	enum stream_dir dir;
	const struct dcerpc_pdu *pdu;
};

static bool is_awaiting(const struct dcerpc_context *c)
{
	return c->progress == DCERPC_AWAITS_ACK || c->progress == DCERPC_AWAITS_CALL;
}

static bool any_awaiting(const struct dcerpc *rpc)
{
	for (size_t i = 0; i < rpc->n_contexts; i++) {
		if (is_awaiting(&rpc->contexts[i]))
			return true;
	}
	return false;
}

size_t dcerpc_auth_need(const struct dcerpc *rpc, const struct dcerpc_pdu *pdu)
{
	switch ((enum role)roles[pdu->type]) {
	case ROLE_CLIENT:
	case ROLE_AUTH3:
	case ROLE_ACK:
		return pdu->auth_length ? pdu->frag_length : DCERPC_HEADER_SIZE;
	case ROLE_NAK:
		return NAK_REASON_OFFSET + 2;
	case ROLE_RESPONSE:
	case ROLE_FAULT:
		if (!any_awaiting(rpc))
			return DCERPC_HEADER_SIZE;
		/* with one context alone it is clear whose outcome this is */
		if (pdu->auth_length && rpc->n_contexts > 1)
			return pdu->frag_length;
		return pdu->type == DCERPC_FAULT ? FAULT_STATUS_OFFSET + 4 : DCERPC_HEADER_SIZE;
	case ROLE_NONE:
		break;
	}
	return DCERPC_HEADER_SIZE;
}

/* A place for a new context: a free one, else the next whose authentication is over, else the next. */
static struct dcerpc_context *context_place(struct scene *s)
{
	struct dcerpc *rpc = s->rpc;
	size_t at = rpc->next_victim;

	if (rpc->n_contexts < DCERPC_CONTEXTS_MAX)
		return &rpc->contexts[rpc->n_contexts++];
	for (size_t i = 0; i < DCERPC_CONTEXTS_MAX; i++) {
		at = (rpc->next_victim + i) % DCERPC_CONTEXTS_MAX;
		if (rpc->contexts[at].progress == DCERPC_IDLE)
			break;
	}
	if (rpc->contexts[at].progress != DCERPC_IDLE) {
		tally_one(s->env->tally, TALLY_CARRIER_LIMIT);
		at = rpc->next_victim;
	}
	rpc->next_victim = (uint8_t)((at + 1) % DCERPC_CONTEXTS_MAX);
	return &rpc->contexts[at];
}

static struct dcerpc_context *context_get(struct scene *s, uint32_t id)
{
	struct dcerpc_context *c;

	for (size_t i = 0; i < s->rpc->n_contexts; i++) {
		if (s->rpc->contexts[i].id == id)
			return &s->rpc->contexts[i];
	}
	c = context_place(s);
	*c = (struct dcerpc_context){.id = id};
	return c;
}

static uint64_t context_key(const struct scene *s, const struct dcerpc_context *c)
{
	return s->key_base + (uint64_t)(c - s->rpc->contexts);
}

static void report_token(struct scene *s, const struct dcerpc_context *c,
			 const struct dcerpc_trailer *t)
{
	struct sighting_token token = {
		.key = context_key(s, c),
		.dir = s->dir,
		.bytes = t->token,
		.direct = t->auth_type == DCERPC_AUTH_NTLM,
		.carrier = "DCERPC",
	};

	s->env->ops->token(s->env->ctx, &token);
}

static void report_answer(struct scene *s, struct dcerpc_context *c, uint32_t status)
{
	struct sighting_answer answer = {
		.key = context_key(s, c),
		.dir = s->dir,
		.status = status,
	};

	c->progress = DCERPC_IDLE;
	s->env->ops->answer(s->env->ctx, &answer);
}

/* The trailer, where its mechanism can be NTLM. */
static bool trailer_of_interest(const struct scene *s, struct dcerpc_trailer *ret_trailer)
{
	return dcerpc_pdu_trailer(s->pdu, ret_trailer) &&
	       (ret_trailer->auth_type == DCERPC_AUTH_SPNEGO ||
		ret_trailer->auth_type == DCERPC_AUTH_NTLM);
}

static void client_pdu(struct scene *s, enum dcerpc_progress awaits)
{
	struct dcerpc_trailer t;
	struct dcerpc_context *c;
	struct leg leg;

	if (!trailer_of_interest(s, &t))
		return;
	leg = leg_of(t.token);
	c = context_get(s, t.context_id);
	c->call_id = s->pdu->call_id;
	c->client = s->dir;
	/* SPNEGO may add a leg with nothing but its mechListMIC (RFC 4178 5): the outcome still is to come */
	if (leg.ntlm_type == NTLM_AUTHENTICATE || (leg.ntlm_type == 0 && is_awaiting(c)))
		c->progress = awaits;
	else
		c->progress = DCERPC_OPEN;
	report_token(s, c, &t);
}

/* Does this PDU acknowledge the one that brought the context's AUTHENTICATE? */
static bool is_acknowledged(const struct scene *s, const struct dcerpc_context *c)
{
	return c->progress == DCERPC_AWAITS_ACK && c->call_id == s->pdu->call_id &&
	       c->client != s->dir;
}

static void ack_without_token(struct scene *s)
{
	for (size_t i = 0; i < s->rpc->n_contexts; i++) {
		if (is_acknowledged(s, &s->rpc->contexts[i]))
			report_answer(s, &s->rpc->contexts[i], NT_STATUS_OK);
	}
}

static void ack_pdu(struct scene *s)
{
	struct dcerpc_trailer t;
	struct dcerpc_context *c;
	struct leg leg;

	if (s->pdu->auth_length == 0)
		ack_without_token(s);
	if (!trailer_of_interest(s, &t))
		return;
	c = context_get(s, t.context_id);
	report_token(s, c, &t);
	leg = leg_of(t.token);
	if (!is_acknowledged(s, c) || leg.ntlm_type != 0)
		return;
	if (leg.neg_state == NEG_STATE_REJECT)
		report_answer(s, c, NT_STATUS_LOGON_FAILURE);
	else if (leg.neg_state != NEG_STATE_ACCEPT_INCOMPLETE &&
		 leg.neg_state != NEG_STATE_REQUEST_MIC)
		report_answer(s, c, NT_STATUS_OK);
}

/* A bind_nak ends the association, and with it whatever was under way. */
static void nak_pdu(struct scene *s)
{
	uint32_t status = dcerpc_pdu_u16(s->pdu, NAK_REASON_OFFSET) == NAK_INVALID_CHECKSUM
				  ? NT_STATUS_LOGON_FAILURE
				  : NT_STATUS_ACCESS_DENIED;

	for (size_t i = 0; i < s->rpc->n_contexts; i++) {
		struct dcerpc_context *c = &s->rpc->contexts[i];

		if (is_awaiting(c) && c->client != s->dir)
			report_answer(s, c, status);
	}
}

static uint32_t fault_status(uint32_t fault, uint32_t otherwise)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (refusals[i].fault == fault)
			return refusals[i].status;
	}
	return otherwise;
}

/* Does this PDU answer a call from before the context's AUTH3? Clients count their calls. */
static bool is_earlier_call(const struct scene *s, const struct dcerpc_context *c)
{
	return (int32_t)(s->pdu->call_id - c->call_id) < 0;
}

/*
 * The outcome of AUTH3s, and, where a fault answers a bind or alter_context itself, of those: there was no
 * call yet, so that whatever it says is a refusal.
 */
static void reply_pdu(struct scene *s, bool fault)
{
	struct dcerpc_trailer t;
	bool named = dcerpc_pdu_trailer(s->pdu, &t);
	uint32_t code = fault ? dcerpc_pdu_u32(s->pdu, FAULT_STATUS_OFFSET) : 0;

	for (size_t i = 0; i < s->rpc->n_contexts; i++) {
		struct dcerpc_context *c = &s->rpc->contexts[i];

		if (c->client == s->dir || (named && t.context_id != c->id))
			continue;
		if (c->progress == DCERPC_AWAITS_CALL && is_earlier_call(s, c))
			continue;
		if (c->progress == DCERPC_AWAITS_CALL)
			report_answer(s, c,
				      fault ? fault_status(code, NT_STATUS_OK) : NT_STATUS_OK);
		else if (fault && is_acknowledged(s, c))
			report_answer(s, c, fault_status(code, NT_STATUS_ACCESS_DENIED));
	}
}

void dcerpc_auth_pdu(struct dcerpc *rpc, const struct carrier_env *env, uint64_t key_base,
		     enum stream_dir d, const struct dcerpc_pdu *pdu)
{
	struct scene s = {.rpc = rpc, .env = env, .key_base = key_base, .dir = d, .pdu = pdu};

	switch ((enum role)roles[pdu->type]) {
	case ROLE_CLIENT:
		client_pdu(&s, DCERPC_AWAITS_ACK);
		break;
	case ROLE_AUTH3:
		client_pdu(&s, DCERPC_AWAITS_CALL);
		break;
	case ROLE_ACK:
		ack_pdu(&s);
		break;
	case ROLE_NAK:
		nak_pdu(&s);
		break;
	case ROLE_RESPONSE:
	case ROLE_FAULT:
		reply_pdu(&s, pdu->type == DCERPC_FAULT);
		break;
	case ROLE_NONE:
		break;
	}
}
