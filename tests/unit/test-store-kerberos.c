/* Who was seen to log on by Kerberos: kept once, with first and last, and as long as events are. */
#include "store-events.h"

#include "base/mem.h"

#include <errno.h>

static int tell(void *ctx, const struct store_kerberos *k)
{
	text_printf(ctx, "%s/%s %lld %lld;", k->user, k->domain,
		    (long long)((k->first - BEGIN) / HOUR), (long long)((k->last - BEGIN) / HOUR));
	return 0;
}

static void assert_told(struct log *l, int64_t since, int64_t until, const char *wanted)
{
	struct text out;

	text_init(&out, 4096);
	text_puts(&out, "");
	assert_int_equal(store_kerberos(l->s, since, until, tell, &out, &l->why), 0);
	assert_string_equal(out.ptr ? out.ptr : "", wanted);
	text_finish(&out);
}

static void saw(struct log *l, const char *user, const char *domain, int64_t time)
{
	assert_int_equal(store_add_kerberos(l->s, user, domain, time, &l->why), 0);
}

static void test_first_and_last(void **state)
{
	struct log *l = *state;

	saw(l, "alice", "CORP", BEGIN + 5 * HOUR);
	saw(l, "ALICE", "corp", BEGIN + 9 * HOUR);
	saw(l, "alice", "CORP", BEGIN + 7 * HOUR);
	saw(l, "alice", "PARTNER", BEGIN + 2 * HOUR);
	saw(l, "bob", "", BEGIN + 30 * HOUR);
	saw(l, "", "CORP", BEGIN);
	assert_int_equal(store_commit(l->s, &l->why), 0);
	assert_told(l, INT64_MIN, INT64_MAX, "alice/CORP 5 9;alice/PARTNER 2 2;bob/ 30 30;");
	log_again(l, STORE_READ);
	assert_told(l, INT64_MIN, INT64_MAX, "alice/CORP 5 9;alice/PARTNER 2 2;bob/ 30 30;");
	assert_told(l, BEGIN + 6 * HOUR, BEGIN + 7 * HOUR, "alice/CORP 5 9;");
	assert_told(l, BEGIN + 9 * HOUR + 1, INT64_MAX, "alice/CORP 5 9;bob/ 30 30;");
	assert_told(l, BEGIN + 10 * HOUR, INT64_MAX, "bob/ 30 30;");
	assert_told(l, INT64_MIN, BEGIN + 5 * HOUR, "alice/PARTNER 2 2;");
	assert_int_equal(store_add_kerberos(l->s, "eve", "", BEGIN, &l->why), -EROFS);
}

/* What a transaction that was given up wrote comes again, though it is the same hour. */
static void test_given_up(void **state)
{
	struct log *l = *state;
	struct event e = simple_event(4020, BEGIN, "alice");
	uint64_t record;

	saw(l, "alice", "CORP", BEGIN);
	assert_int_equal(store_commit(l->s, &l->why), 0);
	saw(l, "bob", "CORP", BEGIN);
	mem_fail_from(1);
	assert_int_not_equal(store_add(l->s, &e, &record, &l->why), 1);
	mem_fail_from(0);
	saw(l, "bob", "CORP", BEGIN + 1);
	assert_int_equal(store_commit(l->s, &l->why), 0);
	assert_told(l, INT64_MIN, INT64_MAX, "alice/CORP 0 0;bob/CORP 0 0;");
}

/* How far a source is read goes with what is committed, and with what is given up. */
static void test_places(void **state)
{
	struct log *l = *state;
	uint8_t place[8];
	size_t n = 0;

	assert_int_equal(store_place_get(l->s, "/a", place, sizeof(place), &n, &l->why), 0);
	assert_int_equal(store_place_put(l->s, "/a", span_str("one"), &l->why), 0);
	assert_int_equal(store_place_put(l->s, "/b", span_str("two"), &l->why), 0);
	assert_int_equal(store_place_put(l->s, "/b", span_str("three"), &l->why), 0);
	assert_int_equal(store_commit(l->s, &l->why), 0);
	assert_int_equal(store_place_put(l->s, "/a", span_str("lost"), &l->why), 0);
	log_again(l, STORE_WRITE);
	assert_int_equal(store_place_get(l->s, "/a", place, sizeof(place), &n, &l->why), 1);
	assert_true(n == 3 && memcmp(place, "one", 3) == 0);
	assert_int_equal(store_place_get(l->s, "/b", place, sizeof(place), &n, &l->why), 1);
	assert_true(n == 5 && memcmp(place, "three", 5) == 0);
	assert_int_equal(store_place_get(l->s, "/b", place, 2, &n, &l->why), 0);
	log_again(l, STORE_READ);
	assert_int_equal(store_place_put(l->s, "/a", span_str("x"), &l->why), -EROFS);
}

static void test_long_names(void **state)
{
	struct log *l = *state;
	char name[600];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	saw(l, name, "CORP", BEGIN);
	saw(l, "x", name, BEGIN);
	assert_int_equal(store_commit(l->s, &l->why), 0);
	assert_told(l, INT64_MIN, INT64_MAX, "");
}

/* They go with the events of their time. */
static void test_retention(void **state)
{
	const struct store_limits limits = {.max_days = 10};
	struct log *l = *state;
	uint64_t record;

	for (int day = 0; day < 20; day++) {
		struct event e = simple_event(4020, BEGIN + day * DAY, "alice");

		assert_int_equal(store_add(l->s, &e, &record, &l->why), 1);
	}
	saw(l, "early", "CORP", BEGIN + DAY);
	saw(l, "always", "CORP", BEGIN + DAY);
	saw(l, "always", "CORP", BEGIN + 19 * DAY);
	assert_int_equal(store_commit(l->s, &l->why), 0);
	assert_true(store_retain(l->s, &limits, BEGIN + 19 * DAY, &l->why) >= 0);
	assert_told(l, INT64_MIN, INT64_MAX, "always/CORP 24 456;");
	saw(l, "early", "CORP", BEGIN + 19 * DAY);
	assert_int_equal(store_commit(l->s, &l->why), 0);
	assert_told(l, INT64_MIN, INT64_MAX, "always/CORP 24 456;early/CORP 456 456;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_first_and_last, log_setup, log_teardown),
		cmocka_unit_test_setup_teardown(test_given_up, log_setup, log_teardown),
		cmocka_unit_test_setup_teardown(test_places, log_setup, log_teardown),
		cmocka_unit_test_setup_teardown(test_long_names, log_setup, log_teardown),
		cmocka_unit_test_setup_teardown(test_retention, log_setup, log_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
