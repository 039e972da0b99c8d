/* From records to events: by name, made right where Windows is not, and nothing lost. */
#include "unit.h"

#include "base/mem.h"
#include "memory-log.h"
#include "winlog/event-value.h"
#include "winlog/json.h"
#include "winlog/xml.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static struct arena arena;
static struct winlog_counts counts;

static int make(struct winlog_record *r, struct event *ret_event)
{
	memset(&counts, 0, sizeof(counts));
	arena_reset(&arena);
	return winlog_event(r, &arena, ret_event, &counts);
}

/* A record of so many names and values in turn. */
static struct winlog_record record(const char *provider, unsigned id, unsigned version,
				   const char *const *data)
{
	struct winlog_record r = {.provider = provider,
				  .provider_guid = "",
				  .channel = "",
				  .computer = "ws02",
				  .user_sid = "",
				  .rendered = "",
				  .event_id = id,
				  .version = version,
				  .record_id = 77,
				  .has_time = true,
				  .time = 5};

	for (; *data; data += 2)
		r.data[r.n_data++] = (struct winlog_data){data[0], data[1]};
	return r;
}

#define NTLM "Microsoft-Windows-NTLM"
#define NETLOGON "Microsoft-Windows-Security-Netlogon"
#define AUDITING "Microsoft-Windows-Security-Auditing"
#define DATA(...) ((const char *const[]){__VA_ARGS__, NULL})

static struct event event_of(const char *provider, unsigned id, const char *const *data)
{
	struct winlog_record r = record(provider, id, 0, data);
	struct event e;

	assert_int_equal(make(&r, &e), 1);
	return e;
}

static const char *foreign(const struct event *e, const char *name)
{
	for (size_t i = 0; i < e->n_foreign; i++)
		if (strcmp(e->foreign[i].name, name) == 0)
			return e->foreign[i].value;
	return NULL;
}

static void assert_fact(const struct event *e, enum fact f, const char *text)
{
	assert_int_equal(e->facts[f].kind, text ? VALUE_TEXT : VALUE_ABSENT);
	if (text)
		assert_string_equal(e->facts[f].text, text);
}

static void assert_number(const struct event *e, enum fact f, uint64_t number)
{
	assert_int_equal(e->facts[f].kind, VALUE_NUMBER);
	assert_int_equal(e->facts[f].number, number);
}

/* The real record of events.md. */
static void test_real(void **state)
{
	struct event e = event_of(
		NTLM, 4021,
		DATA("ProcessName", "winupdate", "ProcessPID", "0x1798", "Username", "afenwick",
		     "DomainName", "DIOCORE", "Hostname", "WS02", "TargetService", "Null",
		     "NtlmUsageId", "1", "NtlmUsageReason",
		     "NTLM was called directly by the calling application.", "NtlmVersion",
		     "NTLMv2", "SessionKeyStatus", "Missing", "Mic Status", "Unprotected"));

	(void)state;
	assert_int_equal(e.layout->level, LEVEL_WARNING);
	assert_int_equal(e.origin, ORIGIN_LOG);
	assert_int_equal(e.source_record, 77);
	assert_int_equal(e.time, 5);
	assert_string_equal(e.computer, "ws02");
	assert_number(&e, FACT_PROCESS_ID, 0x1798);
	assert_fact(&e, FACT_USER, "afenwick");
	assert_fact(&e, FACT_HOST, "WS02");
	assert_fact(&e, FACT_TARGET_SERVICE, NULL);
	assert_number(&e, FACT_REASON_ID, 1);
	assert_fact(&e, FACT_NTLM_VERSION, "NTLMv2");
	assert_fact(&e, FACT_MIC, "Unprotected");
	assert_int_equal(e.n_foreign, 0);
	assert_int_equal(counts.reasons, 0);
}

