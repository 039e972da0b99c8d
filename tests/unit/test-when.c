#include "unit.h"

#include "base/clock.h"
#include "cmd/when.h"

#include <errno.h>
#include <stdio.h>

/* 2026-11-22T14:00:00.5Z */
#define NOW (INT64_C(1795356000) * NSEC_PER_SEC + NSEC_PER_SEC / 2)

static int64_t parsed(const char *s)
{
	int64_t time;

	if (when_parse(s, NOW, &time) < 0)
		fail_msg("'%s' was not understood", s);
	return time;
}

static void assert_same(const char *s, const char *written)
{
	struct text t;

	text_init(&t, 0);
	clock_format(&t, parsed(s));
	if (strcmp(t.ptr, written) != 0)
		fail_msg("'%s' is %s, not %s", s, t.ptr, written);
	text_finish(&t);
}

/* clock_format() is the other way round, and was not written for this. */
static void test_calendar(void **state)
{
	(void)state;
	assert_same("2026-11-22", "2026-11-22T00:00:00.0000000Z");
	assert_same("2026-11-22T14:00", "2026-11-22T14:00:00.0000000Z");
	assert_same("2026-11-22 14:00:05", "2026-11-22T14:00:05.0000000Z");
	assert_same("2026-11-22T14:00:05.1234567Z", "2026-11-22T14:00:05.1234567Z");
	assert_same("2026-11-22t14:00:05z", "2026-11-22T14:00:05.0000000Z");
	assert_same("2026-11-22T14:00:05+01:30", "2026-11-22T12:30:05.0000000Z");
	assert_same("2026-11-22T23:00:05-0200", "2026-11-23T01:00:05.0000000Z");
	assert_same("2024-02-29", "2024-02-29T00:00:00.0000000Z");
	assert_same("2000-02-29", "2000-02-29T00:00:00.0000000Z");
	assert_same("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.0000000Z");
	assert_same("1969-12-31T23:59:59", "1969-12-31T23:59:59.0000000Z");
	assert_same("1678-01-01", "1678-01-01T00:00:00.0000000Z");
	assert_same("2261-12-31T23:59:59", "2261-12-31T23:59:59.0000000Z");
}

static void test_every_day(void **state)
{
	int64_t day = when_days(1678, 1, 1);
	char date[32];

	(void)state;
	assert_int_equal(when_days(1970, 1, 1), 0);
	for (int year = 1678; year < 2262; year++) {
		for (int month = 1; month <= 12; month++) {
			for (int of = 1; of <= 31; of++) {
				int64_t time;

				snprintf(date, sizeof(date), "%04d-%02d-%02d", year, month, of);
				if (when_parse(date, NOW, &time) < 0)
					continue;
				assert_int_equal(time / NSEC_PER_SEC / 86400, day);
				day++;
			}
		}
	}
	assert_int_equal(day, when_days(2262, 1, 1));
}

static void test_relative(void **state)
{
	(void)state;
	assert_int_equal(parsed("now"), NOW);
	assert_int_equal(parsed("-2d"), NOW - 2 * 86400 * NSEC_PER_SEC);
	assert_int_equal(parsed("7d"), NOW - 7 * 86400 * NSEC_PER_SEC);
	assert_int_equal(parsed("-90m"), NOW - 5400 * NSEC_PER_SEC);
	assert_int_equal(parsed("-1h30m5s"), NOW - 5405 * NSEC_PER_SEC);
	assert_int_equal(parsed("1w"), NOW - 7 * 86400 * NSEC_PER_SEC);
	assert_int_equal(parsed("@0"), 0);
	assert_int_equal(parsed("@1594530166.5"), INT64_C(1594530166500000000));
	assert_same("today", "2026-11-22T00:00:00.0000000Z");
	assert_same("yesterday", "2026-11-21T00:00:00.0000000Z");
}

static void test_nonsense(void **state)
{
	static const char *const wrong[] = {"",
					    " ",
					    "-",
					    "2d ",
					    "d",
					    "5",
					    "-5",
					    "2 d",
					    "2x",
					    "-2d-3h",
					    "tomorrow",
					    "Now",
					    "2026",
					    "2026-11",
					    "2026-1-2",
					    "2026-13-01",
					    "2026-00-01",
					    "2026-11-00",
					    "2026-11-31",
					    "2023-02-29",
					    "1900-02-29",
					    "1677-12-31",
					    "2262-01-01",
					    "26-11-22",
					    "2026-11-22T",
					    "2026-11-22T14",
					    "2026-11-22T24:00",
					    "2026-11-22T14:60",
					    "2026-11-22T14:00:61",
					    "2026-11-22T14:00:00.",
					    "2026-11-22T14:00:00.5x",
					    "2026-11-22T14:00Zx",
					    "2026-11-22T14:00+1",
					    "2026-11-22T14:00+24:00",
					    "2026-11-22x",
					    "@",
					    "@x",
					    "@1.",
					    "@-1",
					    "99999999999999999999d",
					    "999999999999w",
					    "@99999999999999999999",
					    "@9999999999999",
					    "20261122"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int64_t time = 42;

		if (when_parse(wrong[i], NOW, &time) != -EINVAL || time != 42)
			fail_msg("'%s' was taken for a time", wrong[i]);
	}
}

/* Before the first moment that 64 bits hold there is none. */
static void test_far_ago(void **state)
{
	int64_t time;

	(void)state;
	assert_int_equal(when_parse("15000w", INT64_MIN + 1, &time), -EINVAL);
	assert_int_equal(when_parse("yesterday", INT64_MIN + 1, &time), -EINVAL);
	assert_int_equal(when_parse("today", INT64_C(-1), &time), 0);
	assert_int_equal(time, -86400 * NSEC_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calendar), cmocka_unit_test(test_every_day),
		cmocka_unit_test(test_relative), cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_far_ago),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
