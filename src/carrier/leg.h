/*
 * Which leg of an NTLM authentication a token is: carriers whose answers say only "accepted" or "refused" need
 * it to tell the answer to the AUTHENTICATE from those to the legs before it.
 */
#ifndef NTLMAUDIT_CARRIER_LEG_H
#define NTLMAUDIT_CARRIER_LEG_H

#include "ntlm/token.h"

struct leg {
	uint32_t ntlm_type; /* enum ntlm_type as on the wire; 0 = no NTLMSSP message inside */
	enum neg_state neg_state;
};

/* Reads the message's type alone: an AUTHENTICATE that is broken further on still is one. */
struct leg leg_of(struct span token);

#endif
