/*
 * Switching on in rings: every machine has a place from 0 to 99 that comes from its machine-id alone, so that a share
 * of 10 is always the same tenth of an estate, and a larger share has it in it.
 */
#ifndef NTLMAUDIT_POLICY_ROLLOUT_H
#define NTLMAUDIT_POLICY_ROLLOUT_H

#include "base/span.h"

/* Of a machine that does not know who it is: it is switched on last. */
#define ROLLOUT_LAST 99

/* machine-id(5): 32 hex digits. The first 8 bytes of SHA-256 of "ntlmaudit-rollout" and the digits, modulo 100. */
unsigned rollout_place(struct span machine_id);

#endif
