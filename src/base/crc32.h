/* CRC-32 as RFC 1952 has it: EVTX sums its headers and records so. It finds accidents; nothing trusts it. */
#ifndef NTLMAUDIT_BASE_CRC32_H
#define NTLMAUDIT_BASE_CRC32_H

#include "base/span.h"

/* The sum of what was summed before (0: nothing) and these bytes. */
uint32_t crc32_add(uint32_t sum, struct span bytes);

#endif
