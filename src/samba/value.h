/* The values of Samba's members that have a form of their own. Each is false, and nothing is written, where the text has another. */
#ifndef NTLMAUDIT_SAMBA_VALUE_H
#define NTLMAUDIT_SAMBA_VALUE_H

#include "samba/line.h"

/* "2026-11-20T11:29:00.123456+0000": base/clock.h; years 1970 to 2261. */
bool samba_parse_time(struct span text, int64_t *ret_time);
bool samba_parse_address(struct span text, struct samba_address *ret_address);
/* "0x610FFFFF", "6f1c", with and without 0x. */
bool samba_parse_hex(struct span text, uint64_t *ret_number);

#endif
