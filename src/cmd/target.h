/* A file that is there whole or not at all: written beside its place, and put there when it is done. */
#ifndef NTLMAUDIT_CMD_TARGET_H
#define NTLMAUDIT_CMD_TARGET_H

#include <limits.h>
#include <stdio.h>

struct target {
	const char *path;
	char followed[PATH_MAX];  /* where a link leads; "" for none */
	char temporary[PATH_MAX]; /* "" for none */
	FILE *file;
};

/*
 * `-` is standard output. A device or a pipe is written to as it is; a link stays, and what it leads to is written. 0, or a
 * negative errno; the target is to be closed after either. One at a time: a signal that ends the program removes what was
 * not finished.
 */
int target_open(struct target *t, const char *path) __attribute__((warn_unused_result));

/* Where `rc` is negative, drops what was written. Returns rc, or the negative errno of what failed now. */
int target_close(struct target *t, int rc);

#endif
