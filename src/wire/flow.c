/* The life of connections: when one begins, when it has ended, and what a segment means for it. */
#include "wire/flow.h"

#include <errno.h>

#include "base/clock.h"
#include "base/mem.h"
#include "wire/datagram.h"
#include "wire/plain.h"
#include "wire/segment.h"
#include "wire/stream.h"
#include "wire/table.h"

/* Late segments are waited for this long after FIN or RST. */
#define CLOSING_NSEC (2 * NSEC_PER_SEC)
/* Of a connection that was idle for about a minute one more SYN is easily believed; in table_clock(). */
#define IDLE_CLOCK 60
/* Flows given up for one packet where memory is tight; and how much more must be in use to try again in vain. */
#define RELIEF_MAX 64
#define RELIEF_STEP ((size_t)1 << 20)

const struct flow_limits flow_limits_default = {
	.flows = 65536,
	.bytes_per_dir = 256 * 1024,
	.bytes_total = (size_t)16 << 20,
	.fragments = (size_t)4 << 20,
};

struct flow_table {
	struct table table;
	struct stream_pool pool;
	struct fragments fragments;
	struct tally *tally;
	struct packet last;    /* when and where the last one was, without its bytes */
	struct slot *current;  /* the packet's; NULL where it has none */
	size_t relieved;       /* what was in use after all flows had been given up; 0 = never */
	int64_t closing_since; /* the oldest closing flow */
	bool closing;	       /* there is one */
	uint64_t next_id;
};

int flow_table_new(const struct flow_limits *limits, const struct flow_ops *ops, void *ctx,
		   struct tally *tally, struct flow_table **ret_table)
{
	struct flow_table *t = mem_zalloc(1, sizeof(*t));
	int rc;

	if (!t)
		return -ENOMEM;
	rc = table_init(&t->table, limits->flows);
	if (rc < 0) {
		mem_free(t);
		return rc;
	}
	stream_pool_init(&t->pool, limits, ops, ctx, tally);
	fragments_init(&t->fragments, limits->fragments, tally);
	t->tally = tally;
	t->last.time = INT64_MIN;
	*ret_table = t;
	return 0;
}

static struct stream_site site_of(struct flow_table *t, struct slot *s, enum stream_dir d)
{
	return (struct stream_site){.pool = &t->pool, .flow = &s->flow, .dir = d};
}

/* The reader gets what is left and lets go; the slot stays, to know what comes late. */
static void end_flow(struct flow_table *t, struct slot *s)
{
	if (s->ended)
		return;
	for (int d = 0; d < STREAM_DIR__COUNT; d++) {
		struct stream_site at = site_of(t, s, (enum stream_dir)d);

		stream_finish(&s->stream[d], &at);
	}
	t->pool.ops->close(t->pool.ctx, &s->flow);
	s->flow.user = NULL;
	s->ended = true;
	table_move(&t->table, s, SLOT_IDLE);
}

static void note_closing(struct flow_table *t)
{
	const struct slot *s = table_oldest(&t->table, SLOT_CLOSING);

	t->closing = s != NULL;
	t->closing_since = s ? s->closing : 0;
}

static void end_closing(struct flow_table *t, int64_t now)
{
	struct slot *s;

	while ((s = table_oldest(&t->table, SLOT_CLOSING)) &&
	       packet_is_due(s->closing, now, CLOSING_NSEC))
		end_flow(t, s);
	note_closing(t);
}

static struct slot *add_slot(struct flow_table *t, const struct segment *g)
{
	struct slot *s = table_add(&t->table, g);

	if (s)
		return s;
	s = table_victim(&t->table);
	if (!s)
		return NULL;
	if (!s->ended)
		tally_one(t->tally, TALLY_FLOWS_EVICTED);
	end_flow(t, s);
	table_remove(&t->table, s);
	return table_add(&t->table, g);
}

