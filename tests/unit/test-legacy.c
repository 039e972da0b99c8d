/* The legacy events, field by field, and whose account a server's event is of. */
#include "unit.h"

#include "daemon/legacy.h"

#include <stdio.h>

#define NOON INT64_C(1795356000123456700)

static struct legacy_host host;

/* A client's or a server's event, everything known that the daemon can know. */
static struct event enhanced(uint16_t id)
{
	struct event e = {.layout = event_layout_find(id),
			  .record = 7,
			  .time = NOON,
			  .computer = "web1.corp.example",
			  .activity = {1, 2, 3}};

	event_set_text(&e, FACT_PROCESS_NAME, "curl");
	event_set_number(&e, FACT_PROCESS_ID, 1234);
	event_set_text(&e, FACT_PROCESS_PATH, "/usr/bin/curl");
	event_set_text(&e, FACT_PROCESS_USER, "jane");
	event_set_number(&e, FACT_PROCESS_UID, 1000);
	event_set_text(&e, FACT_PROCESS_UNIT, "session-3.scope");
	event_set_text(&e, FACT_PROCESS_HOW, "connected");
	event_set_text(&e, FACT_USER, "alice");
	event_set_text(&e, FACT_DOMAIN, "CORP");
	event_set_text(&e, FACT_HOST, "CL1");
	event_set_text(&e, FACT_CLIENT_IP, "192.0.2.7");
	event_set_number(&e, FACT_CLIENT_PORT, 49152);
	event_set_text(&e, FACT_TARGET_IP, "192.0.2.9");
	event_set_number(&e, FACT_TARGET_PORT, 445);
	event_set_text(&e, FACT_TARGET_MACHINE, "FS1");
	event_set_text(&e, FACT_TARGET_NAME, "fs1.corp.example");
	event_set_text(&e, FACT_TARGET_DOMAIN, "CORP");
	event_set_text(&e, FACT_TARGET_TYPE, "domain");
	event_set_text(&e, FACT_TARGET_SERVICE, "cifs/fs1.corp.example");
	event_set_number(&e, FACT_REASON_ID, 6);
	event_set_text(&e, FACT_NTLM_VERSION, "NTLMv2");
	event_set_text(&e, FACT_CARRIER, "SMB2");
	event_set_text(&e, FACT_SOURCE, "eth0");
	event_set_number(&e, FACT_FRAME_AUTHENTICATE, 5);
	event_set_status(&e, 0);
	return e;
}

static int fresh(void **state)
{
	(void)state;
	host = (struct legacy_host){0};
	legacy_host_name(&host, "fs1.corp.example");
	return 0;
}

/* A row of a layout and what stands there; a NULL text is an absent value. */
struct expected {
	const char *name;
	const char *text;
	uint64_t number;
	bool is_number;
};

static void check_fields(const struct event *e, const struct expected *rows, size_t n)
{
	assert_int_equal(e->layout->n_fields, n);
	for (size_t i = 0; i < n; i++) {
		const struct value *v = &e->facts[e->layout->fields[i].fact];

		assert_string_equal(e->layout->fields[i].name, rows[i].name);
		if (rows[i].is_number) {
			assert_int_equal(v->kind, VALUE_NUMBER);
			assert_int_equal(v->number, rows[i].number);
		} else if (rows[i].text) {
			assert_int_equal(v->kind, VALUE_TEXT);
			assert_string_equal(v->text, rows[i].text);
		} else {
			assert_int_equal(v->kind, VALUE_ABSENT);
		}
	}
}

static struct event made(const struct event *e, uint16_t id)
{
	struct event legacy;

	assert_true(legacy_of(e, &host, &legacy));
	assert_int_equal(legacy.layout->id, id);
	return legacy;
}

static void outgoing(void **state)
{
	static const struct expected rows[] = {
		{.name = "TargetName", .text = "cifs/fs1.corp.example"},
		{.name = "UserName", .text = "alice"},
		{.name = "DomainName", .text = "CORP"},
		{.name = "CallerPID", .number = 1234, .is_number = true},
		{.name = "ProcessName", .text = "/usr/bin/curl"},
		{.name = "ClientLUID"},
		{.name = "ClientUserName", .text = "jane"},
		{.name = "ClientDomainName"},
		{.name = "MechanismOID", .text = "1.3.6.1.4.1.311.2.2.10"},
	};

	(void)state;
	for (uint16_t id = 4020; id <= 4021; id++) {
		struct event e = enhanced(id), legacy = made(&e, 8001);

		check_fields(&legacy, rows, 9);
	}
}

