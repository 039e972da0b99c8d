/*
 * What /proc tells of a process. All is read through a folder that was opened once: should the process end and its number be
 * given to another, then reading fails rather than tells of the other.
 */
#ifndef NTLMAUDIT_HOST_PROC_H
#define NTLMAUDIT_HOST_PROC_H

#include "base/span.h"

#define PROC_FDS_MAX 65536 /* descriptors of one process that are looked at */

struct proc_status {
	uint32_t pid, parent;
	uint32_t uid; /* effective */
	bool has_uid;
	bool is_kernel;
	uint64_t started; /* clock ticks since boot */
	char name[64];
};

/* The folder of a process; close() it. A negative errno, -ENOENT where there is none. */
int proc_open(uint32_t pid) __attribute__((warn_unused_result));

/* The beginning of a small file as a string. 0 or a negative errno, with an empty string. */
int proc_read_file(int dir, const char *name, char *out, size_t size);
int proc_read_status(int dir, struct proc_status *ret_status) __attribute__((warn_unused_result));
/* Where a link leads, without " (deleted)". 0 or a negative errno. */
int proc_read_exe(int dir, char *out, size_t size) __attribute__((warn_unused_result));

/* Calls `each` for every socket that the process holds, until it answers false. 0 or a negative errno. */
int proc_each_socket(int dir, bool (*each)(void *ctx, uint64_t inode), void *ctx);
/* Does it hold this socket? Not so either where that can't be seen. */
bool proc_holds(int dir, uint64_t inode);

/* Of the text of PID/stat and PID/status, for tests. */
bool proc_parse_stat(const char *text, struct proc_status *s);
void proc_parse_uid(const char *text, struct proc_status *s);

#endif
