/* base/reader.h and base/span.h */
#include "unit.h"

#include "base/reader.h"

static const uint8_t bytes[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0xf9, 0xfa};

static void test_integers(void **state)
{
	struct reader r = reader_of(span_make(bytes, sizeof(bytes)));

	(void)state;
	assert_int_equal(reader_u64le(&r), 0x0807060504030201);
	assert_int_equal(reader_u8(&r), 0xf9);
	r = reader_of(span_make(bytes, sizeof(bytes)));
	assert_int_equal(reader_u16le(&r), 0x0201);
	assert_int_equal(reader_u16be(&r), 0x0304);
	assert_int_equal(reader_u32le(&r), 0x08070605);
	reader_seek(&r, 6);
	assert_int_equal(reader_u32be(&r), 0x0708f9fa);
	assert_int_equal(reader_left(&r), 0);
	assert_true(reader_ok(&r));
}

/* The first failure stays, with its offset, and nothing can be read any more. */
static void test_sticky(void **state)
{
	struct reader r = reader_of(span_make(bytes, 3));

	(void)state;
	assert_int_equal(reader_u16le(&r), 0x0201);
	assert_int_equal(reader_u32le(&r), 0);
	assert_false(reader_ok(&r));
	assert_string_equal(r.why, "truncated");
	assert_int_equal(r.why_pos, 2);
	assert_int_equal(reader_u8(&r), 0); /* one byte is there, but it is too late */
	assert_int_equal(reader_left(&r), 0);
	assert_int_equal(reader_rest(&r).len, 0);
	assert_int_equal(reader_at(&r, 0, 1, "x").len, 0);
	reader_seek(&r, 0);
	reader_fail(&r, "another reason");
	assert_string_equal(r.why, "truncated");
	assert_int_equal(r.why_pos, 2);
}

static void test_empty(void **state)
{
	struct reader r = reader_of((struct span){0});

	(void)state;
	assert_int_equal(reader_rest(&r).len, 0);
	assert_int_equal(reader_bytes(&r, 0).len, 0);
	assert_true(reader_ok(&r));
	assert_int_equal(reader_u8(&r), 0);
	assert_false(reader_ok(&r));
}

static void test_views(void **state)
{
	struct reader r = reader_of(span_make(bytes, sizeof(bytes)));
	struct span s = reader_bytes(&r, 4);

	(void)state;
	assert_ptr_equal(s.ptr, bytes);
	assert_int_equal(s.len, 4);
	reader_skip(&r, 2);
	s = reader_rest(&r);
	assert_ptr_equal(s.ptr, bytes + 6);
	assert_int_equal(s.len, 4);
	reader_skip(&r, SIZE_MAX);
	assert_string_equal(r.why, "truncated");
}

static void test_seek(void **state)
{
	struct reader r = reader_of(span_make(bytes, sizeof(bytes)));

	(void)state;
	reader_seek(&r, sizeof(bytes)); /* the end itself is a place */
	assert_true(reader_ok(&r));
	reader_seek(&r, sizeof(bytes) + 1);
	assert_string_equal(r.why, "offset out of range");
	assert_int_equal(r.why_pos, sizeof(bytes));
}

/* Offsets and lengths whose sum wraps must not pass. */
static void test_at_bounds(void **state)
{
	static const struct {
		size_t off, len;
		bool good;
	} rows[] = {
		{0, 10, true},		{10, 0, true},
		{9, 1, true},		{0, 11, false},
		{10, 1, false},		{11, 0, false},
		{SIZE_MAX, 2, false},	{SIZE_MAX, 0, false},
		{2, SIZE_MAX, false},	{UINT32_MAX, 2, false},
		{2, UINT32_MAX, false}, {SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 1, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reader r = reader_of(span_make(bytes, sizeof(bytes)));
		struct span s = reader_at(&r, rows[i].off, rows[i].len, "user");

		assert_int_equal(reader_ok(&r), rows[i].good);
		assert_int_equal(r.pos, 0);
		assert_int_equal(s.len, rows[i].good ? rows[i].len : 0);
		if (!rows[i].good)
			assert_string_equal(r.why, "user");
	}
}

static void test_spans(void **state)
{
	struct span s = span_make(bytes, 4), none = {0};
	static const uint8_t zeros[3];

	(void)state;
	assert_int_equal(span_from(s, 1).len, 3);
	assert_int_equal(span_from(s, 4).len, 0);
	assert_int_equal(span_from(s, SIZE_MAX).len, 0);
	assert_int_equal(span_head(s, 9).len, 4);
	assert_true(span_equal(none, span_make(bytes, 0)));
	assert_false(span_equal(s, span_make(bytes + 1, 4)));
	assert_false(span_equal(s, span_head(s, 3)));
	assert_true(span_starts(s, "\1\2", 2));
	assert_false(span_starts(s, "\1\2\3\4\5", 5));
	assert_true(span_is_zero(none));
	assert_true(span_is_zero(span_make(zeros, 3)));
	assert_false(span_is_zero(s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers), cmocka_unit_test(test_sticky),
		cmocka_unit_test(test_empty),	 cmocka_unit_test(test_views),
		cmocka_unit_test(test_seek),	 cmocka_unit_test(test_at_bounds),
		cmocka_unit_test(test_spans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