static void test_names(void **state)
{
	struct event e = event_of(NTLM, 4020,
				  DATA("AvFlagsStr", "MIC", "MicStatus", "Protected", "AvFlags",
				       "0x2", "USERNAME", "a", "Unknown", "", "", "unnamed"));

	(void)state;
	assert_fact(&e, FACT_AV_FLAGS_TEXT, "MIC");
	assert_fact(&e, FACT_MIC, "Protected");
	assert_number(&e, FACT_AV_FLAGS, 2);
	assert_fact(&e, FACT_USER, "a");
	assert_int_equal(e.n_foreign, 2);
	assert_string_equal(foreign(&e, "Unknown"), "");
	assert_string_equal(foreign(&e, ""), "unnamed");
	e = event_of(NTLM, 4022, DATA("AvlFlags", "6", "AvlFlagsStr", "x", "Mic_Status", "y"));
	assert_number(&e, FACT_AV_FLAGS, 6);
	assert_fact(&e, FACT_AV_FLAGS_TEXT, "x");
	assert_fact(&e, FACT_MIC, "y");
}

static void test_twice(void **state)
{
	struct event e = event_of(NTLM, 4020, DATA("Username", "a", "UserName", "b"));

	(void)state;
	assert_fact(&e, FACT_USER, "a");
	assert_string_equal(foreign(&e, "UserName"), "b");
}

static void test_absent(void **state)
{
	static const char *const words[] = {"Null", "NULL", "(NULL)", "-"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct event e =
			event_of(NTLM, 8001, DATA("UserName", words[i], "CallerPID", words[i]));

		assert_fact(&e, FACT_USER, NULL);
		assert_fact(&e, FACT_PROCESS_ID, NULL);
		assert_int_equal(e.n_foreign, 0);
	}
	struct event e = event_of(NTLM, 8002, DATA("ProcessName", "", "ClientUserName", "null"));

	assert_fact(&e, FACT_PROCESS_NAME, "");
	assert_fact(&e, FACT_CLIENT_USER, "null");
}

static void test_odd(void **state)
{
	struct event e = event_of(NTLM, 8003,
				  DATA("CallerPID", "many", "InProc", "TRUE", "LogonType", "0x3"));

	(void)state;
	assert_fact(&e, FACT_PROCESS_ID, NULL);
	assert_string_equal(foreign(&e, "CallerPID"), "many");
	assert_int_equal(counts.values_odd, 1);
	assert_number(&e, FACT_IN_PROC, 1);
	assert_number(&e, FACT_LOGON_TYPE, 3);
}

static struct event reason(const char *id, const char *text)
{
	return event_of(NTLM, 4020,
			DATA("Username", "a", "NtlmUsageId", id, "NtlmUsageReason", text));
}

static void test_reasons(void **state)
{
	const char *name_unknown =
		"The target name could not be resolved by Kerberos or other protocols.";
	struct event e = reason("10", name_unknown);

	(void)state;
	assert_number(&e, FACT_REASON_ID, 6);
	assert_fact(&e, FACT_REASON, name_unknown);
	assert_string_equal(foreign(&e, "NtlmUsageId"), "10");
	assert_string_equal(foreign(&e, "NtlmUsageReason"), name_unknown);
	assert_int_equal(counts.reasons, 1);

	e = reason("10", "The target name contains an IP address"); /* without the full stop */
	assert_number(&e, FACT_REASON_ID, 7);
	assert_fact(&e, FACT_REASON, "The target name contains an IP address.");
	assert_int_equal(counts.reasons, 1);

	e = reason("7", "Der Zielname enthaelt eine IP-Adresse."); /* the number, and both stay */
	assert_number(&e, FACT_REASON_ID, 7);
	assert_fact(&e, FACT_REASON, "The target name contains an IP address.");
	assert_string_equal(foreign(&e, "NtlmUsageReason"),
			    "Der Zielname enthaelt eine IP-Adresse.");
	assert_int_equal(counts.reasons, 0);

	e = reason("12", "A new one."); /* of a Windows to come */
	assert_number(&e, FACT_REASON_ID, 12);
	assert_fact(&e, FACT_REASON, "A new one.");
	e = reason("Null", name_unknown);
	assert_number(&e, FACT_REASON_ID, 6);
	assert_int_equal(counts.reasons, 0);
	e = reason("x", "Null");
	assert_fact(&e, FACT_REASON_ID, NULL);
	assert_fact(&e, FACT_REASON, NULL);
}

