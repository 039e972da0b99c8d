/* base/text.h */
#include "unit.h"

#include "base/mem.h"
#include "base/text.h"

static void test_grows(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 0);
	for (int i = 0; i < 5000; i++)
		text_printf(&t, "%04d,", i);
	assert_false(t.failed);
	assert_int_equal(t.len, 25000);
	assert_int_equal(strlen(t.ptr), 25000);
	assert_memory_equal(t.ptr + 24990, "4998,4999,", 10);
	text_finish(&t);
	assert_null(t.ptr);
}

static void test_holds_zero_bytes(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 0);
	text_add(&t, "a\0b", 3);
	text_add(&t, NULL, 0);
	assert_int_equal(t.len, 3);
	assert_memory_equal(t.ptr, "a\0b\0", 4);
	text_finish(&t);
}

/* What does not fit is not added in part, and nothing after it is added either. */
static void test_limit(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 10);
	text_puts(&t, "12345");
	text_printf(&t, "%s", "67890");
	assert_false(t.failed);
	text_putc(&t, 'x');
	assert_true(t.failed);
	assert_string_equal(t.ptr, "1234567890");
	text_reset(&t);
	assert_false(t.failed);
	assert_string_equal(t.ptr, "");
	text_puts(&t, "12345678901");
	assert_true(t.failed);
	text_puts(&t, "1");
	assert_int_equal(t.len, 0);
	text_finish(&t);
}

static void test_no_memory(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 0);
	mem_fail_from(1);
	text_puts(&t, "x");
	text_printf(&t, "%d", 1);
	mem_fail_from(0);
	assert_true(t.failed);
	assert_null(t.ptr);
	text_puts(&t, "y"); /* sticky */
	assert_null(t.ptr);
	text_reset(&t);
	text_puts(&t, "z");
	assert_string_equal(t.ptr, "z");
	text_finish(&t);
	text_finish(NULL);
}

static void test_no_memory_to_grow(void **state)
{
	struct text t;
	char long_one[400];

	(void)state;
	memset(long_one, 'l', sizeof(long_one));
	text_init(&t, 0);
	text_puts(&t, "short");
	mem_fail_from(1);
	text_add(&t, long_one, sizeof(long_one));
	mem_fail_from(0);
	assert_true(t.failed);
	assert_string_equal(t.ptr, "short");
	text_finish(&t);
}

static void test_runes(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 0);
	text_put_rune(&t, 'a');
	text_put_rune(&t, 0xfc);
	text_put_rune(&t, 0x20ac);
	text_put_rune(&t, 0x1f511);
	text_put_rune(&t, 0xd800);
	text_put_rune(&t, 0x110000);
	assert_string_equal(t.ptr, "a\u00fc\u20ac\U0001f511\ufffd\ufffd");
	text_finish(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_holds_zero_bytes),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_no_memory_to_grow),
		cmocka_unit_test(test_runes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