static void incoming(void **state)
{
	static const struct expected rows[] = {
		{.name = "CallerPID", .number = 1234, .is_number = true},
		{.name = "ProcessName", .text = "/usr/bin/curl"},
		{.name = "ClientLUID"},
		{.name = "ClientUserName", .text = "jane"},
		{.name = "ClientDomainName"},
		{.name = "MechanismOID", .text = "1.3.6.1.4.1.311.2.2.10"},
	};

	(void)state;
	for (uint16_t id = 4022; id <= 4023; id++) {
		struct event e = enhanced(id), legacy;

		event_set_text(&e, FACT_DOMAIN, "FS1");
		legacy = made(&e, 8002);
		check_fields(&legacy, rows, 6);
		assert_false(event_has(&legacy, FACT_USER)); /* as on Windows */
	}
}

static void incoming_of_domain(void **state)
{
	static const struct expected rows[] = {
		{.name = "UserName", .text = "alice"},
		{.name = "DomainName", .text = "CORP"},
		{.name = "Workstation", .text = "CL1"},
		{.name = "CallerPID", .number = 1234, .is_number = true},
		{.name = "ProcessName", .text = "/usr/bin/curl"},
		{.name = "LogonType", .number = 3, .is_number = true},
		{.name = "InProc", .number = 0, .is_number = true},
		{.name = "MechanismOID", .text = "1.3.6.1.4.1.311.2.2.10"},
	};

	(void)state;
	for (uint16_t id = 4022; id <= 4023; id++) {
		struct event e = enhanced(id), legacy = made(&e, 8003);

		check_fields(&legacy, rows, 8);
	}
}

static void what_stays(void **state)
{
	struct event e = enhanced(4022), before = e, legacy = made(&e, 8003);

	(void)state;
	assert_memory_equal(&e, &before, sizeof(e)); /* the enhanced one is not changed */
	assert_int_equal(legacy.time, e.time);
	assert_int_equal(legacy.origin, ORIGIN_CAPTURE);
	assert_int_equal(legacy.record, 0);
	assert_string_equal(legacy.computer, "web1.corp.example");
	assert_memory_equal(legacy.activity, e.activity, 16);
	assert_string_equal(event_text(&legacy, FACT_PROCESS_UNIT), "session-3.scope");
	assert_string_equal(event_text(&legacy, FACT_CARRIER), "SMB2");
	assert_string_equal(event_text(&legacy, FACT_SOURCE), "eth0");
	assert_int_equal(legacy.facts[FACT_TARGET_PORT].number, 445);
	assert_false(event_has(&legacy, FACT_REASON_ID));
	assert_false(event_has(&legacy, FACT_STATUS));
	assert_false(event_has(&legacy, FACT_NTLM_VERSION));
}

/* Where no process was found the fields are absent, and no others take their place. */
static void unknown_process(void **state)
{
	struct event e = enhanced(4020), legacy;

	(void)state;
	for (enum fact f = FACT_PROCESS_PATH; f <= FACT_PROCESS_HOW; f++)
		event_set_text(&e, f, NULL);
	event_set_text(&e, FACT_PROCESS_ID, NULL);
	legacy = made(&e, 8001);
	assert_string_equal(event_text(&legacy, FACT_PROCESS_NAME), "curl"); /* no path is known */
	event_set_text(&e, FACT_PROCESS_NAME, NULL);
	event_set_text(&e, FACT_TARGET_SERVICE, NULL);
	legacy = made(&e, 8001);
	assert_false(event_has(&legacy, FACT_PROCESS_NAME));
	assert_false(event_has(&legacy, FACT_PROCESS_ID));
	assert_false(event_has(&legacy, FACT_CLIENT_USER));
	assert_false(event_has(&legacy, FACT_TARGET_SERVICE));
}

