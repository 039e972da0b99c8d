#include "daemon/legacy.h"

#include "policy/match.h"

#include <ctype.h>
#include <string.h>

#define NETBIOS_NAME_MAX 15
#define LOGON_TYPE_NETWORK 3
#define REASON_LOOPBACK 10
#define OID_NTLMSSP "1.3.6.1.4.1.311.2.2.10" /* [MS-NLMP] 1.9 */

/* A longer one is left as it was: part of a name is another name. */
static void set_name(char to[LEGACY_NAME_SIZE], const char *name)
{
	size_t n = name ? strlen(name) : 0;

	if (n && n < LEGACY_NAME_SIZE)
		memcpy(to, name, n + 1);
}

void legacy_host_name(struct legacy_host *host, const char *name)
{
	size_t n = 0;

	set_name(host->dns_name, name);
	for (; n < NETBIOS_NAME_MAX && name[n] && name[n] != '.'; n++)
		host->name[n] = (char)toupper((unsigned char)name[n]);
	host->name[n] = '\0';
}

void legacy_host_domain(struct legacy_host *host, const char *netbios, const char *dns, bool is_dc)
{
	set_name(host->domain, netbios);
	set_name(host->dns_domain, dns);
	host->is_dc = is_dc;
}

static bool is_text(const struct event *e, enum fact f, const char *text)
{
	const char *s = event_text(e, f);

	return s && strcmp(s, text) == 0;
}

static bool is_number(const struct event *e, enum fact f, uint64_t number)
{
	return e->facts[f].kind == VALUE_NUMBER && e->facts[f].number == number;
}

void legacy_learn(struct legacy_host *host, const struct event *e)
{
	if (e->layout->role != ROLE_SERVER || !event_has(e, FACT_TARGET_TYPE))
		return;
	host->is_member = is_text(e, FACT_TARGET_TYPE, "domain");
	/* the names are those that the client sent back */
	if (!is_number(e, FACT_STATUS, 0) || !event_has(e, FACT_NTLM_VERSION))
		return;
	set_name(host->name, event_text(e, FACT_TARGET_MACHINE));
	set_name(host->domain, event_text(e, FACT_TARGET_DOMAIN));
}

/* ---- whose account it is ---- */

static bool is_same(const char *a, const char *b)
{
	return a && b && *a && name_equal(span_str(a), span_str(b));
}

static bool is_own_name(const struct event *e, const struct legacy_host *host, const char *name)
{
	return is_same(name, event_text(e, FACT_TARGET_MACHINE)) ||
	       is_same(name, event_text(e, FACT_TARGET_NAME)) || is_same(name, e->computer) ||
	       is_same(name, host->name) || is_same(name, host->dns_name);
}

static bool is_member(const struct event *e, const struct legacy_host *host)
{
	return event_has(e, FACT_TARGET_TYPE) ? is_text(e, FACT_TARGET_TYPE, "domain")
					      : host->is_member;
}

bool legacy_is_domain_account(const struct event *e, const struct legacy_host *host)
{
	const char *user = event_text(e, FACT_USER), *domain = event_text(e, FACT_DOMAIN);

	if (!user || !*user || !is_member(e, host))
		return false;
	if (!domain || !*domain)
		return strchr(user, '@') != NULL; /* a UPN names its domain itself */
	return strcmp(domain, ".") != 0 && !is_own_name(e, host, domain);
}

/* ---- the events ---- */

/* From which fact of the enhanced event a fact of the legacy one comes. */
struct source {
	enum fact to, from;
};

/*
 * Of the caller Windows has the executable with its path. What is beside Windows' fields tells which server it was, by
 * all names that an exception may have, and where the connection and the process are to be found.
 */