/* The segment as its receiver's would be: a SYN|ACK also tells of the side that it answers. */
static struct segment turned(const struct segment *g)
{
	struct segment back = *g;

	back.end[0] = g->end[1];
	back.end[1] = g->end[0];
	return back;
}

/* A flow whose A is the sender of g. */
static struct slot *begin_flow(struct flow_table *t, const struct segment *g, bool midstream)
{
	struct slot *s = add_slot(t, g);

	if (!s)
		return NULL;
	s->flow.id = t->next_id++;
	s->flow.midstream = midstream;
	tally_one(t->tally, TALLY_FLOWS);
	tally_add(t->tally, TALLY_FLOWS_MIDSTREAM, midstream);
	return s;
}

/*
 * A new flow begins with a SYN, a SYN|ACK or, where the capture began later, with data; anything else is of
 * no use. A is who sent the SYN, or who was seen first.
 */
static struct slot *open_flow(struct flow_table *t, const struct segment *g,
			      enum stream_dir *ret_dir)
{
	bool answer = (g->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
	struct segment back = turned(g);
	struct slot *s;

	if (!(g->flags & TCP_SYN) && (g->payload.len + g->missing == 0 || (g->flags & TCP_RST)))
		return NULL;
	s = begin_flow(t, answer ? &back : g, !(g->flags & TCP_SYN));
	if (!s)
		return NULL;
	if (answer)
		stream_start(&s->stream[STREAM_A_TO_B], g->ack);
	*ret_dir = answer ? STREAM_B_TO_A : STREAM_A_TO_B;
	return s;
}

static void give_up_flow(struct flow_table *t, struct slot *s)
{
	end_flow(t, s);
	table_remove(&t->table, s);
}

/* The segment, of the known flow's direction *dir, has proved that there is another flow: the rival. */
static struct slot *open_rival(struct flow_table *t, struct slot *s, const struct segment *g,
			       enum stream_dir *dir)
{
	struct rival r = s->rival;
	struct segment back = turned(g);
	bool turn = r.opener != *dir;

	give_up_flow(t, s);
	s = begin_flow(t, turn ? &back : g, false);
	if (!s)
		return NULL;
	for (unsigned d = 0; d < STREAM_DIR__COUNT; d++)
		if (r.known & 1u << d)
			stream_start(&s->stream[d == r.opener ? STREAM_A_TO_B : STREAM_B_TO_A],
				     r.base[d]);
	*dir = turn ? STREAM_B_TO_A : STREAM_A_TO_B;
	return s;
}

/* Data behind the end of a flow: no late copy, but a connection that goes on. */
static bool goes_on(const struct slot *s, enum stream_dir d, const struct segment *g)
{
	const struct stream *own = &s->stream[d];

	if (g->payload.len == 0 || s->deaf)
		return false;
	return !own->started || stream_distance(own, g->seq) >= 0;
}

/* The flow of a SYN between endpoints that have one; NULL where the SYN is to be left alone. */
static struct slot *find_by_syn(struct flow_table *t, struct slot *s, const struct segment *g,
				enum stream_dir *ret_dir)
{
	bool idle = table_clock(t->pool.packet->time) - s->touched > IDLE_CLOCK;

	switch (rival_syn(s, *ret_dir, g, idle)) {
	case RIVAL_NONE:
		return s;
	case RIVAL_CLAIMED:
		return NULL;
	case RIVAL_PROVED:
		break;
	}
	give_up_flow(t, s);
	return open_flow(t, g, ret_dir);
}

static struct slot *find_flow(struct flow_table *t, const struct segment *g,
			      enum stream_dir *ret_dir)
{
	struct slot *s = table_find(&t->table, g, ret_dir);

