/* policy/wants.h: each switch acts, alone and among the others. */
#include "unit.h"

#include <stdio.h>

#include "base/mem.h"
#include "policy/wants.h"
#include "policy-file.h"

#define NOW (INT64_C(1795348800) * NSEC_PER_SEC) /* 2026-11-22T12:00:00Z */

static struct policy_file file;
static struct policy policy;

/* The defaults and this configuration on top. */
static void have(const char *conf, unsigned place)
{
	arena_finish(&policy.arena);
	policy = (struct policy){.place = place};
	arena_init(&policy.arena, 0);
	assert_int_equal(layer_defaults(&policy.effective, &policy.arena), 0);
	policy_file_conf(&file, conf);
	assert_told(&file, "");
	layer_merge(&policy.effective, &file.layer);
}

static struct policy_question ask(uint16_t id)
{
	return (struct policy_question){.id = id,
					.is_warning = id % 2,
					.time = NOW,
					.carrier = "smb",
					.servers = {"FILES01", "files01.corp.example", "10.0.0.7"},
					.user = "Jane",
					.domain = "CORP",
					.process = "/usr/bin/smbclient"};
}

static enum policy_answer answer(uint16_t id)
{
	struct policy_question q = ask(id);

	return policy_wants(&policy, &q);
}

static void assert_answers(const enum policy_answer wanted[8])
{
	static const uint16_t ids[] = {4020, 4021, 4022, 4023, 4030, 4031, 4032, 4033};

	for (size_t i = 0; i < 8; i++)
		assert_int_equal(answer(ids[i]), wanted[i]);
}

#define W POLICY_WANTED
#define X POLICY_OFF
#define R POLICY_ROLE
#define S POLICY_SHARE

static void test_not_configured_is_on(void **state)
{
	(void)state;
	have("", 99);
	assert_answers((enum policy_answer[]){W, W, W, W, W, W, W, W});
	assert_int_equal(answer(8001), POLICY_LEGACY);
	assert_int_equal(answer(8003), POLICY_LEGACY);
	assert_int_equal(answer(8004), POLICY_LEGACY);
	assert_int_equal(answer(4776), POLICY_UNKNOWN);
}

static void test_the_two_policies(void **state)
{
	(void)state;
	have("enhanced-logging = off", 0);
	assert_answers((enum policy_answer[]){X, X, X, X, W, W, W, W});
	have("domain-logging = off", 0);
	assert_answers((enum policy_answer[]){W, W, W, W, X, X, X, X});
	have("enhanced-logging = on\ndomain-logging = on", 0);
	assert_answers((enum policy_answer[]){W, W, W, W, W, W, W, W});
}

static void test_roles(void **state)
{
	(void)state;
	have("client-events = warnings\nserver-events = none\n", 0);
	assert_answers((enum policy_answer[]){R, W, R, R, W, W, W, W});
	have("domain-events = warnings", 0);
	assert_answers((enum policy_answer[]){W, W, W, W, R, W, R, W});
}

static void test_shares(void **state)
{
	(void)state;
	have("client-share = 50\nserver-share = 10\ndomain-share = 0\n", 10);
	assert_answers((enum policy_answer[]){W, W, S, S, S, S, S, S});
	have("server-share = 11", 10);
	assert_answers((enum policy_answer[]){W, W, W, W, W, W, W, W});
	have("client-share = 99", 99);
	assert_answers((enum policy_answer[]){S, S, W, W, W, W, W, W});
}

static void test_carriers(void **state)
{
	struct policy_question q = ask(4020);

	(void)state;
	have("carriers = http*, LDAP", 0);
	assert_int_equal(policy_wants(&policy, &q), POLICY_CARRIER);
	q.carrier = "http-proxy";
	assert_int_equal(policy_wants(&policy, &q), POLICY_WANTED);
	q.carrier = "ldap";
	assert_int_equal(policy_wants(&policy, &q), POLICY_WANTED);
	q.carrier = NULL;
	assert_int_equal(policy_wants(&policy, &q), POLICY_CARRIER);
	for (q.id = 4030; q.id <= 4033; q.id++) { /* a controller is not told what carried it */
		assert_int_equal(policy_wants(&policy, &q), POLICY_WANTED);
		q.carrier = "smb";
		assert_int_equal(policy_wants(&policy, &q), POLICY_CARRIER);
		q.carrier = NULL;
	}
	q.id = 4020;
	have("", 0);
	assert_int_equal(policy_wants(&policy, &q), POLICY_WANTED);
}

static enum policy_answer excepted(const char *list, const char *pattern)
{
	char conf[256];

	snprintf(conf, sizeof(conf), "%s = %s; owner=o; until=2026-11-22", list, pattern);
	have(conf, 0);
	return answer(4022);
}

