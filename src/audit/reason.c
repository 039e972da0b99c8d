#include "audit/reason.h"

#include "audit/name.h"
#include "audit/reason-kerberos.h"
#include "audit/spn.h"

#include <strings.h>

void reason_prove(struct reason_proof *proof, const char *kind, uint64_t frame, const char *name,
		  const char *code)
{
	if (proof->n < REASON_EVIDENCE_MAX)
		proof->item[proof->n++] = (struct evidence){
			.kind = kind, .packet = frame, .name = name, .code = code};
}

static uint64_t said_in(const struct exchange *x)
{
	return x->frame[PART_AUTHENTICATE];
}

static bool null_session(const struct attempts *a, struct reason_proof *proof)
{
	const struct exchange *x = a->x;

	if (x->response != RESPONSE_NULL_SESSION)
		return false;
	reason_prove(proof, "null-session", said_in(x), NULL, NULL);
	text_puts(proof->sentence, "the client sent no user and no response (null session)");
	return true;
}

static bool loopback(const struct attempts *a, struct reason_proof *proof)
{
	const struct exchange *x = a->x;

	if (!addr_equal(&x->client.addr, &x->server.addr) && !addr_is_loopback(&x->client.addr) &&
	    !proof->one_host)
		return false;
	reason_prove(proof, "loopback", said_in(x), NULL, NULL);
	text_puts(proof->sentence, "client and server are the same host: ");
	addr_format(proof->sentence, &x->client.addr);
	return true;
}

static bool called_directly(const struct attempts *a, struct reason_proof *proof)
{
	const struct exchange *x = a->x;
	uint64_t negotiate = x->frame[PART_NEGOTIATE];

	if (!x->direct)
		return false;
	reason_prove(proof, "called-directly", negotiate ? negotiate : said_in(x), NULL,
		     x->carrier);
	text_printf(proof->sentence,
		    "the application asked for NTLM by name where %s could negotiate", x->carrier);
	return true;
}

/* What the account's domain shows it to be local by; NULL where it doesn't. */
static const char *local_sign(const struct exchange *x)
{
	if (!x->user || !*x->user)
		return NULL;
	if (!x->domain || !*x->domain) /* a UPN names its domain itself */
		return strchr(x->user, '@') ? NULL : "the account came without a domain";
	if (strcmp(x->domain, ".") == 0)
		return "the account's domain is \".\"";
	if (name_same(x->domain, exchange_target_machine(x)) ||
	    name_same(x->domain, exchange_target_dns(x)))
		return "the account's domain is the server's own name";
	if (name_same(x->domain, x->host))
		return "the account's domain is the client's own name";
	return NULL;
}

static bool local_account(const struct attempts *a, struct reason_proof *proof)
{
	const char *sign = local_sign(a->x);

	if (!sign)
		return false;
	reason_prove(proof, "local-account", said_in(a->x), a->x->domain, NULL);
	text_puts(proof->sentence, sign);
	return true;
}

/* The account's domain; of a UPN without one what follows its `@`. */
static const char *account_domain(const struct exchange *x)
{
	const char *at = x->user ? strrchr(x->user, '@') : NULL;

	return x->domain && *x->domain ? x->domain : at ? at + 1 : NULL;
}

/* Is it the suffix itself, or a domain below it? */
static bool has_suffix(const char *domain, const char *suffix)
{
	size_t whole, part;

	suffix += *suffix == '.';
	whole = strlen(domain);
	part = strlen(suffix);
	return part && whole >= part && name_same(domain + whole - part, suffix) &&
	       (whole == part || domain[whole - part - 1] == '.');
}

static bool is_cloud_domain(const struct attempts *a, const char *domain)
{
	static const char *const always[] = {"AzureAD", "MicrosoftAccount"};

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (name_same(domain, always[i]))
			return true;
	for (size_t i = 0; i < a->settings->n_cloud_suffixes; i++)
		if (has_suffix(domain, a->settings->cloud_suffixes[i]))
			return true;
	return false;
}

static bool cloud_account(const struct attempts *a, struct reason_proof *proof)
{
	const char *domain = account_domain(a->x);

	if (!domain || !is_cloud_domain(a, domain))
		return false;
	reason_prove(proof, "cloud-account", said_in(a->x), domain, NULL);
	text_printf(proof->sentence, "the account's domain is %s", domain);
	return true;
}

static bool target_name_missing(const struct attempts *a, struct reason_proof *proof)
{
	const struct exchange *x = a->x;

	if (!x->spn || *x->spn || (x->service_host && *x->service_host))
		return false;
	reason_prove(proof, "target-name-missing", said_in(x), NULL, NULL);
	text_puts(proof->sentence, "the client's target name (MsvAvTargetName) is empty");
	return true;
}

/*
 * Is a host an address, also as Windows writes IPv6 in UNC paths (`fe80--1s4.ipv6-literal.net` is fe80::1%4), and with a
 * zone? Undoes that writing in place.
 */
static bool host_is_address(char *host)
{
	static const char literal[] = ".ipv6-literal.net";
	size_t len = strlen(host), tail = sizeof(literal) - 1;
	struct addr unused;

	if (len > tail && strcasecmp(host + len - tail, literal) == 0) {
		host[len - tail] = '\0';
		host[strcspn(host, "s")] = '\0';
		for (char *dash = host; (dash = strchr(dash, '-'));)
			*dash = ':';
	}
	if (*host != '[')
		host[strcspn(host, "%")] = '\0';
	return addr_parse(host, &unused);
}

static bool target_name_is_address(const struct attempts *a, struct reason_proof *proof)
{
	const struct exchange *x = a->x;
	const char *name = x->spn && *x->spn ? x->spn : x->service_host;
	char host[SPN_HOST_MAX];

	if (!name || !spn_host(name, host, sizeof(host)) || !host_is_address(host))
		return false;
	reason_prove(proof, "target-name-is-address", said_in(x), name, NULL);
	text_printf(proof->sentence, "the target name is the address %s", host);
	return true;
}

/* In the order they are decided: the first that holds. */
static const struct {
	uint32_t id;
	const char *name;
	bool (*test)(const struct attempts *a, struct reason_proof *proof);
} reasons[] = {
	{11, "null session", null_session},
	{10, "loopback", loopback},
	{1, "called directly", called_directly},
	{2, "local account", local_account},
	{4, "cloud account", cloud_account},
	{5, "target name missing", target_name_missing},
	{7, "target name is an address", target_name_is_address},
	{8, "target name duplicated", attempts_duplicate_spn},
	{6, "target name unknown", attempts_unknown_target},
	{9, "no line of sight", attempts_no_line_of_sight},
	{1, "called directly: Kerberos never tried", attempts_none},
};

uint32_t reason_decide(const struct exchange *x, struct why *why,
		       const struct reason_settings *settings, struct reason_proof *proof)
{
	struct attempts a;

	attempts_collect(&a, x, why);
	a.settings = settings;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].test(&a, proof))
			return reasons[i].id;
	attempts_other(&a, proof);
	return 0;
}
