#include "audit/reason-kerberos.h"

#include "audit/name.h"
#include "audit/spn.h"
#include "base/clock.h"
#include "ntlm/token.h"

#include <stdio.h>
#include <strings.h>

/* RFC 4120 7.5.9 */
enum krb_error {
	KDC_ERR_S_PRINCIPAL_UNKNOWN = 7,
	KDC_ERR_PRINCIPAL_NOT_UNIQUE = 8,
	KDC_ERR_ETYPE_NOSUPP = 14,
	KDC_ERR_PREAUTH_REQUIRED = 25,
	KRB_ERR_RESPONSE_TOO_BIG = 52,
};

#define KRB_TGS_REQ 12u
#define DNS_NXDOMAIN 3u

static bool keep_newest(void *ctx, const struct why_item *item)
{
	struct attempts *a = ctx;

	if (a->n == ATTEMPTS_MAX)
		memmove(a->item, a->item + 1, --a->n * sizeof(*a->item));
	a->item[a->n++] = *item;
	return true;
}

void attempts_collect(struct attempts *a, const struct exchange *x, struct why *why)
{
	a->x = x;
	a->why = why;
	a->n = 0;
	if (why)
		why_each(why, &x->client.addr, x->began, WHY_WINDOW_DEFAULT, keep_newest, a);
}

/* The host that the client asked for by name; "" where it didn't. */
static void asked_host(const struct exchange *x, char host[SPN_HOST_MAX])
{
	host[0] = '\0';
	if (x->spn && *x->spn)
		(void)spn_host(x->spn, host, SPN_HOST_MAX);
	else if (x->service_host)
		(void)spn_host(x->service_host, host, SPN_HOST_MAX);
}

/* Is `host` a name of the machine that the exchange is with? */
static bool is_target(const struct attempts *a, const char *host)
{
	const struct exchange *x = a->x;
	char own[SPN_HOST_MAX];

	asked_host(x, own);
	return name_same(host, own) || name_same(host, exchange_target_dns(x)) ||
	       name_same(host, exchange_target_machine(x)) ||
	       (*host && why_name_is(a->why, host, &x->server.addr));
}

static bool is_spn_of_target(const struct attempts *a, const char *spn)
{
	char host[SPN_HOST_MAX];

	return strchr(spn, '/') && spn_host(spn, host, sizeof(host)) && is_target(a, host);
}

/* Is a realm the domain of that name: the same, or beginning with it, as NetBIOS names usually do? */
static bool realm_is_domain(const char *realm, const char *domain)
{
	size_t label = strcspn(realm, ".");

	if (!domain || !*domain)
		return false;
	return strcasecmp(realm, domain) == 0 ||
	       (strlen(domain) == label && strncasecmp(realm, domain, label) == 0);
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t n = name ? strlen(name) : 0, m = strlen(suffix);

	return n > m && name[n - m - 1] == '.' && strcasecmp(name + n - m, suffix) == 0;
}

/* Has a realm to do with this exchange's account or target? One that can't be told has. */
static bool realm_concerns(const struct attempts *a, const char *realm)
{
	const struct exchange *x = a->x;
	const char *upn = x->user ? strchr(x->user, '@') : NULL;
	char host[SPN_HOST_MAX];

	if (!*realm || (!upn && !(x->domain && *x->domain)))
		return true;
	asked_host(x, host);
	return realm_is_domain(realm, x->domain) || (upn && strcasecmp(upn + 1, realm) == 0) ||
	       realm_is_domain(realm, exchange_target_domain(x)) || ends_with(host, realm) ||
	       ends_with(exchange_target_dns(x), realm);
}

static const char *number_text(struct arena *arena, const char *before, uint32_t n)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%s%u", before, n);

	return arena_string(arena, span_make(text, (size_t)len));
}

/* The code in its protocol's own words; NULL where the observation has none. */
static const char *code_text(const struct why_item *item, struct arena *arena)
{
	const char *word = NULL;

	if (item->kind == WHY_KRB_ERROR)
		word = why_krb_error_name(item->code);
	else if (item->kind == WHY_DNS_FAILED)
		word = item->code ? why_dns_rcode_name(item->code) : "no such record";
	else if (item->kind == WHY_DC_UNREACHABLE)
		return number_text(arena, "ICMP code ", item->code);
	else
		return NULL;
	return word ? arena_string(arena, span_str(word)) : number_text(arena, "", item->code);
}

