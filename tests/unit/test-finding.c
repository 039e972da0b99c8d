/* Findings and evidence in every format: exact output, strangers' names, and what --explain adds. */
#include "unit.h"

#include "base/mem.h"
#include "format/format.h"
#include "format/prose.h"

#include <stdlib.h>

static const struct format_style plain = {.colour = false};
static const struct format_style explaining = {.explain = true};

/* 2026-11-22T14:00:00.1234567Z and 89 ns */
#define NOON INT64_C(1795356000123456789)
#define HOSTILE "\" ]]><x a='\\&\n\033[31m\xe2\x80\xae\xff"

static const struct evidence observed[] = {
	{"dns-failed", INT64_C(61250000000), 3, "10.0.0.1", "fs9.corp.example", "NXDOMAIN"},
	{"kerberos-error", 12345678, 17, "10.77.0.10", "cifs/fs9.corp.example",
	 "KDC_ERR_S_PRINCIPAL_UNKNOWN"},
	{"dc-unanswered", 0, 0, "2001:db8::10", NULL, NULL},
};

static struct event logon(uint16_t id)
{
	struct event e = {.layout = event_layout_find(id),
			  .record = 7,
			  .time = NOON,
			  .computer = "WS02",
			  .evidence = observed,
			  .n_evidence = 3};

	event_set_text(&e, FACT_EVIDENCE, "the KDC does not know fs9");
	return e;
}

static struct finding relay(void)
{
	return (struct finding){.id = FINDING_RELAY,
				.time = NOON,
				.sentence = "10.0.0.66 passed a logon on",
				.source_ip = "10.0.0.66",
				.target_ip = "10.0.0.9",
				.user = "alice",
				.domain = "CORP",
				.count = 2,
				.records = {3, 4, 7},
				.n_records = 3,
				.capture = "office.pcap",
				.frame = 99};
}

static char *render_event(const char *name, const struct format_style *style, const struct event *e)
{
	struct text out;

	text_init(&out, 0);
	format_find(name)->event(&out, style, e);
	assert_false(out.failed);
	return out.ptr;
}

static char *render(const char *name, const struct format_style *style, const struct finding *f)
{
	struct text out;

	text_init(&out, 0);
	format_find(name)->finding(&out, style, f);
	assert_false(out.failed);
	assert_int_equal(strlen(out.ptr), out.len);
	return out.ptr;
}

static void ends_with(char *got, const char *tail)
{
	size_t len = strlen(got), n = strlen(tail);

	if (len < n || strcmp(got + len - n, tail) != 0)
		fail_msg("no %s at the end of %s", tail, got);
	mem_free(got);
}

static void begins_with(char *got, const char *head)
{
	if (strncmp(got, head, strlen(head)) != 0)
		fail_msg("no %s at the start of %s", head, got);
	mem_free(got);
}

static void lacks(char *got, const char *part)
{
	if (strstr(got, part))
		fail_msg("%s in %s", part, got);
	mem_free(got);
}

/* Every kind has all its words, and keys are unique keywords. */
static void test_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < FINDING__COUNT; i++) {
		const struct finding_kind *k = &finding_kinds[i];

		assert_non_null(k->key);
		assert_true(strlen(k->title) > 5);
		assert_true(strlen(k->about) > 100);
		assert_true(strlen(k->wrong) > 100);
		assert_int_equal(strspn(k->key, "abcdefghijklmnopqrstuvwxyz-"), strlen(k->key));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(k->key, finding_kinds[j].key);
	}
	assert_int_equal(finding_kinds[FINDING_RELAY].severity, SEVERITY_HIGH);
	assert_string_equal(finding_severity_name(SEVERITY_MEDIUM), "medium");
}

static void test_short(void **state)
{
	struct finding f = relay();
	struct text out;

	(void)state;
	begins_with(render("short", &plain, &f),
		    "2026-11-22T14:00:00.123Z  FINDING high relay: 10.0.0.66 passed a logon on "
		    "[events 3, 4, 7]\n");
	f.n_records = 0;
	f.sentence = NULL;
	ends_with(render("short", &plain, &f), "FINDING high relay: NTLM relay\n");
	text_init(&out, 0);
	prose_finding(&out, &finding_kinds[FINDING_RELAY], 4);
	ends_with(render("short", &explaining, &f), out.ptr);
	text_finish(&out);
}

