/*
 * Goes through all processes' sockets, a few milliseconds at a time. The youngest come first: who has just connected has often
 * just begun. After that a cursor goes round over all, so that everybody is looked at once in a round.
 */
#ifndef NTLMAUDIT_HOST_HUNT_H
#define NTLMAUDIT_HOST_HUNT_H

#include "base/clock.h"

#define HUNT_PIDS_MAX 65536 /* processes of a round; more are passed over, the oldest */

/* A socket of a process whose folder in /proc is open. False: enough of this process. */
typedef bool hunt_socket_fn(void *ctx, int dir, uint64_t inode);

struct hunt {
	uint32_t *pids; /* of this round, the youngest first */
	size_t n, at;
	uint32_t *now; /* who lived when the youngest were looked at */
	uint64_t seen; /* processes that the cursor passed in all rounds */
};

int hunt_init(struct hunt *h) __attribute__((warn_unused_result));
void hunt_finish(struct hunt *h);

/* Looks at the youngest; what `seen` will be when everybody who lives now was looked at by the cursor. */
uint64_t hunt_youngest(struct hunt *h, hunt_socket_fn *each, void *ctx);
/* Lets the cursor go on until `seen` is `until`, or so many nanoseconds have passed. */
void hunt_on(struct hunt *h, uint64_t until, int64_t nsec, hunt_socket_fn *each, void *ctx);

#endif
