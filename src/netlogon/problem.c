/* Channels that can't be read: each named once, in words that say what would help. */
#include "base/mem.h"
#include "base/utf.h"
#include "netlogon/state.h"

struct told {
	struct lru_node node;
};

/* The channel and the kind as a key; false where it was told already. */
static bool is_news(struct netlogon *n, const struct assoc *a, enum netlogon_problem_kind kind)
{
	uint8_t bytes[KEY_NAME_SIZE + 2 * sizeof(struct addr) + 1] = {0};
	struct told *t;
	uint64_t key;

	memcpy(bytes, a->bind_computer, KEY_NAME_SIZE);
	memcpy(bytes + KEY_NAME_SIZE, a->client.addr.ip, sizeof(struct addr));
	memcpy(bytes + KEY_NAME_SIZE + sizeof(struct addr), a->server.addr.ip, sizeof(struct addr));
	bytes[sizeof(bytes) - 1] = (uint8_t)kind;
	key = hash_bytes(&n->hash_key, span_make(bytes, sizeof(bytes)));
	t = (void *)lru_find(&n->told, key);
	if (t) {
		lru_touch(&n->told, &t->node);
		return false;
	}
	if (n->told.count >= TOLD_MAX) {
		t = (void *)n->told.oldest;
		lru_take(&n->told, &t->node);
	} else {
		t = mem_alloc(sizeof(*t));
	}
	if (!t) {
		tally_one(n->tally, TALLY_NO_MEMORY);
		return false;
	}
	lru_put(&n->told, &t->node, key);
	return true;
}

void netlogon_tell_problem(const struct scene *s, enum netlogon_problem_kind kind)
{
	struct assoc *a = s->assoc;
	const struct packet *packet = s->where->packet;
	const struct channel *c = a->channel;
	struct netlogon_problem p = {
		.kind = kind,
		.where = {packet->time, packet->number, packet->source, s->where->flow},
		.client = a->client,
		.server = a->server,
		.domain = netlogon_or_null(a->bind_domain),
	};
	const char *dc;

	if (!is_news(s->n, a, kind))
		return;
	c = c ? c : channel_stranger(s->n, a->bind_computer, &a->server.addr);
	p.computer = netlogon_or_null(c ? c->computer : a->bind_computer);
	p.account = c ? netlogon_or_null(c->account) : NULL;
	dc = c ? c->primary : "";
	dc += strspn(dc, "\\");
	p.dc_name = netlogon_or_null(dc);
	s->n->ops->problem(s->n->ctx, &p);
}

static const char *const helps[NETLOGON_PROBLEM__COUNT] = {
	[NETLOGON_NO_KEY] = "its key is not there: give --keytab with an export of the domain "
			    "controller's keys (samba-tool domain exportkeytab)",
	[NETLOGON_WRONG_KEY] =
		"the keys of that account are not this channel's: give --keytab with "
		"an export of today, or one from before its password changed",
	[NETLOGON_NO_HANDSHAKE] =
		"it was set up before the capture began: give --samba-private with "
		"the domain controller's private folder",
	[NETLOGON_BAD_CHECKSUM] = "its key is known, but a message was not as it was sent",
	[NETLOGON_NDR64] = "it speaks NDR64, which is not read",
	[NETLOGON_OTHER_SECURITY] = "it is not secured by a secure channel's key, but by another "
				    "package's: its logons can't be read",
};

/* Names come from strangers: what could forge a line is shown as a question mark. */
static void put_name(struct text *out, const char *name)
{
	struct span s = span_str(name);

	while (s.len) {
		uint32_t rune = utf8_next(&s);

		if (rune_is_unsafe(rune))
			text_putc(out, '?');
		else
			text_put_rune(out, rune);
	}
}

static void put_party(struct text *out, const char *name, const struct endpoint *end)
{
	if (name) {
		put_name(out, name);
		text_puts(out, " at ");
	}
	addr_format(out, &end->addr);
}

void netlogon_problem_format(struct text *out, const struct netlogon_problem *p)
{
	text_puts(out, "secure channel of ");
	if (p->account && p->computer) {
		put_name(out, p->account);
		text_puts(out, ", ");
	}
	put_party(out, p->computer, &p->client);
	text_puts(out, ", to ");
	put_party(out, p->dc_name, &p->server);
	text_puts(out, ": ");
	text_puts(out, helps[p->kind]);
}
