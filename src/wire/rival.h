/*
 * Another connection between the endpoints of one that we know: a SYN or SYN|ACK of it was seen. Anybody can send
 * one, and an endpoint amid a connection answers with a mere ACK and goes on (RFC 5961, 4.2). Invariant: the
 * flow that we know is left as it is until the other endpoint is seen to take part in the new one.
 */
#ifndef NTLMAUDIT_WIRE_RIVAL_H
#define NTLMAUDIT_WIRE_RIVAL_H

#include "base/stream.h"
#include "wire/segment.h"

struct slot;

struct rival {
	uint32_t base[STREAM_DIR__COUNT]; /* its first bytes' numbers, by the flow's directions */
	uint8_t known;			  /* bit d: base[d] is */
	uint8_t opener;			  /* the direction of its SYN */
	bool likely;			  /* the flow was idle or closing: its own data are proof */
};

enum rival_verdict {
	RIVAL_NONE,    /* the SYN is the flow's own: a copy, or its answer */
	RIVAL_CLAIMED, /* noted: not to be read any further */
	RIVAL_PROVED,  /* the flow has ended, and the SYN begins another */
};

/* A SYN or SYN|ACK of direction d. `idle`: nothing came for long. */
enum rival_verdict rival_syn(struct slot *s, enum stream_dir d, const struct segment *g, bool idle)
	__attribute__((warn_unused_result));

/* Does a segment without SYN prove the rival that was noted? Only worth a call while rival.known. */
bool rival_is_proved(const struct slot *s, enum stream_dir d, const struct segment *g)
	__attribute__((warn_unused_result));

#endif