static void callers(void **state)
{
	static const struct {
		const char *user, *name, *domain;
	} rows[] = {
		{"CORP\\jane", "jane", "CORP"}, {"corp\\jane", "jane", "CORP"},
		{"FS1\\jane", "jane", "FS1"},	{"OTHER\\jane", "OTHER\\jane", NULL},
		{"jane", "jane", NULL},		{"CORP\\", "CORP\\", NULL},
		{"\\jane", "\\jane", NULL},	{"jane@corp.example", "jane@corp.example", NULL},
	};

	(void)state;
	snprintf(host.domain, sizeof(host.domain), "CORP");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct event e = enhanced(4020), legacy;

		event_set_text(&e, FACT_PROCESS_USER, rows[i].user);
		legacy = made(&e, 8001);
		assert_string_equal(event_text(&legacy, FACT_CLIENT_USER), rows[i].name);
		if (rows[i].domain)
			assert_string_equal(event_text(&legacy, FACT_CLIENT_DOMAIN),
					    rows[i].domain);
		else
			assert_false(event_has(&legacy, FACT_CLIENT_DOMAIN));
	}
}

static void whose_account(void **state)
{
	static const struct {
		const char *user, *domain, *type;
		uint64_t reason;
		uint16_t id;
	} rows[] = {
		{"alice", "CORP", "domain", 6, 8003},
		{"alice", "TRUSTED", "domain", 6, 8003},
		{"alice@corp.example", NULL, "domain", 6, 8003},
		{"alice@corp.example", "", "domain", 6, 8003},
		{"alice", "corp.example", "domain", 6, 8003},
		{"alice", "FS1", "domain", 2, 8002},
		{"alice", "fs1.corp.example", "domain", 2, 8002},
		{"alice", "WEB1.corp.example", "domain", 2, 8002}, /* the event's computer */
		{"alice", ".", "domain", 2, 8002},
		{"alice", "", "domain", 2, 8002},
		{"alice", NULL, "domain", 2, 8002},
		{NULL, NULL, "domain", 11, 8002}, /* a null session */
		{"", "CORP", "domain", 11, 8002},
		{"alice", "CORP", "domain", 10, 8002}, /* loopback */
		{"alice", "CORP", "server", 6, 8002},
		{"alice@corp.example", NULL, "server", 6, 8002},
		{"alice", "CORP", NULL, 6, 8002}, /* not known to be a member */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct event e = enhanced(4022), legacy;

		event_set_text(&e, FACT_USER, rows[i].user);
		event_set_text(&e, FACT_DOMAIN, rows[i].domain);
		event_set_text(&e, FACT_TARGET_TYPE, rows[i].type);
		event_set_number(&e, FACT_REASON_ID, rows[i].reason);
		assert_true(legacy_of(&e, &host, &legacy));
		if (legacy.layout->id != rows[i].id)
			fail_msg("row %zu: %u", i, legacy.layout->id);
	}
}

/* What the machine's own servers said holds for an event whose CHALLENGE was not seen. */
static void learning(void **state)
{
	struct event e = enhanced(4022), unseen = enhanced(4022);

	(void)state;
	event_set_text(&unseen, FACT_TARGET_TYPE, NULL);
	legacy_learn(&host, &unseen);
	assert_false(host.is_member);
	legacy_learn(&host, &e);
	assert_true(host.is_member);
	assert_string_equal(host.domain, "CORP");
	assert_string_equal(host.name, "FS1");
	made(&unseen, 8003);

	/* a client's event is of another server, a refused logon's names are whatever the client sent */
	e = enhanced(4020);
	event_set_text(&e, FACT_TARGET_TYPE, "server");
	legacy_learn(&host, &e);
	assert_true(host.is_member);
	e = enhanced(4023);
	event_set_text(&e, FACT_TARGET_DOMAIN, "EVIL");
	event_set_status(&e, 0xc000006d);
	legacy_learn(&host, &e);
	assert_string_equal(host.domain, "CORP");
	event_set_text(&e, FACT_STATUS, NULL);
	legacy_learn(&host, &e);
	assert_string_equal(host.domain, "CORP");
	event_set_status(&e, 0);
	event_set_text(&e, FACT_NTLM_VERSION, NULL); /* nor a null session's */
	legacy_learn(&host, &e);
	assert_string_equal(host.domain, "CORP");

	e = enhanced(4022);
	event_set_text(&e, FACT_TARGET_TYPE, "server");
	legacy_learn(&host, &e);
	made(&unseen, 8002);
}

