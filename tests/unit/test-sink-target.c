/* Targets as people write them, and the messages and IDs that are made of records. */
#include "unit.h"

#include "sink/journal-field.h"
#include "sink/message-id.h"
#include "sink/sink.h"
#include "sink/syslog.h"
#include "sink/target.h"

#include <errno.h>

static void assert_target(const char *target, const char *problem)
{
	struct sink s;
	struct text why;
	int rc;

	text_init(&why, 4096);
	rc = sink_init(&s, target, &why);
	if (problem) {
		assert_int_equal(rc, -EINVAL);
		if (!strstr(why.ptr, problem))
			fail_msg("%s: %s", target, why.ptr);
	} else {
		if (rc < 0)
			fail_msg("%s: %s", target, why.ptr);
		assert_null(s.state);
		assert_string_equal(s.target, target);
	}
	text_finish(&why);
}

static void targets(void **state)
{
	static const char *const good[] = {
		"journald",
		"journald:/run/systemd/journal.x/socket",
		"file:/a",
		"file:/a%3Fb?format=xml&max-mib=0&keep=1000",
		"syslog+udp://h",
		"syslog+udp://h/",
		"syslog+udp://192.0.2.1:65535?max-bytes=65000",
		"syslog+tcp://[2001:db8::1]",
		"syslog+tcp://[::ffff:192.0.2.1]:1?facility=local7&format=cef",
		"syslog+tls://logs.corp.example?ca=/a%20b&cert=/c&key=/k&format=sd",
	};
	static const char *const bad[][2] = {
		{"", "should be journald,"},
		{"journal", "should be"},
		{"journald:", "absolute path"},
		{"journald:/x?format=json", "no option 'format'"},
		{"file:", "absolute path"},
		{"file:a", "absolute path"},
		{"file:/a/", "absolute path"},
		{"file:/a%0", "absolute path"},
		{"file:/a%00", "absolute path"},
		{"file:/a\nb", "control characters"},
		{"file:/a?keep", "keep should be"},
		{"file:/a?keep=", "keep should be"},
		{"file:/a?keep=1001", "keep should be"},
		{"file:/a?max-mib=1e3", "max-mib should be"},
		{"file:/a?max-mib=99999999999999999999", "max-mib should be"},
		{"file:/a?=1", "no option ''"},
		{"syslog+udp://", "a host"},
		{"syslog+udp://h:", "a host"},
		{"syslog+udp://h:0", "a host"},
		{"syslog+udp://h:65536", "a host"},
		{"syslog+udp://h:514x", "a host"},
		{"syslog+udp://h/x", "a host"},
		{"syslog+udp://a b", "a host"},
		{"syslog+udp://[::1", "a host"},
		{"syslog+udp://[::1]514", "a host"},
		{"syslog+udp://[]", "a host"},
		{"syslog+udp://2001:db8::1", "a host"},
		{"syslog+udp://h?max-bytes=479", "max-bytes should be"},
		{"syslog+udp://h?ca=/x", "no option 'ca'"},
		{"syslog+tls://h?key=/x", "go together"},
		{"syslog+tcp://h?facility=11", "facility should be"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_target(good[i], NULL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_target(bad[i][0], bad[i][1]);
}

static void hosts_and_paths(void **state)
{
	char host[256], port[6], path[32];
	struct text why;

	(void)state;
	text_init(&why, 0);
	assert_int_equal(target_host("[2001:db8::1]:99?x=y", "514", host, port, &why), 0);
	assert_string_equal(host, "2001:db8::1");
	assert_string_equal(port, "99");
	assert_int_equal(target_host("h", "514", host, port, &why), 0);
	assert_string_equal(port, "514");
	assert_int_equal(target_path("/a%3f%25%41?x", path, sizeof(path), &why), 0);
	assert_string_equal(path, "/a?%A");
	assert_int_equal(target_path("/0123456789012345678901234567890", path, sizeof(path), &why),
			 -EINVAL);
	text_finish(&why);
}

/* An event without a row would share its MESSAGE_ID with others. */
static void each_kind_has_an_id(void **state)
{
	const char *ids[256] = {message_id_event(UINT16_MAX)};
	size_t n = 1;

	(void)state;
	for (size_t i = 0; i < n_event_layouts; i++)
		if (i == 0 || event_layouts[i].id != event_layouts[i - 1].id)
			ids[n++] = message_id_event(event_layouts[i].id);
	for (int f = 0; f < FINDING__COUNT; f++)
		ids[n++] = message_id_finding((enum finding_id)f);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(strlen(ids[i]), 32);
		assert_int_equal(strspn(ids[i], "0123456789abcdef"), 32);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(ids[i], ids[j]);
	}
}

/* RFC 5424, section 6: PARAM-NAME has 1 to 32 characters, none of '=', SP, ']' and '"'; so has MSGID. */
static void names_are_what_syslog_allows(void **state)
{
	(void)state;
	for (enum fact f = 0; f < FACT__COUNT; f++) {
		assert_in_range(strlen(facts[f].key), 1, 32);
		assert_int_equal(strspn(facts[f].key, "abcdefghijklmnopqrstuvwxyz0123456789_"),
				 strlen(facts[f].key));
	}
	for (int i = 0; i < FINDING__COUNT; i++)
		assert_in_range(strlen(finding_kinds[i].key), 1, 32);
}

static struct event some_event(const char *user)
{
	struct event e = {.layout = event_layout_find(4021),
			  .record = 7,
			  .time = INT64_C(1774000000123456789),
			  .computer = "CL1"};

	event_set_text(&e, FACT_USER, user);
	event_set_text(&e, FACT_DOMAIN, "CORP");
	return e;
}

static void assert_has(const struct syslog_message *m, const char *part)
{
	if (!strstr(m->out.ptr, part))
		fail_msg("no %s in %s", part, m->out.ptr);
}

static void a_message(void **state)
{
	struct syslog_settings c = {.facility = 10, .max_bytes = 8192};
	struct event e = some_event("a\"b\\c]d\n\xe2\x80\xae");
	struct syslog_message m;

	(void)state;
	syslog_message_init(&m, &c);
	assert_int_equal(syslog_message_event(&m, &e), 0);
	assert_memory_equal(m.out.ptr, "<84>1 2026-03-20T09:46:40.123456Z ", 34);
	assert_has(&m, " ntlmaudit - 4021 [ntlm@32473 event_id=\"4021\" record_id=\"7\" ");
	assert_has(&m, " user=\"a\\\"b\\\\c\\]d\\\\u000a\\\\u202e\" domain=\"CORP\"]");
	assert_has(&m, "\"] 2026-03-20T09:46:40.123Z  ! 4021 client");
	assert_false(m.is_cut);
	e = some_event("\xc3\xa4");
	assert_int_equal(syslog_message_event(&m, &e), 0);
	assert_has(&m, "\"] \xef\xbb\xbf"
		       "2026-");
	e.time = INT64_MIN;
	assert_int_equal(syslog_message_event(&m, &e), 0);
	syslog_message_finish(&m);
}

/* At every size: never longer than it may be, no half parameter, no half character. */
static void a_message_that_is_cut(void **state)
{
	struct syslog_settings c = {.facility = 10};
	struct event e = some_event("\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4]]]]\xc3\xa4\xc3\xa4");
	struct syslog_message m;
	size_t whole;

	(void)state;
	syslog_message_init(&m, &c);
	c.max_bytes = 8192;
	assert_int_equal(syslog_message_event(&m, &e), 0);
	whole = m.out.len;
	for (c.max_bytes = SYSLOG_MIN_BYTES; c.max_bytes < whole + 20; c.max_bytes++) {
		size_t quotes = 0, slashes = 0;
		const char *p;

		assert_int_equal(syslog_message_event(&m, &e), 0);
		assert_in_range(m.out.len, 1, c.max_bytes);
		assert_int_equal(strstr(m.out.ptr, " truncated=\"1\"]") != NULL, m.is_cut);
		if (c.max_bytes >= whole)
			assert_false(m.is_cut && m.out.len == whole);
		p = strchr(m.out.ptr, '[');
		assert_non_null(p);
		for (; *p && (*p != ']' || slashes % 2); p++) {
			slashes = *p == '\\' ? slashes + 1 : 0;
			quotes += *p == '"';
		}
		assert_true(*p == ']' && quotes % 2 == 0);
		if (m.out.ptr[m.out.len - 1] & 0x80) /* the last of an "ä" of two bytes, or BOM */
			assert_true((m.out.ptr[m.out.len - 1] & 0xc0) == 0x80);
	}
	syslog_message_finish(&m);
}

static void a_field_of_the_journal(void **state)
{
	static const char two[] = "A=b\nC\n\x07\0\0\0\0\0\0\0"
				  "d\nE=f\ng\n";
	struct text out;

	(void)state;
	text_init(&out, 0);
	journal_put_field(&out, "A", "b");
	journal_put_field(&out, "C", "d\nE=f\ng");
	assert_int_equal(out.len, sizeof(two) - 1);
	assert_memory_equal(out.ptr, two, sizeof(two) - 1);
	text_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets),
		cmocka_unit_test(hosts_and_paths),
		cmocka_unit_test(each_kind_has_an_id),
		cmocka_unit_test(names_are_what_syslog_allows),
		cmocka_unit_test(a_message),
		cmocka_unit_test(a_field_of_the_journal),
		cmocka_unit_test(a_message_that_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
