#include "netlogon/netlogon.h"

#include <errno.h>

#include "base/mem.h"
#include "netlogon/state.h"

#define PFC_FIRST 0x01
#define PFC_LAST 0x02
#define PFC_OBJECT 0x80
#define FLAGS_OFFSET 3
#define CALL_HEADER_SIZE 24u
#define OBJECT_SIZE 16u
#define CONTEXT_ID_OFFSET 20
#define OPNUM_OFFSET 22

/* -- calls, whole or in fragments -- */

static void done_request(const struct scene *s, uint16_t opnum, const struct open_call *call)
{
	pending_request(s, opnum, call);
}

static void done_response(const struct scene *s, uint16_t opnum, const struct open_call *call)
{
	(void)opnum;
	pending_response(s, call);
}

static void done(const struct scene *s, uint16_t opnum, const struct open_call *call)
{
	(s->pdu->type == DCERPC_REQUEST ? done_request : done_response)(s, opnum, call);
}

/* Is there somebody who wants this call put together? */
static bool is_wanted(const struct scene *s, uint16_t opnum)
{
	if (s->pdu->type == DCERPC_REQUEST)
		return pending_is_of_interest(opnum);
	return pending_find(s->n, s->assoc, s->pdu->call_id) != NULL;
}

/*
 * Fragments of one call follow each other, and so do their sequence numbers where they are secured: where one is missing, the
 * call is given up.
 */
static bool continues(const struct scene *s, const struct fragments *f,
		      const struct open_call *call)
{
	return f->open && f->call_id == s->pdu->call_id && f->secured == call->secured &&
	       (!call->secured || call->sequence == f->sequence + 1);
}

static void fragment(const struct scene *s, uint8_t flags, uint16_t opnum,
		     const struct open_call *call)
{
	struct fragments *f = &s->assoc->part[s->pdu->type == DCERPC_REQUEST];

	if (flags & PFC_FIRST) {
		assoc_fragments_drop(s->n, f);
		if (!is_wanted(s, opnum))
			return;
		*f = (struct fragments){.call_id = s->pdu->call_id, .opnum = opnum, .open = true};
		f->secured = call->secured;
	} else if (!f->open) {
		return;
	} else if (!continues(s, f, call)) {
		assoc_fragments_drop(s->n, f);
		return;
	}
	f->sequence = call->sequence;
	if (!assoc_fragments_add(s->n, f, call->stub)) {
		assoc_fragments_drop(s->n, f);
	} else if (flags & PFC_LAST) {
		struct open_call whole = *call;

		whole.stub = span_make(f->ptr, f->len);
		f->open = false;
		done(s, f->opnum, &whole);
		assoc_fragments_drop(s->n, f);
	}
}

static void on_call(const struct scene *s)
{
	uint8_t flags = s->pdu->bytes.ptr[FLAGS_OFFSET];
	bool request = s->pdu->type == DCERPC_REQUEST;
	size_t header = CALL_HEADER_SIZE + (request && flags & PFC_OBJECT ? OBJECT_SIZE : 0);
	uint16_t opnum = request ? dcerpc_pdu_u16(s->pdu, OPNUM_OFFSET) : 0;
	struct open_call call;

	s->assoc->client = s->where->end[request ? s->dir : stream_other(s->dir)];
	s->assoc->server = s->where->end[request ? stream_other(s->dir) : s->dir];
	if (assoc_is_ndr64(s->assoc, dcerpc_pdu_u16(s->pdu, CONTEXT_ID_OFFSET))) {
		netlogon_tell_problem(s, NETLOGON_NDR64);
		return;
	}
	if (!open_call(s, header, &call))
		return;
	if ((flags & (PFC_FIRST | PFC_LAST)) == (PFC_FIRST | PFC_LAST))
		done(s, opnum, &call);
	else
		fragment(s, flags, opnum, &call);
}

static void (*const roles[DCERPC_TYPE__COUNT])(const struct scene *s) = {
	[DCERPC_REQUEST] = on_call,
	[DCERPC_RESPONSE] = on_call,
	[DCERPC_FAULT] = pending_fault,
	[DCERPC_BIND] = assoc_bind,
	[DCERPC_ALTER_CONTEXT] = assoc_bind,
	[DCERPC_BIND_ACK] = assoc_answer,
	[DCERPC_ALTER_CONTEXT_RESP] = assoc_answer,
};

static void on_gap(struct netlogon *n, struct assoc *a, const struct netlogon_place *where,
		   enum stream_dir dir)
{
	/* endpoint of the sender: the client's direction is the one with fragments of requests */
	bool from_client = memcmp(&where->end[dir], &a->client, sizeof(a->client)) == 0;

