/* Flows of datagrams. Invariant: a flow has a carrier and its state for as long as it lives. */
#include "source/udp.h"

#include "base/hash.h"
#include "base/mem.h"

#include <errno.h>

#define BUCKETS UDP_FLOWS_MAX /* a power of two */
#define UDP_ID UINT64_C(0x8000000000000000)
#define END_SIZE 18

struct udp_table {
	struct udp_flow *bucket[BUCKETS];
	struct udp_flow *oldest, *newest;
	size_t n;
	uint64_t next_id;
	struct hash_key hash;
	struct tally *tally;
	void (*close)(void *ctx, uint64_t flow_id);
	void *ctx;
};

int udp_table_new(void (*close)(void *ctx, uint64_t flow_id), void *ctx, struct tally *tally,
		  struct udp_table **ret_table)
{
	struct udp_table *t = mem_zalloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->hash = hash_key_random();
	t->tally = tally;
	t->close = close;
	t->ctx = ctx;
	*ret_table = t;
	return 0;
}

static bool end_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && addr_equal(&a->addr, &b->addr);
}

static uint64_t hash_end(const struct udp_table *t, const struct endpoint *e)
{
	uint8_t bytes[END_SIZE];

	memcpy(bytes, e->addr.ip, sizeof(e->addr.ip));
	bytes[16] = (uint8_t)(e->port >> 8);
	bytes[17] = (uint8_t)e->port;
	return hash_bytes(&t->hash, span_make(bytes, sizeof(bytes)));
}

/* The same for both directions. */
static struct udp_flow **bucket_of(struct udp_table *t, const struct endpoint end[2])
{
	return &t->bucket[(hash_end(t, &end[0]) + hash_end(t, &end[1])) % BUCKETS];
}

static void unlink_use(struct udp_table *t, struct udp_flow *f)
{
	*(f->older ? &f->older->newer : &t->oldest) = f->newer;
	*(f->newer ? &f->newer->older : &t->newest) = f->older;
}

static void link_newest(struct udp_table *t, struct udp_flow *f)
{
	f->older = t->newest;
	f->newer = NULL;
	*(f->older ? &f->older->newer : &t->oldest) = f;
	t->newest = f;
}

static void end_flow(struct udp_table *t, struct udp_flow *f)
{
	struct udp_flow **at = bucket_of(t, f->flow.end);

	while (*at != f)
		at = &(*at)->chain;
	*at = f->chain;
	unlink_use(t, f);
	t->n--;
	t->close(t->ctx, f->flow.id);
	conn_finish(&f->conn);
	mem_free(f);
}

void udp_table_free(struct udp_table *t)
{
	while (t && t->oldest)
		end_flow(t, t->oldest);
	mem_free(t);
}

static struct udp_flow *look_up(struct udp_table *t, const struct endpoint end[2],
				enum stream_dir *ret_dir)
{
	for (struct udp_flow *f = *bucket_of(t, end); f; f = f->chain) {
		for (int d = 0; d < STREAM_DIR__COUNT; d++) {
			if (!end_equal(&f->flow.end[d], &end[0]) ||
			    !end_equal(&f->flow.end[1 - d], &end[1]))
				continue;
			*ret_dir = (enum stream_dir)d;
			return f;
		}
	}
	return NULL;
}

static struct udp_flow *open_flow(struct udp_table *t, const struct endpoint end[2],
				  const struct carrier *carrier)
{
	struct udp_flow *f = mem_zalloc(1, sizeof(*f));
	void *state = mem_zalloc(1, carrier->state_size);

	if (!f || !state) {
		mem_free(f);
		mem_free(state);
		tally_one(t->tally, TALLY_NO_MEMORY);
		return NULL;
	}
	if (t->n == UDP_FLOWS_MAX) {
		tally_one(t->tally, TALLY_FLOWS_EVICTED);
		end_flow(t, t->oldest);
	}
	f->flow = (struct flow){.id = UDP_ID | t->next_id++, .end = {end[0], end[1]}};
	conn_init(&f->conn, end[0].port, end[1].port);
	f->conn.carrier = carrier;
	f->conn.state = state;
	f->chain = *bucket_of(t, end);
	*bucket_of(t, end) = f;
	link_newest(t, f);
	t->n++;
	return f;
}

static const struct carrier *recognise(struct span payload)
{
	size_t want;

	for (size_t i = 0; carriers[i]; i++)
		if (carriers[i]->datagrams && carriers[i]->probe(payload, &want) == CARRIER_YES)
			return carriers[i];
	return NULL;
}

struct udp_flow *udp_table_find(struct udp_table *t, const struct endpoint end[2],
				struct span payload, enum stream_dir *ret_dir)
{
	const struct carrier *carrier = payload.len ? recognise(payload) : NULL;
	enum stream_dir d = STREAM_A_TO_B;
	struct udp_flow *f;

	if (!carrier)
		return NULL;
	f = look_up(t, end, &d);
	if (f && f->conn.carrier != carrier) {
		end_flow(t, f);
		f = NULL;
		d = STREAM_A_TO_B;
	}
	if (f) {
		unlink_use(t, f);
		link_newest(t, f);
	} else {
		f = open_flow(t, end, carrier);
	}
	if (f)
		*ret_dir = d;
	return f;
}

void udp_flow_read(struct udp_flow *f, const struct carrier_env *env, enum stream_dir d,
		   struct span payload)
{
	const struct carrier *carrier = f->conn.carrier;
	struct appetite ignored = {0};

	/* what an earlier datagram left unfinished does not go on in this one */
	if (carrier->gap)
		carrier->gap(f->conn.state, env, d);
	(void)carrier->data(f->conn.state, env, d, payload, &ignored);
}
