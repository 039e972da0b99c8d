/*
 * Reads a regular file ahead in a thread of its own, piece after piece, while the pieces before are looked at: the
 * kernel's copying is a third of the time that reading a capture takes. The thread knows a descriptor and bytes, nothing else.
 */
#ifndef NTLMAUDIT_SOURCE_AHEAD_H
#define NTLMAUDIT_SOURCE_AHEAD_H

#include "base/span.h"

#include <stdbool.h>

#define AHEAD_PIECE ((size_t)128 << 10) /* bytes of a piece; the last one has fewer */
#define AHEAD_ROOM ((size_t)64 << 10)	/* most bytes that can be kept in front of one */

struct ahead; /* opaque */

/* Begins to read at this offset of the file; its own is not used. -ENOMEM or -EAGAIN where no thread can be had. */
int ahead_new(int fd, uint64_t offset, struct ahead **ret_ahead)
	__attribute__((warn_unused_result));
/* Ends the thread. NULL is fine. */
void ahead_free(struct ahead *a);

/*
 * The next piece, behind a copy of what is kept of the last one (at most AHEAD_ROOM bytes): waits until it is there; the caller's
 * until the next call. False at the end, or where reading failed (`*ret_error`, an errno, else 0): the last one stays the caller's then.
 */
bool ahead_next(struct ahead *a, struct span kept, uint8_t **ret_ptr, size_t *ret_len,
		int *ret_error);

#endif
