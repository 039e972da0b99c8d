/* Names from the wire, as the exchange keeps them. */
#ifndef NTLMAUDIT_AUDIT_NAME_H
#define NTLMAUDIT_AUDIT_NAME_H

#include "base/arena.h"
#include "base/tally.h"

/* UTF-8 bytes kept of one name; Windows' own limits are 256 characters and less. */
#define NAME_BYTES_MAX 768

enum name_coding { NAME_UTF16LE, NAME_OEM, NAME_UTF8 };

/*
 * A name as valid UTF-8 in the arena: trailing NULs dropped, other NULs and what is not valid become
 * U+FFFD, cut (and counted) at NAME_BYTES_MAX. NULL without memory (counted).
 */
const char *name_text(struct arena *arena, struct tally *tally, struct span bytes,
		      enum name_coding coding);

/* Do two names mean the same, by ASCII case? False where one is NULL or empty. */
bool name_same(const char *a, const char *b);

#endif
