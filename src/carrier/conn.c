/*
 * The search for a carrier. Invariant: an unknown connection owns nothing and keeps no bytes but the few that
 * a probe asked for, since nearly every connection stays unknown for life. Its segments cost one look at
 * their first byte.
 */
#include "carrier/conn.h"

#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <threads.h>

#define PROBE_WANT_MAX 64
#define ROUNDS 4 /* a view's carriers: one in another's tunnel, a mistake or two */

/* Bit n of plausible[b]: carriers[n] does not refuse a PDU that begins with byte b. */
static uint32_t plausible[256];
static once_flag plausible_once = ONCE_FLAG_INIT;

static void plausible_make(void)
{
	for (unsigned n = 0; carriers[n]; n++) {
		assert(n < 32);
		for (unsigned b = 0; b < 256; b++) {
			uint8_t byte = (uint8_t)b;
			size_t want = 0;

			if (carriers[n]->probe(span_make(&byte, 1), &want) != CARRIER_NO)
				plausible[b] |= UINT32_C(1) << n;
		}
	}
}

void conn_init(struct conn *c, uint16_t port_a, uint16_t port_b)
{
	call_once(&plausible_once, plausible_make);
	*c = (struct conn){.ports = {port_a, port_b}};
}

static void forget(struct conn *c)
{
	if (c->carrier && c->carrier->finish)
		c->carrier->finish(c->state);
	mem_free(c->state);
	c->carrier = NULL;
	c->state = NULL;
	memset(c->sync, CONN_UNSEEN, sizeof(c->sync));
}

void conn_finish(struct conn *c)
{
	if (c)
		forget(c);
}

/* Is this the carrier to try first: the one that the connection has, else one at home on its ports? */
static bool is_preferred(const struct conn *c, const struct carrier *carrier)
{
	if (c->carrier)
		return c->carrier == carrier;
	for (size_t i = 0; i < sizeof(carrier->ports) / sizeof(carrier->ports[0]); i++)
		if (carrier->ports[i] &&
		    (carrier->ports[i] == c->ports[0] || carrier->ports[i] == c->ports[1]))
			return true;
	return false;
}

struct search {
	const struct carrier *found;
	size_t want; /* where none was found: the fewest bytes that would tell more; 0 = none */
};

static void search_one(struct search *s, const struct carrier *carrier, struct span view)
{
	size_t want = 0;
	enum carrier_match match = carrier->probe(view, &want);

	if (match == CARRIER_YES)
		s->found = carrier;
	if (match != CARRIER_MORE || view.len >= PROBE_WANT_MAX)
		return;
	want = want > view.len ? want : view.len + 1;
	want = want < PROBE_WANT_MAX ? want : PROBE_WANT_MAX;
	if (s->want == 0 || want < s->want)
		s->want = want;
}

/* Tries the carriers in `mask`, preferred ones first. */
static struct search search_all(const struct conn *c, uint32_t mask, struct span view)
{
	struct search s = {0};
	bool choice = (mask & (mask - 1)) != 0;

	for (int preferred = 1; preferred >= 0 && !s.found; preferred--) {
		if (preferred && !choice)
			continue; /* only one: its rank does not matter */
		for (unsigned n = 0; mask >> n && !s.found; n++)
			if ((mask >> n & 1) &&
			    (!choice || is_preferred(c, carriers[n]) == (preferred == 1)))
				search_one(&s, carriers[n], view);
	}
	return s;
}

/* Passes over bytes that nobody knows. For a carrier that the connection already has they are a loss. */
static void pass(struct conn *c, const struct carrier_env *env, enum stream_dir d, struct span view,
		 struct appetite *ret_appetite)
{
	/* what waited for a probe ends where a later segment starts: that may begin a PDU */
	size_t held = c->held[d];

	ret_appetite->skip = held && held < view.len ? held : view.len;
	c->held[d] = 0;
	if (c->carrier && c->carrier->gap)
		c->carrier->gap(c->state, env, d);
}

