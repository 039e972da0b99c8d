/* The policy as the daemon asks it: real files, read as at start, and events as they come from the decoder. */
#include "unit.h"

#include "daemon/judge.h"
#include "event/gap.h"
#include "policy/file.h"
#include "policy/policy.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NOW (INT64_C(1795348800) * NSEC_PER_SEC) /* 2026-11-22T12:00:00Z */
#define CONF "/etc/ntlmaudit/ntlmaudit.conf"

static char root[] = "/tmp/ntlmaudit-judge-XXXXXX";
static struct policy *policy;
static struct legacy_host host;

static const char *path_of(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", root, name);
	return path;
}

static void complain(void *ctx, const struct problem *problem)
{
	(void)ctx;
	fail_msg("%s:%llu: %s", problem->place.file, (unsigned long long)problem->place.at,
		 problem->what);
}

/* Loads the policy anew, from this configuration and whatever Group Policy was imported. */
static void have(const char *conf)
{
	struct problems problems = {.tell = complain};

	assert_int_equal(file_replace(path_of(CONF), span_str(conf)), 0);
	policy_free(policy);
	policy = NULL;
	assert_int_equal(policy_load(root, &problems, &policy), 0);
}

static struct event logon(uint16_t id)
{
	struct event e = {
		.layout = event_layout_find(id), .time = NOW, .computer = "web1.corp.example"};

	event_set_text(&e, FACT_PROCESS_NAME, "smbclient");
	event_set_number(&e, FACT_PROCESS_ID, 1234);
	event_set_text(&e, FACT_PROCESS_PATH, "/usr/bin/smbclient");
	event_set_text(&e, FACT_USER, "Jane");
	event_set_text(&e, FACT_DOMAIN, "CORP");
	event_set_text(&e, FACT_HOST, "WEB1");
	event_set_text(&e, FACT_CLIENT_IP, "192.0.2.7");
	event_set_text(&e, FACT_TARGET_IP, "192.0.2.9");
	event_set_text(&e, FACT_TARGET_MACHINE, "FILES01");
	event_set_text(&e, FACT_TARGET_NAME, "files01.corp.example");
	event_set_text(&e, FACT_TARGET_DOMAIN, "CORP");
	event_set_text(&e, FACT_TARGET_TYPE, "domain");
	event_set_text(&e, FACT_TARGET_SERVICE, "cifs/alias.corp.example:445");
	event_set_number(&e, FACT_REASON_ID, 6);
	event_set_text(&e, FACT_CARRIER, "SMB2");
	return e;
}

static enum policy_answer answer(uint16_t id)
{
	struct event e = logon(id);

	return judge_event(policy, &e, &host);
}

static enum policy_answer legacy_answer(const struct event *e, uint16_t id)
{
	struct event legacy;

	assert_true(legacy_of(e, &host, &legacy));
	assert_int_equal(legacy.layout->id, id);
	return judge_event(policy, &legacy, &host);
}

#define W POLICY_WANTED
#define X POLICY_OFF
#define R POLICY_ROLE
#define E POLICY_EXCEPTION

static void assert_answers(const enum policy_answer wanted[4])
{
	for (uint16_t i = 0; i < 4; i++)
		if (answer((uint16_t)(4020 + i)) != wanted[i])
			fail_msg("%u: %s", 4020 + i,
				 policy_answer_name(answer((uint16_t)(4020 + i))));
}

static void the_kb_policy(void **state)
{
	(void)state;
	have("");
	assert_answers((enum policy_answer[]){W, W, W, W});
	have("enhanced-logging = off");
	assert_answers((enum policy_answer[]){X, X, X, X});
	have("enhanced-logging = on");
	assert_answers((enum policy_answer[]){W, W, W, W});
	have("domain-logging = off"); /* another machine's business */
	assert_answers((enum policy_answer[]){W, W, W, W});
	assert_int_equal(answer(4032), X);
}

/* Files as a domain delivers them, over what the configuration says. */
static void import(const char *file)
{
	struct problems problems = {.tell = complain};
	char path[PATH_MAX];
	const char *paths[] = {path};

	snprintf(path, sizeof(path), "%stests/policy/%s", access("tests/policy", R_OK) ? "../" : "",
		 file); /* run in the build folder, or above it */
	assert_int_equal(policy_import(root, paths, 1, &problems), 0);
}

