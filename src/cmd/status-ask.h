/* Asking the daemon how it is. Whoever answers on the socket may be anybody: late, endless or senseless answers are refused. */
#ifndef NTLMAUDIT_CMD_STATUS_ASK_H
#define NTLMAUDIT_CMD_STATUS_ASK_H

#include "base/text.h"

#include <jansson.h>

#define STATUS_ASK_MS 5000 /* for all of it */

/*
 * The daemon's status; the caller's json_decref(). -ENOENT, -ECONNREFUSED: it does not run; -EACCES; -ETIMEDOUT; -EMSGSIZE;
 * -EBADMSG: not our JSON. `why` has a sentence for all but the first two.
 */
int status_ask(const char *run_dir, struct text *why, json_t **ret_status)
	__attribute__((warn_unused_result));

/* Is it one of the errors that mean that nobody is there? */
bool status_is_absent(int rc);

/* The line that starts the daemon on this machine. */
const char *status_start_line(void);

#endif
