/*
 * The legacy events of a domain controller, of the logons that it decided: 8004 to 8006. Invariant: each enhanced event
 * has at most one of them, so that who counts them counts logons.
 */
#include "daemon/legacy.h"

#include "policy/match.h"

#include <string.h>

#define CHANNEL_NONE 0 /* [MS-NRPC] 2.2.1.3.13, NullSecureChannel and WorkstationSecureChannel */
#define CHANNEL_WORKSTATION 2
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool is_same(const char *a, const char *b)
{
	return a && b && *a && name_equal(span_str(a), span_str(b));
}

/* ---- whose they are ---- */

static bool is_own_domain(const struct legacy_host *host, struct span domain)
{
	const char *const names[] = {host->domain, host->dns_domain};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (domain.len && name_equal(domain, span_str(names[i])))
			return true;
	return false;
}

/* A controller's local accounts are its domain's. */
static bool is_local(const struct legacy_host *host, const char *domain)
{
	return strcmp(domain, ".") == 0 || is_same(domain, host->name) ||
	       is_same(domain, host->dns_name);
}

/* Who names no domain is looked for in the controller's own; and over a trust come requests for its accounts only. */
bool legacy_is_own_account(const struct event *e, const struct legacy_host *host)
{
	const char *user = event_text(e, FACT_USER), *domain = event_text(e, FACT_DOMAIN);
	const char *at = user ? strrchr(user, '@') : NULL;

	if (domain && *domain)
		return is_own_domain(host, span_str(domain)) || is_local(host, domain);
	return !at || e->layout->id == 8006 || is_own_domain(host, span_str(at + 1));
}

/* What comes by a member's channel, or to the controller itself, is of its domain. */
bool legacy_is_own_server(const struct event *e, const struct legacy_host *host)
{
	const char *domain = event_text(e, FACT_SERVER_DOMAIN);

	if (e->layout->id == 8004 || e->layout->id == 8005)
		return true;
	return domain && is_own_domain(host, span_str(domain));
}

/* ---- the events ---- */

/* [MS-NRPC] 2.2.1.3.13, by the names that FACT_FORWARDER_TYPE has for them. */
static const struct {
	const char *name;
	uint64_t number;
} channel_types[] = {
	{"Workstation", CHANNEL_WORKSTATION},
	{"TrustedDnsDomain", 3},
	{"TrustedDomain", 4},
	{"UasServer", 5},
	{"Server", 6},
	{"CdcServer", 7},
};

static const enum fact beside_in_domain[] = {
	FACT_DC_NAME,	     FACT_SERVER_NAME,
	FACT_SERVER_DOMAIN,  FACT_SERVER_IP,
	FACT_SERVER_OS,	     FACT_FORWARDER_TYPE,
	FACT_FORWARDER_NAME, FACT_FORWARDER_DOMAIN,
	FACT_FORWARDER_IP,   FACT_TARGET_MACHINE,
	FACT_TARGET_NAME,    FACT_TARGET_DOMAIN,
	FACT_TARGET_SERVICE, FACT_CLIENT_IP,
	FACT_CLIENT_PORT,    FACT_TARGET_IP,
	FACT_TARGET_PORT,    FACT_CARRIER,
	FACT_SOURCE,	     FACT_LOGON_ID,
	FACT_SIGHTINGS,	     FACT_SECURE_CHANNEL_ACCOUNT,
};

static bool is_of_this_controller(const struct event *e, const struct legacy_host *host)
{
	const char *user = event_text(e, FACT_USER);

	return host->is_dc && user && *user &&
	       (is_same(e->computer, host->dns_name) || is_same(e->computer, host->name) ||
		is_same(event_text(e, FACT_TARGET_MACHINE), host->name));
}

static const struct {
	uint16_t of, id;
} ids[] = {{4032, 8004}, {4033, 8004}, {4022, 8005}, {4023, 8005}, {4030, 8006}, {4031, 8006}};

/* 0: none. */
static uint16_t domain_id(const struct event *e, const struct legacy_host *host)
{
	for (size_t i = 0; i < COUNT(ids); i++)
		if (ids[i].of == e->layout->id)
			return ids[i].id != 8005 || is_of_this_controller(e, host) ? ids[i].id : 0;
	return 0;
}

/* A logon at the controller itself came by no channel. */
static void set_channel(const struct event *e, struct event *made)
{
	const char *type = event_text(e, FACT_FORWARDER_TYPE);
	uint16_t id = made->layout->id;

	if (id == 8004)
		event_copy_fact(e, FACT_SERVER_NAME, made, FACT_CHANNEL_NAME);
	else if (id == 8006)
		event_copy_fact(e, FACT_FORWARDER_DOMAIN, made, FACT_CHANNEL_NAME);
	if (id == 8004 || id == 8005)
		event_set_number(made, FACT_CHANNEL_TYPE,
				 id == 8004 ? CHANNEL_WORKSTATION : CHANNEL_NONE);
	for (size_t i = 0; id != 8005 && type && i < COUNT(channel_types); i++)
		if (strcmp(type, channel_types[i].name) == 0)
			event_set_number(made, FACT_CHANNEL_TYPE, channel_types[i].number);
}

bool legacy_in_domain(const struct event *e, const struct legacy_host *host,
		      struct event *ret_event)
{
	static const enum fact account[] = {FACT_USER, FACT_DOMAIN, FACT_HOST};
	uint16_t id = domain_id(e, host);
	struct event made = {.origin = e->origin, .time = e->time, .computer = e->computer};

	if (!id)
		return false;
	made.layout = event_layout_find(id);
	memcpy(made.activity, e->activity, sizeof(made.activity));
	for (size_t i = 0; i < COUNT(account); i++)
		event_copy_fact(e, account[i], &made, account[i]);
	for (size_t i = 0; i < COUNT(beside_in_domain); i++)
		event_copy_fact(e, beside_in_domain[i], &made, beside_in_domain[i]);
	if (id == 8005)
		event_set_text(&made, FACT_SERVER_NAME, e->computer);
	set_channel(e, &made);
	*ret_event = made;
	return true;
}
