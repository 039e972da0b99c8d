/*
 * A security token as a carrier found it: SPNEGO (RFC 4178, [MS-SPNG]), a bare GSS-API token (RFC
 * 2743 3.1), or raw NTLMSSP. Decoded into views; nothing allocated.
 */
#ifndef NTLMAUDIT_NTLM_TOKEN_H
#define NTLMAUDIT_NTLM_TOKEN_H

#include "base/reader.h"

enum token_wrap {
	TOKEN_RAW,	   /* NTLMSSP as it is */
	TOKEN_SPNEGO_INIT, /* NegTokenInit or NegTokenInit2 */
	TOKEN_SPNEGO_RESP, /* NegTokenResp */
	TOKEN_GSS,	   /* GSS-API framing around a mechanism's own token */
	TOKEN_OTHER	   /* none of these: Kerberos without framing, garbage */
};

/* Mechanisms in an offer, as bits. */
#define MECH_NTLMSSP 0x01u /* 1.3.6.1.4.1.311.2.2.10 */
#define MECH_KRB5 0x02u	   /* 1.2.840.113554.1.2.2 */
#define MECH_MS_KRB5 0x04u /* 1.2.840.48018.1.2.2 */
#define MECH_NEGOEX 0x08u  /* 1.3.6.1.4.1.311.2.2.30 */
#define MECH_OTHER 0x80u

/* NegState of a NegTokenResp; NEG_STATE_ABSENT where the field is missing. */
enum neg_state {
	NEG_STATE_ACCEPT_COMPLETED,
	NEG_STATE_ACCEPT_INCOMPLETE,
	NEG_STATE_REJECT,
	NEG_STATE_REQUEST_MIC,
	NEG_STATE_ABSENT
};

struct token {
	enum token_wrap wrap;
	uint32_t mechs;	     /* offered (NegTokenInit) or chosen (NegTokenResp, GSS); else 0 */
	uint32_t first_mech; /* the one bit of the first mechanism offered; else 0 */
	enum neg_state neg_state;
	struct span ntlm; /* the NTLMSSP message inside; empty where there is none */
	bool has_mech_list_mic;
};

/*
 * Takes a token apart. 0, or -EBADMSG with r->why where it starts as SPNEGO or GSS-API and then
 * breaks, *ret_token then untouched. A token that is none of these is TOKEN_OTHER and no error. What
 * follows a whole token is passed over.
 */
int token_decode(struct reader *r, struct token *ret_token) __attribute__((warn_unused_result));

#endif
