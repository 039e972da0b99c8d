/* wire/addr.h */
#include "unit.h"

#include "wire/addr.h"

static void assert_formats(const char *in, const char *out)
{
	struct addr a;
	struct text t;

	text_init(&t, 0);
	assert_true(addr_parse(in, &a));
	addr_format(&t, &a);
	assert_string_equal(t.ptr, out);
	text_finish(&t);
}

static void test_format(void **state)
{
	(void)state;
	assert_formats("10.77.0.1", "10.77.0.1");
	assert_formats("255.255.255.255", "255.255.255.255");
	assert_formats("0.0.0.0", "0.0.0.0");
	/* RFC 5952, 4.1 to 4.3 and 5 */
	assert_formats("2001:0DB8::0001", "2001:db8::1");
	assert_formats("2001:db8:0:0:0:0:2:1", "2001:db8::2:1");
	assert_formats("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1");
	assert_formats("2001:0:0:1:0:0:0:1", "2001:0:0:1::1");
	assert_formats("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
	assert_formats("::", "::");
	assert_formats("::1", "::1");
	assert_formats("1::", "1::");
	assert_formats("fe80:0:0:0:1:2:3:0", "fe80::1:2:3:0");
	assert_formats("::ffff:10.0.0.1", "10.0.0.1");
	assert_formats("[fd00::7]", "fd00::7");
}

static void test_parse_refuses(void **state)
{
	static const char *const bad[] = {
		"",
		"10.0.0",
		"10.0.0.256",
		"10.0.0.1 ",
		"fs1",
		"fs1.corp",
		"[10.0.0.1]",
		"[::1",
		"::1]",
		"[]",
		":",
		"1::2::3",
		"fe80::1%eth0",
		"0x7f.1",
		"2130706433",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd",
	};
	struct addr a, before;

	(void)state;
	memset(&a, 0x5a, sizeof(a));
	before = a;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(addr_parse(bad[i], &a));
	assert_true(addr_equal(&a, &before)); /* untouched on failure */
}

static bool loopback(const char *s)
{
	struct addr a;

	assert_true(addr_parse(s, &a));
	return addr_is_loopback(&a);
}

static void test_kinds(void **state)
{
	struct addr four = addr_v4((const uint8_t[]){127, 0, 0, 1});
	struct addr six = addr_v6((const uint8_t[16]){[15] = 1});

	(void)state;
	assert_true(addr_is_v4(&four));
	assert_false(addr_is_v4(&six));
	assert_false(addr_equal(&four, &six));
	assert_true(loopback("127.255.0.9"));
	assert_true(loopback("::1"));
	assert_false(loopback("128.0.0.1"));
	assert_false(loopback("::2"));
	assert_false(loopback("::"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
