/* Why it was NTLM: the KB's reason IDs, decided in a fixed order with the evidence for each. */
#ifndef NTLMAUDIT_AUDIT_REASON_H
#define NTLMAUDIT_AUDIT_REASON_H

#include "audit/exchange.h"
#include "base/text.h"

/* The reason ID (event_reason_text) of an exchange; adds a sentence that shows it to `evidence`. */
uint32_t reason_decide(const struct exchange *x, struct text *evidence);

#endif
