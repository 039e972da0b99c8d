/* A captured packet, and where it came from. */
#ifndef NTLMAUDIT_WIRE_PACKET_H
#define NTLMAUDIT_WIRE_PACKET_H

#include "base/clock.h"
#include "base/span.h"

struct log_line; /* source/samba.h */

struct packet {
	int64_t time;	    /* base/clock.h */
	uint64_t number;    /* from 1, within its file */
	const char *source; /* the file's name as given, or the interface; outlives the packet */
	int link_type;	    /* libpcap's DLT_ value */
	struct span data;   /* what was captured */
	size_t wire_len;    /* what was on the wire; at least data.len */
	const struct log_line *line; /* not NULL: no frame, but a line of a log, and this its number */
};

/* Nanoseconds from one packet's time to another's, whatever they are: a capture may say anything. */
static inline int64_t packet_elapsed(int64_t since, int64_t now)
{
	int64_t elapsed;

	if (__builtin_sub_overflow(now, since, &elapsed))
		return now < since ? INT64_MIN : INT64_MAX;
	return elapsed;
}

/*
 * Has something been waited for long enough? Also where time has gone back by more than packets of several interfaces
 * are out of order: one packet from the future must not make it wait for that future.
 */
static inline bool packet_is_due(int64_t since, int64_t now, int64_t wait)
{
	int64_t elapsed = packet_elapsed(since, now);

	return elapsed >= wait || elapsed < -NSEC_PER_SEC;
}

#endif
