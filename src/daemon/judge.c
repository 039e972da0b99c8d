#include "daemon/judge.h"

#include "audit/spn.h"

static void add_server(struct policy_question *q, size_t *n, const char *name)
{
	if (name && *name && *n < QUESTION_SERVERS)
		q->servers[(*n)++] = name;
}

/* `spn` holds the host of the name that the client asked for. */
static void add_servers(struct policy_question *q, const struct event *e, char *spn, size_t size)
{
	static const enum fact names[] = {FACT_TARGET_MACHINE, FACT_TARGET_NAME, FACT_TARGET_IP,
					  FACT_SERVER_NAME, FACT_SERVER_IP};
	const char *service = event_text(e, FACT_TARGET_SERVICE);
	size_t n = 0;

	if (service && spn_host(service, spn, size))
		add_server(q, &n, spn);
	if (e->layout->role == ROLE_SERVER)
		add_server(q, &n, e->computer);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		add_server(q, &n, event_text(e, names[i]));
}

static const char *process_of(const struct event *e)
{
	const char *path = event_text(e, FACT_PROCESS_PATH);

	return path ? path : event_text(e, FACT_PROCESS_NAME);
}

enum policy_answer judge_event(const struct policy *policy, const struct event *e,
			       const struct legacy_host *host)
{
	char spn[SPN_HOST_MAX];
	struct policy_question q = {
		.id = e->layout->id,
		.is_warning = e->layout->level == LEVEL_WARNING,
		.time = e->time,
		.carrier = event_text(e, FACT_CARRIER),
		.user = event_text(e, FACT_USER),
		.domain = event_text(e, FACT_DOMAIN),
		.process = process_of(e),
		.is_domain_account = e->layout->id == 8003,
		.is_account_of_this_domain = legacy_is_own_account(e, host),
		.is_server_of_this_domain = legacy_is_own_server(e, host),
	};

	if (event_layout_is_ours(e->layout))
		return POLICY_WANTED;
	add_servers(&q, e, spn, sizeof(spn));
	return policy_wants(policy, &q);
}
