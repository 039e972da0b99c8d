/* The folder of the channel log, before the processes that write there begin. */
#ifndef NTLMAUDIT_DAEMON_LOG_FOLDER_H
#define NTLMAUDIT_DAEMON_LOG_FOLDER_H

#include "daemon/member.h"

#define LOG_FOLDER_FORWARD "forward" /* in it: how far each target has got */

/*
 * Makes it, and gives what of the log is there to the user that the members will be. -EACCES, which is said, where they could
 * not write to it.
 */
int log_folder_give(const struct daemon_options *options, const struct member_ids *ids)
	__attribute__((warn_unused_result));

#endif
