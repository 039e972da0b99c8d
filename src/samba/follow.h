/*
 * A log that grows, line by line: across rotation (renamed, or copied and truncated), truncation and partial lines, over a restart
 * of the reader too. Its one invariant: a line is given once, and what could not be given is counted.
 *
 * No threads and no waiting: the caller polls samba_follow_fd() and asks samba_follow_next() until it has no more; the same every
 * SAMBA_FOLLOW_POLL_MS, since not all file systems tell, and rotated files are let go by the clock.
 */
#ifndef NTLMAUDIT_SAMBA_FOLLOW_H
#define NTLMAUDIT_SAMBA_FOLLOW_H

#include "base/span.h"

#define SAMBA_FOLLOW_POLL_MS 1000
/* Longer lines are passed over and counted. */
#define SAMBA_FOLLOW_LINE_MAX ((size_t)64 * 1024)

/* A place in a file. All zero: none. */
struct samba_place {
	uint64_t device, inode;
	uint64_t offset; /* bytes, behind the last line that was given */
	uint64_t
		proof; /* a hash of the bytes before the offset: a file that got a freed inode's number has others */
};

/*
 * Where a reader stands, to be stored and given back after a restart: plain numbers. Two places, since for a while after a rotation
 * processes write on in the renamed file.
 */
struct samba_checkpoint {
	struct samba_place now, before;
	int64_t seen; /* base/clock.h: when the file had its name for certain; what was rotated since is newer */
};

struct samba_follow_count {
	uint64_t lines;
	uint64_t rotations;
	uint64_t
		truncations; /* what was written last before one is found only where a copy of the file lies beside it */
	uint64_t too_long; /* lines passed over */
	uint64_t
		lost; /* times that the place of a checkpoint was found nowhere: lines may be missing */
	uint64_t unreadable; /* times that the file was there and could not be opened or read */
};

enum samba_follow_from { SAMBA_FROM_START, SAMBA_FROM_END };

struct samba_follow;

/*
 * Follows `name` in a folder (descriptor: the caller's, used as long as it is followed; to be opened with O_DIRECTORY). The file
 * need not be there yet. `place`: go on there; NULL or zero: by `from`, which holds for the file that is there now.
 *
 * Rotated files are looked for beside it, under names that begin with `name`; what is compressed is not read, so rotate with
 * delaycompress.
 *
 * 0; -ENOMEM; -EINVAL for a name with a slash, or too long.
 */
int samba_follow_new(int folder, const char *name, const struct samba_checkpoint *place,
		     enum samba_follow_from from, struct samba_follow **ret_follow)
	__attribute__((warn_unused_result));
void samba_follow_free(struct samba_follow *f);

/* Readable when something may be new; -1 where the system tells nothing: then by the clock. Stays the same. */
int samba_follow_fd(const struct samba_follow *f);

/*
 * The next line without its line feed, valid until the next call. 1: a line; 0: none for now; -ENOMEM. What the system refuses is
 * counted and tried again.
 */
int samba_follow_next(struct samba_follow *f, struct span *ret_line)
	__attribute__((warn_unused_result));

/* The place behind the last line given: store it when that line is done. */
void samba_follow_checkpoint(const struct samba_follow *f, struct samba_checkpoint *ret_place);

const struct samba_follow_count *samba_follow_counts(const struct samba_follow *f);
/* Errno of the last try to open or read the file, 0: it is being read; ENOENT: it is not there. */
int samba_follow_error(const struct samba_follow *f);

#endif
