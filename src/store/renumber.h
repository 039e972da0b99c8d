/*
 * A run counts its events from 1; the log gives them numbers of its own. Findings name events by the first and are kept
 * by the second: this remembers which became which, of recent ones.
 */
#ifndef NTLMAUDIT_STORE_RENUMBER_H
#define NTLMAUDIT_STORE_RENUMBER_H

#include "event/finding.h"

#define RENUMBER_KEPT 65536 /* a finding rests on recent events. A power of two */

struct renumber {
	struct {
		uint64_t run, stored;
	} pairs[RENUMBER_KEPT];
};

/* `run` 0 has no number. */
void renumber_note(struct renumber *r, uint64_t run, uint64_t stored);
/* The finding with the log's numbers; events that are not in the log are left out. */
void renumber_finding(const struct renumber *r, const struct finding *f,
		      struct finding *ret_finding);

#endif
