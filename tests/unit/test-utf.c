/* base/utf.h */
#include "unit.h"

#include "base/utf.h"

#define BAD RUNE_REPLACEMENT

static void test_utf8_round_trip(void **state)
{
	uint8_t out[4];

	(void)state;
	for (uint32_t rune = 1; rune <= 0x10ffff; rune++) {
		struct span s;

		if (rune == 0xd800)
			rune = 0xe000;
		s = span_make(out, utf8_encode(rune, out));
		assert_int_equal(utf8_next(&s), rune);
		assert_int_equal(s.len, 0);
	}
}

/* An invalid sequence costs one byte, so that what follows is not swallowed. */
static void test_utf8_invalid(void **state)
{
	static const char *const rows[] = {
		"\x80",
		"\xbf",
		"\xc0\xaf",
		"\xc1\xbf",
		"\xe0\x80\xaf",
		"\xe0\x9f\xbf",
		"\xf0\x80\x80\xaf",
		"\xf0\x8f\xbf\xbf",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80",
		"\xff",
		"\xfe",
		"\xc3",
		"\xe2\x82",
		"\xf0\x9f\x94",
		"\xc3(",
		"\xe2(\xac",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span s = span_str(rows[i]);
		size_t len = s.len;

		assert_int_equal(utf8_next(&s), BAD);
		assert_int_equal(s.len, len - 1);
	}
}

static void expect_utf16(const char *in, size_t len, const uint32_t *want, size_t n)
{
	struct span s = span_make(in, len);

	for (size_t i = 0; i < n; i++) {
		assert_true(s.len > 0);
		assert_int_equal(utf16le_next(&s), want[i]);
	}
	assert_int_equal(s.len, 0);
}

static void test_utf16(void **state)
{
	(void)state;
	expect_utf16("A\0\xac\x20", 4, (const uint32_t[]){'A', 0x20ac}, 2);
	expect_utf16("\x3d\xd8\x11\xdd!\0", 6, (const uint32_t[]){0x1f511, '!'}, 2);
	expect_utf16("\xff\xdb\xff\xdf", 4, (const uint32_t[]){0x10ffff}, 1);
	expect_utf16("\0\xd8\0\xdc", 4, (const uint32_t[]){0x10000}, 1);
}

static void test_utf16_invalid(void **state)
{
	(void)state;
	expect_utf16("A", 1, (const uint32_t[]){BAD}, 1);
	expect_utf16("A\0B", 3, (const uint32_t[]){'A', BAD}, 2);
	expect_utf16("\x3d\xd8", 2, (const uint32_t[]){BAD}, 1);
	expect_utf16("\x3d\xd8"
		     "A\0",
		     4, (const uint32_t[]){BAD, 'A'}, 2);
	expect_utf16("\x11\xdd"
		     "A\0",
		     4, (const uint32_t[]){BAD, 'A'}, 2);
	expect_utf16("\x3d\xd8\x3d\xd8\x11\xdd", 6, (const uint32_t[]){BAD, 0x1f511}, 2);
	expect_utf16("\x3d\xd8\x11", 3, (const uint32_t[]){BAD, BAD}, 2);
}

static void test_oem(void **state)
{
	(void)state;
	assert_int_equal(oem_rune('a'), 'a');
	assert_int_equal(oem_rune(0x7f), 0x7f);
	assert_int_equal(oem_rune(0x80), 0xc7);
	assert_int_equal(oem_rune(0x81), 0xfc);
	assert_int_equal(oem_rune(0x84), 0xe4);
	assert_int_equal(oem_rune(0xa5), 0xd1);
	assert_int_equal(oem_rune(0xa6), BAD);
	assert_int_equal(oem_rune(0xe1), BAD);
	assert_int_equal(oem_rune(0xff), BAD);
}

static void test_unsafe(void **state)
{
	static const uint32_t unsafe[] = {0,	  '\n',	  '\r',	  '\t',	  0x1b,	  0x1f,	  0x7f,
					  0x80,	  0x85,	  0x9f,	  0x61c,  0x200e, 0x200f, 0x2028,
					  0x2029, 0x202a, 0x202e, 0x2066, 0x2069, 0xfeff, 0xad,
					  0x200b, 0x200d, 0x2060, 0x3164, 0xfe0f, 0xe0041};
	static const uint32_t safe[] = {' ',	0x20,	0x7e,	0xa0,	0x61b,	0x200a, 0x2010,
					0x2027, 0x202f, 0x205f, 0x2070, 0xfefe, BAD,	0x1f511};

	(void)state;
	for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++)
		assert_true(rune_is_unsafe(unsafe[i]));
	for (size_t i = 0; i < sizeof(safe) / sizeof(safe[0]); i++)
		assert_false(rune_is_unsafe(safe[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8_round_trip),
		cmocka_unit_test(test_utf8_invalid),
		cmocka_unit_test(test_utf16),
		cmocka_unit_test(test_utf16_invalid),
		cmocka_unit_test(test_oem),
		cmocka_unit_test(test_unsafe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
