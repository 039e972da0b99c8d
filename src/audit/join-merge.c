#include "audit/join-merge.h"

#include "audit/level.h"
#include "audit/name.h"

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

bool join_same_event(const struct event *a, const struct event *b)
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

static bool differ(const char *a, const char *b)
{
	return a && *a && b && *b && !name_same(a, b);
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

bool join_contradict(const struct event *a, const struct event *b)
{
	enum event_outcome p = event_outcome(a), q = event_outcome(b);

	return differ(event_text(a, FACT_NTLM_VERSION), event_text(b, FACT_NTLM_VERSION)) ||
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

void join_merge(struct join_event *e, const struct join_event *other)
{
	/* the source that is believed more comes first, whichever was here first */
	if (best(other->sources) < best(e->sources)) {
		struct event first = other->event;

		first.record = e->event.record;
		first.layout = e->event.layout;
		for (int f = 0; f < FACT__COUNT; f++)
			if (!was_said(other, (enum fact)f))
				take(&first, &e->event, (enum fact)f);
		take_evidence(&first, &e->event);
		take_status(&first, &e->event);
		first.facts[FACT_WARNINGS] = e->event.facts[FACT_WARNINGS];
		e->event = first;
	} else {
		for (int f = 0; f < FACT__COUNT; f++)
			if (f != FACT_WARNINGS && !was_said(e, (enum fact)f))
				take(&e->event, &other->event, (enum fact)f);
		take_evidence(&e->event, &other->event);
		take_status(&e->event, &other->event);
	}
	take_warnings(e, &other->event);
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
