/* The names of NTSTATUS values as Samba's nt_errstr() prints them, and their numbers ([MS-ERREF] 2.3.1). */
#ifndef NTLMAUDIT_SAMBA_STATUS_H
#define NTLMAUDIT_SAMBA_STATUS_H

#include "base/span.h"

/*
 * The number of "NT_STATUS_WRONG_PASSWORD", or of "NT code 0xc0000022", which is printed for numbers without a name. False: no
 * such name.
 */
bool samba_status_parse(struct span name, uint32_t *ret_status);

#endif
