#include "unit.h"

#include "base/crc32.h"

/* The check values that catalogues of CRCs give for CRC-32/ISO-HDLC. */
static void sums_as_the_rfc_says(void **state)
{
	(void)state;
	assert_int_equal(crc32_add(0, (struct span){0}), 0);
	assert_int_equal(crc32_add(0, span_str("a")), 0xe8b7be43);
	assert_int_equal(crc32_add(0, span_str("123456789")), 0xcbf43926);
	assert_int_equal(crc32_add(0, span_str("The quick brown fox jumps over the lazy dog")),
			 0x414fa339);
}

static void goes_on_where_it_stopped(void **state)
{
	struct span all = span_str("The quick brown fox jumps over the lazy dog");

	(void)state;
	for (size_t i = 0; i <= all.len; i++)
		assert_int_equal(crc32_add(crc32_add(0, span_head(all, i)), span_from(all, i)),
				 0x414fa339);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_as_the_rfc_says),
		cmocka_unit_test(goes_on_where_it_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