static void group_policy(void **state)
{
	struct problems problems = {.tell = complain};
	struct event e = logon(4020);

	(void)state;
	import("kb-off.pol");
	have("enhanced-logging = on");
	assert_answers((enum policy_answer[]){X, X, X, X});
	import("kb-on.pol");
	have("enhanced-logging = off");
	assert_answers((enum policy_answer[]){W, W, W, W});
	import("legacy.inf");
	have("");
	assert_int_equal(policy_number(policy, SETTING_RESTRICT_OUTGOING), 1);
	assert_int_equal(legacy_answer(&e, 8001), W);
	assert_int_equal(policy_import(root, NULL, 0, &problems), 0);
	have("");
	assert_int_equal(legacy_answer(&e, 8001), POLICY_LEGACY);
}

static void roles(void **state)
{
	(void)state;
	have("client-events = warnings");
	assert_answers((enum policy_answer[]){R, W, W, W});
	have("client-events = none");
	assert_answers((enum policy_answer[]){R, R, W, W});
	have("server-events = warnings");
	assert_answers((enum policy_answer[]){W, W, R, W});
	have("server-events = none\nclient-events = warnings");
	assert_answers((enum policy_answer[]){R, W, R, R});
	have("client-events = all\nserver-events = all");
	assert_answers((enum policy_answer[]){W, W, W, W});
}

static void carriers(void **state)
{
	(void)state;
	have("carriers = http, ldap");
	assert_int_equal(answer(4020), POLICY_CARRIER);
	have("carriers = http, smb"); /* SMB2 is SMB */
	assert_int_equal(answer(4020), W);
	have("carriers = smb1");
	assert_int_equal(answer(4020), POLICY_CARRIER);
	have("carriers = smb2");
	assert_int_equal(answer(4020), W);
}

static enum policy_answer excepted(uint16_t id, const char *list, const char *pattern,
				   const char *until)
{
	char conf[256];

	snprintf(conf, sizeof(conf), "%s = %s; owner=o; until=%s", list, pattern, until);
	have(conf);
	return answer(id);
}

/* Every name and address by which the server is known. */
static void servers(void **state)
{
	static const char *const yes[] = {"files01",   "FILES01.corp.example", "192.0.2.9",
					  "192.0.2.*", "alias.corp.example",   "*.corp.example"};
	static const char *const no[] = {"files0", "192.0.2.7", "WEB1", "cifs/alias.corp.example",
					 "alias.corp.example:445"};

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		assert_int_equal(excepted(4020, "server-exceptions", yes[i], "never"), E);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_int_equal(excepted(4021, "server-exceptions", no[i], "never"), W);
	/* a server's own event: the computer that it is about is the server, a client's is not */
	assert_int_equal(excepted(4022, "server-exceptions", "web1.corp.example", "never"), E);
	assert_int_equal(excepted(4020, "server-exceptions", "web1.corp.example", "never"), W);
}

static void accounts(void **state)
{
	(void)state;
	assert_int_equal(excepted(4020, "account-exceptions", "jane", "never"), E);
	assert_int_equal(excepted(4023, "account-exceptions", "CORP\\jane", "never"), E);
	assert_int_equal(excepted(4020, "account-exceptions", "jane@corp", "never"), E);
	assert_int_equal(excepted(4020, "account-exceptions", "OTHER\\jane", "never"), W);
	assert_int_equal(excepted(4020, "account-exceptions", "jan", "never"), W);
}

static void processes(void **state)
{
	struct event e = logon(4020);

	(void)state;
	assert_int_equal(excepted(4020, "process-exceptions", "smbclient", "never"), E);
	assert_int_equal(excepted(4020, "process-exceptions", "/usr/bin/smb*", "never"), E);
	assert_int_equal(excepted(4020, "process-exceptions", "/opt/*", "never"), W);
	assert_int_equal(excepted(4020, "process-exceptions", "curl", "never"), W);
	/* without its path a program's name may be excepted, but no path is */
	event_set_text(&e, FACT_PROCESS_PATH, NULL);
	assert_int_equal(excepted(4020, "process-exceptions", "smbclient", "never"), E);
	assert_int_equal(judge_event(policy, &e, &host), E);
	excepted(4020, "process-exceptions", "/usr/bin/*", "never");
	assert_int_equal(judge_event(policy, &e, &host), W);
	/* and an unknown one is none */
	event_set_text(&e, FACT_PROCESS_NAME, NULL);
	excepted(4020, "process-exceptions", "*", "never");
	assert_int_equal(judge_event(policy, &e, &host), W);
}

