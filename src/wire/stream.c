#include "wire/stream.h"

#include "base/clock.h"

/* A sequence number farther off than this belongs to something else, until several agree. */
#define STRAY_DISTANCE ((int32_t)1 << 30)
#define STRAYS_AGREE 3
/* An older segment than that is no retransmission: take it that the reference went wrong. */
#define REORDER_MAX ((uint64_t)16 << 20)
/* Offsets saturate here, so that a skip without end can't wrap. */
#define OFFSET_MAX ((uint64_t)1 << 62)
/* How long a hole is waited for: packets and time where its bytes were acknowledged, else this long. */
#define HOLE_PACKETS 3
#define HOLE_NSEC NSEC_PER_SEC
#define HOLE_UNACKED_NSEC (30 * NSEC_PER_SEC)
/* The mark of a reader that asked for more than it may. */
#define WANT_TOO_MUCH ((uint32_t)STREAM_WANT_MAX + 1)

static void count(const struct stream_site *at, enum tally_item item, uint64_t n)
{
	tally_add(at->pool->held.tally, item, n);
}

static uint64_t greater(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void drop_held(struct stream *s, const struct stream_site *at)
{
	if (s->held)
		held_free(&at->pool->held, s->held);
	s->held = NULL;
}

/* Another hole: what was known of the last does not count for it. */
static void wait_anew(const struct stream_site *at, struct held *h)
{
	h->since = at->pool->packet->time;
	h->acked = false;
	h->packets = 0;
}

/* Goes on at offset `to`, without the bytes before; `lost` of them never came. */
static void lose(struct stream *s, const struct stream_site *at, uint64_t to, uint64_t lost)
{
	struct stream_pool *pool = at->pool;

	count(at, TALLY_TCP_GAPS, 1);
	count(at, TALLY_TCP_GAP_BYTES, lost);
	if (s->held) {
		held_consume(&pool->held, s->held, s->held->len, to);
		wait_anew(at, s->held);
	}
	s->pos = to;
	s->want = 1;
	pool->ops->gap(pool->ctx, at->flow, at->dir, pool->packet);
}

static uint32_t next_want(const struct appetite *a, size_t had)
{
	size_t want = a->want ? a->want : 1;

	if (a->skip == 0 && want <= had)
		want = had + 1;
	return want > STREAM_WANT_MAX ? WANT_TOO_MUCH : (uint32_t)want;
}

/* Shows the reader the bytes at its position while they are enough for it. Returns those left over. */
static struct span serve(struct stream *s, const struct stream_site *at, struct span view)
{
	struct stream_pool *pool = at->pool;

	while (view.len >= s->want) {
		struct appetite a = {0};

		pool->ops->data(pool->ctx, at->flow, at->dir, view, pool->packet, &a);
		if (a.never) {
			s->never = true;
			return (struct span){0};
		}
		s->want = next_want(&a, view.len);
		s->pos = a.skip > OFFSET_MAX - s->pos ? OFFSET_MAX : s->pos + a.skip;
		view = span_from(view, a.skip < view.len ? (size_t)a.skip : view.len);
	}
	return view;
}

/* Keeps the bytes at the reader's position until there are as many as it wants. */
static void keep(struct stream *s, const struct stream_site *at, struct span bytes)
{
	struct held_run run = {.off = s->pos, .bytes = bytes};

	s->held = held_new(&at->pool->held, s, at->flow, at->dir);
	if (s->held && held_add(&at->pool->held, s->held, s->pos, run) == 0)
		return;
	drop_held(s, at);
	lose(s, at, s->pos + bytes.len, bytes.len);
}

/* The common case: the next bytes, with nothing waiting, are read where they are. */
static void pass(struct stream *s, const struct stream_site *at, const struct held_run *run)
{
	struct span rest = serve(s, at, run->bytes);
	uint64_t end = held_run_end(run);

	if (s->never)
		return;
	if (s->want == WANT_TOO_MUCH) {
		count(at, TALLY_TCP_BUFFER_FULL, 1);
		lose(s, at, greater(s->pos, end), 0);
	} else if (run->missing && s->pos < end) {
		lose(s, at, end, end - greater(s->pos, end - run->missing));
	} else if (rest.len) {
		keep(s, at, rest);
	}
}

/* After the head was served up to `have`: goes over what is known to be lost. True where it did. */
static bool settle_loss(struct stream *s, const struct stream_site *at, uint64_t have)
{
	struct held *h = s->held;
	uint64_t to = h->lost_to;

	if (s->want == WANT_TOO_MUCH) {
		count(at, TALLY_TCP_BUFFER_FULL, 1);
		lose(s, at, greater(s->pos, have), 0);
		return true;
	}
	if (h->first && held_first(h) < to)
		to = held_first(h);
	if (to <= have || to <= s->pos)
		return false;
	lose(s, at, to, to - greater(have, s->pos));
	return true;
}

/* Serves the head, and again as long as pieces go on from it. */
static void settle(struct stream *s, const struct stream_site *at)
{
	struct held_pool *pool = &at->pool->held;
	struct held *h = s->held;
	uint64_t before = s->pos + h->len;
	bool more = true;

	while (more && !s->never) {
		uint64_t have;
		size_t len;

		if (held_absorb(pool, h, s->pos) < 0) {
			lose(s, at, held_end(h), held_end(h) - s->pos);
			break;
		}
		len = h->len;
		have = s->pos + len;
		len -= serve(s, at, held_head(h)).len;
		held_consume(pool, h, len, s->pos);
		more = !s->never &&
		       (settle_loss(s, at, have) || (h->first && held_first(h) <= s->pos + h->len));
	}
	if (s->never || (h->len == 0 && !h->first))
		drop_held(s, at);
	else if (s->pos + h->len != before)
		wait_anew(at, h);
}

static void give_up_hole(struct stream *s, const struct stream_site *at)
{
	uint64_t to = held_first(s->held);

	lose(s, at, to, to - s->pos - s->held->len);
	settle(s, at);
}

static int hold(struct stream *s, const struct stream_site *at, const struct held_run *run)
{
	bool waiting = s->held && s->held->first;
	int rc;

	if (!s->held)
		s->held = held_new(&at->pool->held, s, at->flow, at->dir);
	if (!s->held)
		return -1;
	rc = held_add(&at->pool->held, s->held, s->pos, *run);
	if (!waiting)
		wait_anew(at, s->held);
	return rc;
}

/* Bytes that the reader has not passed yet: in order, or behind a hole. */
static void take(struct stream *s, const struct stream_site *at, struct held_run run)
{
	uint64_t end = held_run_end(&run);

	while (!s->never && s->pos < end) {
		if (run.off < s->pos)
			held_run_from(&run, s->pos);
		if (!s->held && run.off == s->pos) {
			pass(s, at, &run);
			return;
		}
		if (hold(s, at, &run) == 0) {
			settle(s, at);
			return;
		}
		if (!s->held || !s->held->first) {
			uint64_t pos = s->pos;

			drop_held(s, at);
			lose(s, at, end, end - pos);
			return;
		}
		give_up_hole(s, at);
	}
}

/* Is the segment near the reader's position? Then it is `front` that is off, led astray by forged ones. */
static bool is_near_reader(const struct stream *s, uint32_t seq)
{
	int32_t distance = (int32_t)(seq - (s->base + (uint32_t)s->pos));

	return s->pos < s->front && distance <= STRAY_DISTANCE && distance >= -STRAY_DISTANCE;
}

/*
 * A segment is far outside. Returns false where it is to be ignored. Several in a row that agree mean that
 * the capture lost more than can be reckoned with: the stream then goes on with them.
 */
static bool recover(struct stream *s, const struct stream_site *at, uint32_t seq, uint32_t len)
{
	uint64_t to;

	if (is_near_reader(s, seq)) {
		s->front = s->pos;
		return true;
	}
	count(at, TALLY_TCP_STRAY, 1);
	if (s->strays > 0 && seq + len == s->stray_seq)
		return false; /* a second copy of the last */
	s->strays = seq == s->stray_seq ? (uint8_t)(s->strays + 1) : 1;
	s->stray_seq = seq + len;
	if (s->strays < STRAYS_AGREE)
		return false;
	drop_held(s, at);
	to = greater(s->pos, s->front);
	s->base = seq - (uint32_t)to;
	s->front = to;
	lose(s, at, to, 0);
	return true;
}

void stream_start(struct stream *s, uint32_t seq)
{
	s->base = seq;
	s->want = 1;
	s->started = true;
}

void stream_segment(struct stream *s, const struct stream_site *at, uint32_t seq, struct span bytes,
		    size_t missing)
{
	struct held_run run = {.bytes = bytes, .missing = missing};
	size_t len = bytes.len + missing;
	uint64_t front = s->front, end;
	int32_t distance = stream_distance(s, seq);
	int64_t off = (int64_t)front + distance;

	if (distance > STRAY_DISTANCE || distance < -STRAY_DISTANCE) {
		if (!recover(s, at, seq, (uint32_t)len))
			return;
		front = s->front;
		off = (int64_t)front + stream_distance(s, seq);
	}
	s->strays = 0;
	if (off + (int64_t)len <= 0) {
		count(at, TALLY_TCP_DUPLICATE, 1); /* from before the beginning */
		return;
	}
	end = (uint64_t)(off + (int64_t)len);
	if (end > front || front - end > REORDER_MAX)
		s->front = end;
	if (end <= s->pos) {
		count(at, TALLY_TCP_DUPLICATE, end <= front);
		return;
	}
	if (off < 0) {
		run.off = (uint64_t)off; /* wraps, and back again */
		held_run_from(&run, 0);
	}
	run.off = off < 0 ? 0 : (uint64_t)off;
	take(s, at, run);
}

void stream_acked(struct stream *s, uint32_t ack)
{
	int64_t off = (int64_t)s->front + stream_distance(s, ack);

	if (off > 0 && (uint64_t)off > s->pos + s->held->len)
		s->held->acked = true;
}

void stream_tick(struct stream *s, const struct stream_site *at, bool alone)
{
	struct held *h = s->held;
	int64_t now = at->pool->packet->time, waited = packet_elapsed(h->since, now);

	if (!h->first)
		return;
	if (waited < -NSEC_PER_SEC) /* it was the time then that was wrong, or is now */
		h->since = now;
	if (h->acked)
		h->packets++;
	if (h->packets > HOLE_PACKETS || waited > HOLE_UNACKED_NSEC ||
	    (waited > HOLE_NSEC && (h->acked || alone)))
		give_up_hole(s, at);
}

void stream_finish(struct stream *s, const struct stream_site *at)
{
	while (s->held && s->held->first && !s->never)
		give_up_hole(s, at);
	drop_held(s, at);
}

/* The pool is full and this one is the oldest: all that it holds is lost. */
static void reclaim(struct held_pool *held_pool, struct held *h)
{
	/* the pool that we are told of is the first member of ours */
	struct stream_pool *pool = (struct stream_pool *)(void *)held_pool;
	struct stream_site at = {.pool = pool, .flow = h->flow, .dir = h->dir};
	struct stream *s = h->stream;
	uint64_t pos = s->pos;
	uint64_t to = h->first ? held_end(h) : pos + h->len;

	drop_held(s, &at);
	lose(s, &at, to, to - pos);
}

void stream_pool_init(struct stream_pool *pool, const struct flow_limits *limits,
		      const struct flow_ops *ops, void *ctx, struct tally *tally)
{
	*pool = (struct stream_pool){
		.held = {.tally = tally,
			 .per_dir = limits->bytes_per_dir,
			 .total = limits->bytes_total,
			 .reclaim = reclaim},
		.ops = ops,
		.ctx = ctx,
	};
}
