#include "store/match.h"

#include "base/utf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

/* ---- texts ---- */

/* The next character of a text that is not at its end, capitals made small. */
static uint32_t next_folded(const char **s)
{
	uint8_t byte = (uint8_t) * *s;
	struct span rest;
	uint32_t rune;

	if (byte < 128) { /* nearly all are */
		++*s;
		return byte >= 'A' && byte <= 'Z' ? byte + 32u : byte;
	}
	rest = span_make(*s, strnlen(*s, 4));
	rune = utf8_next(&rest);
	*s = (const char *)rest.ptr;
	return rune_fold(rune);
}

bool match_wildcard(const char *pattern, const char *text)
{
	const char *after_star = NULL, *retry = NULL;

	while (*text || *pattern) {
		const char *p = pattern, *t = text;
		uint32_t want = *p ? next_folded(&p) : 0;

		if (want == '*') {
			after_star = pattern = p;
			retry = text;
		} else if (want && *t && (next_folded(&t) == want || want == '?')) {
			pattern = p;
			text = t;
		} else if (retry && *retry) {
			/* The last star takes one more; an earlier one need not. */
			(void)next_folded(&retry);
			pattern = after_star;
			text = retry;
		} else {
			return false;
		}
	}
	return true;
}

/* Is the word somewhere in the text? */
static bool contains(const char *word, const char *text)
{
	for (;; (void)next_folded(&text)) {
		const char *w = word, *t = text;

		while (*w && *t && next_folded(&w) == next_folded(&t))
			if (!*w)
				return true;
		if (!*word || !*text)
			return !*word;
	}
}

/* The same names come again and again, of which each is looked at once. */
static bool matches(const struct match *m, const char *pattern, const char *text)
{
	struct match_memo *memo;

	if (!m->memos)
		return match_wildcard(pattern, text);
	memo = &m->memos[((uintptr_t)text >> 4 ^ (uintptr_t)pattern) % MATCH_MEMOS];
	if (memo->text != text || memo->pattern != pattern)
		*memo = (struct match_memo){pattern, text, match_wildcard(pattern, text)};
	return memo->matches;
}

static bool any_fact_matches(const struct match *m, const struct event *e, const enum fact *wanted,
			     size_t n, const char *pattern)
{
	for (size_t i = 0; i < n; i++) {
		const struct value *v = &e->facts[wanted[i]];

		if (v->kind == VALUE_TEXT && matches(m, pattern, v->text))
			return true;
	}
	return false;
}

/* ---- the parts of a query that are one text ---- */

static const enum fact user_facts[] = {FACT_USER, FACT_CLIENT_USER};
static const enum fact domain_facts[] = {FACT_DOMAIN, FACT_CLIENT_DOMAIN};
static const enum fact client_facts[] = {FACT_HOST, FACT_CLIENT_NAME, FACT_CLIENT_IP};
static const enum fact server_facts[] = {FACT_TARGET_MACHINE, FACT_TARGET_NAME, FACT_TARGET_IP,
					 FACT_SERVER_NAME, FACT_CHANNEL_NAME};
static const enum fact process_facts[] = {FACT_PROCESS_NAME};
static const enum fact spn_facts[] = {FACT_TARGET_SERVICE};
static const enum fact version_facts[] = {FACT_NTLM_VERSION, FACT_NTLM_VERSION_DETAIL};
static const enum fact carrier_facts[] = {FACT_CARRIER};
static const enum fact address_facts[] = {FACT_CLIENT_IP, FACT_TARGET_IP, FACT_SERVER_IP};
static const enum fact reason_facts[] = {FACT_REASON_ID};
static const enum fact status_facts[] = {FACT_STATUS};

#define LIST(list) (list), sizeof(list) / sizeof((list)[0])

struct text_part {
	size_t member; /* of struct store_query: what is asked for */
	const enum fact *facts;
	size_t n_facts;
	enum event_role
		role; /* events of this role are about their own computer; ROLE_OTHER: none */
};

#define PART(member) offsetof(struct store_query, member)

