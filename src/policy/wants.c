#include "policy/wants.h"

#include "policy/match.h"

/* The bits of AuditNTLMInDomain. */
#define ANY_SERVER 2u
#define ANY_ACCOUNT 4u

struct rule {
	uint16_t id;
	enum policy_answer (*ask)(const struct policy *p, const struct policy_question *q,
				  const struct rule *rule);
	/* enhanced events */
	enum setting on, level, share;
	bool may_lack_carrier; /* what a domain controller is asked does not say what carried it */
};

static bool fits(const char *pattern, const char *name)
{
	return name ? name_matches(span_str(pattern), span_str(name)) : strcmp(pattern, "*") == 0;
}

static bool list_fits(const struct policy_item *i, const char *name)
{
	while (i && !fits(i->text, name))
		i = i->next;
	return i != NULL;
}

/* Versions of a protocol are that protocol, too: `smb` is SMB1 and SMB2. */
static bool lists_carrier(const struct policy *p, const char *carrier)
{
	const struct policy_item *list = policy_items(p, SETTING_CARRIERS);
	struct span family = carrier ? span_str(carrier) : (struct span){0};

	if (list_fits(list, carrier))
		return true;
	while (family.len && family.ptr[family.len - 1] >= '0' && family.ptr[family.len - 1] <= '9')
		family.len--;
	for (; family.len && list; list = list->next)
		if (name_matches(span_str(list->text), family))
			return true;
	return false;
}

static bool has_server(const struct policy_question *q, struct span pattern)
{
	for (size_t i = 0; i < QUESTION_SERVERS; i++)
		if (q->servers[i] && name_matches(pattern, span_str(q->servers[i])))
			return true;
	return false;
}

/* `CORP\jane` or `jane@corp.example` name the domain too; `jane` is anybody's jane. */
static bool has_account(const struct policy_question *q, struct span pattern)
{
	const uint8_t *slash = memchr(pattern.ptr, '\\', pattern.len);
	const uint8_t *at = memchr(pattern.ptr, '@', pattern.len);
	struct span user = pattern, domain = {0};

	if (!q->user)
		return false;
	if (slash) {
		domain = span_head(pattern, (size_t)(slash - pattern.ptr));
		user = span_from(pattern, domain.len + 1);
	} else if (at) {
		user = span_head(pattern, (size_t)(at - pattern.ptr));
		domain = span_from(pattern, user.len + 1);
	}
	if (name_matches(pattern, span_str(q->user))) /* a UPN may stand there whole */
		return true;
	return (domain.len == 0 || (q->domain && name_matches(domain, span_str(q->domain)))) &&
	       name_matches(user, span_str(q->user));
}

/* A pattern with a slash is a path; without one, the name of the program wherever it lies. */
static bool has_process(const struct policy_question *q, struct span pattern)
{
	const char *name = q->process, *slash;

	if (!name)
		return false;
	slash = strrchr(name, '/');
	if (slash && !memchr(pattern.ptr, '/', pattern.len))
		name = slash + 1;
	return name_matches(pattern, span_str(name));
}

static bool is_excepted(const struct policy *p, const struct policy_question *q)
{
	static const struct {
		enum setting list;
		bool (*has)(const struct policy_question *q, struct span pattern);
	} kinds[] = {{SETTING_SERVER_EXCEPTIONS, has_server},
		     {SETTING_ACCOUNT_EXCEPTIONS, has_account},
		     {SETTING_PROCESS_EXCEPTIONS, has_process}};

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (const struct policy_item *i = policy_items(p, kinds[k].list); i; i = i->next)
			if (q->time < i->exception.until && kinds[k].has(q, i->exception.name))
				return true;
	return false;
}

