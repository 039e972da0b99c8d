/*
 * One request or response: its trailer, the channel whose key opens it, its sequence number. Invariant: bytes leave here as
 * `secured` only where a checksum verified.
 */
#include "netlogon/state.h"

#define TRAILER_LEVEL 1
#define TRAILER_PAD 2
#define LEVEL_SIGNED 5
#define LEVEL_SEALED 6

static bool aes_of(enum crypt_kind kind)
{
	return kind == CRYPT_AES;
}

/* Does this key open it? Leaves it open in n->work. */
static bool opens(const struct scene *s, const struct crypt_pdu *p, enum crypt_kind kind,
		  const uint8_t *key, uint64_t *ret_sequence)
{
	bool aes = aes_of(kind);

	return crypt_is_signature(p, aes) && crypt_sequence(p, aes, key, ret_sequence) &&
	       crypt_unseal(p, aes, key, s->n->work, &s->assoc->cover);
}

static void adopt(struct assoc *a, struct channel *c)
{
	c->refs++;
	channel_unref(a->channel);
	a->channel = c;
}

static bool try_channel(const struct scene *s, const struct crypt_pdu *p, struct channel *c,
			uint64_t *ret_sequence)
{
	if (!opens(s, p, c->kind, c->key, ret_sequence))
		return false;
	adopt(s->assoc, c);
	return true;
}

/* Channels of the computer that bound the association, the newest first. */
static bool try_named(const struct scene *s, const struct crypt_pdu *p, uint64_t *ret_sequence)
{
	const char *computer = s->assoc->bind_computer;
	struct lru_node *node =
		lru_find(&s->n->channels, channel_name_key(s->n, computer, &s->assoc->server.addr));

	for (int i = 0; node && i < SAME_NAME_MAX; i++, node = lru_next(node)) {
		struct channel *c = (void *)node;

		if (channel_same_name(c->computer, computer) && try_channel(s, p, c, ret_sequence))
			return true;
	}
	return false;
}

/* Without a name: all of this server's, the newest first. */
static bool try_nameless(const struct scene *s, const struct crypt_pdu *p, uint64_t *ret_sequence)
{
	struct lru_node *node = s->n->channels.newest;

	if (!node || !channel_afford(s->n, s->n->channels.count))
		return false;
	for (; node; node = node->older) {
		struct channel *c = (void *)node;

		if (addr_equal(&c->server, &s->assoc->server.addr) &&
		    try_channel(s, p, c, ret_sequence))
			return true;
	}
	return false;
}

/* A channel of a session key that a file had. */
static void adopt_session(const struct scene *s, const struct session_key *k, enum crypt_kind kind)
{
	struct channel *c = channel_new(s->n, k->computer, &s->assoc->server.addr);

	if (!c)
		return;
	c->has_key = c->from_file = true;
	c->kind = kind;
	memcpy(c->key, k->key, sizeof(c->key));
	memcpy(c->account, k->account, sizeof(k->account));
	c->channel_type = k->channel_type;
	c->has_type = k->channel_type != 0;
	c->flags = k->flags;
	c->has_flags = true;
	adopt(s->assoc, c);
	channel_put(s->n, &s->n->channels, c);
}

static bool try_sessions(const struct scene *s, const struct crypt_pdu *p, uint64_t *ret_sequence)
{
	const char *computer = s->assoc->bind_computer;
	size_t n = netlogon_keys_sessions(s->n->keys);

	if (n == 0 || !channel_afford(s->n, *computer ? 1 : n))
		return false;
	for (size_t i = n; i-- > 0;) { /* what was read last first */
		const struct session_key *k = netlogon_key_session(s->n->keys, i);
		enum crypt_kind kind = crypt_kind_of(k->flags);

		if (*computer && !channel_same_name(computer, k->computer))
			continue;
		if (!opens(s, p, kind, k->key, ret_sequence))
			continue;
		adopt_session(s, k, kind);
		return true;
	}
	return false;
}

static bool search(const struct scene *s, const struct crypt_pdu *p, uint64_t *ret_sequence)
{
	bool named = s->assoc->bind_computer[0];

	if (s->assoc->tried == s->n->generation)
		return false;
	s->assoc->tried = s->n->generation;
	return (named ? try_named : try_nameless)(s, p, ret_sequence) ||
	       try_sessions(s, p, ret_sequence);
}