static const struct source sources[] = {
	{FACT_TARGET_SERVICE, FACT_TARGET_SERVICE},
	{FACT_USER, FACT_USER},
	{FACT_DOMAIN, FACT_DOMAIN},
	{FACT_HOST, FACT_HOST},
	{FACT_PROCESS_ID, FACT_PROCESS_ID},
	{FACT_PROCESS_NAME, FACT_PROCESS_NAME},
	{FACT_PROCESS_NAME, FACT_PROCESS_PATH},
	{FACT_CLIENT_USER, FACT_PROCESS_USER},
};

static const enum fact beside[] = {
	FACT_TARGET_MACHINE,  FACT_TARGET_NAME,	    FACT_TARGET_DOMAIN,	     FACT_CLIENT_IP,
	FACT_CLIENT_PORT,     FACT_TARGET_IP,	    FACT_TARGET_PORT,	     FACT_CARRIER,
	FACT_SOURCE,	      FACT_PROCESS_PATH,    FACT_PROCESS_USER,	     FACT_PROCESS_UID,
	FACT_PROCESS_UNIT,    FACT_PROCESS_KERNEL,  FACT_PROCESS_CONTAINER,  FACT_PROCESS_HOW,
	FACT_FRAME_NEGOTIATE, FACT_FRAME_CHALLENGE, FACT_FRAME_AUTHENTICATE, FACT_FRAME_ANSWER,
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* 0: none. */
static uint16_t legacy_id(const struct event *e, const struct legacy_host *host)
{
	uint16_t id = e->layout->id;

	if (id == 4020 || id == 4021)
		return 8001;
	if (id != 4022 && id != 4023)
		return 0;
	return !is_number(e, FACT_REASON_ID, REASON_LOOPBACK) && legacy_is_domain_account(e, host)
		       ? 8003
		       : 8002;
}

/*
 * `CORP\jane`, as winbind and SSSD call a domain's users: the domain stands by itself where it is this machine's, or
 * the machine. Any other stays as it is: there is nowhere to keep a part of a text.
 */
static void split_caller(struct event *e, const struct legacy_host *host)
{
	const char *user = event_text(e, FACT_CLIENT_USER);
	const char *slash = user ? strchr(user, '\\') : NULL;
	const char *const known[] = {host->domain, host->name};

	for (size_t i = 0; slash && slash[1] && i < COUNT(known); i++) {
		struct span domain = span_make(user, (size_t)(slash - user));

		if (!domain.len || !name_equal(domain, span_str(known[i])))
			continue;
		event_set_text(e, FACT_CLIENT_DOMAIN, known[i]);
		event_set_text(e, FACT_CLIENT_USER, slash + 1);
		return;
	}
}

static void set_fixed(struct event *e)
{
	if (event_layout_has(e->layout, FACT_MECHANISM_OID))
		event_set_text(e, FACT_MECHANISM_OID, OID_NTLMSSP);
	if (event_layout_has(e->layout, FACT_LOGON_TYPE))
		event_set_number(e, FACT_LOGON_TYPE, LOGON_TYPE_NETWORK);
	if (event_layout_has(e->layout, FACT_IN_PROC))
		event_set_number(e, FACT_IN_PROC, 0); /* there is no LSA to be inside of */
}

bool legacy_of(const struct event *e, const struct legacy_host *host, struct event *ret_event)
{
	uint16_t id = legacy_id(e, host);
	struct event made = {.origin = e->origin, .time = e->time, .computer = e->computer};

	if (!id)
		return false;
	made.layout = event_layout_find(id);
	memcpy(made.activity, e->activity, sizeof(made.activity));
	for (size_t i = 0; i < COUNT(sources); i++)
		if (event_layout_has(made.layout, sources[i].to))
			event_copy_fact(e, sources[i].from, &made, sources[i].to);
	for (size_t i = 0; i < COUNT(beside); i++)
		event_copy_fact(e, beside[i], &made, beside[i]);
	if (event_layout_has(made.layout, FACT_CLIENT_USER))
		split_caller(&made, host);
	set_fixed(&made);
	*ret_event = made;
	return true;
}
