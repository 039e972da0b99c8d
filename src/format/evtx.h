/*
 * A Windows event log file (.evtx) of our events, that Event Viewer, libevtx and python-evtx open: Windows' layout and
 * nothing else, one template an event layout in each chunk. A format of its own beside formats[], since it is
 * binary and its header is known last. Invariant: the file is written forwards, but for its header at the end, and
 * no more than two chunks are held; until evtx_writer_finish() its header says "dirty", as that of a log in use.
 */
#ifndef NTLMAUDIT_FORMAT_EVTX_H
#define NTLMAUDIT_FORMAT_EVTX_H

#include "event/event.h"

#include <stdio.h>

struct evtx_writer_options {
	bool rendered; /* RenderingInfo in English in each event, as forwarded events have it */
};

struct evtx_writer;

/*
 * Writes from where `out` stands, which must be seekable (-ESPIPE) and stays the caller's: it is neither closed nor
 * flushed. `options` may be NULL. -ENOMEM, or the error of writing.
 */
int evtx_writer_new(FILE *out, const struct evtx_writer_options *options,
		    struct evtx_writer **ret_writer) __attribute__((warn_unused_result));

/*
 * Adds an event. EventRecordID is e->record, or one more than the last where it is 0 or not greater than the last:
 * IDs rise through a file. A text of more than EVTX_TEXT_MAX bytes of UTF-16 is cut at a rune, and so are the
 * longest texts of an event that would not fit a chunk; evtx_writer_cut() counts. What XML 1.0 can't hold is
 * written as the other formats escape it. -EFBIG where the file can't hold more chunks; or the error of
 * writing, which every later call gives again.
 */
int evtx_writer_event(struct evtx_writer *w, const struct event *e)
	__attribute__((warn_unused_result));

/* Writes what is held, and the header that makes the file whole. No event may follow. */
int evtx_writer_finish(struct evtx_writer *w) __attribute__((warn_unused_result));

/* NULL is fine. Without finish before it, the file stays "dirty" and lacks its last chunk. */
void evtx_writer_free(struct evtx_writer *w);

#define EVTX_TEXT_MAX 16384

/* Texts that were cut. */
uint64_t evtx_writer_cut(const struct evtx_writer *w);

#endif
