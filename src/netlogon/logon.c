/*
 * Requests wait here for their responses; together they are a handshake or a logon. Invariant: a request of interest is
 * kept in memory that is wiped, and told at most once.
 */
#include "base/mem.h"
#include "netlogon/state.h"

/* What becomes of a call when its response is there. NULL: the request alone says it all. */
static void answer_logon(const struct scene *s, const struct pending *p, struct span answer);

static const struct {
	uint16_t op;
	bool secured; /* counts only where its checksum verified */
	bool alone;   /* its answer is of no interest */
	void (*answer)(const struct scene *s, const struct pending *p, struct span answer);
} calls[] = {
	{CALL_CHALLENGE, false, false, channel_challenge},
	{CALL_AUTHENTICATE, false, false, channel_handshake},
	{CALL_AUTHENTICATE2, false, false, channel_handshake},
	{CALL_AUTHENTICATE3, false, false, channel_handshake},
	{CALL_DOMAIN_INFO, true, true, NULL},
	{CALL_SAM_LOGON, true, false, answer_logon},
	{CALL_SAM_LOGON_EX, true, false, answer_logon},
	{CALL_SAM_LOGON_FLAGS, true, false, answer_logon},
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

static size_t call_of(uint16_t op)
{
	size_t i = 0;

	while (i < CALLS && calls[i].op != op)
		i++;
	return i;
}

bool pending_is_of_interest(uint16_t opnum)
{
	return call_of(opnum) < CALLS;
}

static uint64_t pending_key(const struct netlogon *n, uint64_t serial, uint32_t call_id)
{
	uint64_t both[2] = {serial, call_id};

	return hash_bytes(&n->hash_key, span_make(both, sizeof(both)));
}

struct pending *pending_find(const struct netlogon *n, const struct assoc *a, uint32_t call_id)
{
	struct lru_node *node = lru_find(&n->pending, pending_key(n, a->serial, call_id));

	for (; node; node = lru_next(node)) {
		struct pending *p = (void *)node;

		if (p->serial == a->serial && p->call_id == call_id)
			return p;
	}
	return NULL;
}

static void pending_free(struct netlogon *n, struct pending *p)
{
	lru_take(&n->pending, &p->node);
	n->held -= p->stub_len;
	mem_free_secret(p->stub, p->stub_len);
	channel_unref(p->channel);
	mem_free_secret(p, sizeof(*p));
}

static struct netlogon_mark mark_of(const struct netlogon_place *where)
{
	return (struct netlogon_mark){
		.time = where->packet->time,
		.number = where->packet->number,
		.source = where->packet->source,
		.flow = where->flow,
	};
}

static void fill_channel(const struct netlogon *n, const struct pending *p,
			 struct netlogon_logon *l)
{
	const struct channel *c = p->channel;
	const struct machine *m;

	l->bind_domain = netlogon_or_null(p->bind_domain);
	l->bind_computer = netlogon_or_null(p->bind_computer);
	if (!c)
		return;
	l->channel_account = netlogon_or_null(c->account);
	l->channel_key = netlogon_or_null(c->key_account);
	l->has_channel_type = c->has_type;
	l->channel_type = c->channel_type;
	l->has_negotiate_flags = c->has_flags;
	l->negotiate_flags = c->flags;
	l->aes = c->kind == CRYPT_AES;
	l->dc_name = netlogon_or_null(c->primary + strspn(c->primary, "\\"));
	m = channel_machine(n, c->computer, &p->server.addr);
	if (!m)
		return;
	l->server_os = netlogon_or_null(m->os);
	l->server_os_version = netlogon_or_null(m->os_version);
	l->server_dns_name = netlogon_or_null(m->dns_name);
}

static void fill_request(struct netlogon *n, const struct call_logon *c, struct netlogon_logon *l)
{
	const char *server = netlogon_text(n, c->server);

	l->dc_name = server ? server : l->dc_name;
	l->computer = netlogon_text(n, c->computer);
	if (!l->computer)
		l->computer = l->bind_computer;
	l->level = c->level;
	l->parameter_control = c->parameter_control;
	l->logon_id = c->logon_id;
	l->account = netlogon_text(n, c->account);
	l->domain = netlogon_text(n, c->domain);
	l->workstation = netlogon_text(n, c->workstation);
	l->is_network = c->network;
	l->nt_response = c->nt_response;
	l->lm_response = c->lm_response;
	l->server_challenge = c->challenge;
}

static void fill_answer(struct netlogon *n, const struct call_logon_answer *a,
			struct netlogon_logon *l)
{
	l->has_status = true;
	l->status = a->status;
	if (!a->valid)
		return;
	l->valid_account = netlogon_text(n, a->account);
	l->valid_logon_server = netlogon_text(n, a->logon_server);
	l->valid_domain = netlogon_text(n, a->domain);
	l->valid_dns_domain = netlogon_text(n, a->dns_domain);
	l->valid_upn = netlogon_text(n, a->upn);
	l->user_flags = a->user_flags;
}

static void tell(struct netlogon *n, const struct pending *p, const struct call_logon_answer *a,
		 struct netlogon_mark response)
{
	struct netlogon_logon l = {
		.request = p->mark,
		.response = response,
		.carrier = p->carrier,
		.client = p->client,
		.server = p->server,
		.opnum = p->opnum,
		.sealed = p->sealed,
	};
	struct call_logon call;
	struct call_fault fault;

	if (!call_logon_decode(span_make(p->stub, p->stub_len), p->opnum, &call, &fault)) {
		netlogon_malformed(n, "NetrLogonSamLogon", fault.why, fault.pos);
		return;
	}
	if (!call.known) {
		tally_one(n->tally, TALLY_NETLOGON_OTHER);
		return;
	}
	fill_channel(n, p, &l);
	fill_request(n, &call, &l);
	if (a)
		fill_answer(n, a, &l);
	tally_one(n->tally, TALLY_NETLOGON_LOGONS);
	if (!a)
		tally_one(n->tally, TALLY_NETLOGON_UNANSWERED);
	n->ops->logon(n->ctx, &l);
	arena_reset(&n->texts);
}

static void answer_logon(const struct scene *s, const struct pending *p, struct span answer)
{
	struct call_logon_answer a;
	struct call_fault fault;
	bool ok = call_logon_answer_decode(answer, p->opnum, &a, &fault);

	if (fault.why)
		netlogon_malformed(s->n, "NetrLogonSamLogon response", fault.why, fault.pos);
	tell(s->n, p, ok ? &a : NULL, mark_of(s->where));
}

static bool is_logon(const struct pending *p)
{
	return calls[call_of(p->opnum)].answer == answer_logon;
}

void pending_give_up(struct netlogon *n, struct pending *p)
{
	if (is_logon(p))
		tell(n, p, NULL, (struct netlogon_mark){0});
	pending_free(n, p);
}

void pending_assoc_closed(struct netlogon *n, uint64_t serial)
{
	struct lru_node *node = n->pending.oldest;

	while (node) {
		struct pending *p = (void *)node;

		node = node->newer;
		if (p->serial == serial)
			pending_give_up(n, p);
	}
}

static void make_room(struct netlogon *n, size_t len)
{
	while (n->pending.oldest && (n->pending.count >= PENDING_MAX || len > HELD_MAX - n->held)) {
		tally_one(n->tally, TALLY_NETLOGON_LIMIT);
		pending_give_up(n, (void *)n->pending.oldest);
	}
}

static struct pending *pending_new(struct netlogon *n, struct span stub)
{
	struct pending *p;

	make_room(n, stub.len);
	p = stub.len <= HELD_MAX - n->held ? mem_zalloc(1, sizeof(*p)) : NULL;
	if (p)
		p->stub = mem_alloc(stub.len ? stub.len : 1);
	if (!p || !p->stub) {
		tally_one(n->tally, TALLY_NO_MEMORY);
		mem_free(p);
		return NULL;
	}
	if (stub.len)
		memcpy(p->stub, stub.ptr, stub.len);
	p->stub_len = stub.len;
	n->held += stub.len;
	return p;
}

static void remember(const struct scene *s, uint16_t opnum, const struct open_call *call)
{
	struct netlogon *n = s->n;
	struct assoc *a = s->assoc;
	struct pending *p = pending_find(n, a, s->pdu->call_id);

	if (p) /* its response was lost, and the number is used again */
		pending_give_up(n, p);
	p = pending_new(n, call->stub);
	if (!p)
		return;
	p->serial = a->serial;
	p->call_id = s->pdu->call_id;
	p->opnum = opnum;
	p->mark = mark_of(s->where);
	p->carrier = a->carrier;
	p->client = a->client;
	p->server = a->server;
	memcpy(p->bind_domain, a->bind_domain, sizeof(p->bind_domain));
	memcpy(p->bind_computer, a->bind_computer, sizeof(p->bind_computer));
	p->sealed = call->sealed;
	p->channel = a->channel;
	if (p->channel)
		p->channel->refs++;
	lru_put(&n->pending, &p->node, pending_key(n, p->serial, p->call_id));
}

void pending_request(const struct scene *s, uint16_t opnum, const struct open_call *call)
{
	size_t i = call_of(opnum);

	if (i == CALLS)
		return;
	if (calls[i].secured && !call->secured)
		netlogon_tell_problem(s, NETLOGON_OTHER_SECURITY);
	else if (calls[i].alone)
		channel_domain_info(s, call->stub);
	else
		remember(s, opnum, call);
}

void pending_response(const struct scene *s, const struct open_call *call)
{
	struct pending *p = pending_find(s->n, s->assoc, s->pdu->call_id);
	size_t i = p ? call_of(p->opnum) : CALLS;

	if (i == CALLS || (calls[i].secured && !call->secured))
		return;
	calls[i].answer(s, p, call->stub);
	pending_free(s->n, p);
}

void pending_fault(const struct scene *s)
{
	struct pending *p = pending_find(s->n, s->assoc, s->pdu->call_id);

	if (p)
		pending_give_up(s->n, p);
}
