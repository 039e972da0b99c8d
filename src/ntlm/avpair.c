/* AV_PAIRs. Invariant: the first of each id counts, so that nothing appended can overrule it. */
#include "ntlm/avpair.h"

#include <errno.h>

/* 2.2.2.8 NTLMv2_RESPONSE, 2.2.2.7 NTLMv2_CLIENT_CHALLENGE: what comes before the pairs. */
#define NT_PROOF_LEN 16
#define BLOB_VERSION 1
#define BLOB_FIXED_LEN 28

/* 2.2.2.1: "A 32-bit value indicating server or client configuration." */
static uint32_t av_flags(struct reader *r, struct span value)
{
	struct reader inner = reader_of(value);

	if (value.len != 4)
		reader_fail(r, "MsvAvFlags not of 4 bytes");
	return reader_u32le(&inner);
}

/* Returns whether another pair may follow. */
static bool av_pair_next(struct reader *r, struct av_pairs *av)
{
	uint16_t id = reader_u16le(r);
	struct span value = reader_bytes(r, reader_u16le(r));

	if (!reader_ok(r) || id == MsvAvEOL)
		return false;
	if (id >= AV_ID__COUNT || av_has(av, id))
		return true;
	if (id == MsvAvFlags)
		av->flags = av_flags(r, value);
	av->present |= 1u << id;
	av->value[id] = value;
	return reader_ok(r);
}

/*
 * A list without MsvAvEOL ends with its bytes. What follows MsvAvEOL is nobody's: clients append 4
 * zero bytes in the NTLMv2 blob.
 */
int av_pairs_decode(struct reader *r, struct av_pairs *ret_pairs)
{
	struct av_pairs av = {0};
	unsigned n = 0;

	while (reader_left(r) > 0 && av_pair_next(r, &av))
		if (++n > AV_PAIRS_MAX)
			reader_fail(r, "too many AV_PAIRs");
	if (!reader_ok(r))
		return -EBADMSG;
	*ret_pairs = av;
	return 0;
}

int ntlmv2_decode(struct reader *r, struct av_pairs *ret_pairs)
{
	reader_skip(r, NT_PROOF_LEN);
	if (reader_left(r) > 0 && r->in.ptr[r->pos] != BLOB_VERSION)
		reader_fail(r, "RespType is not 1");
	reader_skip(r, BLOB_FIXED_LEN);
	return av_pairs_decode(r, ret_pairs);
}
