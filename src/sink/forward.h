/*
 * Brings what the channel log holds to one target. The log is the queue: a cursor on disk tells how far the target has got,
 * so that a target that can't be reached loses nothing while the log keeps it, up to a limit of its own. Records go at
 * least once, in the order of EventRecordID; after a crash some may go twice, with the same EventRecordID.
 */
#ifndef NTLMAUDIT_SINK_FORWARD_H
#define NTLMAUDIT_SINK_FORWARD_H

#include "sink/sink.h"

struct forward_options {
	const char *log; /* the channel log, may not be there yet */
	const char *target;
	const char *folder;   /* where the cursor is kept, must be there */
	uint64_t queue_bytes; /* what may wait; 0 = as long as the log keeps it */
};

/* How it stands with one target: also what `status` shows. */
struct forward_status {
	uint64_t sent;	  /* records since the start, with findings */
	uint64_t waiting; /* records and findings in the log beyond the cursor */
	uint64_t
		dropped; /* that the target never got, since ever: the limit, or the log's retention */
	uint64_t failures;   /* times that the target could not be reached, since the start */
	int64_t last_sent;   /* base/clock.h; 0: nothing yet */
	bool reached;	     /* at the last attempt */
	const char *problem; /* why not; valid during the call */
};

struct forward; /* opaque */

/* Makes all ready, and reads the cursor. A target that is new gets what is stored from now on. */
int forward_new(const struct forward_options *options, struct text *why,
		struct forward **ret_forward) __attribute__((warn_unused_result));
/* NULL is fine. */
void forward_free(struct forward *f);

/*
 * One round: brings over what there is, at most a batch (so that it comes back within some seconds), and writes the cursor. Returns
 * how many milliseconds to wait before the next round: 0 where more waits, FORWARD_IDLE_MS where nothing does, longer
 * and longer (to a minute) while the target fails. Never fails: what went wrong is in the status.
 */
#define FORWARD_IDLE_MS 250
int forward_run(struct forward *f);
/* SIGHUP. */
void forward_reopen(struct forward *f);
void forward_status(const struct forward *f, struct forward_status *ret_status);
/* Records that were shortened to what the target takes (syslog's max-bytes), since the start. */
uint64_t forward_cut(const struct forward *f);

#endif
