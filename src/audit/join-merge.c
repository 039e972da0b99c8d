#include "audit/join-merge.h"

#include "audit/level.h"
#include "audit/name.h"

#include <strings.h>

#define NETBIOS_MAX 15
/* What a server says of itself. */
#define SERVER_LOGS (1u << JOIN_SAMBA_SERVER | 1u << JOIN_SAMBA_HELPER | 1u << JOIN_SAMBA_PASSDB)

static bool has_text(const struct event *e, enum fact f)
{
	const char *text = event_text(e, f);

	return text && *text;
}

/* Events come in pairs, the Information's ID and the Warning's. */
static uint16_t pair_of(const struct event *e)
{
	return e->layout->id & 0xfffe;
}

static bool differ(const char *a, const char *b)
{
	return a && *a && b && *b && !name_same(a, b);
}

/* Up to its first dot, of a NetBIOS name as of a DNS name; 0: it is an address, or not known. */
static size_t label_length(const char *computer)
{
	bool is_address = !computer || strchr(computer, ':') ||
			  strspn(computer, "0123456789.") == strlen(computer);

	return is_address || strcmp(computer, "unknown") == 0 ? 0 : strcspn(computer, ".");
}

/* By names that both have; NetBIOS' are cut at 15 characters. */
static bool computers_differ(const char *a, const char *b)
{
	size_t x = label_length(a), y = label_length(b), shorter = x < y ? x : y;

	return shorter && ((x != y && shorter != NETBIOS_MAX) || strncasecmp(a, b, shorter) != 0);
}

/* Two logs that don't tell whose they are may be of two machines. */
static bool logs_differ(const struct join_event *a, const struct join_event *b)
{
	return !((a->sources | b->sources) & ~SERVER_LOGS) &&
	       differ(event_text(&a->event, FACT_SOURCE), event_text(&b->event, FACT_SOURCE)) &&
	       differ(a->event.computer, b->event.computer);
}

bool join_same_kind(const struct event *a, const struct event *b)
{
	static const enum fact farside[] = {FACT_FORWARDER_NAME, FACT_FORWARDER_IP};

	if (pair_of(a) != pair_of(b))
		return false;
	/* of a logon that crosses several domains, each of their controllers has one */
	for (size_t i = 0; i < sizeof(farside) / sizeof(farside[0]); i++)
		if (has_text(a, farside[i]) && has_text(b, farside[i]))
			return name_same(event_text(a, farside[i]), event_text(b, farside[i]));
	return true;
}

bool join_same_event(const struct join_event *a, const struct join_event *b)
{
	return join_same_kind(&a->event, &b->event) &&
	       !computers_differ(a->event.computer, b->event.computer) && !logs_differ(a, b);
}

/* user@domain is the same account under another name. */
static bool accounts_differ(const struct event *a, const struct event *b)
{
	const char *x = event_text(a, FACT_USER), *y = event_text(b, FACT_USER);

	return differ(x, y) && !strchr(x, '@') && !strchr(y, '@');
}

static bool connections_differ(const struct event *a, const struct event *b)
{
	static const enum fact ips[] = {FACT_CLIENT_IP, FACT_TARGET_IP};
	static const enum fact ports[] = {FACT_CLIENT_PORT, FACT_TARGET_PORT};
	bool differs = false;

	for (size_t i = 0; i < sizeof(ips) / sizeof(ips[0]); i++) {
		if (!event_has(a, ports[i]) || !event_has(b, ports[i]))
			return false;
		differs = differs || a->facts[ports[i]].number != b->facts[ports[i]].number ||
			  differ(event_text(a, ips[i]), event_text(b, ips[i]));
	}
	return differs;
}

/* A server may have one challenge for all exchanges of a connection. */
static bool exchanges_differ(const struct join_event *a, const struct join_event *b)
{
	return (a->sources & b->sources & 1u << JOIN_CAPTURE) &&
	       (pair_of(&a->event) == pair_of(&b->event) ||
		a->told[JOIN_CAPTURE] != b->told[JOIN_CAPTURE]);
}

bool join_apart(const struct join_event *a, const struct join_event *b)
{
	return exchanges_differ(a, b) || accounts_differ(&a->event, &b->event) ||
	       connections_differ(&a->event, &b->event);
}

/* Where a server passes no client's name on, its own stands for it. */
static bool is_servers_name(const struct event *e, const char *host)
{
	return name_same(host, event_text(e, FACT_TARGET_MACHINE)) ||
	       name_same(host, event_text(e, FACT_SERVER_NAME));
}

static bool hosts_differ(const struct event *a, const struct event *b)
{
	const char *x = event_text(a, FACT_HOST), *y = event_text(b, FACT_HOST);

	return differ(x, y) && !is_servers_name(a, x) && !is_servers_name(a, y) &&
	       !is_servers_name(b, x) && !is_servers_name(b, y);
}

/*
 * At which server the logon was, as far as an event tells: a controller was asked by it, be it a member or, over a trust and
 * without a logon's number, the controller that is the server itself.
 */
struct server {
	const char *name, *ip;
};

