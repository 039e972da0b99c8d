/* Text that people may see, and text in UTF-16: what the readers of configuration and GptTmpl.inf share beside base/lines.h. */
#ifndef NTLMAUDIT_POLICY_LINES_H
#define NTLMAUDIT_POLICY_LINES_H

#include "base/lines.h"
#include "base/text.h"
#include "policy/exception.h"

/* UTF-8, and nothing in it that is not seen or moves what is: controls, bidirectional marks. Tabs may be. */
bool text_is_plain(struct span s);

/* UTF-16LE to UTF-8. Returns how many bytes were read: s.len, or less where a unit is no part of a character. */
size_t text_put_utf16(struct text *out, struct span s);

#endif
