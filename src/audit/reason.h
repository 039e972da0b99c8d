/* Why it was NTLM: the KB's reason IDs, decided in a fixed order, each with what shows it. */
#ifndef NTLMAUDIT_AUDIT_REASON_H
#define NTLMAUDIT_AUDIT_REASON_H

#include "audit/exchange.h"
#include "base/text.h"
#include "event/evidence.h"
#include "why/why.h"

#define REASON_EVIDENCE_MAX 16

/* What shows a reason: a sentence for people, observations for machines. */
struct reason_proof {
	struct arena *arena;   /* for the observations' texts */
	struct text *sentence; /* empty at first */
	bool one_host;	       /* both addresses are known to be of one machine */
	struct evidence item[REASON_EVIDENCE_MAX];
	size_t n; /* further ones are left out */
};

/* What an administrator has to say; see audit_set_cloud_suffixes(). */
struct reason_settings {
	const char *const *cloud_suffixes;
	size_t n_cloud_suffixes;
};

/* The reason ID (event_reason_text) of an exchange. `why` may be NULL: nothing was observed then. */
uint32_t reason_decide(const struct exchange *x, struct why *why,
		       const struct reason_settings *settings, struct reason_proof *proof);

/* Adds an observation about the exchange itself. `frame` 0 = none. */
void reason_prove(struct reason_proof *proof, const char *kind, uint64_t frame, const char *name,
		  const char *code);

#endif
