/* The folder of the channel log, before the processes that write there begin. */
#ifndef NTLMAUDIT_DAEMON_LOG_FOLDER_H
#define NTLMAUDIT_DAEMON_LOG_FOLDER_H

#include "daemon/member.h"

#define LOG_FOLDER_FORWARD "forward" /* in it: how far each target has got */

/*
 * Makes it, gives what of the log is there to the user that the members will be, and, where the keeper is to be one of them,
 * takes the log for this daemon, as long as this process lives. What is wrong is said: -EACCES where they could not write
 * there, -EBUSY where another daemon does.
 */
int log_folder_take(struct station *st, const struct member_ids *ids)
	__attribute__((warn_unused_result));

#endif
