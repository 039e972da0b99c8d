#include "samba/host.h"

#include "samba/name.h"

#include <ctype.h>
#include <stdio.h>

/* "S-1-5-21-1-2-3" of "S-1-5-21-1-2-3-1105": the domain of an account's SID. Empty: not of a domain. */
static struct span domain_of_sid(struct span sid)
{
	static const char head[] = "S-1-5-21-";
	const uint8_t *dash = sid.len ? memrchr(sid.ptr, '-', sid.len) : NULL;
	size_t dashes = 0;

	for (size_t i = 0; i < sid.len; i++)
		dashes += sid.ptr[i] == '-';
	if (dashes != 7 || !span_starts(sid, head, sizeof(head) - 1))
		return (struct span){0};
	return span_head(sid, (size_t)(dash - sid.ptr));
}

/* The first value stays. */
static void learn(char known[SAMBA_NAME_MAX], struct span name)
{
	if (!*known)
		(void)!samba_name_copy(known, SAMBA_NAME_MAX, name);
}

static bool is_text(struct span s, const char *text)
{
	return span_equal(s, span_str(text));
}

/* ---- the rules ---- */

/*
 * Only a DC is asked by SamLogon, sets up channels and hands out tickets. Members have lines of winbindd, and so have DCs: a member is
 * what never wrote another.
 */
static void learn_role(struct samba_host *host, const struct samba_line *line)
{
	static const enum samba_role roles[SAMBA_LINE_KIND__COUNT] = {
		[SAMBA_LINE_SAMLOGON_NETWORK] = SAMBA_ROLE_DC,
		[SAMBA_LINE_SAMLOGON_INTERACTIVE] = SAMBA_ROLE_DC,
		[SAMBA_LINE_SERVER_AUTHENTICATE] = SAMBA_ROLE_DC,
		[SAMBA_LINE_KERBEROS] = SAMBA_ROLE_DC,
		[SAMBA_LINE_WINBIND_NTLM] = SAMBA_ROLE_MEMBER,
		[SAMBA_LINE_WINBIND_PAM] = SAMBA_ROLE_MEMBER,
	};

	if (roles[line->kind] > host->role)
		host->role = roles[line->kind];
}

/* Sessions of the system itself and of nobody have this machine as their logon server, and so have its own accounts. */
static void learn_name(struct samba_host *host, const struct samba_line *line)
{
	if (line->kind != SAMBA_LINE_AUTHORIZATION || !line->logon_server.len)
		return;
	if (is_text(line->domain, "NT AUTHORITY") ||
	    samba_name_equal(line->domain, line->logon_server))
		learn(host->name, line->logon_server);
}

/* Who sets up a channel with a DC has an account in its domain, of a trust too; and a KDC knows only its own accounts' passwords. */
static void learn_domain(struct samba_host *host, const struct samba_line *line)
{
	bool is_samlogon = line->kind == SAMBA_LINE_SAMLOGON_NETWORK ||
			   line->kind == SAMBA_LINE_SAMLOGON_INTERACTIVE;
	bool is_own =
		line->kind == SAMBA_LINE_SERVER_AUTHENTICATE || line->kind == SAMBA_LINE_KERBEROS;

	if (is_samlogon || line->kind == SAMBA_LINE_SERVER_AUTHENTICATE)
		learn(host->domain_sid, domain_of_sid(line->trust_sid));
	if (!line->has_status || line->status != 0 || (!is_samlogon && !is_own))
		return;
	if (is_own)
		learn(host->domain_sid, domain_of_sid(line->became_sid));
	if (samba_host_is_own_sid(host, line->became_sid))
		learn(host->domain, line->became_domain);
}

/* A KDC's client is `alice@CORP.EXAMPLE`, of its own realm. */
static void learn_realm(struct samba_host *host, const struct samba_line *line)
{
	struct span client = line->client_account;
	const uint8_t *at = client.len ? memrchr(client.ptr, '@', client.len) : NULL;
	struct span realm;

	if (line->kind != SAMBA_LINE_KERBEROS || !line->has_status || line->status || !at ||
	    *host->dns_domain)
		return;
	realm = span_from(client, (size_t)(at - client.ptr) + 1);
	if (realm.len && memchr(realm.ptr, '.', realm.len))
		(void)!samba_name_copy_lower(host->dns_domain, SAMBA_NAME_MAX, realm);
}

