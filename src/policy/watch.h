/*
 * Notices that the policy may have changed: a file in one of the four folders was written, replaced, removed or added,
 * or such a folder came or went. What is a link into another folder is not seen changing there: for that there is
 * SIGHUP.
 */
#ifndef NTLMAUDIT_POLICY_WATCH_H
#define NTLMAUDIT_POLICY_WATCH_H

#include <stdbool.h>

#define WATCH_FOLDERS 4

struct policy_watch {
	int fd;		  /* readable when policy_watch_changed() is to be asked */
	const char *root; /* the caller's */
	int folders
		[WATCH_FOLDERS]; /* inotify's number of each, or of the nearest folder above that is there */
	bool is_there[WATCH_FOLDERS];
};

/* As policy_load(): `root` stands for /. A negative errno where the kernel has no watch for us. */
int policy_watch_init(struct policy_watch *watch, const char *root)
	__attribute__((warn_unused_result));
void policy_watch_finish(struct policy_watch *watch);

/* Takes all that happened since. True: read the policy again. Does not block. */
bool policy_watch_changed(struct policy_watch *watch);

#endif