static const struct text_part text_parts[] = {
	{PART(user), LIST(user_facts), ROLE_OTHER},
	{PART(domain), LIST(domain_facts), ROLE_OTHER},
	{PART(client), LIST(client_facts), ROLE_CLIENT},
	{PART(server), LIST(server_facts), ROLE_SERVER},
	{PART(process), LIST(process_facts), ROLE_OTHER},
	{PART(spn), LIST(spn_facts), ROLE_OTHER},
	{PART(version), LIST(version_facts), ROLE_OTHER},
	{PART(carrier), LIST(carrier_facts), ROLE_OTHER},
};

static const char *asked(const struct store_query *q, const struct text_part *part)
{
	const char *text;

	memcpy(&text, (const char *)q + part->member, sizeof(text));
	return text;
}

static bool computer_matches(const struct match *m, const struct text_part *part,
			     const struct event *e, const char *pattern)
{
	return part->role != ROLE_OTHER && e->layout->role == part->role && e->computer &&
	       matches(m, pattern, e->computer);
}

static bool text_matches(const struct match *m, const struct event *e)
{
	for (size_t i = 0; i < sizeof(text_parts) / sizeof(text_parts[0]); i++) {
		const struct text_part *part = &text_parts[i];
		const char *pattern = asked(m->query, part);

		if (m->is_split && part->facts == user_facts)
			continue;
		if (pattern && !any_fact_matches(m, e, part->facts, part->n_facts, pattern) &&
		    !computer_matches(m, part, e, pattern))
			return false;
	}
	return true;
}

/* DOMAIN\user: both of the account, or both of the calling process's. */
static bool split_user_matches(const struct match *m, const struct event *e)
{
	for (size_t i = 0; i < 2 && m->is_split; i++)
		if (any_fact_matches(m, e, &user_facts[i], 1, m->user.ptr) &&
		    any_fact_matches(m, e, &domain_facts[i], 1, m->domain.ptr))
			return true;
	return !m->is_split;
}

/* ---- the other parts ---- */

/* All bits of an address. Windows often writes IPv4 as ::ffff:192.0.2.1: it is the same address. */
static int address_read(const char *text, struct prefix *ret_address)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct prefix a = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};

	if (inet_pton(a.family, text, a.bytes) != 1)
		return -EINVAL;
	if (a.family == AF_INET6 && memcmp(a.bytes, mapped, sizeof(mapped)) == 0) {
		a.family = AF_INET;
		memmove(a.bytes, a.bytes + sizeof(mapped), 4);
	}
	a.bits = a.family == AF_INET ? 32 : 128;
	*ret_address = a;
	return 0;
}

static bool is_within(const struct prefix *p, const char *text)
{
	unsigned whole = p->bits / 8, rest = p->bits % 8;
	struct prefix a;

	if (address_read(text, &a) < 0 || a.family != p->family ||
	    memcmp(a.bytes, p->bytes, whole) != 0)
		return false;
	return !rest || (a.bytes[whole] ^ p->bytes[whole]) >> (8 - rest) == 0;
}

static bool address_matches(const struct match *m, const struct event *e)
{
	if (!m->query->address)
		return true;
	for (size_t i = 0; i < sizeof(address_facts) / sizeof(address_facts[0]); i++) {
		const struct value *v = &e->facts[address_facts[i]];

		if (v->kind == VALUE_TEXT && is_within(&m->prefix, v->text))
			return true;
	}
	return false;
}

static bool id_matches(const struct match *m, const struct event *e)
{
	for (size_t i = 0; i < m->query->n_ids && i < STORE_IDS_MAX; i++)
		if (m->query->ids[i] == e->layout->id)
			return true;
	return m->query->n_ids == 0;
}

static bool level_matches(const struct match *m, const struct event *e)
{
	return !m->query->max_level || e->layout->level <= m->query->max_level;
}

static bool reason_matches(const struct match *m, const struct event *e)
{
	const struct value *v = &e->facts[FACT_REASON_ID];

	return !m->query->has_reason || (v->kind == VALUE_NUMBER && v->number == m->query->reason);
}

static bool outcome_matches(const struct match *m, const struct event *e)
{
	return !m->query->has_outcome || m->query->outcome == event_outcome(e);
}

