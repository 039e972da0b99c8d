/* What was seen that shows why an authentication was NTLM: facts for machines, beside the sentence for people. */
#ifndef NTLMAUDIT_EVENT_EVIDENCE_H
#define NTLMAUDIT_EVENT_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>

/* One observation. Texts are UTF-8; NULL where it has none. */
struct evidence {
	const char *kind; /* a keyword of evidence kinds, "kerberos-error" */
	int64_t before; /* nanoseconds before the NEGOTIATE (AUTHENTICATE where that is missing); 0 = at it */
	uint64_t packet;  /* its number in the capture; 0 where it is not one packet */
	const char *peer; /* address of who answered, or did not */
	const char *name; /* SPN, or the name that was looked up */
	const char *code; /* "KDC_ERR_S_PRINCIPAL_UNKNOWN", "NXDOMAIN", "reset" */
};

#endif
