/* The system calls that are left: seccomp, by libseccomp. */
#ifndef NTLMAUDIT_DAEMON_SANDBOX_CALLS_H
#define NTLMAUDIT_DAEMON_SANDBOX_CALLS_H

#include "base/text.h"

/* `allowed` and `never` as in struct sandbox; needs PR_SET_NO_NEW_PRIVS. 0 or a negative errno and why. */
int sandbox_restrict_calls(const int *allowed, const int *never, struct text *why);

#endif
