/* Names as Windows compares them: without case, and with `*` for any run of characters where a pattern is meant. */
#ifndef NTLMAUDIT_POLICY_MATCH_H
#define NTLMAUDIT_POLICY_MATCH_H

#include "base/span.h"

/* UTF-8 both. Case is folded for Latin, Greek, Cyrillic and Armenian letters, whatever the locale. */
bool name_equal(struct span a, struct span b);
/* Does a name fit a pattern? At most pattern's length times name's length steps. */
bool name_matches(struct span pattern, struct span name);

#endif