static void long_names(void **state)
{
	struct event e = enhanced(4022);
	char name[1024];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	legacy_learn(&host, &e);
	event_set_text(&e, FACT_TARGET_DOMAIN, name);
	event_set_text(&e, FACT_TARGET_MACHINE, name);
	legacy_learn(&host, &e);
	assert_string_equal(host.domain, "CORP");
	assert_string_equal(host.name, "FS1");
	legacy_host_name(&host, name);
	assert_string_equal(host.dns_name, "fs1.corp.example");
	assert_string_equal(host.name, "XXXXXXXXXXXXXXX");
	legacy_host_name(&host, "db");
	assert_string_equal(host.name, "DB");
	assert_string_equal(host.dns_name, "db");
}

static void no_others(void **state)
{
	static const uint16_t ids[] = {1,    4001, 4012, 4024, 4030, 4032,
				       4624, 8001, 8002, 8003, 8004};
	struct event legacy;

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct event e = enhanced(ids[i]);

		assert_false(legacy_of(&e, &host, &legacy));
	}
}

/* ---- the domain controller's ---- */

/* As a controller has it of a logon that was forwarded to it. */
static struct event decided(uint16_t id)
{
	struct event e = {.layout = event_layout_find(id),
			  .time = NOON,
			  .computer = "dc1.corp.example",
			  .activity = {1, 2, 3}};

	event_set_text(&e, FACT_DC_NAME, "DC1");
	event_set_text(&e, FACT_USER, "alice");
	event_set_text(&e, FACT_DOMAIN, "CORP");
	event_set_text(&e, FACT_HOST, "CL1");
	event_set_text(&e, FACT_SERVER_NAME, "FS1");
	event_set_text(&e, FACT_SERVER_DOMAIN, "CORP");
	event_set_text(&e, FACT_SERVER_IP, "192.0.2.9");
	event_set_number(&e, FACT_LOGON_ID, 0x1234);
	event_set_text(&e, FACT_NTLM_VERSION, "NTLMv2");
	event_set_status(&e, 0);
	if (id >= 4032)
		return e;
	event_set_text(&e, FACT_FORWARDER_TYPE, "TrustedDnsDomain");
	event_set_text(&e, FACT_FORWARDER_NAME, "DC2");
	event_set_text(&e, FACT_FORWARDER_DOMAIN, "partner.example");
	event_set_text(&e, FACT_SERVER_DOMAIN, "PARTNER");
	return e;
}

static struct event made_in_domain(const struct event *e, uint16_t id)
{
	struct event legacy;

	assert_true(legacy_in_domain(e, &host, &legacy));
	assert_int_equal(legacy.layout->id, id);
	assert_int_equal(legacy.time, NOON);
	assert_memory_equal(legacy.activity, e->activity, sizeof(legacy.activity));
	assert_int_equal(legacy.origin, e->origin);
	return legacy;
}

static void by_member(void **state)
{
	static const struct expected rows[] = {
		{.name = "SChannelName", .text = "FS1"},
		{.name = "UserName", .text = "alice"},
		{.name = "DomainName", .text = "CORP"},
		{.name = "WorkstationName", .text = "CL1"},
		{.name = "SChannelType", .number = 2, .is_number = true},
	};

	(void)state;
	for (uint16_t id = 4032; id <= 4033; id++) {
		struct event e = decided(id), legacy = made_in_domain(&e, 8004);

		check_fields(&legacy, rows, 5);
		assert_string_equal(event_text(&legacy, FACT_SERVER_IP), "192.0.2.9");
		assert_int_equal(legacy.facts[FACT_LOGON_ID].number, 0x1234);
		assert_false(event_has(&legacy, FACT_STATUS));
		event_set_text(&e, FACT_FORWARDER_TYPE, "Server"); /* another controller asked */
		legacy = made_in_domain(&e, 8004);
		assert_int_equal(legacy.facts[FACT_CHANNEL_TYPE].number, 6);
	}
}

static void by_trust(void **state)
{
	static const struct {
		const char *type;
		uint64_t number;
	} types[] = {{"TrustedDnsDomain", 3}, {"TrustedDomain", 4}, {"CdcServer", 7}};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(types) / sizeof(types[0]); i++) {
		struct event e = decided(i % 2 ? 4030 : 4031), legacy;

		event_set_text(&e, FACT_FORWARDER_TYPE, types[i / 2].type);
		legacy = made_in_domain(&e, 8006);
		assert_string_equal(event_text(&legacy, FACT_CHANNEL_NAME), "partner.example");
		assert_int_equal(legacy.facts[FACT_CHANNEL_TYPE].number, types[i / 2].number);
		event_set_text(&e, FACT_FORWARDER_TYPE, "of another kind");
		legacy = made_in_domain(&e, 8006);
		assert_false(event_has(&legacy, FACT_CHANNEL_TYPE));
	}
}

