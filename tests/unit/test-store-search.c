#include "store-events.h"

#include "store/match.h"

#include <errno.h>

/* ---- wildcards ---- */

static void wildcards(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} rows[] = {
		{"alice", "Alice", true},
		{"alice", "alic", false},
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "anything", true},
		{"a*", "b", false},
		{"*a*b", "xaxbab", true},
		{"*a*b", "xaxba", false},
		{"?", "", false},
		{"?", "\xe2\x82\xac", true},
		{"a?c", "ABC", true},
		{"a?c", "ac", false},
		{"**x**", "x", true},
		{"\xc3\x84*", "\xc3\xa4x", true},
		{"\xd0\x94", "\xd0\xb4", true},
		{"a*b*c", "a.b.b.c", true},
		{"*\xff", "\xfe", true},
		{"\xc5\x81\xc3\x93"
		 "D\xc5\xb9",
		 "\xc5\x82\xc3\xb3"
		 "d\xc5\xba",
		 true}, /* Polish: Latin Extended-A */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (match_wildcard(rows[i].pattern, rows[i].text) != rows[i].matches)
			fail_msg("%s / %s", rows[i].pattern, rows[i].text);
	}
}

/* An attacker's name against somebody's pattern: not exponential. */
static void wildcards_end_in_time(void **state)
{
	char pattern[201], text[5001];

	(void)state;
	for (size_t i = 0; i < 200; i += 2)
		memcpy(pattern + i, "*a", 2);
	pattern[199] = 'b';
	pattern[200] = '\0';
	memset(text, 'a', 5000);
	text[5000] = '\0';
	assert_false(match_wildcard(pattern, text));
}

/* ---- what a log with several blocks finds is what a look at every event finds ---- */

enum { EVENTS = 10000 };

static struct event nth_event(size_t i)
{
	static char user[32], server[32], address[32];
	struct event e = simple_event(i % 7 ? 4022 : 4023, BEGIN + (int64_t)i * 1000000, user);

	snprintf(user, sizeof(user), "user%zu", i % 97);
	snprintf(server, sizeof(server), "Server%zu", i % 50);
	snprintf(address, sizeof(address), "10.0.%zu.%zu", i % 4, i % 200);
	event_set_text(&e, FACT_TARGET_MACHINE, server);
	event_set_text(&e, FACT_CLIENT_IP, address);
	event_set_number(&e, FACT_REASON_ID, i % 12);
	if (i == 5000)
		event_set_text(&e, FACT_PROCESS_NAME, "needle.exe");
	if (i % 10 == 3)
		event_set_status(&e, 0xc000006d);
	memcpy(e.activity, &i, sizeof(i));
	return e;
}

static int fill_setup(void **state)
{
	struct log *l;

	if (log_setup(state) < 0)
		return -1;
	l = *state;
	for (size_t i = 0; i < EVENTS; i++) {
		struct event e = nth_event(i);

		(void)add(l, &e, 1);
		if (i % 3000 == 2999)
			assert_int_equal(store_commit(l->s, &l->why), 0);
	}
	return store_commit(l->s, &l->why);
}

struct found {
	uint64_t n, last;
	bool *seen;
	bool back;
};

static int note(void *ctx, const struct event *e)
{
	struct found *f = ctx;

	if (f->n)
		assert_true(f->back ? e->record < f->last : e->record > f->last);
	f->last = e->record;
	f->n++;
	f->seen[e->record] = true;
	return 0;
}

/* Both ways, and with a limit. */
static void assert_search(struct log *l, struct store_query *q)
{
	static bool expected[EVENTS + 1], seen[EVENTS + 1];
	struct found f = {.seen = seen};
	struct match m;
	uint64_t n = 0;

	assert_int_equal(match_init(&m, q, &l->why), 0);
	for (size_t i = 0; i < EVENTS; i++) {
		struct event e = nth_event(i);

		e.record = i + 1;
		expected[i + 1] = match_event(&m, &e);
		n += expected[i + 1];
	}
	match_finish(&m);
	for (int back = 0; back < 2; back++) {
		memset(seen, 0, sizeof(seen));
		f = (struct found){.seen = seen, .back = back};
		q->newest_first = back;
		assert_int_equal(store_search(l->s, q, note, &f, &l->why), 0);
		assert_int_equal(f.n, n);
		assert_memory_equal(seen, expected, sizeof(seen));
	}
	q->limit = n > 3 ? n / 2 : 0;
	f = (struct found){.seen = seen, .back = true};
	assert_int_equal(store_search(l->s, q, note, &f, &l->why), 0);
	assert_int_equal(f.n, q->limit ? q->limit : n);
}

