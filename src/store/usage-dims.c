#include "store/usage-dims.h"

#include "event/domain.h"

/* Of those that we make ourselves. */
static bool is_legacy(const struct event *e)
{
	return e->origin == ORIGIN_CAPTURE && e->layout->id >= 8001 && e->layout->id <= 8006;
}

bool usage_counts(const struct event *e)
{
	return !event_layout_is_ours(e->layout) && !is_legacy(e);
}

/* The first of these facts that is there and not empty. */
static const char *first_of(const struct event *e, const enum fact *wanted, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *text = event_text(e, wanted[i]);

		if (text && *text)
			return text;
	}
	return NULL;
}

/* 4030, 4031: they alone tell who passed the request on. */
static bool is_farside(const struct event *e)
{
	return event_layout_has(e->layout, FACT_FORWARDER_DOMAIN);
}

static const char *role_of(const struct event *e, struct text *scratch)
{
	(void)scratch;
	return is_farside(e) ? USAGE_FARSIDE : event_role_name(e->layout->role);
}

static const char *user_of(const struct event *e, struct text *scratch)
{
	bool is_caller = !event_has(e, FACT_USER);
	const char *user = event_text(e, is_caller ? FACT_CLIENT_USER : FACT_USER);
	const char *domain = event_text(e, is_caller ? FACT_CLIENT_DOMAIN : FACT_DOMAIN);

	if (!user || !domain || !*domain)
		return user;
	text_printf(scratch, "%s\\%s", domain, user);
	return scratch->ptr;
}

static const char *client_of(const struct event *e, struct text *scratch)
{
	static const enum fact from[] = {FACT_HOST, FACT_CLIENT_NAME, FACT_CLIENT_IP};
	const char *name = first_of(e, from, sizeof(from) / sizeof(from[0]));

	(void)scratch;
	/* The client's own events are of the computer that they are about. */
	return name || e->layout->role != ROLE_CLIENT ? name : e->computer;
}

static const char *server_of(const struct event *e, struct text *scratch)
{
	static const enum fact from[] = {FACT_SERVER_NAME, FACT_TARGET_MACHINE, FACT_TARGET_NAME,
					 FACT_TARGET_IP, FACT_CHANNEL_NAME};
	const char *name = first_of(e, from, sizeof(from) / sizeof(from[0]));

	(void)scratch;
	return name || e->layout->role != ROLE_SERVER ? name : e->computer;
}

static const char *spn_of(const struct event *e, struct text *scratch)
{
	(void)scratch;
	return event_text(e, FACT_TARGET_SERVICE);
}

static const char *process_of(const struct event *e, struct text *scratch)
{
	(void)scratch;
	return event_text(e, FACT_PROCESS_NAME);
}

static const char *reason_of(const struct event *e, struct text *scratch)
{
	if (e->facts[FACT_REASON_ID].kind != VALUE_NUMBER)
		return NULL;
	text_printf(scratch, "%llu", (unsigned long long)e->facts[FACT_REASON_ID].number);
	return scratch->ptr;
}

static const char *version_of(const struct event *e, struct text *scratch)
{
	(void)scratch;
	return event_text(e, FACT_NTLM_VERSION);
}

static const char *level_of(const struct event *e, struct text *scratch)
{
	(void)scratch;
	return event_level_name(e->layout->level);
}

static const char *outcome_of(const struct event *e, struct text *scratch)
{
	(void)scratch;
	return event_outcome_name(event_outcome(e));
}

static const char *warnings_of(const struct event *e, struct text *scratch)
{
	(void)scratch;
	return event_text(e, FACT_WARNINGS);
}

static const char *detail_of(const struct event *e, struct text *scratch)
{
	(void)scratch;
	return event_text(e, FACT_NTLM_VERSION_DETAIL);
}

/* ---- domains ---- */

static bool is_of_controller(const struct event *e)
{
	return event_layout_has(e->layout, FACT_SERVER_DOMAIN);
}

static const char *domain_of(const struct event *e, struct text *scratch)
{
	(void)scratch;
	if (!is_of_controller(e))
		return NULL;
	return is_farside(e) ? domain_of_account(e) : domain_of_server(e);
}

static const char *other_domain_of(const struct event *e, struct text *scratch)
{
	static const enum fact from[] = {FACT_FORWARDER_DOMAIN, FACT_SERVER_DOMAIN,
					 FACT_TARGET_DOMAIN};

	(void)scratch;
	if (!is_of_controller(e))
		return NULL;
	if (is_farside(e))
		return first_of(e, from, 3);
	return domain_is_foreign(e) ? domain_of_account(e) : NULL;
}

static const char *server_os_of(const struct event *e, struct text *scratch)
{
	(void)scratch;
	return event_text(e, FACT_SERVER_OS);
}

const struct usage_dimension usage_dimensions[USAGE__COUNT] = {
	[USAGE_ROLE] = {true, role_of},
	[USAGE_USER] = {false, user_of},
	[USAGE_CLIENT] = {false, client_of},
	[USAGE_SERVER] = {false, server_of},
	[USAGE_SPN] = {false, spn_of},
	[USAGE_PROCESS] = {false, process_of},
	[USAGE_REASON] = {true, reason_of},
	[USAGE_VERSION] = {true, version_of},
	[USAGE_LEVEL] = {true, level_of},
	[USAGE_OUTCOME] = {true, outcome_of},
	[USAGE_WARNINGS] = {true, warnings_of},
	[USAGE_DETAIL] = {false, detail_of},
	[USAGE_DOMAIN] = {false, domain_of},
	[USAGE_OTHER_DOMAIN] = {false, other_domain_of},
	[USAGE_SERVER_OS] = {false, server_os_of},
};