static void test_exceptions(void **state)
{
	static const struct {
		const char *list, *pattern;
		bool holds;
	} cases[] = {
		{"server-exceptions", "files01", true},
		{"server-exceptions", "*.CORP.example", true},
		{"server-exceptions", "10.0.0.*", true},
		{"server-exceptions", "files0", false},
		{"server-exceptions", "jane", false},
		{"account-exceptions", "jane", true},
		{"account-exceptions", "corp\\JANE", true},
		{"account-exceptions", "corp\\*", true},
		{"account-exceptions", "jane@corp", true},
		{"account-exceptions", "other\\jane", false},
		{"account-exceptions", "jane@other", false},
		{"account-exceptions", "CORP", false},
		{"process-exceptions", "smbclient", true},
		{"process-exceptions", "/usr/bin/*", true},
		{"process-exceptions", "/usr/bin", false},
		{"process-exceptions", "bin/smbclient", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if ((excepted(cases[i].list, cases[i].pattern) == POLICY_EXCEPTION) !=
		    cases[i].holds)
			fail_msg("%s = %s", cases[i].list, cases[i].pattern);
}

/* What is not known is nobody's exception. */
static void test_nothing_known(void **state)
{
	struct policy_question q = {.id = 4022, .time = NOW};

	(void)state;
	(void)excepted("account-exceptions", "*");
	assert_int_equal(policy_wants(&policy, &q), POLICY_WANTED);
	(void)excepted("process-exceptions", "*");
	assert_int_equal(policy_wants(&policy, &q), POLICY_WANTED);
	(void)excepted("server-exceptions", "*");
	assert_int_equal(policy_wants(&policy, &q), POLICY_WANTED);
	q.user = "";
	assert_int_equal(excepted("account-exceptions", "*"), POLICY_EXCEPTION);
	assert_int_equal(policy_wants(&policy, &q), POLICY_EXCEPTION);
}

static void test_exceptions_end(void **state)
{
	struct policy_question q = ask(4020);

	(void)state;
	have("server-exceptions = files01; owner=o; until=2026-11-22", 0);
	assert_int_equal(policy_wants(&policy, &q), POLICY_EXCEPTION);
	q.time = INT64_C(1795391999) * NSEC_PER_SEC + 999999999; /* the last of its day */
	assert_int_equal(policy_wants(&policy, &q), POLICY_EXCEPTION);
	q.time++;
	assert_int_equal(policy_wants(&policy, &q), POLICY_WANTED);
}

static void test_outgoing(void **state)
{
	(void)state;
	have("restrict-outgoing = audit", 0);
	assert_int_equal(answer(8001), POLICY_WANTED);
	assert_int_equal(answer(8002), POLICY_LEGACY);
	have("restrict-outgoing = deny", 0);
	assert_int_equal(answer(8001), POLICY_LEGACY);
	have("restrict-outgoing = audit\noutgoing-exceptions = nas, files*", 0);
	assert_int_equal(answer(8001), POLICY_EXCEPTION);
	have("restrict-outgoing = audit\nin-domain-exceptions = files*", 0);
	assert_int_equal(answer(8001), POLICY_WANTED);
}

static void test_incoming(void **state)
{
	struct policy_question q = ask(8002), member = ask(8003);

	(void)state;
	member.is_domain_account = true;
	have("audit-incoming = domain-accounts", 0);
	assert_int_equal(policy_wants(&policy, &q), POLICY_LEGACY);
	assert_int_equal(policy_wants(&policy, &member), POLICY_WANTED);
	have("audit-incoming = all", 0);
	assert_int_equal(policy_wants(&policy, &q), POLICY_WANTED);
	assert_int_equal(policy_wants(&policy, &member), POLICY_WANTED);
}

/* AuditNTLMInDomain: which of account and server have to be of this domain. */
static void test_in_domain(void **state)
{
	static const struct {
		unsigned value;
		bool neither, account, server, both;
	} cases[] = {{0, false, false, false, false},
		     {1, false, false, false, true},
		     {3, false, true, false, true},
		     {5, false, false, true, true},
		     {7, true, true, true, true}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const bool wanted[] = {cases[i].neither, cases[i].account, cases[i].server,
				       cases[i].both};
		char conf[64];

		snprintf(conf, sizeof(conf), "audit-in-domain = %u", cases[i].value);
		have(conf, 0);
		for (unsigned of = 0; of < 4; of++) {
			struct policy_question q = ask((uint16_t)(8004 + i % 3));

			q.is_account_of_this_domain = of & 1;
			q.is_server_of_this_domain = of & 2;
			assert_int_equal(policy_wants(&policy, &q),
					 wanted[of] ? POLICY_WANTED : POLICY_LEGACY);
		}
	}
}

/* "Beside the new ones and without changing them", and the other way round. */
static void test_legacy_and_new_are_strangers(void **state)
{
	(void)state;
	have("restrict-outgoing = audit\noutgoing-exceptions = *\nrestrict-incoming = deny", 0);
	assert_answers((enum policy_answer[]){W, W, W, W, W, W, W, W});
	have("enhanced-logging = off\nclient-events = none\nclient-share = 0\n"
	     "server-exceptions = *; owner=o; until=never\ncarriers =\nrestrict-outgoing = audit",
	     99);
	assert_int_equal(answer(8001), POLICY_WANTED);
}

static int finish(void **state)
{
	(void)state;
	arena_finish(&policy.arena);
	policy_file_finish(&file);
	return mem_in_use() != 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_configured_is_on),
		cmocka_unit_test(test_the_two_policies),
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_carriers),
		cmocka_unit_test(test_exceptions),
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_exceptions_end),
		cmocka_unit_test(test_outgoing),
		cmocka_unit_test(test_incoming),
		cmocka_unit_test(test_in_domain),
		cmocka_unit_test(test_legacy_and_new_are_strangers),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