static void every_part_of_a_query(void **state)
{
	static const struct store_query rows[] = {
		{.user = "USER13"},
		{.user = "corp\\user1*"},
		{.user = "other\\user1*"},
		{.user = "nobody"},
		{.server = "server4?"},
		{.client = "cl1"},
		{.client = "10.0.3.*"},
		{.address = "10.0.2.0/24"},
		{.address = "10.0.1.1"},
		{.address = "2001:db8::/32"},
		{.process = "needle*"},
		{.spn = "cifs/*"},
		{.has_reason = true, .reason = 7},
		{.has_outcome = true, .outcome = OUTCOME_FAILED},
		{.has_outcome = true, .outcome = OUTCOME_OK, .user = "user5"},
		{.has_outcome = true, .outcome = OUTCOME_UNKNOWN},
		{.ids = {4023}, .n_ids = 1},
		{.max_level = LEVEL_WARNING},
		{.text = "NEEDLE"},
		{.text = "rver17"},
		{.has_record = true, .record = 4096},
		{.has_record = true, .record = 9999},
		{.has_record = true, .record = EVENTS + 1},
		{.has_activity = true, .activity = {0x34, 0x12}},
		{.after = 4095, .user = "user7"},
		{.after = 9000},
		{.after = EVENTS},
		{.version = "NTLMv1"},
		{.domain = "c?rp", .server = "Server3"},
	};
	struct log *l = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct store_query q = rows[i];

		q.since = i % 3 == 1 ? BEGIN + 3000 * INT64_C(1000000) : INT64_MIN;
		q.until = i % 3 == 2 ? BEGIN + 8200 * INT64_C(1000000) : INT64_MAX;
		assert_search(l, &q);
	}
}

static int stop_at_third(void *ctx, const struct event *e)
{
	(void)e;
	return ++*(int *)ctx == 3 ? 42 : 0;
}

static void who_reads_may_stop(void **state)
{
	struct log *l = *state;
	struct store_query q;
	int n = 0;

	store_query_init(&q);
	assert_int_equal(store_search(l->s, &q, stop_at_third, &n, &l->why), 42);
	assert_int_equal(n, 3);
}

/* Windows' own logs have them. */
static void a_mapped_address_is_its_ipv4_one(void **state)
{
	static const struct {
		const char *asked, *text;
		bool matches;
	} rows[] = {
		{"10.0.0.0/8", "::ffff:10.1.2.3", true},
		{"::ffff:10.1.2.3", "10.1.2.3", true},
		{"::ffff:10.0.0.0/104", "10.1.2.3", true},
		{"::ffff:10.0.0.0/104", "::ffff:a01:203", true},
		{"11.0.0.0/8", "::ffff:10.1.2.3", false},
		{"::/0", "::ffff:10.1.2.3", false},
		{"2001:db8::/32", "2001:db8::1", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct store_query q = {.until = INT64_MAX, .address = rows[i].asked};
		struct event e = nth_event(0);
		struct match m;

		e.record = 1;
		event_set_text(&e, FACT_CLIENT_IP, rows[i].text);
		assert_int_equal(match_init(&m, &q, NULL), 0);
		assert_int_equal(match_event(&m, &e), rows[i].matches);
		match_finish(&m);
	}
}

static void an_address_that_is_none(void **state)
{
	static const char *const texts[] = {"10.0.0", "10.0.0.0/33", "10.0.0.0/", "::/129",
					    "x",      "10.0.0.0/8x", "",	  "/8"};
	struct log *l = *state;
	struct store_query q;
	int n = 0;

	store_query_init(&q);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		q.address = texts[i];
		assert_int_equal(store_search(l->s, &q, stop_at_third, &n, &l->why), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wildcards),
		cmocka_unit_test(wildcards_end_in_time),
		cmocka_unit_test_setup_teardown(every_part_of_a_query, fill_setup, log_teardown),
		cmocka_unit_test_setup_teardown(who_reads_may_stop, fill_setup, log_teardown),
		cmocka_unit_test(a_mapped_address_is_its_ipv4_one),
		cmocka_unit_test_setup_teardown(an_address_that_is_none, log_setup, log_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
