/*
 * The carrier DCERPC: PDUs one after another in a byte stream. Invariant: of requests and responses only the
 * header is ever asked for, but for NETLOGON's; what they carry is passed over by arithmetic.
 */
#include "carrier/dcerpc.h"

#include "carrier/dcerpc-auth.h"
#include "carrier/dcerpc-netlogon.h"

enum carrier_match dcerpc_probe(struct span head, size_t *ret_want)
{
	struct dcerpc_pdu pdu;
	const char *why;

	if (!dcerpc_plausible(head))
		return CARRIER_NO;
	if (head.len < DCERPC_HEADER_SIZE) {
		*ret_want = DCERPC_HEADER_SIZE;
		return CARRIER_MORE;
	}
	return dcerpc_pdu_decode(head, &pdu, &why) == 0 ? CARRIER_YES : CARRIER_NO;
}

/* One PDU at the view's start. `*ret_size` = bytes done with, 0 where `*ret_want` must be there first. */
static int one_pdu(struct dcerpc *rpc, const struct carrier_env *env, uint64_t key_base,
		   enum stream_dir d, struct span view, size_t *ret_size, size_t *ret_want)
{
	struct dcerpc_pdu pdu;
	const char *why;
	size_t need;
	int rc;

	*ret_size = 0;
	*ret_want = DCERPC_HEADER_SIZE;
	if (view.len < DCERPC_HEADER_SIZE)
		return 0;
	rc = dcerpc_pdu_decode(view, &pdu, &why);
	if (rc != 0) {
		if (why)
			carrier_malformed(env, dcerpc_type_name(view.ptr[2]), why, 8);
		return rc;
	}
	*ret_want = dcerpc_auth_need(rpc, &pdu);
	need = dcerpc_netlogon_need(rpc, env, &pdu);
	*ret_want = need > *ret_want ? need : *ret_want;
	if (view.len < *ret_want)
		return 0;
	dcerpc_auth_pdu(rpc, env, key_base, d, &pdu);
	dcerpc_netlogon_pdu(rpc, env, key_base, d, &pdu);
	*ret_size = pdu.frag_length;
	return 0;
}

int dcerpc_data(struct dcerpc *rpc, const struct carrier_env *env, uint64_t key_base,
		enum stream_dir d, struct span view, struct appetite *ret_appetite)
{
	size_t done = 0, size, want;
	int rc;

	do {
		rc = one_pdu(rpc, env, key_base, d, span_from(view, done), &size, &want);
		if (rc != 0)
			return rc;
		done += size;
	} while (size != 0 && done < view.len);
	*ret_appetite = (struct appetite){.skip = done, .want = size ? DCERPC_HEADER_SIZE : want};
	return 0;
}

static int data(void *state, const struct carrier_env *env, enum stream_dir d, struct span view,
		struct appetite *ret_appetite)
{
	return dcerpc_data(state, env, 0, d, view, ret_appetite);
}

static void gap(void *state, const struct carrier_env *env, enum stream_dir d)
{
	dcerpc_netlogon_gap(state, env, 0, d);
}

static void finish(void *state)
{
	dcerpc_finish(state);
}

const struct carrier carrier_dcerpc = {
	.name = "DCERPC",
	.state_size = sizeof(struct dcerpc),
	.ports = {135, 593},
	.probe = dcerpc_probe,
	.data = data,
	.gap = gap,
	.finish = finish,
};
