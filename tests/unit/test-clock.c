/* base/clock.h */
#include "unit.h"

#include "base/clock.h"

static void expect(int64_t nsec, const char *want)
{
	struct text t;

	text_init(&t, 0);
	clock_format(&t, nsec);
	assert_string_equal(t.ptr, want);
	text_finish(&t);
}

static void test_known_times(void **state)
{
	(void)state;
	expect(0, "1970-01-01T00:00:00.0000000Z");
	expect(INT64_C(1487242575999999999), "2017-02-16T10:56:15.9999999Z");
	expect(INT64_C(1709164800) * NSEC_PER_SEC, "2024-02-29T00:00:00.0000000Z");
	expect(INT64_C(4102444799) * NSEC_PER_SEC + 100, "2099-12-31T23:59:59.0000001Z");
}

/* 100 ns are kept and what is less is dropped, never rounded into the next second. */
static void test_fraction(void **state)
{
	(void)state;
	expect(99, "1970-01-01T00:00:00.0000000Z");
	expect(100, "1970-01-01T00:00:00.0000001Z");
	expect(999999999, "1970-01-01T00:00:00.9999999Z");
}

static void test_before_the_epoch_and_the_ends(void **state)
{
	(void)state;
	expect(-100, "1969-12-31T23:59:59.9999999Z");
	expect(-NSEC_PER_SEC, "1969-12-31T23:59:59.0000000Z");
	expect(INT64_MAX, "2262-04-11T23:47:16.8547758Z");
	expect(INT64_MIN, "1677-09-21T00:12:43.1452241Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_times),
		cmocka_unit_test(test_fraction),
		cmocka_unit_test(test_before_the_epoch_and_the_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
