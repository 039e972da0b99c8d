/*
 * ActivityID: joins the events of one logon across machines. HMAC-SHA256 under the installation's key over
 * what client, server and DC all see, the server challenge; never the challenge itself.
 */
#ifndef NTLMAUDIT_AUDIT_ACTIVITY_H
#define NTLMAUDIT_AUDIT_ACTIVITY_H

#include "audit/audit.h"

#include <nettle/hmac.h>

/* The key, made ready once: most of what an ID costs. */
struct activity_key {
	struct hmac_sha256_ctx hmac; /* secret */
};

void activity_key_set(struct activity_key *k, const uint8_t key[AUDIT_KEY_SIZE]);

/* `what` is a literal that keeps hashes of different things apart. A UUID of version 8 (RFC 9562). */
void activity_make(const struct activity_key *k, const char *what, struct span bytes,
		   uint8_t ret_id[16]);

/*
 * Of NTLMv1 with extended session security: a domain controller is given no server challenge there, but the first half of a hash of
 * both ([MS-NLMP] 3.3.1), and only by that its sighting is known as the same logon's.
 */
void activity_make_ess(const struct activity_key *k, const uint8_t server_challenge[8],
		       struct span client_challenge, uint8_t ret_id[16]);

#endif