static void test_anonymous(void **state)
{
	static const char *const users[] = {"ANONYMOUS LOGON", "", "Null"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct event e =
			event_of(NTLM, 4023, DATA("Username", users[i], "NtlmVersion", "NTLMv1"));

		assert_fact(&e, FACT_NTLM_VERSION, NULL);
		assert_fact(&e, FACT_NTLM_VERSION_DETAIL, "null session");
		assert_string_equal(foreign(&e, "NtlmVersion"), "NTLMv1");
		assert_int_equal(counts.anonymous, 1);
	}
	struct event e = event_of(NTLM, 4023, DATA("Username", "bob", "NtlmVersion", "NTLMv1"));

	assert_fact(&e, FACT_NTLM_VERSION, "NTLMv1");
	assert_int_equal(counts.anonymous, 0);
}

static struct event logon(const char *user, const char *sid, const char *package)
{
	return event_of(AUDITING, 4624,
			DATA("TargetUserName", user, "TargetUserSid", sid, "LmPackageName", package,
			     "LogonProcessName", "NtLmSsp ", "IpAddress", "10.0.0.1", "IpPort",
			     "445"));
}

static void test_security(void **state)
{
	struct event e = logon("ANONYME ANMELDUNG", "S-1-5-7", "NTLM V1");

	(void)state;
	assert_fact(&e, FACT_NTLM_VERSION, NULL);
	assert_fact(&e, FACT_NTLM_VERSION_DETAIL, "null session");
	assert_string_equal(foreign(&e, "LmPackageName"), "NTLM V1");
	assert_int_equal(counts.anonymous, 1);
	e = logon("bob", "S-1-5-21-1", "NTLM V1");
	assert_fact(&e, FACT_NTLM_VERSION, "NTLMv1");
	e = logon("bob", "S-1-5-21-1", "NTLM V2");
	assert_fact(&e, FACT_NTLM_VERSION, "NTLMv2");
	assert_number(&e, FACT_STATUS, 0);
	assert_number(&e, FACT_CLIENT_PORT, 445);
	assert_fact(&e, FACT_CLIENT_IP, "10.0.0.1");
	assert_int_equal(e.layout->role, ROLE_SERVER);
	e = logon("bob", "S-1-5-21-1", "LM");
	assert_fact(&e, FACT_NTLM_VERSION, "NTLMv1");
	assert_fact(&e, FACT_NTLM_VERSION_DETAIL, "LM");
	e = logon("bob", "S-1-5-21-1", "-");
	assert_fact(&e, FACT_NTLM_VERSION, NULL);
	assert_fact(&e, FACT_NTLM_VERSION_DETAIL, NULL);
	e = event_of(AUDITING, 4776, DATA("TargetUserName", "bob", "Status", "0xc000006a"));
	assert_number(&e, FACT_STATUS_TEXT, 0xc000006a);
	assert_int_equal(e.layout->role, ROLE_DOMAIN);
}

static void assert_other(const char *provider, unsigned id, const char *const *data)
{
	struct winlog_record r = record(provider, id, 0, data);
	struct event e;

	assert_int_equal(make(&r, &e), 0);
	assert_int_equal(counts.other, 1);
	assert_int_equal(counts.records, 1);
}

static void test_others(void **state)
{
	(void)state;
	assert_other(AUDITING, 4624,
		     DATA("AuthenticationPackageName", "Kerberos", "LmPackageName", "-"));
	assert_other(AUDITING, 4625, DATA("AuthenticationPackageName", "Negotiate"));
	assert_other(AUDITING, 4624, DATA("LogonProcessName", "NtLmSsp2"));
	assert_other("Somebody", 8001, DATA("UserName", "a"));
	assert_other(NTLM, 8004, DATA("UserName", "a")); /* Netlogon's */
	assert_other(NTLM, 70000, DATA("UserName", "a"));
	assert_other(NTLM, 4020 + 65536, DATA("UserName", "a"));
}