/*
 * The last channel of that name is known, but its key is not this one's: a message that was not as it was sent, or a forged one. Where one was
 * set up since whose key is not known, it is that one's.
 */
static bool has_named(const struct scene *s)
{
	const char *computer = s->assoc->bind_computer;
	const struct addr *server = &s->assoc->server.addr;

	return *computer && !channel_stranger(s->n, computer, server) &&
	       lru_find(&s->n->channels, channel_name_key(s->n, computer, server));
}

static enum netlogon_problem_kind why_not(const struct scene *s)
{
	const struct channel *stranger =
		channel_stranger(s->n, s->assoc->bind_computer, &s->assoc->server.addr);

	return stranger ? stranger->problem : NETLOGON_NO_HANDSHAKE;
}

static bool unsealed(const struct scene *s, const struct crypt_pdu *p, uint64_t *ret_sequence)
{
	const struct channel *c = s->assoc->channel;

	if (c && opens(s, p, c->kind, c->key, ret_sequence))
		return true;
	if (search(s, p, ret_sequence))
		return true;
	if (c || has_named(s)) {
		tally_one(s->n->tally, TALLY_NETLOGON_BAD);
		netlogon_tell_problem(s, NETLOGON_BAD_CHECKSUM);
	} else {
		tally_one(s->n->tally, TALLY_NETLOGON_NO_KEY);
		netlogon_tell_problem(s, why_not(s));
	}
	return false;
}

/* Each side's numbers only grow: what comes with one that was there is a copy. */
static bool is_new(const struct scene *s, uint32_t context_id, bool from_client, uint64_t sequence)
{
	struct sequences *q = assoc_sequences(s->assoc, context_id);

	if (q->has_last[from_client] && sequence <= q->last[from_client]) {
		tally_one(s->n->tally, TALLY_NETLOGON_REPLAYED);
		return false;
	}
	q->has_last[from_client] = true;
	q->last[from_client] = sequence;
	return true;
}

static bool open_secured(const struct scene *s, size_t header, const struct dcerpc_trailer *t,
			 const uint8_t *trailer, struct open_call *ret_call)
{
	size_t end = (size_t)(trailer - s->pdu->bytes.ptr);
	uint8_t level = trailer[TRAILER_LEVEL], pad = trailer[TRAILER_PAD];
	struct crypt_pdu p = {
		.whole = span_head(s->pdu->bytes, end + DCERPC_TRAILER_SIZE),
		.data = header,
		.data_len = end - header,
		.token = t->token,
		.from_client = s->pdu->type == DCERPC_REQUEST,
		.sealed = level == LEVEL_SEALED,
	};
	struct open_call call = {.secured = true, .sealed = p.sealed};

	if (pad > p.data_len || (level != LEVEL_SEALED && level != LEVEL_SIGNED)) {
		netlogon_malformed(s->n, dcerpc_type_name(s->pdu->type), "a trailer out of range",
				   end);
		return false;
	}
	if (!unsealed(s, &p, &call.sequence))
		return false;
	tally_one(s->n->tally, TALLY_NETLOGON_UNSEALED);
	if (!is_new(s, t->context_id, p.from_client, call.sequence))
		return false;
	call.stub = span_make(s->n->work + header, p.data_len - pad);
	*ret_call = call;
	return true;
}

bool open_call(const struct scene *s, size_t header, struct open_call *ret_call)
{
	struct dcerpc_trailer t;
	size_t end = s->pdu->frag_length;

	if (s->pdu->auth_length == 0) {
		*ret_call = (struct open_call){.stub = span_from(s->pdu->bytes, header)};
		return true;
	}
	end -= (size_t)s->pdu->auth_length + DCERPC_TRAILER_SIZE;
	if (!dcerpc_pdu_trailer(s->pdu, &t) || end < header) {
		netlogon_malformed(s->n, dcerpc_type_name(s->pdu->type), "a trailer out of range",
				   end);
		return false;
	}
	if (t.auth_type != DCERPC_AUTH_NETLOGON) {
		netlogon_tell_problem(s, NETLOGON_OTHER_SECURITY);
		return false;
	}
	return open_secured(s, header, &t, s->pdu->bytes.ptr + end, ret_call);
}
