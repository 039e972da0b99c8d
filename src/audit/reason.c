#include "audit/reason.h"

#include "audit/name.h"

/* Each test says whether it holds, and if so writes its sentence. */
typedef bool reason_test(const struct exchange *x, struct text *evidence);

static bool null_session(const struct exchange *x, struct text *evidence)
{
	if (x->response != RESPONSE_NULL_SESSION)
		return false;
	text_puts(evidence, "the client sent no user and no response (null session)");
	return true;
}

static bool loopback(const struct exchange *x, struct text *evidence)
{
	if (!addr_equal(&x->client.addr, &x->server.addr) && !addr_is_loopback(&x->client.addr))
		return false;
	text_puts(evidence, "client and server are the same host: ");
	addr_format(evidence, &x->client.addr);
	return true;
}

static bool called_directly(const struct exchange *x, struct text *evidence)
{
	if (!x->direct)
		return false;
	text_printf(evidence, "the application asked for NTLM by name where %s could negotiate",
		    x->carrier);
	return true;
}

static bool local_account(const struct exchange *x, struct text *evidence)
{
	const char *machine = exchange_target_machine(x), *dns = exchange_target_dns(x);

	if (!x->user || !*x->user)
		return false;
	if (!x->domain || !*x->domain) {
		if (strchr(x->user, '@')) /* a UPN names its domain itself */
			return false;
		text_puts(evidence, "the account came without a domain");
		return true;
	}
	if (strcmp(x->domain, ".") == 0)
		text_puts(evidence, "the account's domain is \".\"");
	else if (name_same(x->domain, machine) || name_same(x->domain, dns))
		text_puts(evidence, "the account's domain is the server's own name");
	else if (name_same(x->domain, x->host))
		text_puts(evidence, "the account's domain is the client's own name");
	else
		return false;
	return true;
}

static bool cloud_account(const struct exchange *x, struct text *evidence)
{
	static const char *const domains[] = {"AzureAD", "MicrosoftAccount"};

	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		if (!name_same(x->domain, domains[i]))
			continue;
		text_printf(evidence, "the account's domain is %s", domains[i]);
		return true;
	}
	return false;
}

static bool target_name_missing(const struct exchange *x, struct text *evidence)
{
	if (!x->spn || *x->spn || (x->service_host && *x->service_host))
		return false;
	text_puts(evidence, "the client's target name (MsvAvTargetName) is empty");
	return true;
}

/* Copies the host part of an SPN, `service/host:port/more`; false where it does not fit. */
static bool spn_host(const char *spn, char *host, size_t size)
{
	const char *slash = strchr(spn, '/');
	const char *start = slash ? slash + 1 : spn;
	size_t len = strcspn(start, "/");
	const char *colon = memchr(start, ':', len);

	if (*start == '[' && memchr(start, ']', len)) /* [IPv6]:port */
		len = strcspn(start, "]") + 1;
	else if (colon && !memchr(colon + 1, ':', len - (size_t)(colon + 1 - start)))
		len = (size_t)(colon - start); /* one colon: host:port; more: IPv6 */
	if (len >= size)
		return false;
	memcpy(host, start, len);
	host[len] = '\0';
	return true;
}

static bool target_name_is_address(const struct exchange *x, struct text *evidence)
{
	const char *name = x->spn && *x->spn ? x->spn : x->service_host;
	struct addr unused;
	char host[64];

	if (!name || !spn_host(name, host, sizeof(host)) || !addr_parse(host, &unused))
		return false;
	text_printf(evidence, "the target name is the address %s", host);
	return true;
}

/* The first that holds; Kerberos evidence has its rows between 7 and the end. */
static const struct {
	uint32_t id;
	reason_test *test;
} reasons[] = {
	{11, null_session},	     {10, loopback},	 {1, called_directly},
	{2, local_account},	     {4, cloud_account}, {5, target_name_missing},
	{7, target_name_is_address},
};

uint32_t reason_decide(const struct exchange *x, struct text *evidence)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].test(x, evidence))
			return reasons[i].id;
	return 0;
}