static void test_versions(void **state)
{
	static const unsigned ids[] = {4030, 4031, 4032, 4033};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		for (unsigned version = 0; version < 4; version++) {
			struct winlog_record r =
				record(NETLOGON, ids[i], version,
				       DATA("AccountName", "a", "NegotiatedFlags", "0x5"));
			struct event e;

			assert_int_equal(make(&r, &e), 1);
			assert_int_equal(e.layout->version, version ? 1 : 0);
			assert_fact(&e, FACT_USER, "a");
			if (version)
				assert_number(&e, FACT_FLAGS, 5);
			else
				assert_string_equal(foreign(&e, "NegotiatedFlags"), "0x5");
		}
}

static void test_limits(void **state)
{
	struct winlog_record r = record(NTLM, 8001, 0, DATA("UserName", "a"));
	struct arena small;
	struct event e = {.record = 99};

	(void)state;
	for (r.n_data = 0; r.n_data < WINLOG_DATA_MAX; r.n_data++)
		r.data[r.n_data] = (struct winlog_data){"x", "y"};
	r.n_data_lost = 3;
	r.has_time = false;
	assert_int_equal(make(&r, &e), 1);
	assert_int_equal(e.n_foreign, WINLOG_DATA_MAX);
	assert_int_equal(counts.fields_lost, 3);
	assert_int_equal(counts.times_lost, 1);
	arena_init(&small, 64);
	e.record = 99;
	assert_int_equal(winlog_event(&r, &small, &e, &counts), -ENOMEM);
	assert_int_equal(e.record, 99); /* untouched */
	arena_finish(&small);
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t number;
	} rows[] = {
		{"0", true, 0},
		{" 12 ", true, 12},
		{"0x3E7", true, 0x3e7},
		{"0x00000000000003e7", true, 0x3e7},
		{"18446744073709551615", true, UINT64_MAX},
		{"-1", true, UINT64_MAX},
		{"18446744073709551616", false, 0},
		{"0x10000000000000000", false, 0},
		{"", false, 0},
		{"0x", false, 0},
		{"-", false, 0},
		{"1a", false, 0},
		{"1 2", false, 0},
	};
	uint64_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		n = 4711;
		assert_int_equal(winlog_number(rows[i].text, &n), rows[i].good);
		assert_int_equal(n, rows[i].good ? rows[i].number : 4711);
	}
}

