/*
 * Heads as HTTP (RFC 9110 5) and SIP (RFC 3261 7.3) have them: a start line, fields, an empty line. All in views;
 * nothing here knows a field.
 */
#ifndef NTLMAUDIT_CARRIER_HEAD_H
#define NTLMAUDIT_CARRIER_HEAD_H

#include "base/span.h"

static inline bool head_is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static inline bool head_is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Without white space and line ends around it. */
struct span head_trim(struct span s);

/* Are they the same but for ASCII case? */
bool head_is(struct span s, const char *word);

/*
 * Where the head ends (after its empty line), or 0 where that has not come yet. `*scanned` remembers over
 * calls how far was searched, so that a slow head costs no more than a quick one.
 */
size_t head_end(struct span bytes, size_t *scanned);

/* The start line, trimmed; `*rest` goes on after it. */
struct span head_start_line(struct span *rest);

/* The next field with its continuation lines (obs-fold, RFC 9112 5.2). False at the end. */
bool head_field(struct span *rest, struct span *ret_name, struct span *ret_value);

/* The next element of a comma-separated list; commas in quoted strings don't count (RFC 9110 5.6). */
struct span head_element(struct span *rest);

/* Decimal digits at the start of `s` as a number; how many. It saturates at UINT64_MAX. */
size_t head_number(struct span s, uint64_t *ret_number);

#endif
