/* AV_PAIRs ([MS-NLMP] 2.2.2.1) and the NTLMv2 response that holds them (2.2.2.7, 2.2.2.8). */
#ifndef NTLMAUDIT_NTLM_AVPAIR_H
#define NTLMAUDIT_NTLM_AVPAIR_H

#include "base/reader.h"

enum av_id {
	MsvAvEOL = 0,
	MsvAvNbComputerName = 1,
	MsvAvNbDomainName = 2,
	MsvAvDnsComputerName = 3,
	MsvAvDnsDomainName = 4,
	MsvAvDnsTreeName = 5,
	MsvAvFlags = 6,
	MsvAvTimestamp = 7,
	MsvAvSingleHost = 8,
	MsvAvTargetName = 9,
	MsvAvChannelBindings = 10,
	AV_ID__COUNT
};

#define AV_FLAG_CONSTRAINED 0x1u
#define AV_FLAG_MIC 0x2u
#define AV_FLAG_UNTRUSTED_SPN 0x4u

/* More pairs than this in one list are refused ("too many AV_PAIRs"). */
#define AV_PAIRS_MAX 256

struct av_pairs {
	uint32_t present; /* bit n = AvId n was there (the first of each counts) */
	struct span value[AV_ID__COUNT];
	uint32_t flags; /* MsvAvFlags; 0 where absent */
};

static inline bool av_has(const struct av_pairs *av, enum av_id id)
{
	return (av->present >> id & 1) != 0;
}

/*
 * Reads pairs up to MsvAvEOL or the end of the input. Unknown ids are passed over; lengths are the
 * caller's to check, but for MsvAvFlags'. 0 or -EBADMSG, *ret_pairs then untouched.
 */
int av_pairs_decode(struct reader *r, struct av_pairs *ret_pairs)
	__attribute__((warn_unused_result));

/* Does an NT response have the NTLMv2 form (longer than 24 bytes)? */
static inline bool ntlmv2_is_response(struct span nt_response)
{
	return nt_response.len > 24;
}

/*
 * The AV_PAIRs inside an NTLMv2 response: after NTProofStr (16) and the fixed 28 bytes of the blob,
 * whose RespType must be 1. As av_pairs_decode() otherwise.
 */
int ntlmv2_decode(struct reader *r, struct av_pairs *ret_pairs) __attribute__((warn_unused_result));

#endif
