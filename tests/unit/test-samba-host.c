/* What logs tell of their hosts. The lines are those of a lab: two forests, a member. */
#include "base/mem.h"
#include "samba/host.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static struct samba_scratch scratch;

#define AUTHENTICATION(members)                                                                    \
	"{\"timestamp\": \"2026-11-22T12:00:26.741222+0000\", \"type\": \"Authentication\", "      \
	"\"Authentication\": {\"version\": {\"major\": 1, \"minor\": 2}, " members "}}"
#define AUTHORIZATION(members)                                                                     \
	"{\"timestamp\": \"2026-11-22T12:00:26.741222+0000\", \"type\": \"Authorization\", "       \
	"\"Authorization\": {\"version\": {\"major\": 1, \"minor\": 1}, " members "}}"
#define SYSTEM                                                                                     \
	AUTHORIZATION("\"localAddress\": \"ipv6::::0\", \"domain\": \"NT AUTHORITY\", "            \
		      "\"account\": \"SYSTEM\", \"logonServer\": \"DC1\"")
#define CHANNEL(status)                                                                            \
	AUTHENTICATION("\"status\": \"" status "\", \"localAddress\": \"ipv4:10.77.0.10:49152\", " \
		       "\"remoteAddress\": \"ipv4:10.77.0.20:59428\", "                            \
		       "\"serviceDescription\": \"NETLOGON\", \"authDescription\": "               \
		       "\"ServerAuthenticate\", \"clientAccount\": \"partner.example.\", "         \
		       "\"becameDomain\": \"CORP\", \"becameSid\": \"S-1-5-21-1-2-3-1104\", "      \
		       "\"netlogonComputer\": \"DC2\", \"netlogonTrustAccount\": "                 \
		       "\"PARTNER$\", \"netlogonSecureChannelType\": 3, "                          \
		       "\"netlogonTrustAccountSid\": \"S-1-5-21-1-2-3-1104\"")
#define FOREIGN                                                                                    \
	AUTHENTICATION("\"status\": \"NT_STATUS_OK\", \"remoteAddress\": \"ipv4:10.77.0.30:1\", "  \
		       "\"serviceDescription\": \"SamLogon\", \"authDescription\": "               \
		       "\"network\", \"becameDomain\": \"PARTNER\", \"becameSid\": "               \
		       "\"S-1-5-21-7-8-9-1103\", \"netlogonComputer\": \"FS1\", "                  \
		       "\"netlogonTrustAccount\": \"FS1$\", \"netlogonSecureChannelType\": 2, "    \
		       "\"netlogonTrustAccountSid\": \"S-1-5-21-1-2-3-1105\"")
#define TRUST                                                                                      \
	AUTHENTICATION("\"status\": \"NT_STATUS_WRONG_PASSWORD\", \"remoteAddress\": "             \
		       "\"ipv4:10.77.0.10:46814\", \"serviceDescription\": \"SamLogon\", "         \
		       "\"authDescription\": \"network\", \"netlogonComputer\": \"DC1\", "         \
		       "\"netlogonTrustAccount\": \"corp.example.\", "                             \
		       "\"netlogonSecureChannelType\": 3")
#define TICKET                                                                                     \
	AUTHENTICATION("\"status\": \"NT_STATUS_OK\", \"serviceDescription\": "                    \
		       "\"Kerberos KDC\", \"authDescription\": \"ENC-TS Pre-authentication\", "    \
		       "\"clientAccount\": \"alice@CORP.EXAMPLE\", \"becameDomain\": "             \
		       "\"CORP\", \"becameSid\": \"S-1-5-21-1-2-3-1103\"")
#define WINBIND                                                                                    \
	AUTHENTICATION("\"status\": \"NT_STATUS_OK\", \"localAddress\": \"unix:\", "               \
		       "\"serviceDescription\": \"winbind\", \"authDescription\": "                \
		       "\"NTLM_AUTH, smbd, 12\", \"becameDomain\": \"CORP\"")

static struct samba_line decode(const char *text)
{
	struct samba_line line;

	assert_int_equal(samba_line_decode(span_str(text), &scratch, &line), 0);
	return line;
}

static void feed(struct samba_host *host, const char *text)
{
	struct samba_line line = decode(text);

	samba_host_feed(host, &line);
}

static void a_controller(void **state)
{
	static const uint8_t own[16] = {[10] = 0xff, 0xff, 10, 77, 0, 10};
	struct samba_host host = {0};

	(void)state;
	feed(&host, WINBIND);
	assert_int_equal(host.role, SAMBA_ROLE_MEMBER);
	feed(&host, SYSTEM);
	assert_string_equal(host.name, "DC1");
	assert_int_equal(host.n_addresses, 0);
	/* A refused channel proves the DC, and where the account was looked for; not who asked. */
	feed(&host, CHANNEL("NT_STATUS_ACCESS_DENIED"));
	assert_int_equal(host.role, SAMBA_ROLE_DC);
	assert_string_equal(host.domain, "");
	assert_true(samba_host_has_address(&host, own));
	/* The account's domain is another. */
	feed(&host, FOREIGN);
	assert_string_equal(host.domain_sid, "S-1-5-21-1-2-3");
	assert_string_equal(host.domain, "");
	feed(&host, CHANNEL("NT_STATUS_OK"));
	assert_string_equal(host.domain, "CORP");
	feed(&host, TICKET);
	assert_string_equal(host.dns_domain, "corp.example");
	assert_string_equal(host.dns_name, "dc1.corp.example");
	assert_true(samba_host_is_own_sid(&host, span_str("S-1-5-21-1-2-3-500")));
	assert_false(samba_host_is_own_sid(&host, span_str("S-1-5-21-1-2-33-500")));
	assert_false(samba_host_is_own_sid(&host, span_str("S-1-5-18")));
	feed(&host, WINBIND);
	assert_int_equal(host.role, SAMBA_ROLE_DC);
}