static void test_text(void **state)
{
	struct finding f = relay();

	(void)state;
	begins_with(render("text", &plain, &f), "Finding[relay]: NTLM relay\n"
						"  Date: 2026-11-22T14:00:00.1234567Z\n"
						"  Severity: high\n"
						"  Description:\n"
						"10.0.0.66 passed a logon on\n"
						"\n"
						"\tSource IP:\t10.0.0.66\n"
						"\tTarget IP:\t10.0.0.9\n"
						"\tUsername:\talice\n"
						"\tDomain:\tCORP\n"
						"\tCount:\t2\n"
						"\tEvents:\t3, 4, 7\n"
						"\tCapture:\toffice.pcap\n"
						"\tPacket:\t99\n"
						"\n"
						"The same server challenge");
}

static void test_json(void **state)
{
	struct finding f = relay();

	(void)state;
	begins_with(render("json", &plain, &f),
		    "{\"time\":\"2026-11-22T14:00:00.1234567Z\",\"finding\":\"relay\","
		    "\"severity\":\"high\",\"title\":\"NTLM relay\","
		    "\"sentence\":\"10.0.0.66 passed a logon on\",\"records\":[3,4,7],"
		    "\"source_ip\":\"10.0.0.66\",\"target_ip\":\"10.0.0.9\",\"user\":\"alice\","
		    "\"domain\":\"CORP\",\"count\":2,\"source\":\"office.pcap\",\"frame\":99,"
		    "\"explanation\":\"The same server challenge");
	lacks(render("json", &plain, &f), "event_id");
	f = (struct finding){.id = FINDING_SPRAY};
	begins_with(render("json", &plain, &f),
		    "{\"time\":\"1970-01-01T00:00:00.0000000Z\",\"finding\":\"spray\","
		    "\"severity\":\"medium\",\"title\":\"password spraying\",\"sentence\":null,"
		    "\"records\":[],\"source_ip\":null,\"target_ip\":null,\"user\":null,"
		    "\"domain\":null,\"count\":null,\"source\":null,\"frame\":null,");
}

static void test_xml(void **state)
{
	struct finding f = relay();

	(void)state;
	begins_with(render("xml", &plain, &f),
		    "<finding xmlns='urn:ntlmaudit:event:1' key='relay' severity='high' "
		    "time='2026-11-22T14:00:00.1234567Z'><title>NTLM relay</title>"
		    "<sentence>10.0.0.66 passed a logon on</sentence><record>3</record>"
		    "<record>4</record><record>7</record><source_ip>10.0.0.66</source_ip>"
		    "<target_ip>10.0.0.9</target_ip><user>alice</user><domain>CORP</domain>"
		    "<count>2</count><source>office.pcap</source><frame>99</frame><explanation>");
	ends_with(render("xml", &plain, &f), "</false_alarm></finding>\n");
}

/* More records than there is room for are not read. */
static void test_many_records(void **state)
{
	struct finding f = relay();

	(void)state;
	for (size_t i = 0; i < FINDING_RECORDS_MAX; i++)
		f.records[i] = 5;
	f.n_records = SIZE_MAX;
	ends_with(render("short", &plain, &f),
		  "[events 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5]\n");
}

static void test_evidence_machines(void **state)
{
	struct event e = logon(4020);

	(void)state;
	ends_with(render_event("json", &plain, &e),
		  "\"evidence_text\":\"the KDC does not know fs9\",\"evidence\":["
		  "{\"kind\":\"dns-failed\",\"before_ms\":61250.000,\"packet\":3,"
		  "\"peer\":\"10.0.0.1\",\"name\":\"fs9.corp.example\",\"code\":\"NXDOMAIN\"},"
		  "{\"kind\":\"kerberos-error\",\"before_ms\":12.345,\"packet\":17,"
		  "\"peer\":\"10.77.0.10\",\"name\":\"cifs/fs9.corp.example\","
		  "\"code\":\"KDC_ERR_S_PRINCIPAL_UNKNOWN\"},"
		  "{\"kind\":\"dc-unanswered\",\"before_ms\":0.000,\"packet\":null,"
		  "\"peer\":\"2001:db8::10\",\"name\":null,\"code\":null}]}\n");
	ends_with(render_event("xml", &plain, &e),
		  "<fact name='evidence_text'>the KDC does not know fs9</fact>"
		  "<evidence kind='dns-failed' before_ms='61250.000' packet='3' peer='10.0.0.1' "
		  "name='fs9.corp.example' code='NXDOMAIN'/>"
		  "<evidence kind='kerberos-error' before_ms='12.345' packet='17' "
		  "peer='10.77.0.10' name='cifs/fs9.corp.example' "
		  "code='KDC_ERR_S_PRINCIPAL_UNKNOWN'/>"
		  "<evidence kind='dc-unanswered' before_ms='0.000' peer='2001:db8::10'/>"
		  "</ntlmaudit></Event>\n");
}