static bool adopt(struct conn *c, const struct carrier_env *env, const struct carrier *carrier)
{
	void *state = NULL;

	if (carrier->state_size && !(state = mem_zalloc(1, carrier->state_size))) {
		tally_one(env->tally, TALLY_NO_MEMORY);
		return false;
	}
	forget(c);
	c->carrier = carrier;
	c->state = state;
	return true;
}

/* The carrier `found` knows the start of this view. Does the connection have it now? */
static bool settle(struct conn *c, const struct carrier_env *env, enum stream_dir d,
		   const struct carrier *found)
{
	if (found != c->carrier && !adopt(c, env, found))
		return false;
	if (c->sync[d] == CONN_LOST)
		tally_one(env->tally, TALLY_CARRIER_RESYNC);
	c->sync[d] = CONN_SYNCED;
	c->held[d] = 0;
	return true;
}

/* Looks for a carrier at a segment's start. True where the view is to be read by the connection's. */
static bool seek(struct conn *c, const struct carrier_env *env, enum stream_dir d, uint32_t mask,
		 struct span view, struct appetite *ret_appetite)
{
	struct search s = search_all(c, mask, view);

	if (s.found && settle(c, env, d, s.found))
		return true;
	if (s.found || s.want == 0) {
		pass(c, env, d, view, ret_appetite);
		return false;
	}
	if (c->held[d] == 0)
		c->held[d] = (uint8_t)view.len;
	ret_appetite->want = s.want;
	return false;
}

static uint32_t carrier_bit(const struct carrier *carrier)
{
	unsigned n = 0;

	while (carriers[n] && carriers[n] != carrier)
		n++;
	return UINT32_C(1) << n;
}

static bool must_seek(const struct conn *c, enum stream_dir d)
{
	if (c->carrier && c->carrier->paired && c->sync[d] == CONN_UNSEEN)
		return false;
	return !c->carrier || c->sync[d] != CONN_SYNCED;
}

/*
 * Reads the view's rest. -EAGAIN where the carrier gave up: then the rest begins behind what it was done with,
 * and where that is nothing it is no longer in the mask.
 */
static int read_rest(struct conn *c, const struct carrier_env *env, enum stream_dir d,
		     uint32_t *mask, struct span *rest, struct appetite *ret_appetite)
{
	uint64_t used;

	*ret_appetite = (struct appetite){0};
	if (must_seek(c, d) && !seek(c, env, d, *mask, *rest, ret_appetite))
		return 0;
	if (c->carrier->data(c->state, env, d, *rest, ret_appetite) == 0) {
		c->sync[d] = CONN_SYNCED;
		return 0;
	}
	used = ret_appetite->skip;
	*mask &= ~carrier_bit(c->carrier);
	forget(c);
	if (used > 0 && used >= rest->len)
		return 0;
	if (used > 0) {
		*rest = span_from(*rest, (size_t)used);
		*mask = plausible[rest->ptr[0]];
	}
	return -EAGAIN;
}

void conn_data(struct conn *c, const struct carrier_env *env, enum stream_dir d, struct span view,
	       struct appetite *ret_appetite)
{
	uint32_t mask = view.len ? plausible[view.ptr[0]] : 0;
	struct span rest = view;
	int rc = -EAGAIN;

	*ret_appetite = (struct appetite){0};
	if (!c->carrier && mask == 0) { /* by far the most frequent case */
		pass(c, env, d, view, ret_appetite);
		return;
	}
	/* again where a carrier found that this is not its protocol: others may know it */
	for (int round = 0; round < ROUNDS && rc == -EAGAIN; round++)
		rc = read_rest(c, env, d, &mask, &rest, ret_appetite);
	if (rc == -EAGAIN) {
		*ret_appetite = (struct appetite){0};
		pass(c, env, d, rest, ret_appetite);
	}
	ret_appetite->skip += view.len - rest.len;
}

void conn_gap(struct conn *c, const struct carrier_env *env, enum stream_dir d)
{
	c->held[d] = 0;
	if (!c->carrier)
		return;
	if (c->carrier->gap)
		c->carrier->gap(c->state, env, d);
	if (c->sync[d] == CONN_SYNCED)
		c->sync[d] = CONN_LOST;
}
