/*
 * The channel log as a queue: opened when it is there, opened anew when another lies in its place, and asked how far it
 * has come. A log that was moved away or removed is read to its end first.
 */
#ifndef NTLMAUDIT_SINK_BACKLOG_H
#define NTLMAUDIT_SINK_BACKLOG_H

#include "store/store.h"

/* Which files were there. */
struct backlog_files {
	uint64_t device, log, wal; /* 0: none */
};

struct backlog {
	const char *path; /* the caller's */
	struct store *store;
	struct backlog_files files; /* at opening */
	struct store_head head;	    /* at the last look */
};

/* -ENOENT where there is no log; else a negative errno and a sentence. */
int backlog_look(struct backlog *b, struct text *why) __attribute__((warn_unused_result));
/* Do other files lie at its path than those that are open? */
bool backlog_is_replaced(const struct backlog *b);
void backlog_close(struct backlog *b);

#endif
