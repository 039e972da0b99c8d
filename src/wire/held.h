/*
 * The bytes of one direction that have to wait: a head that goes on from the stream's position, and pieces
 * behind holes. Most directions never have one. Invariant: the pieces are sorted, don't overlap, and all
 * memory is accounted for in the pool, which takes it back from the oldest where there is too much.
 */
#ifndef NTLMAUDIT_WIRE_HELD_H
#define NTLMAUDIT_WIRE_HELD_H

#include "base/stream.h"
#include "base/tally.h"

struct flow;
struct held_piece;
struct stream;

/* The memory that all directions share. */
struct held_pool {
	struct tally *tally;
	size_t per_dir, total; /* limits in bytes: of what waits, of what is allocated */
	size_t bytes;	       /* allocated */
	struct held *oldest, *newest;
	/* Must free `h` and tell its reader. */
	void (*reclaim)(struct held_pool *pool, struct held *h);
};

struct held {
	struct held *older, *newer; /* in the pool */
	struct stream *stream;	    /* whose it is */
	struct flow *flow;
	enum stream_dir dir;

	bool acked;	  /* the other side has the bytes in the hole */
	unsigned packets; /* of the flow since then */
	int64_t since;	  /* when the hole began to be waited for */

	uint8_t *ptr; /* the head: bytes [start, start + len) of cap */
	size_t start, len, cap;
	struct held_piece *first, *last;
	size_t pieces;
	size_t waiting; /* bytes in pieces */
	uint64_t
		lost_to; /* up to this offset the capture has no bytes, where the head ends before */
};

/* A run of bytes on its way in: at a stream offset, and followed by some that were not captured. */
struct held_run {
	uint64_t off;
	struct span bytes;
	size_t missing;
};

static inline uint64_t held_run_end(const struct held_run *r)
{
	return r->off + r->bytes.len + r->missing;
}

/* Leaves out what is before offset `off`, which is not beyond the run's end. */
void held_run_from(struct held_run *r, uint64_t off);

/* NULL where memory ran out (counted). */
struct held *held_new(struct held_pool *pool, struct stream *s, struct flow *flow,
		      enum stream_dir dir) __attribute__((warn_unused_result));
void held_free(struct held_pool *pool, struct held *h);

static inline struct span held_head(const struct held *h)
{
	return h->len ? span_make(h->ptr + h->start, h->len) : (struct span){0};
}

/* The stream offsets of the first piece and behind the last; there must be one. */
uint64_t held_first(const struct held *h);
uint64_t held_end(const struct held *h);

/*
 * Takes a run in, where the head is at offset `pos` and the run not before. Of overlapping bytes those that
 * came first stay, different ones are counted. Returns 0; -ENOBUFS at a limit, -ENOMEM: both counted, and
 * part of the run may be in.
 */
int held_add(struct held_pool *pool, struct held *h, uint64_t pos, struct held_run run)
	__attribute__((warn_unused_result));

/*
 * Moves the next piece, where it goes on from the head, to the head: one at a time, so that a reader that looks for its
 * place is shown where each segment begins. 0, -ENOBUFS or -ENOMEM.
 */
int held_absorb(struct held_pool *pool, struct held *h, uint64_t pos)
	__attribute__((warn_unused_result));

/* Forgets n bytes of the head, and the pieces that end before offset `pos`. */
void held_consume(struct held_pool *pool, struct held *h, size_t n, uint64_t pos);

#endif