/* It holds to the end of its last day, by the event's time. */
static void expired(void **state)
{
	struct event e = logon(4020);

	(void)state;
	assert_int_equal(excepted(4020, "server-exceptions", "files01", "2026-11-21"), W);
	assert_int_equal(excepted(4020, "server-exceptions", "files01", "2026-11-22"), E);
	e.time = NOW + 12 * 3600 * NSEC_PER_SEC - 1;
	assert_int_equal(judge_event(policy, &e, &host), E);
	e.time++;
	assert_int_equal(judge_event(policy, &e, &host), W);
}

static void legacy_outgoing(void **state)
{
	struct event e = logon(4020);

	(void)state;
	have("");
	assert_int_equal(legacy_answer(&e, 8001), POLICY_LEGACY);
	have("restrict-outgoing = audit");
	assert_int_equal(legacy_answer(&e, 8001), W);
	assert_int_equal(answer(4020), W);
	have("restrict-outgoing = deny");
	assert_int_equal(legacy_answer(&e, 8001), POLICY_LEGACY);
	/* beside the new ones, and whatever becomes of those */
	have("restrict-outgoing = audit\nenhanced-logging = off");
	assert_int_equal(legacy_answer(&e, 8001), W);
	assert_int_equal(answer(4020), X);
	/* by every name of the server, as the enhanced one */
	have("restrict-outgoing = audit\noutgoing-exceptions = alias.corp.example");
	assert_int_equal(legacy_answer(&e, 8001), E);
	have("restrict-outgoing = audit\noutgoing-exceptions = files*");
	assert_int_equal(legacy_answer(&e, 8001), E);
	have("restrict-outgoing = audit\noutgoing-exceptions = FILES01");
	assert_int_equal(legacy_answer(&e, 8001), E);
	have("restrict-outgoing = audit\noutgoing-exceptions = 192.0.2.9");
	assert_int_equal(legacy_answer(&e, 8001), E);
	have("restrict-outgoing = audit\noutgoing-exceptions = other");
	assert_int_equal(legacy_answer(&e, 8001), W);
}

static void legacy_incoming(void **state)
{
	struct event domain = logon(4022), local = logon(4022), loopback = logon(4023);

	(void)state;
	event_set_text(&local, FACT_DOMAIN, "FILES01");
	event_set_number(&loopback, FACT_REASON_ID, 10);
	have("audit-incoming = off");
	assert_int_equal(legacy_answer(&domain, 8003), POLICY_LEGACY);
	assert_int_equal(legacy_answer(&local, 8002), POLICY_LEGACY);
	have("audit-incoming = domain-accounts");
	assert_int_equal(legacy_answer(&domain, 8003), W);
	assert_int_equal(legacy_answer(&local, 8002), POLICY_LEGACY);
	assert_int_equal(legacy_answer(&loopback, 8002), POLICY_LEGACY);
	have("audit-incoming = all");
	assert_int_equal(legacy_answer(&domain, 8003), W);
	assert_int_equal(legacy_answer(&local, 8002), W);
	assert_int_equal(legacy_answer(&loopback, 8002), W);
}

/* What a controller of CORP decided: by a member, by PARTNER's trust, or as the server itself. */
static struct event decided(uint16_t id, bool own_account)
{
	struct event e = {.layout = event_layout_find(id),
			  .time = NOW,
			  .computer = id < 4030 ? "web1.corp.example" : "dc1.corp.example"};

	event_set_text(&e, FACT_USER, own_account ? "alice" : "pat");
	event_set_text(&e, FACT_DOMAIN, own_account ? "CORP" : "PARTNER");
	event_set_text(&e, FACT_HOST, "CL1");
	if (id < 4030)
		return e;
	event_set_text(&e, FACT_SERVER_NAME, id < 4032 ? "NAS7" : "FILES01");
	event_set_text(&e, FACT_SERVER_DOMAIN, id < 4032 ? "PARTNER" : "CORP");
	if (id < 4032)
		event_set_text(&e, FACT_FORWARDER_DOMAIN, "partner.example");
	else
		event_set_text(&e, FACT_SERVER_IP, "192.0.2.9");
	return e;
}

static enum policy_answer domain_answer(uint16_t id, bool own_account)
{
	struct event e = decided(id, own_account), legacy;

	assert_true(legacy_in_domain(&e, &host, &legacy));
	return judge_event(policy, &legacy, &host);
}

/*
 * AuditNTLMInDomain, every value, with accounts of the domain and others at servers of the domain and others. That of
 * another domain at another's server can reach a controller over a transitive trust only.
 */