static void test_times(void **state)
{
	static const struct {
		const char *text;
		int64_t time; /* 0: none */
	} rows[] = {
		{"1970-01-01T00:00:01Z", 1000000000},
		{"1970-01-01 00:00:01.5", 1500000000},
		{"1970-01-01T01:00:01,000000001+01:00", 1000000001},
		{"1969-12-31T23:00:01-0100", 1000000000},
		{"2020-07-06T08:41:10.356858Z", 1594024870356858000},
		{"1970-01-01T00:00:01.123456789123Z", 1123456789},
		{"2262-04-11T23:47:17Z", 0},
		{"1600-01-01T00:00:00Z", 0},
		{"2024-02-29T00:00:00Z", 1709164800000000000},
		{"2024-02-30T00:00:00Z", 0},
		{"2023-02-29T00:00:00Z", 0},
		{"2100-02-29T00:00:00Z", 0},
		{"2024-04-31T00:00:00Z", 0},
		{"2024-04-30T00:00:00+24:00", 0},
		{"2024-04-30T00:00:00+10:60", 0},
		{"1970-13-01T00:00:01Z", 0},
		{"1970-01-01T24:00:01Z", 0},
		{"1970-01-01", 0},
		{"1970-01-01T00:00:01X", 0},
		{"1970-01-01T00:00:01+1", 0},
		{"", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t time = 0;

		assert_int_equal(winlog_time(rows[i].text, &time), rows[i].time != 0);
		assert_int_equal(time, rows[i].time);
	}
}

static void test_guids(void **state)
{
	static const uint8_t expected[16] = {0xe4, 0xd8, 0xd5, 0xc1, 0x4f, 0x7e, 0,    6,
					     0xc2, 0xd5, 0xd8, 0xe4, 0x7e, 0x4f, 0xd6, 1};
	static const char *const bad[] = {"",
					  "{}",
					  "{E4D8D5C1-4F7E-0006-C2D5-D8E47E4FD601",
					  "E4D8D5C1-4F7E-0006-C2D5-D8E47E4FD60",
					  "E4D8D5C14F7E0006C2D5D8E47E4FD601",
					  "E4D8D5C1-4F7E-0006-C2D5-D8E47E4FD601}"};
	uint8_t guid[16];

	(void)state;
	assert_true(winlog_guid("{E4D8D5C1-4F7E-0006-C2D5-D8E47E4FD601}", guid));
	assert_memory_equal(guid, expected, 16);
	assert_true(winlog_guid("e4d8d5c1-4f7e-0006-c2d5-d8e47e4fd601", guid));
	assert_memory_equal(guid, expected, 16);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(winlog_guid(bad[i], guid));
}

#define HEAD(literal) span_make(literal, sizeof(literal) - 1)

static void test_recognise(void **state)
{
	(void)state;
	assert_int_equal(winlog_recognise(HEAD("")), WINLOG_NONE);
	assert_int_equal(winlog_recognise(HEAD("ElfFile\0\0\0\0\0\0\0\0\0")), WINLOG_EVTX);
	assert_int_equal(winlog_recognise(HEAD(" \r\n<?xml")), WINLOG_XML);
	assert_int_equal(winlog_recognise(HEAD("\xff\xfe<\0E\0")), WINLOG_XML);
	assert_int_equal(winlog_recognise(HEAD("\xfe\xff\0<\0E")), WINLOG_XML);
	assert_int_equal(winlog_recognise(HEAD("<\0E\0")), WINLOG_XML);
	assert_int_equal(winlog_recognise(HEAD("\xef\xbb\xbf[{")), WINLOG_JSON);
	assert_int_equal(winlog_recognise(HEAD("{")), WINLOG_JSON);
	assert_int_equal(winlog_recognise(HEAD("tool 1\n\n<Event ")), WINLOG_XML);
	assert_int_equal(winlog_recognise(HEAD("plain text")), WINLOG_NONE);
	/* captures, among them a pcapng whose first block is as long as `<` */
	assert_int_equal(winlog_recognise(HEAD("\xd4\xc3\xb2\xa1\2\0\4\0<Event>")), WINLOG_NONE);
	assert_int_equal(winlog_recognise(HEAD("\n\r\r\n<\0\0\0\x4d\x3c\x2b\x1a")), WINLOG_NONE);
	assert_int_equal(winlog_recognise(HEAD("GMBU\0\2\1\0<Event>")), WINLOG_NONE);
}

/* ---- the readers without memory ---- */

static const char xml[] = "<Events><Event xmlns='x'><System><Provider Name='" NTLM
			  "'/><EventID>8002</EventID></System>"
			  "<EventData><Data Name='a\\u202eb'>x</Data></EventData>"
			  "<ntlmaudit><fact name='carrier'>SMB2</fact><evidence kind='x'/><data "
			  "name='y'>z</data></ntlmaudit>"
			  "</Event></Events>";
static const char json[] =
	"{\"System\":{\"Provider\":{\"Name\":\"" NTLM
	"\"},\"EventID\":8002,\"Keywords\":9232379236109516800},"
	"\"EventData\":{\"ProcessName\":\"a\\u0000b\",\"x\":[1,{\"a\":2}]}}\n"
	"{\"time\":\"2020-07-06T08:41:10Z\",\"event_id\":4020,\"record_id\":1,\"provider\":\"x\","
	"\"evidence\":[{}],"
	"\"warnings\":[\"a\",\"b\"],\"foreign\":[{\"name\":\"a\",\"value\":\"b\"}]}";

static int on_event(void *ctx, struct event *e)
{
	assert_non_null(e->layout);
	(*(uint64_t *)ctx)++;
	return 0;
}

static int on_finding(void *ctx, struct finding *f)
{
	(void)ctx;
	(void)f;
	return 0;
}

static void on_problem(void *ctx, const char *unit, uint64_t at, const char *where, const char *why)
{
	(void)ctx;
	(void)at;
	assert_non_null(unit);
	assert_non_null(where);
	assert_non_null(why);
}

static uint64_t read_events(enum winlog_kind kind, const char *bytes, size_t len,
			    uint64_t fail_from, int *ret_rc)
{
	static const struct winlog_input_ops ops = {on_event, on_finding, on_problem};
	struct winlog_input in = {.fd = memory_log_open(bytes, len), .kind = kind};
	uint64_t events = 0;

	mem_fail_from(fail_from);
	*ret_rc = winlog_read(&in, &ops, &events, &counts);
	mem_fail_from(0);
	close(in.fd);
	return events;
}

static void check_memory(enum winlog_kind kind, const char *bytes, size_t len, uint64_t expected)
{
	size_t before = mem_in_use();
	uint64_t events = 0;
	int rc = -1;

	for (uint64_t nth = 1; nth < 1000; nth++) {
		events = read_events(kind, bytes, len, nth, &rc);
		assert_int_equal(mem_in_use(), before);
		assert_true(rc == 0 || rc == -ENOMEM);
		assert_true(events <= expected);
	}
	assert_int_equal(rc, 0);
	assert_int_equal(events, expected);
}

static void test_memory(void **state)
{
	(void)state;
	check_memory(WINLOG_XML, xml, sizeof(xml) - 1, 1);
	check_memory(WINLOG_JSON, json, sizeof(json) - 1, 2);
}

/* Whoever takes the events may end the reading. */
static int on_stop(void *ctx, struct event *e)
{
	on_event(ctx, e);
	return -ECANCELED;
}

static void test_stop(void **state)
{
	static const struct winlog_input_ops ops = {on_stop, on_finding, on_problem};
	struct winlog_input in = {.fd = memory_log_open(json, sizeof(json) - 1),
				  .kind = WINLOG_JSON};
	uint64_t events = 0;

	(void)state;
	assert_int_equal(winlog_read(&in, &ops, &events, &counts), -ECANCELED);
	assert_int_equal(events, 1);
	close(in.fd);
	in.fd = -1;
	assert_int_equal(winlog_read(&in, &ops, &events, &counts), -EBADF);
}

/* ---- where blocks end ---- */

/* A pipe gives the text in pieces that end anywhere. */
static uint64_t read_in_pieces(enum winlog_kind kind, const char *bytes, size_t len, size_t piece)
{
	static const struct winlog_input_ops ops = {on_event, on_finding, on_problem};
	struct winlog_input in = {.kind = kind};
	uint64_t events = 0;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	in.fd = ends[0];
	if (fork() == 0) {
		for (size_t at = 0; at < len; at += piece) {
			size_t n = len - at < piece ? len - at : piece;

			if (write(ends[1], bytes + at, n) != (ssize_t)n)
				_exit(1);
			usleep(20);
		}
		_exit(0);
	}
	close(ends[1]);
	memset(&counts, 0, sizeof(counts));
	assert_int_equal(winlog_read(&in, &ops, &events, &counts), 0);
	assert_int_equal(counts.problems, 0);
	close(ends[0]);
	return events;
}

static void test_pieces(void **state)
{
	static const char wide[] = "\xef\xbb\xbf{\"SourceName\":\"" NTLM "\",\"EventID\":8002,"
				   "\"ProcessName\":\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"}";

	(void)state;
	for (size_t piece = 1; piece < 8; piece++) {
		assert_int_equal(read_in_pieces(WINLOG_XML, xml, sizeof(xml) - 1, piece), 1);
		assert_int_equal(read_in_pieces(WINLOG_JSON, json, sizeof(json) - 1, piece), 2);
		assert_int_equal(read_in_pieces(WINLOG_JSON, wide, sizeof(wide) - 1, piece), 1);
	}
}

static int begin(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_finish(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real),	  cmocka_unit_test(test_names),
		cmocka_unit_test(test_twice),	  cmocka_unit_test(test_absent),
		cmocka_unit_test(test_odd),	  cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_anonymous), cmocka_unit_test(test_security),
		cmocka_unit_test(test_others),	  cmocka_unit_test(test_versions),
		cmocka_unit_test(test_limits),	  cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_times),	  cmocka_unit_test(test_guids),
		cmocka_unit_test(test_recognise), cmocka_unit_test(test_memory),
		cmocka_unit_test(test_stop),	  cmocka_unit_test(test_pieces),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
