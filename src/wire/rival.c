#include "wire/rival.h"

#include "wire/table.h"

/* How far a connection may have come where the capture lost its beginning. */
#define BEGUN_MAX (1024 * 1024)

static unsigned bit(enum stream_dir d)
{
	return 1u << d;
}

static bool is_early(uint32_t seq, uint32_t base)
{
	return seq - base <= BEGUN_MAX;
}

/* May the number be of the stream that we know? Where we can't tell, it may. */
static bool fits(const struct stream *s, uint32_t seq)
{
	if (!s->started || s->never)
		return true;
	if (s->front == 0)
		return seq == s->base;
	/* forged segments may have led `front` astray */
	return stream_is_near(s, s->front, seq) || stream_is_near(s, s->pos, seq);
}

static void note(struct slot *s, enum stream_dir opener, unsigned known, bool idle)
{
	s->rival.opener = (uint8_t)opener;
	s->rival.known = (uint8_t)known;
	s->rival.likely = idle || s->list == SLOT_CLOSING;
}

static enum rival_verdict judge_answer(struct slot *s, enum stream_dir d, const struct segment *g,
				       bool idle)
{
	enum stream_dir opener = stream_other(d);
	const struct stream *asked = &s->stream[opener];
	struct rival *r = &s->rival;

	if (r->known & bit(opener) && r->opener == opener && g->ack == r->base[opener])
		return RIVAL_PROVED;
	if (!s->stream[d].started && !s->flow.midstream &&
	    g->ack - asked->base <= (uint32_t)asked->front)
		return RIVAL_NONE;
	r->base[d] = g->seq + 1;
	r->base[opener] = g->ack;
	note(s, opener, bit(d) | bit(opener), idle);
	return RIVAL_CLAIMED;
}

enum rival_verdict rival_syn(struct slot *s, enum stream_dir d, const struct segment *g, bool idle)
{
	const struct stream *own = &s->stream[d];

	if (own->started && own->base == g->seq + 1)
		return RIVAL_NONE;
	if (s->ended || s->deaf) /* there is nothing to lose */
		return RIVAL_PROVED;
	if (g->flags & TCP_ACK)
		return judge_answer(s, d, g, idle);
	s->rival.base[d] = g->seq + 1;
	note(s, d, bit(d), idle);
	return RIVAL_CLAIMED;
}

/* Data that begin where the rival's should: proof where the other side says nothing, or has long not. */
static bool data_prove(const struct slot *s, enum stream_dir d, const struct segment *g)
{
	const struct rival *r = &s->rival;
	bool first = g->seq == r->base[d], other = !fits(&s->stream[d], g->seq);

	if (!(r->known & bit(d)) || g->payload.len + g->missing == 0)
		return false;
	if (r->likely || s->ended)
		return first || (other && is_early(g->seq, r->base[d]));
	return first && other && s->stream[stream_other(d)].front == 0;
}

/* The peer of who sent the rival's SYN or SYN|ACK acknowledges it: beyond doubt where that is no old number. */
static bool ack_proves(const struct slot *s, enum stream_dir d, const struct segment *g)
{
	const struct rival *r = &s->rival;
	enum stream_dir peer = stream_other(d);
	bool fits_peer = fits(&s->stream[peer], g->ack);

	if (!(g->flags & TCP_ACK) || !(r->known & bit(peer)) || !is_early(g->ack, r->base[peer]))
		return false;
	if (!(r->known & bit(d)))
		return !fits_peer;
	return r->opener == d && is_early(g->seq, r->base[d]) &&
	       !(fits_peer && fits(&s->stream[d], g->seq));
}

bool rival_is_proved(const struct slot *s, enum stream_dir d, const struct segment *g)
{
	if (g->flags & TCP_RST)
		return false;
	return data_prove(s, d, g) || ack_proves(s, d, g);
}
