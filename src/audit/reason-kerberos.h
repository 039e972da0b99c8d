/* The reasons that lie in what the client tried before: Kerberos, names, domain controllers (6, 8, 9). */
#ifndef NTLMAUDIT_AUDIT_REASON_KERBEROS_H
#define NTLMAUDIT_AUDIT_REASON_KERBEROS_H

#include "audit/reason.h"

#define ATTEMPTS_MAX 64

/* The client's observations of the window before its NEGOTIATE, oldest first. */
struct attempts {
	const struct exchange *x;
	struct why *why;
	const struct reason_settings *settings;
	struct why_item item[ATTEMPTS_MAX]; /* the newest where there were more */
	size_t n;
};

void attempts_collect(struct attempts *a, const struct exchange *x, struct why *why);

/* Each says whether it holds, and if so adds its proof. */
bool attempts_duplicate_spn(const struct attempts *a, struct reason_proof *proof);
bool attempts_unknown_target(const struct attempts *a, struct reason_proof *proof);
bool attempts_no_line_of_sight(const struct attempts *a, struct reason_proof *proof);
/* The client offered only NTLM and had not tried Kerberos for this target. */
bool attempts_none(const struct attempts *a, struct reason_proof *proof);
/* Kerberos failed for the account or the clock, or the server chose NTLM: no reason ID, but worth telling. */
void attempts_other(const struct attempts *a, struct reason_proof *proof);

#endif
