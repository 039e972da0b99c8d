/* Rotated files beside a followed one: which of them it was, and which comes next. For follow.c alone. */
#ifndef NTLMAUDIT_SAMBA_FOLLOW_FIND_H
#define NTLMAUDIT_SAMBA_FOLLOW_FIND_H

#include "samba/follow-file.h"

#include <limits.h>
#include <sys/stat.h>

/* Files that were read, so that none is read again; the oldest is forgotten first. */
#define FOLLOW_RECENT 8

struct follow_recent {
	struct {
		uint64_t device, inode,
			head; /* head: a hash of how it begins, which copies of it share */
	} rows[FOLLOW_RECENT];
	size_t n; /* ever added */
};

struct follow_beside {
	int folder;
	const char *name;
	const struct follow_recent *recent;
};

/* The hash of a file's first bytes; 0: it has none, or can't be read. */
uint64_t follow_head(int fd);
void follow_recent_add(struct follow_recent *r, uint64_t device, uint64_t inode, uint64_t head);

/*
 * Opens the rotated file in which a place is: by its inode, else by its proof alone (a copy). False: there is none. `copies_only`: the
 * place's own file is not meant.
 */
bool follow_find_place(const struct follow_beside *b, const struct samba_place *place,
		       bool copies_only, struct follow_file *ret_file);

/*
 * Opens the oldest rotated file that was written to after `after` and was not read yet, if it is not `current`, the file under the name
 * itself: after several rotations at once those between. False: there is none.
 */
bool follow_find_next(const struct follow_beside *b, struct timespec after,
		      const struct stat *current, struct follow_file *ret_file);

#endif