	assoc_fragments_drop(n, &a->part[from_client]);
}

void netlogon_pdu(struct netlogon *n, const struct netlogon_place *where,
		  const struct sighting_netlogon *s)
{
	struct assoc *a = assoc_get(n, where, s->key);
	struct scene scene = {.n = n, .where = where, .assoc = a, .dir = s->dir};
	struct dcerpc_pdu pdu;
	const char *why;

	n->now = where->packet->time;
	if (!a)
		return;
	if (s->pdu.len == 0) {
		on_gap(n, a, where, s->dir);
		return;
	}
	scene.pdu = &pdu;
	if (dcerpc_pdu_decode(s->pdu, &pdu, &why) != 0 || pdu.bytes.len < pdu.frag_length)
		return; /* the carrier has told */
	if (pdu.big) {
		netlogon_malformed(n, dcerpc_type_name(pdu.type), "big-endian", 4);
		return;
	}
	if (roles[pdu.type])
		roles[pdu.type](&scene);
	explicit_bzero(n->work, pdu.frag_length);
}

void netlogon_flow_closed(struct netlogon *n, uint64_t flow)
{
	struct lru_node *node =
		lru_find(&n->assocs, hash_bytes(&n->hash_key, span_make(&flow, sizeof(flow))));

	while (node) {
		struct assoc *a = (void *)node;

		node = lru_next(node);
		if (a->flow == flow)
			assoc_remove(n, a);
	}
}

void netlogon_tick(struct netlogon *n, int64_t now)
{
	struct pending *p = (void *)n->pending.oldest;

	while (p && packet_is_due(p->mark.time, now, PENDING_WAIT)) {
		pending_give_up(n, p);
		p = (void *)n->pending.oldest;
	}
}

void netlogon_flush(struct netlogon *n)
{
	while (n->pending.oldest)
		pending_give_up(n, (void *)n->pending.oldest);
}

void netlogon_set_keys(struct netlogon *n, const struct netlogon_keys *keys)
{
	n->keys = keys;
	n->generation++;
}

/* -- life -- */

static void drop_nodes(struct lru *l, size_t size)
{
	while (l->oldest) {
		struct lru_node *node = l->oldest;

		lru_take(l, node);
		mem_free_secret(node, size);
	}
	lru_finish(l);
}

static void drop_channels(struct lru *l)
{
	while (l->oldest) {
		struct lru_node *node = l->oldest;

		lru_take(l, node);
		channel_unref((void *)node);
	}
	lru_finish(l);
}

void netlogon_free(struct netlogon *n)
{
	if (!n)
		return;
	netlogon_flush(n);
	while (n->assocs.oldest)
		assoc_remove(n, (void *)n->assocs.oldest);
	lru_finish(&n->assocs);
	lru_finish(&n->pending);
	drop_channels(&n->channels);
	drop_channels(&n->strangers);
	drop_nodes(&n->challenges, sizeof(struct challenge));
	drop_nodes(&n->machines, sizeof(struct machine));
	drop_nodes(&n->told, sizeof(struct lru_node));
	mem_free_secret(n->work, FRAGMENT_MAX);
	arena_finish(&n->texts);
	mem_free_secret(n, sizeof(*n));
}

static int init_tables(struct netlogon *n)
{
	const struct {
		struct lru *table;
		size_t buckets;
	} tables[] = {
		{&n->challenges, 512}, {&n->channels, 2048}, {&n->strangers, 256},
		{&n->machines, 2048},  {&n->assocs, 2048},   {&n->pending, 512},
		{&n->told, 512},
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		int rc = lru_init(tables[i].table, tables[i].buckets);

		if (rc != 0)
			return rc;
	}
	return 0;
}

int netlogon_new(const struct netlogon_keys *keys, const struct netlogon_ops *ops, void *ctx,
		 struct tally *tally, struct netlogon **ret_netlogon)
{
	struct netlogon *n = mem_zalloc(1, sizeof(*n));

	if (!n)
		return -ENOMEM;
	n->keys = keys;
	n->ops = ops;
	n->ctx = ctx;
	n->tally = tally;
	n->hash_key = hash_key_random();
	n->generation = 1; /* 0 is no generation */
	n->budget = 400000;
	n->work = mem_alloc(FRAGMENT_MAX);
	arena_init(&n->texts, (size_t)64 * 1024);
	if (!n->work || init_tables(n) != 0) {
		netlogon_free(n);
		return -ENOMEM;
	}
	*ret_netlogon = n;
	return 0;
}