/* As Samba builds it: the NetBIOS name and the realm in small letters. */
static void learn_dns_name(struct samba_host *host)
{
	char built[2 * SAMBA_NAME_MAX];

	if (*host->dns_name || !*host->name || !*host->dns_domain)
		return;
	snprintf(built, sizeof(built), "%s.%s", host->name, host->dns_domain);
	(void)!samba_name_copy_lower(host->dns_name, SAMBA_NAME_MAX, span_str(built));
}

static bool is_own_address(const struct samba_address *a)
{
	static const uint8_t v4[12] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t loopback[16] = {[15] = 1};

	if (a->form != SAMBA_ADDRESS_IPV4 && a->form != SAMBA_ADDRESS_IPV6)
		return false;
	if (memcmp(a->ip, v4, sizeof(v4)) == 0)
		return a->ip[12] != 127 && !span_is_zero(span_make(a->ip + 12, 4));
	return memcmp(a->ip, loopback, 16) != 0 && !span_is_zero(span_make(a->ip, 16));
}

static void learn_address(struct samba_host *host, const struct samba_line *line)
{
	if (!is_own_address(&line->local) || host->n_addresses == SAMBA_HOST_ADDRESSES ||
	    samba_host_has_address(host, line->local.ip))
		return;
	memcpy(host->addresses[host->n_addresses++], line->local.ip, 16);
}

void samba_host_feed(struct samba_host *host, const struct samba_line *line)
{
	host->lines++;
	learn(host->written_by, line->host);
	learn_role(host, line);
	learn_name(host, line);
	learn_domain(host, line);
	learn_realm(host, line);
	learn_dns_name(host);
	learn_address(host, line);
}

/* ---- other sources ---- */

/* To 15 bytes in capitals, as Samba makes a NetBIOS name of the host name's first label. */
static void default_name(struct samba_host *host, const char *hostname)
{
	size_t n = strcspn(hostname, ".");

	learn(host->name, span_head(span_str(hostname), n < 15 ? n : 15));
	for (char *c = host->name; *c; c++)
		*c = (char)toupper((unsigned char)*c);
}

void samba_host_configure(struct samba_host *host, const struct smb_conf *conf,
			  const char *hostname)
{
	learn(host->name, span_str(conf->netbios_name));
	if (!*host->name && hostname)
		default_name(host, hostname);
	if (smb_conf_is_dc(conf))
		host->role = SAMBA_ROLE_DC;
	else if (smb_conf_is_member(conf))
		host->role = SAMBA_ROLE_MEMBER;
	if (host->role == SAMBA_ROLE_UNKNOWN)
		return;
	learn(host->domain, span_str(conf->workgroup));
	if (!*host->dns_domain)
		(void)!samba_name_copy_lower(host->dns_domain, SAMBA_NAME_MAX,
					     span_str(conf->realm));
	learn_dns_name(host);
}

bool samba_host_has_address(const struct samba_host *host, const uint8_t ip[16])
{
	for (size_t i = 0; i < host->n_addresses; i++)
		if (memcmp(host->addresses[i], ip, 16) == 0)
			return true;
	return false;
}

bool samba_host_is_own_sid(const struct samba_host *host, struct span sid)
{
	return *host->domain_sid && is_text(domain_of_sid(sid), host->domain_sid);
}

void samba_host_ask(struct samba_host *host, const struct samba_peers *peers)
{
	for (size_t i = 0; i < host->n_addresses; i++) {
		const struct samba_peer *peer = samba_peers_find(peers, host->addresses[i]);

		if (!peer)
			continue;
		learn(host->name, span_str(peer->name));
		learn(host->dns_domain, span_str(peer->dns_domain));
	}
	learn_dns_name(host);
}
