/* From decoded NTLM messages to the facts of an exchange. Reads secrets, keeps none. */
#ifndef NTLMAUDIT_AUDIT_MESSAGE_H
#define NTLMAUDIT_AUDIT_MESSAGE_H

#include "audit/exchange.h"
#include "ntlm/ntlmssp.h"

/* The names an acceptor gives in its CHALLENGE. r is for what is malformed inside: r->why, r->why_pos. */
void message_challenge(struct exchange *x, struct tally *tally, const struct ntlm_message *m,
		       struct reader *r);

/* Everything the AUTHENTICATE says. r as above; the facts before the malformed place stay. */
void message_authenticate(struct exchange *x, struct tally *tally, const struct ntlm_message *m,
			  struct reader *r);

/*
 * What a domain controller is sent of an AUTHENTICATE ([MS-NRPC] 2.2.1.4.5): responses without flags, MIC and session key. Where
 * the client says that there is a MIC, there is one; of a missing session key nothing is known.
 */
void message_validation(struct exchange *x, struct tally *tally, struct span lm, struct span nt);

/* The same of an SMB1 session setup outside NTLMSSP. */
void message_classic(struct exchange *x, struct tally *tally, const struct sighting_classic *s);

#endif