static const char *addr_text(const struct addr *addr, struct arena *arena)
{
	struct text t;
	const char *out;

	text_init(&t, 64);
	addr_format(&t, addr);
	out = t.len ? arena_string(arena, span_make(t.ptr, t.len)) : NULL;
	text_finish(&t);
	return out;
}

/* Adds one of the client's observations, and returns it as evidence. */
static struct evidence prove_item(const struct attempts *a, struct reason_proof *proof,
				  const struct why_item *item)
{
	struct evidence e = {
		.kind = why_kind_name(item->kind),
		.before = a->x->began - item->time,
		.packet = item->packet,
		.peer = addr_text(&item->peer, proof->arena),
		.name = *item->name ? arena_string(proof->arena, span_str(item->name)) : NULL,
		.code = code_text(item, proof->arena),
	};

	if (proof->n < REASON_EVIDENCE_MAX)
		proof->item[proof->n++] = e;
	return e;
}

static void say_before(struct reason_proof *proof, int64_t before)
{
	if (before < NSEC_PER_SEC)
		text_printf(proof->sentence, " %.3g ms before", (double)before / 1e6);
	else
		text_printf(proof->sentence, " %.3g s before", (double)before / 1e9);
}

static const char *or_unknown(const char *s)
{
	return s ? s : "?";
}

/* `KDC 10.77.0.10 answered KDC_ERR_S_PRINCIPAL_UNKNOWN for cifs/fs9.corp.example 12 ms before` */
static void say_answer(const struct attempts *a, struct reason_proof *proof,
		       const struct why_item *item, const char *who)
{
	struct evidence e = prove_item(a, proof, item);

	text_printf(proof->sentence, "%s %s answered %s for %s", who, or_unknown(e.peer),
		    or_unknown(e.code), or_unknown(e.name));
	say_before(proof, e.before);
}

/* The newest KRB-ERROR with this code for this target. */
static const struct why_item *target_error(const struct attempts *a, uint32_t code)
{
	for (size_t i = a->n; i-- > 0;)
		if (a->item[i].kind == WHY_KRB_ERROR && a->item[i].code == code &&
		    is_spn_of_target(a, a->item[i].name))
			return &a->item[i];
	return NULL;
}

bool attempts_duplicate_spn(const struct attempts *a, struct reason_proof *proof)
{
	const struct why_item *item = target_error(a, KDC_ERR_PRINCIPAL_NOT_UNIQUE);

	if (item)
		say_answer(a, proof, item, "KDC");
	return item != NULL;
}

/* The newest NXDOMAIN for the very name that the client asked for, which nothing resolved. */
static const struct why_item *name_failure(const struct attempts *a)
{
	char host[SPN_HOST_MAX];

	asked_host(a->x, host);
	for (size_t i = a->n; i-- > 0;) {
		const struct why_item *item = &a->item[i];

		if (item->kind == WHY_DNS_FAILED && item->code == DNS_NXDOMAIN &&
		    name_same(item->name, host) &&
		    !why_name_is(a->why, item->name, &a->x->server.addr))
			return item;
	}
	return NULL;
}

bool attempts_unknown_target(const struct attempts *a, struct reason_proof *proof)
{
	const struct why_item *item = target_error(a, KDC_ERR_S_PRINCIPAL_UNKNOWN);

	if (item) {
		say_answer(a, proof, item, "KDC");
		return true;
	}
	item = name_failure(a);
	if (item)
		say_answer(a, proof, item, "DNS server");
	return item != NULL;
}

/* The realm whose domain controllers a name asks for; NULL where it is no such name. */
static const char *located_realm(const char *name)
{
	/* `_kerberos._http` and the like are asked for and missing everywhere: they show nothing */
	static const char *const prefixes[] = {"_kerberos._tcp.dc._msdcs.", "_kerberos._tcp.",
					       "_kerberos._udp.", "_ldap._tcp.dc._msdcs."};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strncasecmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return name + strlen(prefixes[i]);
	return NULL;
}

