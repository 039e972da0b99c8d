/*
 * A Windows event log file (.evtx) of our events, that Event Viewer, libevtx and python-evtx open: Windows' layout and
 * nothing else, one template an event layout in each chunk. A format of its own beside formats[], since it is
 * binary and its header is known last. Invariant: the file is written forwards, but for its header at the end, and
 * no more than one chunk is held; until evtx_writer_finish() its header says "dirty", as that of a log in use.
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
 * Writes from where `out` stands, which must be seekable (-ESPIPE), not opened for appending, and stays the caller's.
 * `options` may be NULL. -ENOMEM, or the error of writing.
 */
int evtx_writer_new(FILE *out, const struct evtx_writer_options *options,
		    struct evtx_writer **ret_writer) __attribute__((warn_unused_result));

/*
 * Adds an event. Its EventRecordID is e->record, or its number in the file where that is 0; records themselves are
 * numbered from 1 without gaps, as Windows does in files it saves. Texts that a chunk can't hold (65,016 bytes in
 * UTF-16 and all else of the event) are cut between runes; evtx_writer_cut() counts them. -EFBIG beyond
 * 65,535 chunks, which is 4 GiB; or the error of writing, which every later call gives again.
 */
int evtx_writer_event(struct evtx_writer *w, const struct event *e)
	__attribute__((warn_unused_result));

/* Writes what is held, and the header that makes the file whole; flushes. No event may follow. */
int evtx_writer_finish(struct evtx_writer *w) __attribute__((warn_unused_result));

/* NULL is fine. Without finish before it, the file stays "dirty" and lacks its last chunk. */
void evtx_writer_free(struct evtx_writer *w);

/* Texts that were cut, and foreign fields beyond 256 of one event, which are left out. */
uint64_t evtx_writer_cut(const struct evtx_writer *w);

#endif