#define EXPLAINED(i)                                                                               \
	i "why: the KDC does not know fs9\n" i                                                     \
	  "     61.250 s before  packet 3       10.0.0.1         NXDOMAIN                     "    \
	  "fs9.corp.example\n" i                                                                   \
	  "    12.345 ms before  packet 17      10.77.0.10       KDC_ERR_S_PRINCIPAL_UNKNOWN  "    \
	  "cifs/fs9.corp.example\n" i                                                              \
	  "    at the same time                 2001:db8::10     dc-unanswered\n"

static void test_evidence_people(void **state)
{
	struct event e = logon(4021);

	(void)state;
	ends_with(render_event("short", &explaining, &e), EXPLAINED("    "));
	ends_with(render_event("text", &explaining, &e), "ntlmlogandblock.\n" EXPLAINED("  ") "\n");
	lacks(render_event("short", &plain, &e), "why:");
	lacks(render_event("text", &plain, &e), "why:");
	event_set_text(&e, FACT_EVIDENCE, NULL);
	event_set_text(&e, FACT_REASON, event_reason_text(0));
	e.n_evidence = 0;
	ends_with(render_event("short", &explaining, &e), "    why: Unknown Reason.\n");
}

/* Why is the client's to know. */
static void test_server_has_none(void **state)
{
	struct event e = logon(4023);

	(void)state;
	lacks(render_event("json", &plain, &e), "\"evidence\":");
	lacks(render_event("xml", &plain, &e), "<evidence");
	lacks(render_event("short", &explaining, &e), "why:");
	lacks(render_event("text", &explaining, &e), "why:");
}

static void check_tame(char *got)
{
	for (const char *s = got; *s; s++)
		assert_true(*s == '\n' || *s == '\t' || strncmp(s, "\r\n", 2) == 0 ||
			    (unsigned char)*s >= 0x20);
	assert_null(strstr(got, "\xe2\x80\xae"));
	assert_null(strchr(got, '\xff'));
	mem_free(got);
}

static void test_hostile(void **state)
{
	struct finding f = relay();
	struct evidence v = {HOSTILE, -1500, 1, HOSTILE, HOSTILE, HOSTILE};
	struct event e = logon(4020);

	(void)state;
	f.sentence = f.source_ip = f.target_ip = f.user = f.domain = f.capture = HOSTILE;
	e.evidence = &v;
	e.n_evidence = 1;
	for (const struct format *format = formats; format->name; format++) {
		check_tame(render(format->name, &explaining, &f));
		check_tame(render_event(format->name, &explaining, &e));
	}
	lacks(render("xml", &plain, &f), "<x");
	lacks(render("json", &plain, &f), "\"\\\" ]]><x a='\\&");
	ends_with(render("short", &plain, &f), "[events 3, 4, 7]\n");
}

static void test_milliseconds(void **state)
{
	static const struct {
		int64_t before;
		const char *json;
	} rows[] = {
		{999, "\"before_ms\":0.000,"},
		{-999, "\"before_ms\":0.000,"},
		{-1000, "\"before_ms\":-0.001,"},
		{INT64_MIN, "\"before_ms\":-9223372036854.775,"},
		{INT64_MAX, "\"before_ms\":9223372036854.775,"},
	};
	struct evidence v = {.kind = "x"};
	struct event e = logon(4020);

	(void)state;
	e.evidence = &v;
	e.n_evidence = 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *got;

		v.before = rows[i].before;
		got = render_event("json", &plain, &e);
		assert_non_null(strstr(got, rows[i].json));
		mem_free(got);
		mem_free(render_event("short", &explaining, &e));
	}
}

static void check_fold(const char *s, size_t indent, const char *expected)
{
	struct text out;

	text_init(&out, 0);
	text_puts(&out, "");
	prose_fold(&out, s, indent);
	assert_string_equal(out.ptr ? out.ptr : "", expected);
	text_finish(&out);
}

static void test_fold(void **state)
{
#define TEN "123456789 "
#define LONG_END TEN TEN TEN TEN TEN TEN TEN TEN "123456789"
#define LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN
	(void)state;
	check_fold("", 2, "");
	check_fold("a b", 2, "  a b\n");
	check_fold("a\n\nb", 1, " a\n\n b\n");
	check_fold(LONG "123456", 0, LONG "123456\n");
	check_fold(LONG "1234567", 1, " " LONG_END "\n 1234567\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_xml),
		cmocka_unit_test(test_many_records),
		cmocka_unit_test(test_evidence_machines),
		cmocka_unit_test(test_evidence_people),
		cmocka_unit_test(test_server_has_none),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_milliseconds),
		cmocka_unit_test(test_fold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