static enum policy_answer ask_enhanced(const struct policy *p, const struct policy_question *q,
				       const struct rule *rule)
{
	uint32_t level = policy_number(p, rule->level);

	if (!policy_number(p, rule->on))
		return POLICY_OFF;
	if (level == POLICY_LEVEL_NONE || (level == POLICY_LEVEL_WARNINGS && !q->is_warning))
		return POLICY_ROLE;
	if (p->place >= policy_number(p, rule->share))
		return POLICY_SHARE;
	if ((q->carrier || !rule->may_lack_carrier) && !lists_carrier(p, q->carrier))
		return POLICY_CARRIER;
	return is_excepted(p, q) ? POLICY_EXCEPTION : POLICY_WANTED;
}

/* One of the names is in a list of the older policies, which have neither owner nor end. */
static bool lists_server(const struct policy *p, enum setting list, const struct policy_question *q)
{
	for (const struct policy_item *i = policy_items(p, list); i; i = i->next)
		if (has_server(q, span_str(i->text)))
			return true;
	return false;
}

static enum policy_answer ask_outgoing(const struct policy *p, const struct policy_question *q,
				       const struct rule *rule)
{
	(void)rule;
	if (policy_number(p, SETTING_RESTRICT_OUTGOING) != 1)
		return POLICY_LEGACY;
	return lists_server(p, SETTING_OUTGOING_EXCEPTIONS, q) ? POLICY_EXCEPTION : POLICY_WANTED;
}

static enum policy_answer ask_incoming(const struct policy *p, const struct policy_question *q,
				       const struct rule *rule)
{
	uint32_t audited = policy_number(p, SETTING_AUDIT_INCOMING);

	(void)rule;
	return audited == 2 || (audited == 1 && q->is_domain_account) ? POLICY_WANTED
								      : POLICY_LEGACY;
}

static enum policy_answer ask_domain(const struct policy *p, const struct policy_question *q,
				     const struct rule *rule)
{
	uint32_t audited = policy_number(p, SETTING_AUDIT_IN_DOMAIN);

	(void)rule;
	if (audited == 0 || (!(audited & ANY_SERVER) && !q->is_server_of_this_domain) ||
	    (!(audited & ANY_ACCOUNT) && !q->is_account_of_this_domain))
		return POLICY_LEGACY;
	return lists_server(p, SETTING_IN_DOMAIN_EXCEPTIONS, q) ? POLICY_EXCEPTION : POLICY_WANTED;
}

#define CLIENT                                                                                     \
	ask_enhanced, SETTING_ENHANCED_LOGGING, SETTING_CLIENT_EVENTS, SETTING_CLIENT_SHARE, false
#define SERVER                                                                                     \
	ask_enhanced, SETTING_ENHANCED_LOGGING, SETTING_SERVER_EVENTS, SETTING_SERVER_SHARE, false
#define DOMAIN                                                                                     \
	ask_enhanced, SETTING_DOMAIN_LOGGING, SETTING_DOMAIN_EVENTS, SETTING_DOMAIN_SHARE, true

static const struct rule rules[] = {
	{4020, CLIENT},
	{4021, CLIENT},
	{4022, SERVER},
	{4023, SERVER},
	{4030, DOMAIN},
	{4031, DOMAIN},
	{4032, DOMAIN},
	{4033, DOMAIN},
	{.id = 8001, .ask = ask_outgoing},
	{.id = 8002, .ask = ask_incoming},
	{.id = 8003, .ask = ask_incoming},
	{.id = 8004, .ask = ask_domain},
	{.id = 8005, .ask = ask_domain},
	{.id = 8006, .ask = ask_domain},
};

enum policy_answer policy_wants(const struct policy *policy, const struct policy_question *q)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].id == q->id)
			return rules[i].ask(policy, q, &rules[i]);
	return POLICY_UNKNOWN;
}

const char *policy_answer_name(enum policy_answer answer)
{
	static const char *const names[POLICY_ANSWER__COUNT] = {
		[POLICY_WANTED] = "wanted",
		[POLICY_OFF] = "off",
		[POLICY_ROLE] = "role",
		[POLICY_SHARE] = "share",
		[POLICY_CARRIER] = "carrier",
		[POLICY_EXCEPTION] = "exception",
		[POLICY_LEGACY] = "legacy policy",
		[POLICY_UNKNOWN] = "unknown event",
	};

	return names[answer];
}