/* Does this observation say that no domain controller could be reached? */
static bool is_out_of_sight(const struct attempts *a, const struct why_item *item)
{
	const char *realm = item->realm;

	if (item->kind == WHY_DNS_FAILED)
		realm = located_realm(item->name);
	else if (item->kind != WHY_DC_UNANSWERED && item->kind != WHY_DC_REFUSED &&
		 item->kind != WHY_DC_UNREACHABLE)
		return false;
	return realm && realm_concerns(a, realm);
}

static bool is_kdc_reply(const struct attempts *a, const struct why_item *item)
{
	return (item->kind == WHY_KRB_TICKET || item->kind == WHY_KRB_ERROR) &&
	       realm_concerns(a, item->realm);
}

static void say_out_of_sight(const struct attempts *a, struct reason_proof *proof,
			     const struct why_item *item)
{
	const char *result = item->kind == WHY_DC_UNANSWERED ? "did not answer the client's request"
			     : item->kind == WHY_DC_REFUSED  ? "refused the client's connection"
							     : "was reported unreachable (ICMP)";
	struct evidence e;

	if (item->kind == WHY_DNS_FAILED) {
		say_answer(a, proof, item, "DNS server");
		return;
	}
	e = prove_item(a, proof, item);
	text_printf(proof->sentence, "%s port %u %s", or_unknown(e.peer), item->port, result);
	say_before(proof, e.before);
}

bool attempts_no_line_of_sight(const struct attempts *a, struct reason_proof *proof)
{
	const struct why_item *newest = NULL;
	size_t from = 0;

	/* a KDC's reply shows that it was in sight, whatever failed before */
	for (size_t i = 0; i < a->n; i++)
		if (is_kdc_reply(a, &a->item[i]))
			from = i + 1;
	for (size_t i = from; i < a->n; i++) {
		if (!is_out_of_sight(a, &a->item[i]))
			continue;
		if (newest)
			prove_item(a, proof, newest);
		newest = &a->item[i];
	}
	if (newest)
		say_out_of_sight(a, proof, newest);
	return newest != NULL;
}

/* An error about the account, the password or the clock: no normal step, and not about another target. */
static bool is_account_error(const struct attempts *a, const struct why_item *item)
{
	static const uint32_t others[] = {KDC_ERR_S_PRINCIPAL_UNKNOWN, KDC_ERR_PRINCIPAL_NOT_UNIQUE,
					  KDC_ERR_ETYPE_NOSUPP, KDC_ERR_PREAUTH_REQUIRED,
					  KRB_ERR_RESPONSE_TOO_BIG};

	if (item->kind != WHY_KRB_ERROR || !realm_concerns(a, item->realm))
		return false;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (item->code == others[i])
			return false;
	return strncasecmp(item->name, "krbtgt/", 7) == 0 || is_spn_of_target(a, item->name);
}

static bool is_attempt(const struct attempts *a, const struct why_item *item)
{
	if (item->kind == WHY_KRB_ASKED && item->code == KRB_TGS_REQ)
		return is_spn_of_target(a, item->name);
	return is_account_error(a, item) || is_out_of_sight(a, item);
}

bool attempts_none(const struct attempts *a, struct reason_proof *proof)
{
	if (!a->why || a->x->mechs != MECH_NTLMSSP)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (is_attempt(a, &a->item[i]))
			return false;
	reason_prove(proof, "mechanisms", a->x->frame[PART_NEGOTIATE], "NTLMSSP", NULL);
	text_puts(proof->sentence,
		  "the client offered only NTLM and had not asked a KDC for this target");
	return true;
}

void attempts_other(const struct attempts *a, struct reason_proof *proof)
{
	for (size_t i = a->n; i-- > 0;) {
		if (!is_account_error(a, &a->item[i]))
			continue;
		say_answer(a, proof, &a->item[i], "KDC");
		text_puts(proof->sentence, ": Kerberos failed for the account, not for the target");
		return;
	}
	if (!(a->x->mechs & (MECH_KRB5 | MECH_MS_KRB5)))
		return;
	reason_prove(proof, "mechanisms", a->x->frame[PART_NEGOTIATE], "KRB5", NULL);
	text_puts(proof->sentence, "the client offered Kerberos, and the server chose NTLM");
}
