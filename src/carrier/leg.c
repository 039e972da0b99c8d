/* The type of the NTLMSSP message inside a token. Invariant: never fails, it only knows less. */
#include "carrier/leg.h"
#include "ntlm/ntlmssp.h"

#define TYPE_OFFSET 8 /* [MS-NLMP] 2.2.1: Signature (8), MessageType (4) */

struct leg leg_of(struct span token)
{
	struct leg leg = {.neg_state = NEG_STATE_ABSENT};
	struct reader r = reader_of(token);
	struct token decoded = {0};

	if (token_decode(&r, &decoded) != 0)
		return leg;
	leg.neg_state = decoded.neg_state;
	if (!ntlm_is_message(decoded.ntlm))
		return leg;
	r = reader_of(decoded.ntlm);
	reader_skip(&r, TYPE_OFFSET);
	leg.ntlm_type = reader_u32le(&r);
	return leg;
}
