/* The one door of all heap memory: its limit, and its failures on demand. */
#include "unit.h"

#include "base/mem.h"

static void the_limit_holds_for_the_sum(void **state)
{
	size_t before = mem_in_use();
	char *a, *b, *grown;

	(void)state;
	mem_limit(before + 10000);
	a = mem_alloc(4000);
	b = mem_zalloc(40, 100);
	assert_non_null(a);
	assert_non_null(b);
	assert_true(mem_in_use() >= before + 8000);
	assert_null(mem_alloc(4000));
	assert_null(mem_realloc(a, 8000));
	grown = mem_realloc(a, 5000); /* what it gives back counts */
	assert_non_null(grown);
	mem_free(b);
	b = mem_alloc(4000);
	assert_non_null(b);
	mem_free(b);
	mem_free_secret(grown, 5000);
	mem_free(NULL);
	mem_limit(0);
	assert_int_equal(mem_in_use(), before);
}

static void three_quarters_are_tight(void **state)
{
	size_t before = mem_in_use();
	void *a, *b;

	(void)state;
	mem_limit(before + 40000 + before * 3);
	a = mem_alloc(15000);
	assert_non_null(a);
	assert_false(mem_is_tight());
	b = mem_alloc(20000);
	assert_non_null(b);
	assert_true(mem_is_tight());
	mem_limit(0);
	assert_false(mem_is_tight());
	mem_free(a);
	mem_free(b);
}

static void products_do_not_wrap(void **state)
{
	(void)state;
	assert_null(mem_zalloc(SIZE_MAX / 2, 4));
}

static void the_nth_and_all_later_ones_fail(void **state)
{
	void *first;

	(void)state;
	mem_fail_from(2);
	first = mem_alloc(1);
	assert_non_null(first);
	assert_null(mem_alloc(1));
	assert_null(mem_realloc(first, 100));
	mem_fail_from(0);
	mem_free(first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_limit_holds_for_the_sum),
		cmocka_unit_test(three_quarters_are_tight),
		cmocka_unit_test(products_do_not_wrap),
		cmocka_unit_test(the_nth_and_all_later_ones_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
