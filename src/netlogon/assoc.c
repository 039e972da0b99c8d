/* Associations: who bound them, in which transfer syntaxes, and calls in several fragments. */
#include "base/mem.h"
#include "netlogon/state.h"

#define CONTEXT_LIST_OFFSET 24 /* [C706] 12.6.4.3: bind and alter_context */
#define ADDRESS_OFFSET 24      /* [C706] 12.6.4.4: bind_ack, the secondary address */
#define SYNTAX_SIZE 20u
#define RESULT_ACCEPTED 0

/* 71710533-beba-4937-8319-b5dbef9ccc36 ([MS-RPCE] 2.2.4.12) */
static const uint8_t ndr64[16] = {0x33, 0x05, 0x71, 0x71, 0xba, 0xbe, 0x37, 0x49,
				  0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36};

/* [MS-NRPC] 2.2.1.3.1 NL_AUTH_MESSAGE: flags of the two OEM strings that may come first. */
#define MESSAGE_DOMAIN 1u
#define MESSAGE_COMPUTER 2u

static uint64_t flow_key(const struct netlogon *n, uint64_t flow)
{
	return hash_bytes(&n->hash_key, span_make(&flow, sizeof(flow)));
}

static struct assoc *find(const struct netlogon *n, uint64_t flow, uint64_t key)
{
	struct lru_node *node = lru_find(&n->assocs, flow_key(n, flow));

	for (; node; node = lru_next(node)) {
		struct assoc *a = (void *)node;

		if (a->flow == flow && a->key == key)
			return a;
	}
	return NULL;
}

void assoc_remove(struct netlogon *n, struct assoc *a)
{
	pending_assoc_closed(n, a->serial);
	assoc_fragments_drop(n, &a->part[0]);
	assoc_fragments_drop(n, &a->part[1]);
	channel_unref(a->channel);
	lru_take(&n->assocs, &a->node);
	mem_free_secret(a, sizeof(*a));
}

struct assoc *assoc_get(struct netlogon *n, const struct netlogon_place *where, uint64_t key)
{
	struct assoc *a = find(n, where->flow, key);

	if (a) {
		lru_touch(&n->assocs, &a->node);
		return a;
	}
	if (n->assocs.count >= ASSOCS_MAX) {
		tally_one(n->tally, TALLY_NETLOGON_LIMIT);
		assoc_remove(n, (void *)n->assocs.oldest);
	}
	a = mem_zalloc(1, sizeof(*a));
	if (!a) {
		tally_one(n->tally, TALLY_NO_MEMORY);
		return NULL;
	}
	a->flow = where->flow;
	a->key = key;
	a->serial = ++n->serial;
	a->carrier = where->carrier;
	lru_put(&n->assocs, &a->node, flow_key(n, where->flow));
	return a;
}

/* An OEM string up to its NUL; names of machines are ASCII. */
static void oem_name(struct reader *r, char out[KEY_NAME_SIZE])
{
	size_t n = 0;
	uint8_t c;

	while ((c = reader_u8(r)) != 0)
		if (n < KEY_NAME_SIZE - 1)
			out[n++] = c >= 0x20 && c < 0x7f ? (char)c : '?';
	out[n] = 0;
}

static void take_message(struct assoc *a, struct span token)
{
	struct reader r = reader_of(token);
	char domain[KEY_NAME_SIZE] = "", computer[KEY_NAME_SIZE] = "";
	uint32_t type = reader_u32le(&r), flags = reader_u32le(&r);

	if (flags & MESSAGE_DOMAIN)
		oem_name(&r, domain);
	if (flags & MESSAGE_COMPUTER)
		oem_name(&r, computer);
	if (!reader_ok(&r) || type != 0)
		return;
	memcpy(a->bind_domain, domain, sizeof(domain));
	memcpy(a->bind_computer, computer, sizeof(computer));
}

/* A bind begins anew, on a handle that was used before as well. */
static void begin_anew(const struct scene *s)
{
	struct assoc *a = s->assoc;

	pending_assoc_closed(s->n, a->serial);
	a->serial = ++s->n->serial;
	for (int i = 0; i < 2; i++)
		assoc_fragments_drop(s->n, &a->part[i]);
	memset(a->sequences, 0, sizeof(a->sequences));
	channel_unref(a->channel);
	a->channel = NULL;
	a->tried = 0;
	a->n_ndr64 = 0;
	a->bind_domain[0] = a->bind_computer[0] = 0;
}

struct sequences *assoc_sequences(struct assoc *a, uint32_t context_id)
{
	struct sequences *s;