static struct server server_of(const struct event *e)
{
	bool by_itself = !event_has(e, FACT_LOGON_ID) && has_text(e, FACT_FORWARDER_NAME);

	if (e->layout->role != ROLE_DOMAIN)
		return (struct server){event_text(e, FACT_TARGET_MACHINE),
				       event_text(e, FACT_TARGET_IP)};
	if (by_itself)
		return (struct server){event_text(e, FACT_FORWARDER_NAME),
				       event_text(e, FACT_FORWARDER_IP)};
	return (struct server){event_text(e, FACT_SERVER_NAME), event_text(e, FACT_SERVER_IP)};
}

/* By name where both have one, else by address. */
static bool servers_differ(const struct event *a, const struct event *b)
{
	struct server x = server_of(a), y = server_of(b);

	return x.name && y.name ? differ(x.name, y.name) : differ(x.ip, y.ip);
}

bool join_contradict(const struct join_event *x, const struct join_event *y)
{
	const struct event *a = &x->event, *b = &y->event;
	enum event_outcome p = event_outcome(a), q = event_outcome(b);

	return join_apart(x, y) ||
	       differ(event_text(a, FACT_NTLM_VERSION), event_text(b, FACT_NTLM_VERSION)) ||
	       (p && q && p != q) || hosts_differ(a, b) || servers_differ(a, b);
}

static void take(struct event *e, const struct event *other, enum fact f)
{
	if (!event_has(e, f) && event_has(other, f))
		e->facts[f] = other->facts[f];
}

/* What the client says in its AUTHENTICATE: where that was seen and does not say it, no log knows better. */
static bool was_said(const struct join_event *e, enum fact f)
{
	return (e->sources & 1u << JOIN_CAPTURE) &&
	       (f == FACT_HOST || f == FACT_TARGET_MACHINE || f == FACT_TARGET_DOMAIN);
}

/* What the acceptor says on the wire is less exact than what it says to itself: a few words for all refusals. */
static bool is_vague(const struct event *e)
{
	static const uint64_t vague[] = {0xc000006d, 0xc0000022};
	const struct value *v = &e->facts[FACT_STATUS];

	for (size_t i = 0; i < sizeof(vague) / sizeof(vague[0]); i++)
		if (v->kind == VALUE_NUMBER && v->number == vague[i])
			return true;
	return false;
}

static void take_status(struct event *e, const struct event *other)
{
	const struct value *v = &other->facts[FACT_STATUS];

	if (is_vague(e) && v->kind == VALUE_NUMBER && status_is_failure(v->number))
		event_set_status(e, (uint32_t)v->number);
}

static bool list_has(const char *list, const char *item, size_t len)
{
	for (;; list++) {
		size_t n = strcspn(list, ",");

		if (n == len && memcmp(list, item, len) == 0)
			return true;
		list += n;
		if (!*list)
			return false;
	}
}

/* A list's items that are not in it yet. `joined` is one list or the other where one is all. */
static const char *join_lists(struct join_event *e, const char *a, const char *b)
{
	struct text joined;
	const char *out;

	if (!a || !*a || !b || !*b)
		return a && *a ? a : b;
	text_init(&joined, 4096);
	text_puts(&joined, a);
	while (*b) {
		size_t len = strcspn(b, ",");

		if (!list_has(a, b, len))
			text_printf(&joined, ",%.*s", (int)len, b);
		b += len + (b[len] == ',');
	}
	out = joined.failed ? a : arena_string(&e->texts, span_make(joined.ptr, joined.len));
	text_finish(&joined);
	return out ? out : a;
}

static void take_warnings(struct join_event *e, const struct event *other)
{
	event_set_text(&e->event, FACT_WARNINGS,
		       join_lists(e, event_text(&e->event, FACT_WARNINGS),
				  event_text(other, FACT_WARNINGS)));
}

static void take_evidence(struct event *e, const struct event *other)
{
	if (e->n_evidence)
		return;
	e->evidence = other->evidence;
	e->n_evidence = other->n_evidence;
}

static unsigned best(unsigned sources)
{
	return sources & -sources;
}

/* Of two sightings, what the one that is believed more says, and what it does not say by the other. */
static struct event best_of(const struct join_event *better, const struct join_event *worse)
{
	struct event e = better->event;

	for (int f = 0; f < FACT__COUNT; f++)
		if (f != FACT_WARNINGS && !was_said(better, (enum fact)f))
			take(&e, &worse->event, (enum fact)f);
	take_evidence(&e, &worse->event);
	take_status(&e, &worse->event);
	return e;
}

void join_merge(struct join_event *e, const struct join_event *other)
{
	bool is_better = best(other->sources) < best(e->sources);
	const char *warnings = join_lists(e, event_text(&e->event, FACT_WARNINGS),
					  event_text(&other->event, FACT_WARNINGS));

	e->event = is_better ? best_of(other, e) : best_of(e, other);
	event_set_text(&e->event, FACT_WARNINGS, warnings);
	for (int s = 0; s < JOIN_SOURCE__COUNT; s++)
		if (other->sources & ~e->sources & 1u << s)
			e->told[s] = other->told[s];
	e->sources |= other->sources;
}