static void legacy_in_the_domain(void **state)
{
	static const struct {
		const char *conf;
		bool own_at_own, other_at_own, own_at_other, other_at_other;
	} cases[] = {{"", false, false, false, false},
		     {"audit-in-domain = 0", false, false, false, false},
		     {"audit-in-domain = 1", true, false, false, false},
		     {"audit-in-domain = 3", true, false, true, false},
		     {"audit-in-domain = 5", true, true, false, false},
		     {"audit-in-domain = 7", true, true, true, true}};

	(void)state;
	legacy_host_domain(&host, "CORP", "corp.example", true);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		have(cases[i].conf);
		for (uint16_t id = 4032; id <= 4033; id++) {
			const bool *want[] = {&cases[i].own_at_own, &cases[i].other_at_own};

			for (size_t other = 0; other < 2; other++) {
				enum policy_answer wanted = *want[other] ? W : POLICY_LEGACY;

				assert_int_equal(domain_answer(id, !other), wanted);
				assert_int_equal(domain_answer((uint16_t)(id - 10), !other),
						 wanted); /* 8005: the server is the controller */
			}
		}
		for (uint16_t id = 4030; id <= 4031; id++) {
			assert_int_equal(domain_answer(id, true),
					 cases[i].own_at_other ? W : POLICY_LEGACY);
			assert_int_equal(domain_answer(id, false),
					 cases[i].other_at_other ? W : POLICY_LEGACY);
		}
	}
	legacy_host_domain(&host, NULL, NULL, false);
	host.domain[0] = host.dns_domain[0] = '\0';
}

/* DCAllowedNTLMServers: a name or the address of the server, with wildcards; the new events know nothing of it. */
static void legacy_in_domain_exceptions(void **state)
{
	static const char *const members[] = {"files01", "FILES*", "192.0.2.9", "nas7, files01",
					      "*"};
	static const char *const none[] = {"file", "CL1", "dc1*", "alice", "CORP"};
	char conf[128];

	(void)state;
	legacy_host_domain(&host, "CORP", "corp.example", true);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		snprintf(conf, sizeof(conf), "audit-in-domain = 7\nin-domain-exceptions = %s",
			 members[i]);
		have(conf);
		assert_int_equal(domain_answer(4032, true), E);
		assert_int_equal(answer(4032), W);
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		snprintf(conf, sizeof(conf), "audit-in-domain = 7\nin-domain-exceptions = %s",
			 none[i]);
		have(conf);
		assert_int_equal(domain_answer(4033, true), W);
	}
	have("audit-in-domain = 7\nin-domain-exceptions = nas?, nas*");
	assert_int_equal(domain_answer(4030, true), E);
	assert_int_equal(domain_answer(4032, true), W);
	have("audit-in-domain = 7\nin-domain-exceptions = web1*");
	assert_int_equal(domain_answer(4022, true), E); /* the controller itself */
	/* the KB's policy for controllers is not asked, nor asks it this one */
	have("audit-in-domain = 7\ndomain-logging = off\nenhanced-logging = off");
	assert_int_equal(domain_answer(4032, true), W);
	assert_int_equal(answer(4032), X);
	have("audit-in-domain = 0\nenhanced-logging = off");
	assert_int_equal(domain_answer(4030, true), POLICY_LEGACY);
	assert_int_equal(answer(4030), W);
}

/* No policy hides that something was not seen. */
static void gaps(void **state)
{
	struct gap gap = {.reason = "capture interface down", .begin = NOW, .end = NOW + 1};
	struct event e;

	(void)state;
	event_gap(&e, &gap);
	have("enhanced-logging = off\nclient-events = none\nserver-events = none\ncarriers =\n"
	     "server-exceptions = *; owner=o; until=never\nclient-share = 0\nserver-share = 0");
	assert_int_equal(judge_event(policy, &e, &host), W);
	assert_answers((enum policy_answer[]){X, X, X, X});
	assert_int_equal(answer(4776), POLICY_UNKNOWN);
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int setup(void **state)
{
	(void)state;
	legacy_host_name(&host, "web1.corp.example");
	return mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	policy_free(policy);
	return nftw(root, drop, 16, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kb_policy),
		cmocka_unit_test(group_policy),
		cmocka_unit_test(roles),
		cmocka_unit_test(carriers),
		cmocka_unit_test(servers),
		cmocka_unit_test(accounts),
		cmocka_unit_test(processes),
		cmocka_unit_test(expired),
		cmocka_unit_test(legacy_outgoing),
		cmocka_unit_test(legacy_incoming),
		cmocka_unit_test(legacy_in_the_domain),
		cmocka_unit_test(legacy_in_domain_exceptions),
		cmocka_unit_test(gaps),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