	for (size_t i = 0; i < SEQUENCES_MAX; i++)
		if (a->sequences[i].used && a->sequences[i].context_id == context_id)
			return &a->sequences[i];
	s = &a->sequences[a->next_sequences];
	a->next_sequences = (uint8_t)((a->next_sequences + 1) % SEQUENCES_MAX);
	*s = (struct sequences){.context_id = context_id, .used = true};
	return s;
}

/* A security context begins, and counts from 0. */
static void begin_context(struct assoc *a, const struct dcerpc_trailer *t)
{
	*assoc_sequences(a, t->context_id) =
		(struct sequences){.context_id = t->context_id, .used = true};
	take_message(a, t->token);
}

/* Which presentation contexts are offered, in their order. */
static void take_offer(struct assoc *a, struct span pdu)
{
	struct reader r = reader_of(pdu);
	uint8_t n;

	reader_seek(&r, CONTEXT_LIST_OFFSET);
	n = reader_u8(&r);
	reader_skip(&r, 3);
	a->n_ids = 0;
	for (uint8_t i = 0; i < n && i < BOUND_CONTEXTS_MAX && reader_ok(&r); i++) {
		uint16_t id = reader_u16le(&r);
		uint8_t syntaxes = reader_u8(&r);

		reader_skip(&r, 1 + SYNTAX_SIZE + (size_t)syntaxes * SYNTAX_SIZE);
		if (reader_ok(&r))
			a->ids[a->n_ids++] = id;
	}
}

void assoc_bind(const struct scene *s)
{
	struct dcerpc_trailer t;

	s->assoc->client = s->where->end[s->dir];
	s->assoc->server = s->where->end[stream_other(s->dir)];
	if (s->pdu->type == DCERPC_BIND)
		begin_anew(s);
	if (dcerpc_pdu_trailer(s->pdu, &t) && t.auth_type == DCERPC_AUTH_NETLOGON)
		begin_context(s->assoc, &t);
	take_offer(s->assoc, s->pdu->bytes);
}

/* [C706] 12.6.4.4: a counted address, padded to four, then a result for each context in the order of the offer. */
void assoc_answer(const struct scene *s)
{
	struct assoc *a = s->assoc;
	struct reader r = reader_of(s->pdu->bytes);
	uint8_t n;

	reader_seek(&r, ADDRESS_OFFSET);
	reader_skip(&r, reader_u16le(&r));
	reader_seek(&r, (r.pos + 3) & ~(size_t)3);
	n = reader_u8(&r);
	reader_skip(&r, 3);
	for (uint8_t i = 0; i < n && i < a->n_ids; i++) {
		uint16_t result = reader_u16le(&r);
		struct span syntax;

		reader_skip(&r, 2);
		syntax = reader_bytes(&r, SYNTAX_SIZE);
		if (reader_ok(&r) && result == RESULT_ACCEPTED &&
		    span_starts(syntax, ndr64, sizeof(ndr64)) && a->n_ndr64 < BOUND_CONTEXTS_MAX)
			a->ndr64[a->n_ndr64++] = a->ids[i];
	}
}

bool assoc_is_ndr64(const struct assoc *a, uint16_t id)
{
	for (size_t i = 0; i < a->n_ndr64; i++)
		if (a->ndr64[i] == id)
			return true;
	return false;
}

void assoc_fragments_drop(struct netlogon *n, struct fragments *f)
{
	if (f->open)
		tally_one(n->tally, TALLY_NETLOGON_LOST);
	n->held -= f->cap;
	mem_free_secret(f->ptr, f->cap);
	*f = (struct fragments){0};
}

bool assoc_fragments_add(struct netlogon *n, struct fragments *f, struct span bytes)
{
	size_t cap = f->cap ? f->cap * 2 : 16384;
	uint8_t *grown;

	while (cap < f->len + bytes.len)
		cap *= 2;
	if (f->len + bytes.len > f->cap) {
		if (cap > STUB_MAX || cap > HELD_MAX - n->held) {
			tally_one(n->tally, TALLY_NETLOGON_LIMIT);
			return false;
		}
		grown = mem_alloc(cap);
		if (!grown) {
			tally_one(n->tally, TALLY_NO_MEMORY);
			return false;
		}
		if (f->len)
			memcpy(grown, f->ptr, f->len);
		mem_free_secret(f->ptr, f->cap);
		n->held += cap - f->cap;
		f->ptr = grown;
		f->cap = cap;
	}
	if (bytes.len)
		memcpy(f->ptr + f->len, bytes.ptr, bytes.len);
	f->len += bytes.len;
	return true;
}