	if (!s)
		return open_flow(t, g, ret_dir);
	if (g->flags & TCP_SYN)
		return find_by_syn(t, s, g, ret_dir);
	if (s->rival.known && rival_is_proved(s, *ret_dir, g))
		return open_rival(t, s, g, ret_dir);
	if (s->ended && goes_on(s, *ret_dir, g)) {
		give_up_flow(t, s);
		return open_flow(t, g, ret_dir);
	}
	return s;
}

static void start_closing(struct flow_table *t, struct slot *s)
{
	s->closing = t->pool.packet->time;
	table_move(&t->table, s, SLOT_CLOSING);
	note_closing(t);
}

/* RFC 5961, 3.2 in mind: an RST from nowhere near is somebody else's. */
static bool reset_is_likely(const struct stream *own, const struct segment *g)
{
	return !own->started || stream_is_near(own, own->front, g->seq);
}

static void note_end(struct flow_table *t, struct slot *s, enum stream_dir d,
		     const struct segment *g)
{
	struct stream *own = &s->stream[d];
	bool closing;

	if (g->flags & TCP_FIN)
		own->fin = true;
	closing = (own->fin && s->stream[stream_other(d)].fin) ||
		  ((g->flags & TCP_RST) && reset_is_likely(own, g));
	if (!closing)
		return;
	if (s->list == SLOT_LIVE)
		start_closing(t, s);
	else if (s->list != SLOT_CLOSING)
		end_flow(t, s); /* nothing more of it is wanted */
}

static void read_payload(struct flow_table *t, struct slot *s, enum stream_dir d,
			 const struct segment *g)
{
	struct stream_site at = site_of(t, s, d);
	struct stream *own = &s->stream[d];
	uint64_t front = own->front;

	if (own->never)
		return;
	if (s->list == SLOT_IDLE)
		table_move(&t->table, s, SLOT_LIVE);
	stream_segment(own, &at, g->seq + ((g->flags & TCP_SYN) != 0), g->payload, g->missing);
	if (s->list == SLOT_CLOSING && own->front > front)
		start_closing(t, s);
	if (own->never && s->stream[stream_other(d)].never) {
		s->deaf = true;
		table_move(&t->table, s, SLOT_DEAF);
	}
}

/* What waits on either side may have waited long enough. */
static void tick(struct flow_table *t, struct slot *s, enum stream_dir d, const struct segment *g)
{
	for (int i = 0; i < STREAM_DIR__COUNT; i++) {
		struct stream *stream = &s->stream[i];
		struct stream_site at = site_of(t, s, (enum stream_dir)i);

		if (!stream->held)
			continue;
		if ((enum stream_dir)i != d && (g->flags & TCP_ACK))
			stream_acked(stream, g->ack);
		stream_tick(stream, &at, !s->stream[stream_other((enum stream_dir)i)].started);
	}
}

static void read_segment(struct flow_table *t, const struct segment *g)
{
	enum stream_dir d = STREAM_A_TO_B;
	struct slot *s = find_flow(t, g, &d);
	struct stream *own;

	if (!s)
		return;
	t->current = s;
	table_touch(&t->table, s, t->pool.packet->time);
	if (s->ended || (s->deaf && !(g->flags & (TCP_FIN | TCP_RST))))
		return;
	own = &s->stream[d];
	if (!own->started && (g->flags & TCP_SYN))
		stream_start(own, g->seq + 1);
	if (g->payload.len + g->missing > 0 && !(g->flags & TCP_RST)) {
		if (!own->started)
			stream_start(own, g->seq);
		read_payload(t, s, d, g);
	}
	if (s->stream[0].held || s->stream[1].held)
		tick(t, s, d, g);
	if (g->flags & (TCP_FIN | TCP_RST))
		note_end(t, s, d, g);
}

static void count_packet(struct flow_table *t, const struct packet *p)
{
	tally_one(t->tally, TALLY_PACKETS);
	tally_add(t->tally, TALLY_BYTES, p->wire_len);
	if (p->wire_len > p->data.len)
		tally_one(t->tally, TALLY_PACKETS_CUT);
	if (p->time < t->last.time && packet_elapsed(t->last.time, p->time) < -NSEC_PER_SEC)
		tally_one(t->tally, TALLY_TIME_BACKWARDS);
}

/* An RST counts as an answer to a SYN only where the flow has got no further than that. */
static bool refuses(struct flow_table *t, const struct segment *g)
{
	enum stream_dir d;
	const struct slot *s = table_find(&t->table, g, &d);

	return !s || (!s->stream[d].started && s->stream[stream_other(d)].front == 0);
}

static void tell_attempt(struct flow_table *t, const struct segment *g, const struct packet *p)
{
	struct segment back = turned(g);
	enum attempt how = g->flags & TCP_RST	? ATTEMPT_REFUSED
			   : g->flags & TCP_ACK ? ATTEMPT_ACCEPTED
						: ATTEMPT_MADE;

	if (how != ATTEMPT_REFUSED || refuses(t, g))
		t->pool.ops->attempt(t->pool.ctx, how == ATTEMPT_MADE ? g->end : back.end, how, p);
}

/* The flow that is given up next for what its reader holds, but never the packet's own. */
static struct slot *relief_victim(const struct flow_table *t)
{
	for (int list = SLOT_DEAF; list < SLOT_LIST__COUNT; list++) {
		struct slot *s = table_oldest(&t->table, (enum slot_list)list);

		if (s && s == t->current)
			s = table_newer(&t->table, s);
		if (s)
			return s;
	}
	return NULL;
}

/*
 * Memory is tight: the flows that are least wanted go, so that who filled it can't shut out those who come later.
 * What is in use without any flow is not theirs, and giving them up does not help against that.
 */
static void relieve(struct flow_table *t)
{
	struct slot *s;

	if (t->relieved && mem_in_use() < t->relieved + RELIEF_STEP)
		return;
	for (int i = 0; i < RELIEF_MAX && mem_is_tight(); i++) {
		s = relief_victim(t);
		if (!s) {
			t->relieved = mem_in_use();
			return;
		}
		tally_one(t->tally, TALLY_FLOWS_EVICTED);
		end_flow(t, s);
	}
	t->relieved = 0;
}

static inline void close_due(struct flow_table *t, int64_t now)
{
	if (t->closing && packet_is_due(t->closing_since, now, CLOSING_NSEC))
		end_closing(t, now);
}

void flow_table_idle(struct flow_table *t, int64_t now)
{
	close_due(t, now);
}

void flow_table_packet(struct flow_table *t, const struct packet *p)
{
	enum segment_found found = SEGMENT_TCP;
	struct ip_packet ip;
	struct segment g;

	count_packet(t, p);
	t->pool.packet = p;
	t->current = NULL;
	close_due(t, p->time);
	if (!plain_segment(p, &g))
		found = segment_read(p, &t->fragments, t->tally, &g, &ip);
	switch (found) {
	case SEGMENT_TCP:
		if (t->pool.ops->attempt && (g.flags & (TCP_SYN | TCP_RST)))
			tell_attempt(t, &g, p);
		read_segment(t, &g);
		break;
	case SEGMENT_OTHER:
		datagram_read(t->pool.ops, t->pool.ctx, t->tally, &ip, p);
		break;
	case SEGMENT_NONE:
		break;
	}
	if (mem_is_tight())
		relieve(t);
	/* only now: copying what was written just before would wait for it */
	t->last = *p;
	t->last.data = (struct span){0};
	t->pool.packet = &t->last;
}

void flow_table_flush(struct flow_table *t)
{
	t->pool.packet = &t->last;
	for (int list = SLOT_LIST__COUNT; list-- > 0;) {
		struct slot *s;

		while ((s = table_oldest(&t->table, (enum slot_list)list))) {
			end_flow(t, s);
			table_remove(&t->table, s);
		}
	}
	note_closing(t);
	fragments_finish(&t->fragments);
}

void flow_table_free(struct flow_table *t)
{
	if (!t)
		return;
	flow_table_flush(t);
	table_finish(&t->table);
	mem_free(t);
}
