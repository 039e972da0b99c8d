/*
 * Where the texts of one record are put together: memory of a fixed size, so that what points into it stays, and so
 * that a record of a few bytes can't become gigabytes. Sticky: what does not fit is left out and `full` says so.
 */
#ifndef NTLMAUDIT_WINLOG_EVTX_OUT_H
#define NTLMAUDIT_WINLOG_EVTX_OUT_H

#include "base/span.h"

struct evtx_out {
	char *ptr; /* owned */
	size_t len, cap;
	bool full;
};

/* 0 or -ENOMEM. */
int evtx_out_init(struct evtx_out *out, size_t cap) __attribute__((warn_unused_result));
void evtx_out_finish(struct evtx_out *out);

static inline void evtx_out_reset(struct evtx_out *out)
{
	out->len = 0;
	out->full = false;
}

/* Room for n bytes at ptr + len, and one that stays free for a NUL. */
static inline bool evtx_out_room(struct evtx_out *out, size_t n)
{
	if (!out->full && n < out->cap - out->len)
		return true;
	out->full = true;
	return false;
}

void evtx_out_add(struct evtx_out *out, struct span bytes);
void evtx_out_utf16(struct evtx_out *out, struct span units);
void evtx_out_ansi(struct evtx_out *out, struct span bytes);
void evtx_out_decimal(struct evtx_out *out, uint64_t number);
/* Lower case, without leading zeros, after 0x. */
void evtx_out_hex(struct evtx_out *out, uint64_t number);
/* Each byte as two digits, upper case. */
void evtx_out_bytes(struct evtx_out *out, struct span bytes);

/* Ends the text that began at `start`: NUL-terminated, and never taken back. */
const char *evtx_out_end(struct evtx_out *out, size_t start);

#endif
