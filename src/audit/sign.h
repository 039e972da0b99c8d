/*
 * Signs of an attack, from the same exchanges that give the events. Every table is of a fixed size: where the few
 * places of a key are taken, the oldest row goes, which is counted where it could still have mattered.
 *
 * False alarms matter more than coverage: finding_kinds[] tells users what would make each rule wrong.
 */
#ifndef NTLMAUDIT_AUDIT_SIGN_H
#define NTLMAUDIT_AUDIT_SIGN_H

#include "audit/exchange.h"
#include "event/finding.h"

struct signs; /* opaque */

/* `tell` receives each finding, valid during the call. */
typedef void sign_tell(void *ctx, const struct finding *f);

int signs_new(sign_tell *tell, void *ctx, struct tally *tally, struct signs **ret_signs)
	__attribute__((warn_unused_result));
/* Tells of what is still undecided, then frees. NULL is fine. */
void signs_free(struct signs *s);

/*
 * A CHALLENGE was seen in x's flow, from `server` to `client`; x->challenge_mark is a keyed hash of its server
 * challenge.
 */
void signs_challenge(struct signs *s, const struct exchange *x, const struct endpoint *client,
		     const struct endpoint *server, int64_t now);

/* An exchange's events are out; its client event has the record number `record`, its server event the next. */
void signs_exchange(struct signs *s, const struct exchange *x, uint64_t record);

#endif
