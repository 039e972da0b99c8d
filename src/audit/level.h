/* What makes an event a Warning: the KB's "downgrade of NTLM security", as a table. */
#ifndef NTLMAUDIT_AUDIT_LEVEL_H
#define NTLMAUDIT_AUDIT_LEVEL_H

#include "audit/exchange.h"
#include "base/text.h"

/* The keywords that others need as well. */
#define WARNING_NTLMV1 "ntlmv1"
#define WARNING_NULL_SESSION "null-session"

/* Is it a Warning? Adds the keywords of all that holds, joined by ",". */
bool level_warnings(struct text *out, const struct exchange *x);

/* Was the exchange protected by a MIC: announced in MsvAvFlags and there? */
bool exchange_mic_protected(const struct exchange *x);

#endif