/* What is true of a logon, whoever says it; how it ended is each one's own word. */
static const enum fact shared[] = {
	FACT_HOST,
	FACT_CLIENT_IP,
	FACT_CLIENT_NAME,
	FACT_CLIENT_PORT,
	FACT_CLIENT_OS,
	FACT_TARGET_MACHINE,
	FACT_TARGET_DOMAIN,
	FACT_TARGET_SERVICE,
	FACT_TARGET_IP,
	FACT_TARGET_NAME,
	FACT_TARGET_PORT,
	FACT_TARGET_TYPE,
	FACT_REASON_ID,
	FACT_REASON,
	FACT_EVIDENCE,
	FACT_MECHANISMS,
	FACT_FLAGS,
	FACT_NTLM_VERSION,
	FACT_SESSION_KEY,
	FACT_CHANNEL_BINDING,
	FACT_SERVICE_BINDING,
	FACT_MIC,
	FACT_AV_FLAGS,
	FACT_AV_FLAGS_TEXT,
	FACT_CARRIER,
	FACT_NTLM_VERSION_DETAIL,
	FACT_LOGON_ID,
	FACT_PASSWORD_TYPE,
};

/* The same thing under the name that it has where it is seen from elsewhere. */
static const struct {
	enum event_role from, to;
	enum fact source, target;
} seen_from[] = {
	{ROLE_SERVER, ROLE_DOMAIN, FACT_TARGET_MACHINE, FACT_SERVER_NAME},
	{ROLE_SERVER, ROLE_DOMAIN, FACT_TARGET_DOMAIN, FACT_SERVER_DOMAIN},
	{ROLE_CLIENT, ROLE_DOMAIN, FACT_TARGET_MACHINE, FACT_SERVER_NAME},
	{ROLE_CLIENT, ROLE_DOMAIN, FACT_TARGET_DOMAIN, FACT_SERVER_DOMAIN},
	{ROLE_SERVER, ROLE_DOMAIN, FACT_TARGET_IP, FACT_SERVER_IP},
	{ROLE_DOMAIN, ROLE_DOMAIN, FACT_SERVER_NAME, FACT_SERVER_NAME},
	{ROLE_DOMAIN, ROLE_DOMAIN, FACT_SERVER_DOMAIN, FACT_SERVER_DOMAIN},
	{ROLE_DOMAIN, ROLE_DOMAIN, FACT_SERVER_IP, FACT_SERVER_IP},
	{ROLE_DOMAIN, ROLE_DOMAIN, FACT_SERVER_OS, FACT_SERVER_OS},
	{ROLE_DOMAIN, ROLE_SERVER, FACT_SERVER_IP, FACT_TARGET_IP},
	{ROLE_DOMAIN, ROLE_SERVER, FACT_SERVER_NAME, FACT_TARGET_MACHINE},
};

/* A controller can't always tell which kind of NTLMv1 it was. */
static void take_detail(struct event *e, const struct event *other)
{
	const char *own = event_text(e, FACT_NTLM_VERSION_DETAIL);
	const char *better = event_text(other, FACT_NTLM_VERSION_DETAIL);

	if (own && better && strlen(better) > strlen(own) && strncmp(own, better, strlen(own)) == 0)
		event_set_text(e, FACT_NTLM_VERSION_DETAIL, better);
}

void join_share(struct join_event *e, const struct join_event *other)
{
	struct event *to = &e->event;
	const struct event *from = &other->event;

	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		if (!was_said(e, shared[i]))
			take(to, from, shared[i]);
	for (size_t i = 0; i < sizeof(seen_from) / sizeof(seen_from[0]); i++)
		if (seen_from[i].from == from->layout->role &&
		    seen_from[i].to == to->layout->role && !event_has(to, seen_from[i].target) &&
		    event_has(from, seen_from[i].source) && !was_said(e, seen_from[i].target))
			to->facts[seen_from[i].target] = from->facts[seen_from[i].source];
	take_detail(to, from);
	take_evidence(to, from);
	take_warnings(e, from);
}

static void name_sources(struct join_event *e, struct text *scratch)
{
	static const struct {
		unsigned sources;
		const char *word;
	} words[] = {
		{1u << JOIN_CAPTURE, "capture"},
		{1u << JOIN_NETLOGON, "netlogon"},
		{1u << JOIN_SAMBA_DC | 1u << JOIN_SAMBA_SERVER | 1u << JOIN_SAMBA_HELPER |
			 1u << JOIN_SAMBA_PASSDB,
		 "samba-log"},
	};

	text_reset(scratch);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (e->sources & words[i].sources)
			text_printf(scratch, "%s%s", scratch->len ? "," : "", words[i].word);
	event_set_text(&e->event, FACT_SIGHTINGS,
		       arena_string(&e->texts, span_make(scratch->ptr, scratch->len)));
}

void join_settle(struct join_event *e, struct text *scratch)
{
	bool warns = has_text(&e->event, FACT_WARNINGS);

	name_sources(e, scratch);
	e->event.layout = event_layout_find(pair_of(&e->event) + warns);
}
