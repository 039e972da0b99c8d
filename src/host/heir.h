/*
 * Which child got what its parent accepted (smbd, and whatever forks for each connection). The kernel tells of the forks of
 * those who have just accepted; here it is looked, a few times in 300 ms, whether the parent has let go of the socket and a
 * child holds it.
 *
 * Invariant: a child is told only if it was forked after that socket and before the next was accepted, and was seen to hold
 * it when its parent no longer did. Helpers that a server runs meanwhile may hold it by carelessness, and are not told.
 */
#ifndef NTLMAUDIT_HOST_HEIR_H
#define NTLMAUDIT_HOST_HEIR_H

#include "host/portrait.h"

#define HEIRS_MAX 256	/* accepted connections at a time; the oldest goes */
#define HEIR_CHILDREN 4 /* of each; the oldest stay */

struct heirs;

/* `inherited`: as found() of seek.h, HELD_ACCEPTED. */
int heirs_new(void (*inherited)(void *ctx, const struct endpoint *local,
				const struct endpoint *remote, int64_t time,
				const struct process *process),
	      void *ctx, const struct easel *easel, struct heirs **ret_heirs)
	__attribute__((warn_unused_result));
/* NULL is fine. */
void heirs_free(struct heirs *h);

/* A process accepted; `time` is of the connection. */
void heirs_accepted(struct heirs *h, const struct endpoint *local, const struct endpoint *remote,
		    uint32_t pid, uint64_t inode, int64_t time);
/* Who accepted that socket last has a child. */
void heirs_forked(struct heirs *h, uint64_t inode, uint32_t child, int64_t now);

/* Looks where it is due; `now` is CLOCK_MONOTONIC, ns. When to be called next; INT64_MAX: after the next fork. */
int64_t heirs_run(struct heirs *h, int64_t now);

#endif
