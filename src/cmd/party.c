#include "cmd/party.h"

#include "base/span.h"

#include <string.h>
#include <strings.h>

#define NAMES_MAX 8

/* The names and addresses of one end; a name is a host's, without what stands around it. */
struct names {
	struct span name[NAMES_MAX];
	size_t n;
};

static const enum fact client_facts[] = {FACT_HOST, FACT_CLIENT_NAME, FACT_CLIENT_IP, FACT__COUNT};
static const enum fact server_facts[] = {FACT_TARGET_MACHINE, FACT_TARGET_NAME,	   FACT_SERVER_NAME,
					 FACT_CHANNEL_NAME,   FACT_TARGET_SERVICE, FACT_TARGET_IP,
					 FACT_SERVER_IP,      FACT__COUNT};

static bool says_nothing(const char *s)
{
	static const char *const words[] = {"", "-", "(NULL)", "Null"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(s, words[i]) == 0)
			return true;
	return false;
}

const char *party_text(const struct event *e, enum fact fact)
{
	const struct value *v = &e->facts[fact];

	return v->kind == VALUE_TEXT && !says_nothing(v->text) ? v->text : NULL;
}

/* A client's 8001 names the account only where it is another than its user's own. */
const char *party_user(const struct event *e)
{
	const char *user = party_text(e, FACT_USER);

	if (!user && e->layout->role == ROLE_CLIENT)
		user = party_text(e, FACT_CLIENT_USER);
	return user && strcasecmp(user, "ANONYMOUS LOGON") != 0 ? user : NULL;
}

const char *party_domain(const struct event *e)
{
	const char *domain = party_text(e, FACT_DOMAIN);

	if (!domain && e->layout->role == ROLE_CLIENT)
		domain = party_text(e, FACT_CLIENT_DOMAIN);
	return domain;
}

static const char *best(const struct event *e, const enum fact *candidates, enum event_role own)
{
	for (; *candidates != FACT__COUNT; candidates++)
		if (party_text(e, *candidates))
			return party_text(e, *candidates);
	return e->layout->role == own && e->computer && !says_nothing(e->computer) ? e->computer
										   : NULL;
}

const char *party_client(const struct event *e)
{
	return best(e, client_facts, ROLE_CLIENT);
}

const char *party_server(const struct event *e)
{
	return best(e, server_facts, ROLE_SERVER);
}

static bool is_address(struct span s)
{
	bool digits = s.len > 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == ':')
			return true;
		digits = digits && ((s.ptr[i] >= '0' && s.ptr[i] <= '9') || s.ptr[i] == '.');
	}
	return digits;
}

/* `cifs/fs1.corp.example:445` is the host fs1, as `FS1` and `\\FS1` are. */
static struct span host_of(const char *s)
{
	const char *slash = strchr(s, '/');
	struct span host;

	s = slash ? slash + 1 : s + strspn(s, "\\");
	host = span_head(span_str(s), strcspn(s, "/@"));
	if (is_address(host))
		return host;
	return span_head(host, strcspn(s, "./@:$"));
}

static void names_add(struct names *names, const char *s)
{
	struct span host = host_of(s);

	if (host.len && names->n < NAMES_MAX)
		names->name[names->n++] = host;
}

static struct names names_of(const struct event *e, const enum fact *candidates,
			     enum event_role own)
{
	struct names names = {0};

	if (e->layout->role == own && e->computer && !says_nothing(e->computer))
		names_add(&names, e->computer);
	for (; *candidates != FACT__COUNT; candidates++)
		if (party_text(e, *candidates))
			names_add(&names, party_text(e, *candidates));
	return names;
}

static bool same_host(struct span a, struct span b)
{
	return a.len == b.len && strncasecmp((const char *)a.ptr, (const char *)b.ptr, a.len) == 0;
}

bool party_same_host(const char *a, const char *b)
{
	return same_host(host_of(a), host_of(b));
}

enum agreement { AGREE_UNKNOWN, AGREE_NO, AGREE_YES };

/* Of a name and an address nothing follows. */
static enum agreement agree(const struct names *a, const struct names *b)
{
	enum agreement found = AGREE_UNKNOWN;

	for (size_t i = 0; i < a->n; i++) {
		for (size_t k = 0; k < b->n; k++) {
			if (same_host(a->name[i], b->name[k]))
				return AGREE_YES;
			if (is_address(a->name[i]) == is_address(b->name[k]))
				found = AGREE_NO;
		}
	}
	return found;
}

static enum agreement agree_at(const struct event *a, const struct event *b,
			       const enum fact *candidates, enum event_role own)
{
	struct names names_a = names_of(a, candidates, own), names_b = names_of(b, candidates, own);

	return agree(&names_a, &names_b);
}

/* `alice@corp.example` is alice. */
static bool same_user(const char *a, const char *b)
{
	size_t n = strcspn(a, "@");

	return n == strcspn(b, "@") && strncasecmp(a, b, n) == 0;
}

bool party_fits(const struct event *a, const struct event *b)
{
	const char *user_a = party_user(a), *user_b = party_user(b);
	enum agreement client, server;

	if (!user_a || !user_b || !same_user(user_a, user_b))
		return false;
	client = agree_at(a, b, client_facts, ROLE_CLIENT);
	server = agree_at(a, b, server_facts, ROLE_SERVER);
	return client != AGREE_NO && server != AGREE_NO &&
	       (client == AGREE_YES || server == AGREE_YES);
}
