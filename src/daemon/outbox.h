/*
 * What the decoder has told and the keeper has not acknowledged: kept, in order, and sent again when the keeper asks. So an
 * event is lost neither by a keeper that dies nor by a log that can't be written to for a while. Bounded: beyond the limit
 * the oldest goes, counted.
 */
#ifndef NTLMAUDIT_DAEMON_OUTBOX_H
#define NTLMAUDIT_DAEMON_OUTBOX_H

#include "base/span.h"

#define OUTBOX_BYTES ((size_t)16 << 20)

struct outbox_item;

struct outbox {
	struct outbox_item *oldest, *newest;
	struct outbox_item *unsent; /* the first that is to be sent; NULL: all are */
	size_t bytes, max;
	uint64_t n;	  /* waiting */
	uint64_t dropped; /* for want of room, or memory */
};

void outbox_init(struct outbox *o, size_t max);
void outbox_finish(struct outbox *o);

/* Takes a copy of the parcel with that number; numbers grow. */
void outbox_put(struct outbox *o, uint64_t number, struct span parcel);
/* All up to that number are safe. */
void outbox_ack(struct outbox *o, uint64_t number);
/* All that is here is to be sent again, and says so. */
void outbox_again(struct outbox *o);
/* Sends as much as the socket takes. 0: all was sent; -EAGAIN: wait for room; another negative errno. */
int outbox_flush(struct outbox *o, int socket) __attribute__((warn_unused_result));

#endif
