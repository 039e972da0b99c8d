/*
 * Strangers' names for the eye and for parsers. In every form: invalid UTF-8 becomes U+FFFD, and what could
 * forge a line, turn a direction, or is invisible (base/utf.h: rune_is_unsafe; noncharacters) is written as
 * `\u202e`, so that no output holds such a character.
 */
#ifndef NTLMAUDIT_FORMAT_ESCAPE_H
#define NTLMAUDIT_FORMAT_ESCAPE_H

#include "base/text.h"

/* For people. A backslash stays as it is, since DOMAIN\user is everywhere: JSON is the exact form. */
void text_visible(struct text *out, const char *s);
/* The same, but at most so many runes of s, then "..." where there were more. */
void text_visible_head(struct text *out, const char *s, size_t max_runes);
/* The inside of a JSON string (RFC 8259, section 7). */
void text_json(struct text *out, struct span s);
/* The inside of a quoted CSV cell (RFC 4180): a quote is doubled. */
void text_csv(struct text *out, const char *s);
/* The value of a CEF extension: `\\`, `\=`, and `\n`, `\r` for line ends. */
void text_cef(struct text *out, const char *s);
/* XML 1.0 character data or an attribute's value, quoted either way. */
void text_xml(struct text *out, const char *s);

#endif
