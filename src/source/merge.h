/*
 * Several capture files as one: packets in the order of their time, whatever the order the files were named in.
 * A file is opened only when its time comes, so that a thousand rotated files need few descriptors.
 */
#ifndef NTLMAUDIT_SOURCE_MERGE_H
#define NTLMAUDIT_SOURCE_MERGE_H

#include "source/input.h"

struct merge; /* opaque */

/* `problem` is called once for each file that can't be read, or not to its end; it goes on with the others. */
struct merge_ops {
	void (*problem)(void *ctx, const char *name, const char *why, bool partly);
	/* While the pipe that is waited for is quiet, now and then. May be NULL. */
	void (*idle)(void *ctx);
};

int merge_open(const char *const names[], size_t n, const struct merge_ops *ops, void *ctx,
	       struct merge **ret_merge) __attribute__((warn_unused_result));
void merge_close(struct merge *m);

/* 1 and a packet (valid until the next call), or 0 at the end of all files. */
int merge_next(struct merge *m, struct packet *ret_packet);

/* True where all but the file that is read are at their end: what comes next is next. */
bool merge_is_last(const struct merge *m);

/* Bytes read and to be read, for progress; *ret_total 0 where it can't be told. */
void merge_progress(const struct merge *m, uint64_t *ret_done, uint64_t *ret_total);

#endif
