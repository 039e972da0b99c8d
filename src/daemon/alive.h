/*
 * The file beside the log that tells until when all that was seen is stored. The keeper writes it now and then; the next
 * daemon learns from it since when there was none, however the one before ended. Its opener holds a lock on it: a log is one
 * daemon's.
 */
#ifndef NTLMAUDIT_DAEMON_ALIVE_H
#define NTLMAUDIT_DAEMON_ALIVE_H

#include "event/gap.h"

#include <sys/types.h>

#define ALIVE_SUFFIX "-daemon" /* behind the log's path */

struct alive {
	int64_t since;	 /* base/clock.h: when that daemon began to see packets; which one it was */
	int64_t until;	 /* likewise: what was seen before is stored */
	bool is_stopped; /* it was asked to end, and this is the last that it said */
};

/* -ENOENT where there was no daemon before; another negative errno, -EBADMSG where it makes no sense. */
int alive_read(const char *log, struct alive *ret_alive) __attribute__((warn_unused_result));
int alive_write(const char *log, const struct alive *alive) __attribute__((warn_unused_result));

/*
 * True: between `before` and the daemon that began at `since` there was none. `why`: what is known to have ended it, NULL:
 * nothing. ret_gap has no computer.
 */
bool alive_gap(const struct alive *before, int64_t since, const char *why, struct gap *ret_gap);

/*
 * The lock, held until that descriptor is closed, and by no child. -EBUSY: ret_holder has it, 0 where that is nobody that can
 * be seen from here; another negative errno.
 */
int alive_lock(const char *log, pid_t *ret_holder) __attribute__((warn_unused_result));

#endif
