#include "ntlm/der.h"
#include "tokens.h"

static struct reader over(const char *bytes, size_t len)
{
	return reader_of(span_make(bytes, len));
}

#define OVER(literal) over(literal, sizeof(literal) - 1)

static void test_next(void **state)
{
	struct reader r = OVER("\x04\x02hi\x02\x01\x07");
	struct der e = der_next(&r);

	(void)state;
	assert_int_equal(e.tag, DER_OCTET_STRING);
	assert_text(e.value, "hi");
	e = der_next(&r);
	assert_int_equal(e.tag, DER_INTEGER);
	assert_int_equal(der_uint(&r, e.value), 7);
	assert_true(reader_ok(&r));
	assert_int_equal(reader_left(&r), 0);
	e = der_next(&r);
	assert_int_equal(e.tag, 0);
	assert_int_equal(e.value.len, 0);
	assert_string_equal(r.why, "truncated");
}

/* BER lets a length be longer than it need be, and Windows makes use of it. */
static void test_long_forms(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} forms[] = {
		{"\x04\x02hi", 4},
		{"\x04\x81\x02hi", 5},
		{"\x04\x82\x00\x02hi", 6},
		{"\x04\x83\x00\x00\x02hi", 7},
		{"\x04\x84\x00\x00\x00\x02hi", 8},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct reader r = over(forms[i].bytes, forms[i].len);

		assert_text(der_expect(&r, DER_OCTET_STRING), "hi");
		assert_true(reader_ok(&r));
	}
}

static void refused(const char *bytes, size_t len, const char *why)
{
	struct reader r = over(bytes, len);
	struct der e = der_next(&r);

	assert_int_equal(e.tag, 0);
	assert_int_equal(e.value.len, 0);
	assert_string_equal(r.why, why);
}

#define REFUSED(literal, why) refused(literal, sizeof(literal) - 1, why)

static void test_refused(void **state)
{
	(void)state;
	REFUSED("", "truncated");
	REFUSED("\x04", "truncated");
	REFUSED("\x04\x82\x01", "truncated");
	REFUSED("\x04\x03hi", "truncated");
	REFUSED("\x30\x80\x04\x00\x00\x00", "indefinite length");
	REFUSED("\x04\x85\x00\x00\x00\x00\x02hi", "length of more than 4 bytes");
	REFUSED("\x04\xff", "length of more than 4 bytes");
	REFUSED("\x04\x84\xff\xff\xff\xffhi", "truncated");
	REFUSED("\x1f\x02hi", "multi-byte tag");
	REFUSED("\xbf\x81\x02hi", "multi-byte tag");
	REFUSED("\x00\x00", "end-of-contents");
}

static void test_head_beyond_input(void **state)
{
	struct reader r = OVER("\x30\x84\x7f\xff\xff\xff");
	size_t len = 1;

	(void)state;
	assert_int_equal(der_head(&r, &len), DER_SEQUENCE);
	assert_int_equal(len, 0x7fffffff);
	assert_true(reader_ok(&r));
	r = OVER("\x30\x82\x01");
	assert_int_equal(der_head(&r, &len), 0);
	assert_int_equal(len, 0);
}

static void test_expect_other(void **state)
{
	struct reader r = OVER("\x04\x02hi");

	(void)state;
	assert_int_equal(der_expect(&r, DER_OID).len, 0);
	assert_string_equal(r.why, "unexpected tag");
	assert_int_equal(r.why_pos, 0);
}

static void test_optional(void **state)
{
	struct reader r = OVER("\xa2\x01z");
	struct span value = span_str("untouched");

	(void)state;
	assert_false(der_optional(&r, 0xa0, &value));
	assert_text(value, "untouched");
	assert_true(reader_ok(&r));
	assert_true(der_optional(&r, 0xa2, &value));
	assert_text(value, "z");
	assert_false(der_optional(&r, 0xa2, &value));
	assert_true(reader_ok(&r));
	r = OVER("\xa2\x02z");
	assert_false(der_optional(&r, 0xa2, &value));
	assert_string_equal(r.why, "truncated");
	assert_text(value, "z");
}

static void test_uint(void **state)
{
	struct reader r = OVER("");

	(void)state;
	assert_int_equal(der_uint(&r, span_make("\xff\xff\xff\xfe", 4)), 0xfffffffeu);
	assert_int_equal(der_uint(&r, span_make("\x00\x80", 2)), 0x80);
	assert_true(reader_ok(&r));
	assert_int_equal(der_uint(&r, span_make("\x00\x80\x00\x00\x00", 5)), 0);
	assert_false(reader_ok(&r));
	r = OVER("");
	assert_int_equal(der_uint(&r, (struct span){0}), 0);
	assert_false(reader_ok(&r));
}

static void probe(struct span bytes)
{
	struct reader r = reader_of(bytes);

	while (reader_left(&r) > 0)
		assert_inside(bytes, der_next(&r).value);
}

static void test_hostile(void **state)
{
	(void)state;
	hostile(spnego_hints, probe);
	hostile(spnego_krb, probe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_next),	     cmocka_unit_test(test_long_forms),
		cmocka_unit_test(test_refused),	     cmocka_unit_test(test_head_beyond_input),
		cmocka_unit_test(test_expect_other), cmocka_unit_test(test_optional),
		cmocka_unit_test(test_uint),	     cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