/* A logon at this machine is 8005 only where this machine is a controller, and somebody's. */
static void at_controller(void **state)
{
	static const struct expected rows[] = {
		{.name = "SChannelName"},
		{.name = "UserName", .text = "alice"},
		{.name = "DomainName", .text = "CORP"},
		{.name = "WorkstationName", .text = "CL1"},
		{.name = "SChannelType", .number = 0, .is_number = true},
	};
	struct event e = enhanced(4022), legacy;

	(void)state;
	e.computer = "fs1.corp.example";
	assert_false(legacy_in_domain(&e, &host, &legacy));
	legacy_host_domain(&host, "CORP", "corp.example", true);
	legacy = made_in_domain(&e, 8005);
	check_fields(&legacy, rows, 5);
	assert_string_equal(event_text(&legacy, FACT_SERVER_NAME), "fs1.corp.example");
	assert_true(legacy_of(&e, &host, &legacy)); /* it is a logon at a machine, too */
	event_set_text(&e, FACT_USER, "");
	assert_false(legacy_in_domain(&e, &host, &legacy));
	e = enhanced(4023);
	e.computer = "fs2.corp.example";
	event_set_text(&e, FACT_TARGET_MACHINE, "FS2");
	assert_false(legacy_in_domain(&e, &host, &legacy)); /* seen at a tap */
	for (uint16_t id = 4020; id <= 4021; id++) {
		e = enhanced(id);
		assert_false(legacy_in_domain(&e, &host, &legacy));
	}
}

static bool owns_account(uint16_t id, const char *user, const char *domain)
{
	struct event e = {.layout = event_layout_find(id)};

	event_set_text(&e, FACT_USER, user);
	event_set_text(&e, FACT_DOMAIN, domain);
	return legacy_is_own_account(&e, &host);
}

static void whose_domain(void **state)
{
	struct event e = {.layout = event_layout_find(8006)};

	(void)state;
	legacy_host_name(&host, "dc1.corp.example");
	legacy_host_domain(&host, "CORP", "corp.example", true);
	legacy_host_domain(&host, NULL, "", true); /* nothing new */
	assert_true(owns_account(8004, "alice", "corp"));
	assert_true(owns_account(8004, "alice", "CORP.EXAMPLE"));
	assert_true(owns_account(8005, "alice", ""));
	assert_true(owns_account(8005, "alice", NULL));
	assert_true(owns_account(8005, "alice", "."));
	assert_true(owns_account(8005, "alice", "DC1"));
	assert_true(owns_account(8004, "alice@Corp.Example", ""));
	assert_true(owns_account(8006, "alice@other.suffix", ""));
	assert_false(owns_account(8004, "alice@other.suffix", ""));
	assert_false(owns_account(8004, "pat", "PARTNER"));
	assert_false(owns_account(8004, "pat", "CORP.EXAMPLE.ORG"));
	assert_false(legacy_is_own_server(&e, &host));
	event_set_text(&e, FACT_SERVER_DOMAIN, "PARTNER");
	assert_false(legacy_is_own_server(&e, &host));
	event_set_text(&e, FACT_SERVER_DOMAIN, "CORP");
	assert_true(legacy_is_own_server(&e, &host));
	e.layout = event_layout_find(8005);
	event_set_text(&e, FACT_SERVER_DOMAIN, NULL);
	assert_true(legacy_is_own_server(&e, &host));
	host.domain[0] = host.dns_domain[0] = '\0';
	assert_false(owns_account(8004, "alice", "CORP"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(outgoing, fresh),
		cmocka_unit_test_setup(incoming, fresh),
		cmocka_unit_test_setup(incoming_of_domain, fresh),
		cmocka_unit_test_setup(what_stays, fresh),
		cmocka_unit_test_setup(unknown_process, fresh),
		cmocka_unit_test_setup(callers, fresh),
		cmocka_unit_test_setup(whose_account, fresh),
		cmocka_unit_test_setup(learning, fresh),
		cmocka_unit_test_setup(long_names, fresh),
		cmocka_unit_test_setup(no_others, fresh),
		cmocka_unit_test_setup(by_member, fresh),
		cmocka_unit_test_setup(by_trust, fresh),
		cmocka_unit_test_setup(at_controller, fresh),
		cmocka_unit_test_setup(whose_domain, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
