/*
 * The contract between what reassembles a byte stream (wire/) and what reads it (carrier/):
 * carriers ask for bytes, flows give views.
 */
#ifndef NTLMAUDIT_BASE_STREAM_H
#define NTLMAUDIT_BASE_STREAM_H

#include "base/span.h"

enum stream_dir {
	STREAM_A_TO_B, /* from the side that sent the SYN, or the first packet seen */
	STREAM_B_TO_A,
	STREAM_DIR__COUNT
};

static inline enum stream_dir stream_other(enum stream_dir d)
{
	return d == STREAM_A_TO_B ? STREAM_B_TO_A : STREAM_A_TO_B;
}

/*
 * What a reader of one direction wants next, as its answer to a view that starts at the stream's
 * current position.
 *  skip  bytes it is done with, counted from the start of the view. May reach far beyond the view: the
 *        stream passes over them by arithmetic, without buffering, and loss inside is harmless.
 *  want  call again when this many contiguous bytes are there after the skip (0 counts as 1). The next
 *        view holds all that is there, at least `want` bytes. At most STREAM_WANT_MAX: more is a gap.
 *  never nothing more of this direction is wanted; skip and want are not looked at.
 * An answer that skips nothing and wants no more than the view held would not progress: the stream then
 * waits for one byte more than the view had.
 */
struct appetite {
	uint64_t skip;
	size_t want;
	bool never;
};

#define STREAM_WANT_MAX ((size_t)160 * 1024)

#endif
