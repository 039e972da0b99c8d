/*
 * One direction of a TCP connection as its reader sees it (base/stream.h). Invariant: the reader's position
 * `pos` only grows, and no byte before it is ever kept.
 */
#ifndef NTLMAUDIT_WIRE_STREAM_H
#define NTLMAUDIT_WIRE_STREAM_H

#include "wire/flow.h"
#include "wire/held.h"

/* Offsets count bytes from 0, the first after the SYN; the byte at offset o has sequence number base + o. */
struct stream {
	uint64_t pos;	   /* the reader's next byte; beyond `front` while it skips */
	uint64_t front;	   /* how far the sender has come, as a reference for sequence numbers */
	struct held *held; /* NULL where nothing waits */
	uint32_t base;
	uint32_t want;	    /* bytes to be there before the reader is called again, at least 1 */
	uint32_t stray_seq; /* where the next segment is expected if the last stray was right */
	uint8_t strays;	    /* segments in a row that are far outside and agree */
	bool started;	    /* base is known */
	bool never;	    /* the reader wants nothing more */
	bool fin;
};

/* What all directions share. */
struct stream_pool {
	struct held_pool held;
	const struct flow_ops *ops;
	void *ctx;
	const struct packet *packet; /* the one being read */
};

/* Which direction of which flow. */
struct stream_site {
	struct stream_pool *pool;
	struct flow *flow;
	enum stream_dir dir;
};

void stream_pool_init(struct stream_pool *pool, const struct flow_limits *limits,
		      const struct flow_ops *ops, void *ctx, struct tally *tally);

/* The direction begins: `seq` is its first byte's. */
void stream_start(struct stream *s, uint32_t seq);

/* Bytes came: at a sequence number, and `missing` more that were not captured. */
void stream_segment(struct stream *s, const struct stream_site *at, uint32_t seq, struct span bytes,
		    size_t missing);

/* How far a sequence number is from how far the sender has come. */
static inline int32_t stream_distance(const struct stream *s, uint32_t seq)
{
	return (int32_t)(seq - (s->base + (uint32_t)s->front));
}

/* Of a segment or RST that far from where a stream is, it is believed that it belongs there. */
#define STREAM_BEHIND_MAX (64 * 1024)
#define STREAM_AHEAD_MAX (1024 * 1024)

/* Is a sequence number near the byte at an offset of the stream? */
static inline bool stream_is_near(const struct stream *s, uint64_t off, uint32_t seq)
{
	int32_t distance = (int32_t)(seq - (s->base + (uint32_t)off));

	return distance >= -STREAM_BEHIND_MAX && distance <= STREAM_AHEAD_MAX;
}

/* The other side acknowledged everything before a sequence number. Only worth a call while s->held. */
void stream_acked(struct stream *s, uint32_t ack);
/*
 * A packet of the flow has been read: is the hole, if there is one, waited for long enough? `alone`: the
 * other side was never seen, so no acknowledgement can come. Only worth a call while s->held.
 */
void stream_tick(struct stream *s, const struct stream_site *at, bool alone);

/* Nothing more comes: the reader gets what waits behind holes. */
void stream_finish(struct stream *s, const struct stream_site *at);

#endif