static void another_log_names_it(void **state)
{
	struct samba_peers *peers = samba_peers_new();
	struct samba_host host = {0};
	struct samba_line line;

	(void)state;
	line = decode(TRUST);
	assert_int_equal(samba_peers_feed(peers, &line), 0);
	line = decode(FOREIGN);
	assert_int_equal(samba_peers_feed(peers, &line), 0);
	line = decode(CHANNEL("NT_STATUS_ACCESS_DENIED"));
	assert_int_equal(samba_peers_feed(peers, &line), 0);
	assert_null(samba_peers_find(peers, line.remote.ip));
	feed(&host, CHANNEL("NT_STATUS_OK"));
	samba_host_ask(&host, peers);
	assert_string_equal(host.name, "DC1");
	assert_string_equal(host.dns_domain, "corp.example");
	line = decode(FOREIGN);
	assert_string_equal(samba_peers_find(peers, line.remote.ip)->name, "FS1");
	assert_false(samba_peers_find(peers, line.remote.ip)->is_dc);
	samba_peers_free(peers);
}

static void peers_have_a_limit(void **state)
{
	struct samba_peers *peers = samba_peers_new();
	struct samba_line line = decode(TRUST);
	size_t n = 0;

	(void)state;
	for (; n <= SAMBA_PEERS_MAX; n++) {
		line.remote.ip[14] = (uint8_t)(n >> 8);
		line.remote.ip[15] = (uint8_t)n;
		if (samba_peers_feed(peers, &line) < 0)
			break;
	}
	assert_int_equal(n, SAMBA_PEERS_MAX);
	assert_int_equal(samba_peers_feed(peers, &line), -ENOSPC);
	line.remote.ip[14] = line.remote.ip[15] = 0;
	assert_int_equal(samba_peers_feed(peers, &line), 0);
	samba_peers_free(peers);
}

static void configuration_goes_before(void **state)
{
	struct samba_host host = {0};
	struct smb_conf conf = {.workgroup = "OTHER",
				.realm = "OTHER.EXAMPLE",
				.server_role = "Active Directory Domain Controller"};

	(void)state;
	samba_host_configure(&host, &conf, "a-long-host-name-indeed.example");
	assert_string_equal(host.name, "A-LONG-HOST-NAM");
	assert_string_equal(host.domain, "OTHER");
	assert_string_equal(host.dns_name, "a-long-host-nam.other.example");
	feed(&host, CHANNEL("NT_STATUS_OK"));
	assert_string_equal(host.domain, "OTHER");
	assert_int_equal(host.role, SAMBA_ROLE_DC);
	assert_true(smb_conf_is_member(&(struct smb_conf){.security = "ads"}));
	assert_false(smb_conf_is_member(
		&(struct smb_conf){.server_role = "standalone", .security = "ads"}));
}

static void scans_files(void **state)
{
	int fd = memfd_create("log", MFD_CLOEXEC), ends[2];
	struct samba_hosts hosts = {0};

	(void)state;
	assert_int_equal(samba_hosts_scan(fd, SAMBA_SCAN_MAX, &hosts, NULL), -ENODATA);
	dprintf(fd, "[2026/11/22] header\n  " CHANNEL(
			    "NT_STATUS_OK") "\nNov 22 10:00:00 fs1 winbindd[1]: " WINBIND
					    "\n  " SYSTEM "\n  " TICKET);
	lseek(fd, 5, SEEK_SET);
	assert_int_equal(samba_hosts_scan(fd, SAMBA_SCAN_MAX, &hosts, NULL), 0);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 5);
	assert_int_equal(hosts.n, 2);
	assert_string_equal(hosts.rows[0].name, "DC1");
	assert_int_equal(hosts.rows[0].lines, 2); /* the last has no end yet */
	assert_string_equal(hosts.rows[1].written_by, "fs1");
	assert_int_equal(hosts.rows[1].role, SAMBA_ROLE_MEMBER);
	for (int i = 0; i < 2 * SAMBA_HOSTS_MAX; i++) {
		char name[16];

		snprintf(name, sizeof(name), "h%d", i);
		if (!samba_hosts_of(&hosts, span_str(name)))
			break;
	}
	assert_int_equal(hosts.n, SAMBA_HOSTS_MAX);
	assert_int_equal(hosts.left_out, 1);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(samba_hosts_scan(ends[0], SAMBA_SCAN_MAX, &hosts, NULL), -ESPIPE);
	close(ends[0]);
	close(ends[1]);
	samba_hosts_finish(&hosts);
	mem_fail_from(1);
	assert_int_equal(samba_hosts_scan(fd, SAMBA_SCAN_MAX, &hosts, NULL), -ENOMEM);
	assert_null(samba_peers_new());
	mem_fail_from(0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_controller),	      cmocka_unit_test(another_log_names_it),
		cmocka_unit_test(peers_have_a_limit), cmocka_unit_test(configuration_goes_before),
		cmocka_unit_test(scans_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
