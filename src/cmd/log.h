/* Opening the channel log for a command: the default path, and one sentence where it can't be. */
#ifndef NTLMAUDIT_CMD_LOG_H
#define NTLMAUDIT_CMD_LOG_H

#include "store/store.h"

/*
 * `path` NULL: the default. Returns an exit code: EXIT_DONE, or EXIT_PARTLY after saying why. What `path` came to is
 * added to ret_path, which may be NULL.
 */
int log_open(const char *path, enum store_mode mode, struct text *ret_path,
	     struct store **ret_store);

/* Says what the store said of an error; an exit code. */
int log_failed(int rc, const struct text *why);

#endif
