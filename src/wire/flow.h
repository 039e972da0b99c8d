/*
 * TCP connections from packets. One table of flows, bounded; each direction reassembled just as far as
 * its reader asks (base/stream.h). Out of order, overlap, retransmission, duplicates of a second mirror
 * port, loss, midstream start, frames cut by a snapshot length and port reuse are normal input.
 *
 * Of overlapping bytes the first that came win. A hole is given up a little after the other side has
 * acknowledged bytes beyond it, when a buffer's limit is reached, or at the flow's end: `gap` tells the
 * reader, and the stream goes on with the next bytes there are. After FIN or RST a flow waits for late
 * segments for two seconds of the packets' time before it is closed. A SYN alone ends no flow (wire/rival.h), and
 * where memory is tight (base/mem.h) the flows that are least wanted end.
 */
#ifndef NTLMAUDIT_WIRE_FLOW_H
#define NTLMAUDIT_WIRE_FLOW_H

#include "base/stream.h"
#include "base/tally.h"
#include "wire/addr.h"
#include "wire/packet.h"

struct flow_table; /* opaque */

/* What a reader may know of a flow. */
struct flow {
	uint64_t id;		/* never used twice */
	struct endpoint end[2]; /* [STREAM_A_TO_B] = A, the sender of that direction */
	bool midstream;		/* its SYN was not seen */
	void *user;		/* the reader's own, NULL at first */
};

/* How a TCP connection attempt went. */
enum attempt {
	ATTEMPT_MADE,	  /* a SYN, the first or sent again */
	ATTEMPT_ACCEPTED, /* its SYN|ACK */
	ATTEMPT_REFUSED,  /* RST instead */
};

/*
 * The reader. `p` is the packet being read (its bytes are not the view's); at the end of input the last one,
 * without its bytes.
 */
struct flow_ops {
	/*
	 * Bytes at the current position of direction d. The view is valid during the call. *ret_appetite
	 * comes zeroed and is the answer. Not called for a direction after it answered `never`.
	 */
	void (*data)(void *ctx, struct flow *f, enum stream_dir d, struct span view,
		     const struct packet *p, struct appetite *ret_appetite);
	/* Bytes that somebody wanted are lost; the next view starts after them, at a segment's start. */
	void (*gap)(void *ctx, struct flow *f, enum stream_dir d, const struct packet *p);
	/* The flow ends (closed, reset, evicted, port reused, end of input): free f->user. */
	void (*close)(void *ctx, struct flow *f);
	/*
	 * What has no flow, for those who look for reasons. All may be NULL. `end` is [0] the sender (of the
	 * attempt, of the datagram), [1] the receiver; valid during the call.
	 */
	void (*attempt)(void *ctx, const struct endpoint end[2], enum attempt how,
			const struct packet *p);
	/* A UDP datagram's payload; `cut` where the capture left out some of its end. */
	void (*datagram)(void *ctx, const struct endpoint end[2], struct span payload, bool cut,
			 const struct packet *p);
	/*
	 * ICMP or ICMPv6 destination unreachable: `end` is that of the packet it answers (TCP or UDP, as
	 * `protocol` says), `reporter` who says so, `code` ICMP's own.
	 */
	void (*unreachable)(void *ctx, const struct endpoint end[2], uint8_t protocol,
			    const struct addr *reporter, uint8_t code, const struct packet *p);
};

struct flow_limits {
	size_t flows;	      /* most flows at a time; half-open ones are pushed out first */
	size_t bytes_per_dir; /* most out-of-order and waiting bytes of one direction */
	size_t bytes_total;   /* the same of all flows */
	size_t fragments;     /* most bytes of IP fragments waiting */
};

extern const struct flow_limits flow_limits_default;

int flow_table_new(const struct flow_limits *limits, const struct flow_ops *ops, void *ctx,
		   struct tally *tally, struct flow_table **ret_table)
	__attribute__((warn_unused_result));
/* Ends all flows (with `close`), then frees. NULL is fine. */
void flow_table_free(struct flow_table *t);

/*
 * Reads one packet: link, tunnels, IP, fragments, TCP. The packet itself is counted here (TALLY_PACKETS,
 * _BYTES, _PACKETS_CUT, _TIME_BACKWARDS), and whatever is wrong with it.
 */
void flow_table_packet(struct flow_table *t, const struct packet *p);
/* Where packets come live and none came: flows that were closed end when it is time. */
void flow_table_idle(struct flow_table *t, int64_t now);
/* End of input: delivers what waits behind holes, then ends all flows. */
void flow_table_flush(struct flow_table *t);

#endif
