/*
 * Ends of connections of which only their addresses are known: whose they are is asked of SOCK_DIAG and /proc, three times in
 * 300 ms, since an accepted connection belongs to nobody at first, and may be handed to a child.
 *
 * Invariant: a process is told only if it was seen to hold that very socket, or the one that listens. Where several hold it, it
 * is the one from which the others come.
 */
#ifndef NTLMAUDIT_HOST_SEEK_H
#define NTLMAUDIT_HOST_SEEK_H

#include "host/hunt.h"
#include "host/portrait.h"

#define SEEK_MAX 1024 /* ends at a time; more are not sought */

struct seek_ops {
	/* `time`: of the connection. The portrait is valid during the call. */
	void (*found)(void *ctx, const struct endpoint *local, const struct endpoint *remote,
		      enum held_by how, int64_t time, const struct process *process);
	/* It was told of nobody, and won't be. */
	void (*unknown)(void *ctx);
};

struct seek;

int seek_new(const struct seek_ops *ops, void *ctx, const struct easel *easel,
	     struct seek **ret_seek) __attribute__((warn_unused_result));
/* NULL is fine. */
void seek_free(struct seek *s);

/* Can it find anything? 0, or a negative errno where the kernel's SOCK_DIAG knows no TCP. */
int seek_check(const struct seek *s) __attribute__((warn_unused_result));

/*
 * From `due` on (CLOCK_MONOTONIC, ns) it is looked for. `how`: HELD_CONNECTED or HELD_ACCEPTED. One that is sought already
 * stays as it is.
 */
void seek_add(struct seek *s, const struct endpoint *local, const struct endpoint *remote,
	      enum held_by how, int64_t time, int64_t due);
/* Somebody else found it. */
void seek_drop(struct seek *s, const struct endpoint *local, const struct endpoint *remote);

/* Does what is due, for a few milliseconds. When it wants to be called next; INT64_MAX: when there is something to seek. */
int64_t seek_run(struct seek *s, int64_t now);

#endif
