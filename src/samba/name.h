/* Names that outlive their line. */
#ifndef NTLMAUDIT_SAMBA_NAME_H
#define NTLMAUDIT_SAMBA_NAME_H

#include "base/span.h"

/* Copies with a NUL. False, and nothing is written: empty, or too long. */
bool samba_name_copy(char *ret_name, size_t size, struct span name);
/* The same, ASCII letters made small: DNS names. */
bool samba_name_copy_lower(char *ret_name, size_t size, struct span name);
/* Without regard to the case of ASCII letters. */
bool samba_name_equal(struct span a, struct span b);

#endif
