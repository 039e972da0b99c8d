/* base/arena.h */
#include "unit.h"

#include "base/arena.h"
#include "base/mem.h"

#include <stdalign.h>

static void test_pieces_do_not_overlap(void **state)
{
	struct arena a;
	uint8_t *piece[200];

	(void)state;
	arena_init(&a, 0);
	for (size_t i = 0; i < 200; i++) {
		piece[i] = arena_alloc(&a, i + 1);
		assert_non_null(piece[i]);
		assert_int_equal((uintptr_t)piece[i] % alignof(max_align_t), 0);
		memset(piece[i], (int)i, i + 1);
	}
	for (size_t i = 0; i < 200; i++)
		for (size_t k = 0; k <= i; k++)
			assert_int_equal(piece[i][k], i);
	arena_finish(&a);
}

static void test_large_piece(void **state)
{
	struct arena a;
	char *big;

	(void)state;
	arena_init(&a, 0);
	assert_non_null(arena_alloc(&a, 1));
	big = arena_alloc(&a, 1 << 20);
	assert_non_null(big);
	memset(big, 'x', 1 << 20);
	assert_non_null(arena_alloc(&a, 10));
	arena_finish(&a);
}

static void test_limit_counts_what_is_handed_out(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 64);
	assert_non_null(arena_alloc(&a, 32));
	assert_non_null(arena_alloc(&a, 32));
	assert_null(arena_alloc(&a, 1));
	assert_int_equal(a.used, 64);
	arena_reset(&a);
	assert_int_equal(a.used, 0);
	assert_non_null(arena_alloc(&a, 64));
	arena_finish(&a);
}

static void test_absurd_sizes(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 0);
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - 8));
	assert_null(arena_alloc(&a, SIZE_MAX / 2));
	assert_non_null(arena_alloc(&a, 0));
	arena_finish(&a);
}

static void test_string_is_a_terminated_copy(void **state)
{
	struct arena a;
	char source[] = "CORP";
	char *copy, *empty;

	(void)state;
	arena_init(&a, 0);
	copy = arena_string(&a, span_make(source, 4));
	empty = arena_string(&a, (struct span){0});
	source[0] = 'X';
	assert_string_equal(copy, "CORP");
	assert_string_equal(empty, "");
	arena_finish(&a);
}

static void test_no_memory(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 0);
	mem_fail_from(1);
	assert_null(arena_alloc(&a, 8));
	assert_null(arena_string(&a, span_str("x")));
	mem_fail_from(0);
	assert_non_null(arena_alloc(&a, 8)); /* a failure leaves it usable */
	arena_finish(&a);
	arena_finish(&a); /* twice is fine */
	arena_finish(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces_do_not_overlap),
		cmocka_unit_test(test_large_piece),
		cmocka_unit_test(test_limit_counts_what_is_handed_out),
		cmocka_unit_test(test_absurd_sizes),
		cmocka_unit_test(test_string_is_a_terminated_copy),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
