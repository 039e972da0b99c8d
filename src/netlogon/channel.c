/*
 * Handshakes ([MS-NRPC] 3.1.4.1): NetrServerReqChallenge brings two challenges, NetrServerAuthenticate/2/3 two credentials.
 * Invariant: a session key is kept only where it gives both credentials.
 */
#include <nettle/memops.h>

#include "base/mem.h"
#include "netlogon/state.h"

/* Keys tried a second of traffic, and at once. */
#define BUDGET_A_SECOND 100000
#define BUDGET_MAX 400000

static char small(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool channel_same_name(const char *a, const char *b)
{
	while (*a && small(*a) == small(*b)) {
		a++;
		b++;
	}
	return small(*a) == small(*b);
}

uint64_t channel_name_key(const struct netlogon *n, const char *computer, const struct addr *server)
{
	uint8_t bytes[KEY_NAME_SIZE + sizeof(server->ip)] = {0};
	size_t len = 0;

	for (; len < KEY_NAME_SIZE && computer[len]; len++)
		bytes[len] = (uint8_t)small(computer[len]);
	memcpy(bytes + KEY_NAME_SIZE, server->ip, sizeof(server->ip));
	return hash_bytes(&n->hash_key, span_make(bytes, sizeof(bytes)));
}

bool channel_afford(struct netlogon *n, size_t keys)
{
	int64_t elapsed = packet_elapsed(n->budget_since, n->now);

	if (elapsed > NSEC_PER_SEC || elapsed < 0) {
		int64_t seconds = elapsed > 0 ? elapsed / NSEC_PER_SEC : 1;

		seconds = seconds < 4 ? seconds : 4;
		n->budget += seconds * BUDGET_A_SECOND;
		n->budget = n->budget < BUDGET_MAX ? n->budget : BUDGET_MAX;
		n->budget_since = n->now;
	}
	if (n->budget < (int64_t)keys) {
		tally_one(n->tally, TALLY_NETLOGON_LIMIT);
		return false;
	}
	n->budget -= (int64_t)keys;
	return true;
}

void channel_unref(struct channel *c)
{
	if (c && --c->refs == 0)
		mem_free_secret(c, sizeof(*c));
}

struct channel *channel_new(struct netlogon *n, const char *computer, const struct addr *server)
{
	struct channel *c = mem_zalloc(1, sizeof(*c));

	if (!c) {
		tally_one(n->tally, TALLY_NO_MEMORY);
		return NULL;
	}
	c->refs = 1;
	c->server = *server;
	memcpy(c->computer, computer, strnlen(computer, sizeof(c->computer) - 1));
	return c;
}

/* The oldest of as many of one name as are tried. */
static struct lru_node *last_of_name(const struct lru *table, uint64_t key, size_t max)
{
	struct lru_node *node = lru_find(table, key);

	for (size_t i = 1; node && i < max; i++)
		node = lru_next(node);
	return node;
}

static void remove_channel(struct lru *table, struct lru_node *node)
{
	lru_take(table, node);
	channel_unref((struct channel *)(void *)node);
}

void channel_put(struct netlogon *n, struct lru *table, struct channel *c)
{
	uint64_t key = channel_name_key(n, c->computer, &c->server);
	bool stranger = table == &n->strangers;
	struct lru_node *old = last_of_name(table, key, stranger ? 1 : SAME_NAME_MAX);

	if (!old && table->count >= (stranger ? STRANGERS_MAX : CHANNELS_MAX)) {
		tally_one(n->tally, TALLY_NETLOGON_LIMIT);
		old = table->oldest;
	}
	if (old)
		remove_channel(table, old);
	lru_put(table, &c->node, key);
	if (!stranger)
		n->generation++;
}

/* A computer's channel that could not be read is followed by one that can be. */
static void drop_stranger(struct netlogon *n, const struct channel *c)
{
	struct lru_node *node =
		lru_find(&n->strangers, channel_name_key(n, c->computer, &c->server));

	if (node)
		remove_channel(&n->strangers, node);
}

const struct channel *channel_stranger(const struct netlogon *n, const char *computer,
				       const struct addr *server)
{
	return (const void *)lru_find(&n->strangers, channel_name_key(n, computer, server));
}

/* -- challenges -- */

void channel_challenge(const struct scene *s, const struct pending *request, struct span answer)
{
	struct netlogon *n = s->n;
	struct call_challenge call;
	struct call_challenge_answer reply;
	struct call_fault fault;
	struct challenge *c;
	uint64_t key;

	if (!call_challenge_decode(span_make(request->stub, request->stub_len), &call, &fault) ||
	    !call_challenge_answer_decode(answer, &reply, &fault)) {
		netlogon_malformed(n, "NetrServerReqChallenge", fault.why, fault.pos);
		return;
	}
	if (reply.status != NT_STATUS_OK)
		return;
	c = mem_zalloc(1, sizeof(*c));
	if (!c) {
		tally_one(n->tally, TALLY_NO_MEMORY);
		return;
	}
	c->server = request->server.addr;
	netlogon_utf16(c->computer, sizeof(c->computer), call.computer);
	memcpy(c->pair[0], call.client.ptr, CRYPT_CHALLENGE_SIZE);
	memcpy(c->pair[1], reply.server.ptr, CRYPT_CHALLENGE_SIZE);
	key = channel_name_key(n, c->computer, &c->server);
	if (n->challenges.count >= CHALLENGES_MAX) {
		struct lru_node *old = n->challenges.oldest;

		lru_take(&n->challenges, old);
		mem_free_secret(old, sizeof(struct challenge));
		tally_one(n->tally, TALLY_NETLOGON_LIMIT);
	}
	lru_put(&n->challenges, &c->node, key);
}

/* -- handshakes -- */

struct handshake {
	struct netlogon *n;
	struct call_authenticate call;
	struct call_authenticate_answer reply;
	const struct challenge *challenge;
	struct channel *channel; /* being made */
};

static bool gives(const struct handshake *h, enum crypt_kind kind, int side, const uint8_t *key,
		  const uint8_t *credential)
{
	uint8_t computed[CRYPT_CHALLENGE_SIZE];

	crypt_credential(kind, key, h->challenge->pair[side], computed);
	return memeql_sec(computed, credential, sizeof(computed));
}

static bool try_key(struct handshake *h, enum crypt_kind kind, const struct account_key *k)
{
	uint8_t key[CRYPT_KEY_SIZE];
	bool ok;

	crypt_session_key(kind, k->hash, h->challenge->pair[0], h->challenge->pair[1], key);
	ok = gives(h, kind, 0, key, h->call.credential.ptr) &&
	     gives(h, kind, 1, key, h->reply.credential.ptr);
	if (ok) {
		h->channel->has_key = true;
		h->channel->kind = kind;
		memcpy(h->channel->key, key, sizeof(key));
		memcpy(h->channel->key_account, k->account, sizeof(h->channel->key_account));
	}
	explicit_bzero(key, sizeof(key));
	return ok;
}

/* The algorithms to try: what both agreed on; what the client asked for. */
static bool try_kinds(struct handshake *h, const struct account_key *k)
{
	enum crypt_kind agreed = crypt_kind_of(h->reply.flags),
			asked = crypt_kind_of(h->call.flags);

	return try_key(h, agreed, k) || (asked != agreed && try_key(h, asked, k));
}

static bool try_account(struct handshake *h, const char *account, bool *any)
{
	const struct account_key *k;
	size_t at = 0;

	while ((k = netlogon_key_named(h->n->keys, account, &at))) {
		*any = true;
		if (try_kinds(h, k))
			return true;
	}
	return false;
}

/* "corp.example." is the trust whose account in the directory is CORP$: the flat name often is the first label. */
static void flat_account(const char *name, char out[TEXT_MAX])
{
	size_t n = strcspn(name, ".");

	n = n < TEXT_MAX - 2 ? n : TEXT_MAX - 2;
	memcpy(out, name, n);
	out[n] = '$';
	out[n + 1] = 0;
}

static bool try_all(struct handshake *h)
{
	size_t n = netlogon_keys_accounts(h->n->keys);

	if (n == 0 || !channel_afford(h->n, n))
		return false;
	for (size_t i = 0; i < n; i++)
		if (try_kinds(h, netlogon_key_account(h->n->keys, i)))
			return true;
	return false;
}

/*
 * By the account's name, by its flat name, keys of nobody in particular, then all of them where none has the name: names in
 * keytabs are not always those of the channel.
 */
static bool find_key(struct handshake *h, bool *named)
{
	char flat[TEXT_MAX];
	bool nobodys = false;

	if (netlogon_keys_accounts(h->n->keys) == 0)
		return false;
	flat_account(h->channel->account, flat);
	return try_account(h, h->channel->account, named) || try_account(h, flat, named) ||
	       try_account(h, "", &nobodys) || (!*named && try_all(h));
}

static void fill_channel(struct handshake *h)
{
	struct channel *c = h->channel;

	netlogon_utf16(c->account, sizeof(c->account), h->call.account);
	netlogon_utf16(c->primary, sizeof(c->primary), h->call.primary);
	c->channel_type = h->call.channel_type;
	c->has_type = true;
	c->flags = h->reply.flags;
	c->has_flags = true;
}

/* All challenges of that computer and server, the newest first. */
static bool find_challenge_and_key(struct handshake *h, uint64_t key, bool *named)
{
	const struct lru_node *node = lru_find(&h->n->challenges, key);

	for (int i = 0; node && i < SAME_NAME_MAX; i++, node = lru_next(node)) {
		h->challenge = (const void *)node;
		if (find_key(h, named))
			return true;
	}
	return false;
}

void channel_handshake(const struct scene *s, const struct pending *request, struct span answer)
{
	struct handshake h = {.n = s->n};
	char computer[KEY_NAME_SIZE];
	struct call_fault fault;
	bool named = false;

	if (!call_authenticate_decode(span_make(request->stub, request->stub_len), request->opnum,
				      &h.call, &fault) ||
	    !call_authenticate_answer_decode(answer, request->opnum, &h.reply, &fault)) {
		netlogon_malformed(s->n, "NetrServerAuthenticate", fault.why, fault.pos);
		return;
	}
	if (h.reply.status != NT_STATUS_OK)
		return;
	netlogon_utf16(computer, sizeof(computer), h.call.computer);
	h.channel = channel_new(s->n, computer, &request->server.addr);
	if (!h.channel)
		return;
	fill_channel(&h);
	if (find_challenge_and_key(&h, channel_name_key(s->n, computer, &request->server.addr),
				   &named)) {
		drop_stranger(s->n, h.channel);
		channel_put(s->n, &s->n->channels, h.channel);
		return;
	}
	h.channel->problem = !h.challenge ? NETLOGON_NO_HANDSHAKE
			     : named	  ? NETLOGON_WRONG_KEY
					  : NETLOGON_NO_KEY;
	channel_put(s->n, &s->n->strangers, h.channel);
}

/* -- machines -- */

const struct machine *channel_machine(const struct netlogon *n, const char *computer,
				      const struct addr *server)
{
	return (const void *)lru_find(&n->machines, channel_name_key(n, computer, server));
}

static struct machine *machine_get(struct netlogon *n, const char *computer,
				   const struct addr *server)
{
	uint64_t key = channel_name_key(n, computer, server);
	struct machine *m = (void *)lru_find(&n->machines, key);

	if (m) {
		lru_touch(&n->machines, &m->node);
		return m;
	}
	if (n->machines.count >= MACHINES_MAX) {
		m = (void *)n->machines.oldest;
		lru_take(&n->machines, &m->node);
		tally_one(n->tally, TALLY_NETLOGON_LIMIT);
	} else {
		m = mem_alloc(sizeof(*m));
	}
	if (!m) {
		tally_one(n->tally, TALLY_NO_MEMORY);
		return NULL;
	}
	*m = (struct machine){.server = *server};
	memcpy(m->computer, computer, strnlen(computer, sizeof(m->computer) - 1));
	lru_put(&n->machines, &m->node, key);
	return m;
}

static void version_text(struct text *out, const struct call_domain_info *call, char *into,
			 size_t size)
{
	if (!call->has_version) {
		netlogon_utf16(into, size, call->os_version);
		return;
	}
	text_printf(out, "%u.%u (%u)", call->version[0], call->version[1], call->version[2]);
	if (!out->failed && out->len < size)
		memcpy(into, out->ptr, out->len + 1);
}

void channel_domain_info(const struct scene *s, struct span stub)
{
	struct call_domain_info call;
	struct call_fault fault;
	struct machine *m;
	struct text version;

	if (!call_domain_info_decode(stub, &call, &fault)) {
		netlogon_malformed(s->n, "NetrLogonGetDomainInfo", fault.why, fault.pos);
		return;
	}
	if (!s->assoc->channel || (!call.os_name.len && !call.os_version.len))
		return;
	m = machine_get(s->n, s->assoc->channel->computer, &s->assoc->server.addr);
	if (!m)
		return;
	netlogon_utf16(m->os, sizeof(m->os), call.os_name);
	netlogon_utf16(m->dns_name, sizeof(m->dns_name), call.dns_name);
	text_init(&version, sizeof(m->os_version));
	version_text(&version, &call, m->os_version, sizeof(m->os_version));
	text_finish(&version);
}