static bool own_matches(const struct match *m, const struct event *e)
{
	const struct store_query *q = m->query;

	return e->time >= q->since && (e->time < q->until || q->until == INT64_MAX) &&
	       e->record > q->after && (!q->has_record || e->record == q->record) &&
	       (!q->has_activity || memcmp(e->activity, q->activity, sizeof(q->activity)) == 0);
}

static bool any_text_contains(const struct match *m, const struct event *e)
{
	const char *word = m->query->text;

	if (!word || contains(word, e->computer ? e->computer : ""))
		return true;
	for (size_t f = 0; f < FACT__COUNT; f++)
		if (e->facts[f].kind == VALUE_TEXT && contains(word, e->facts[f].text))
			return true;
	for (size_t i = 0; i < e->n_foreign; i++)
		if (contains(word, e->foreign[i].value))
			return true;
	return false;
}

/* ---- all of it ---- */

bool match_stencil(const struct match *m, const struct event *e)
{
	return id_matches(m, e) && level_matches(m, e) && reason_matches(m, e) &&
	       outcome_matches(m, e) && text_matches(m, e) && split_user_matches(m, e) &&
	       address_matches(m, e);
}

bool match_event(const struct match *m, const struct event *e)
{
	return own_matches(m, e) && match_stencil(m, e) && any_text_contains(m, e);
}

static void want(bool *wanted, const enum fact *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		wanted[list[i]] = true;
}

void match_facts(const struct match *m, bool ret_wanted[FACT__COUNT])
{
	memset(ret_wanted, 0, FACT__COUNT * sizeof(*ret_wanted));
	for (size_t i = 0; i < sizeof(text_parts) / sizeof(text_parts[0]); i++)
		if (asked(m->query, &text_parts[i]))
			want(ret_wanted, text_parts[i].facts, text_parts[i].n_facts);
	if (m->is_split)
		want(ret_wanted, LIST(domain_facts));
	if (m->query->address)
		want(ret_wanted, LIST(address_facts));
	if (m->query->has_reason)
		want(ret_wanted, LIST(reason_facts));
	if (m->query->has_outcome)
		want(ret_wanted, LIST(status_facts));
}

bool match_has_stencil(const struct match *m)
{
	bool wanted[FACT__COUNT], any = m->query->n_ids || m->query->max_level;

	match_facts(m, wanted);
	for (size_t f = 0; f < FACT__COUNT; f++)
		any |= wanted[f];
	return any;
}

/* ---- understanding the query ---- */

int match_prefix(const char *text, struct prefix *ret_prefix)
{
	char address[INET6_ADDRSTRLEN + 1] = "", *end;
	size_t n = strcspn(text, "/");
	unsigned long bits, of_mapped;
	struct prefix prefix;

	if (n >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, n);
	if (address_read(address, &prefix) < 0)
		return -EINVAL;
	of_mapped = prefix.family == AF_INET && strchr(address, ':') ? 96 : 0;
	bits = prefix.bits + of_mapped;
	if (text[n]) {
		bits = strtoul(text + n + 1, &end, 10);
		if (text[n + 1] < '0' || text[n + 1] > '9' || *end)
			return -EINVAL;
	}
	if (bits < of_mapped || bits - of_mapped > prefix.bits)
		return -EINVAL;
	prefix.bits = (unsigned)(bits - of_mapped);
	*ret_prefix = prefix;
	return 0;
}

static int split_user(struct match *m, const char *user)
{
	const char *slash = user ? strchr(user, '\\') : NULL;

	text_init(&m->domain, 0);
	text_init(&m->user, 0);
	if (!slash)
		return 0;
	text_add(&m->domain, user, (size_t)(slash - user));
	text_puts(&m->user, slash + 1);
	m->is_split = true;
	return m->domain.failed || m->user.failed ? -ENOMEM : 0;
}

int match_init(struct match *m, const struct store_query *q, struct text *why)
{
	int rc;

	*m = (struct match){.query = q};
	rc = split_user(m, q->user);
	if (rc == 0 && q->address && match_prefix(q->address, &m->prefix) < 0) {
		if (why)
			text_printf(why, "%s: no address, nor a prefix of addresses", q->address);
		rc = -EINVAL;
	}
	if (rc < 0)
		match_finish(m);
	return rc;
}

void match_finish(struct match *m)
{
	text_finish(&m->domain);
	text_finish(&m->user);
}
