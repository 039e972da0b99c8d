#include "why/dns.h"

#include <stdlib.h>

#include "dns-messages.h"
#include "segments.h"

/* Reads all records; how many there were, or -1 where the message is malformed. */
static int count(struct span message)
{
	struct dns d;
	struct dns_record record;
	int n = 0;

	dns_start(message, &d);
	while (dns_next(&d, &record))
		n++;
	return reader_ok(&d.r) ? n : -1;
}

static int count_hex(const char *hex)
{
	size_t len;
	uint8_t *bytes = segment_bytes(hex, &len);
	int n = count(span_make(bytes, len));

	free(bytes);
	return n;
}

static void test_real(void **state)
{
	size_t len;
	uint8_t *bytes = segment_bytes(dns_srv, &len);
	struct span message = span_make(bytes, len);
	struct dns_record record;
	struct label name;
	struct dns d;

	(void)state;
	dns_start(message, &d);
	assert_true(d.head.response);
	assert_int_equal(d.head.rcode, 0);
	assert_true(dns_next(&d, &record));
	assert_int_equal(record.section, DNS_QUESTION);
	assert_int_equal(record.type, DNS_SRV);
	assert_true(dns_name(message, record.name, &name));
	assert_string_equal(name.s, "_kerberos._udp.CORP.EXAMPLE");
	assert_true(dns_next(&d, &record));
	assert_int_equal(record.section, DNS_ANSWER);
	assert_true(record.internet);
	assert_true(dns_name(message, record.name, &name));
	assert_string_equal(name.s, "_kerberos._udp.CORP.EXAMPLE");
	assert_true(dns_name(message, record.data + 6, &name));
	assert_string_equal(name.s, "dc1.corp.example");
	assert_true(dns_next(&d, &record));
	assert_int_equal(record.section, DNS_AUTHORITY);
	assert_int_equal(record.type, DNS_SOA);
	assert_false(dns_next(&d, &record));
	assert_true(reader_ok(&d.r));
	free(bytes);
	assert_int_equal(count_hex(dns_srv_query), 1);
	assert_int_equal(count_hex(dns_srv_nxdomain), 2);
	assert_int_equal(count_hex(dns_alias), 3);
}

static void test_netbios(void **state)
{
	size_t len;
	uint8_t *bytes = segment_bytes(nbns_positive, &len), suffix = 0xff;
	struct span message = span_make(bytes, len);
	struct dns_record record;
	struct label name;
	struct dns d;

	(void)state;
	dns_start(message, &d);
	assert_true(dns_next(&d, &record));
	assert_int_equal(record.type, DNS_NB);
	assert_true(dns_netbios_name(message, record.name, &name, &suffix));
	assert_string_equal(name.s, "DESKTOP-AFPVEQ2");
	assert_int_equal(suffix, 0x20);
	bytes[record.name + 5] = 'Q'; /* no half-ASCII */
	assert_false(dns_netbios_name(message, record.name, &name, &suffix));
	assert_string_equal(name.s, "");
	free(bytes);
}

static void test_cut(void **state)
{
	size_t len;
	uint8_t *whole = segment_bytes(dns_srv, &len);

	(void)state;
	for (size_t n = 0; n < len; n++) {
		uint8_t *cut = malloc(n ? n : 1);

		assert_non_null(cut);
		memcpy(cut, whole, n);
		assert_int_equal(count(span_make(cut, n)), -1);
		free(cut);
	}
	free(whole);
}

static bool name_of(const char *hex, size_t at, struct label *ret_name)
{
	size_t len;
	uint8_t *bytes = segment_bytes(hex, &len);
	bool ok = dns_name(span_make(bytes, len), at, ret_name);

	free(bytes);
	return ok;
}

static void test_names(void **state)
{
	struct label l;

	(void)state;
	assert_true(name_of("00", 0, &l));
	assert_string_equal(l.s, "");
	assert_true(name_of("026131026232c00000", 0, &l) == false); /* to its own start */
	assert_string_equal(l.s, "");
	assert_true(name_of("03616263000178c000", 5, &l));
	assert_string_equal(l.s, "x.abc");
	assert_true(name_of("04612e5c6200", 0, &l)); /* a dot and a backslash inside a label */
	assert_string_equal(l.s, "a\\.\\\\b");
	assert_true(name_of("036100ff00", 0, &l)); /* NUL, and no UTF-8 */
	assert_string_equal(l.s, "a\xef\xbf\xbd\xef\xbf\xbd");
	assert_false(name_of("c000", 0, &l));	  /* to itself */
	assert_false(name_of("c002c000", 0, &l)); /* forward */
	assert_false(name_of("4161", 0, &l));	  /* reserved */
	assert_false(name_of("8161", 0, &l));
	assert_false(name_of("05616263", 0, &l)); /* beyond the end */
	assert_false(name_of("c0", 0, &l));
	assert_false(name_of("", 0, &l));
	assert_false(name_of("00", 7, &l));
}

/* 255 bytes are a name, 256 are none; what is followed is bounded. */
static void test_name_limits(void **state)
{
	uint8_t bytes[600] = {0};
	struct label l;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		bytes[i * 64] = 63;
		memset(bytes + i * 64 + 1, 'a', 63);
	}
	assert_false(dns_name(span_make(bytes, sizeof(bytes)), 0, &l));
	bytes[192] = 61;
	bytes[254] = 0;
	assert_true(dns_name(span_make(bytes, sizeof(bytes)), 0, &l));
	assert_int_equal(l.len, 253);
	memset(bytes, 0xff, sizeof(bytes)); /* each byte becomes three */
	for (size_t i = 0; i < 4; i++)
		bytes[i * 64] = i < 3 ? 63 : 61;
	bytes[254] = 0;
	assert_true(dns_name(span_make(bytes, sizeof(bytes)), 0, &l));
	assert_false(l.cut);
	memset(bytes, 0, sizeof(bytes));
	for (size_t i = 1; i < 100; i++) { /* a ladder of pointers */
		bytes[2 * i] = 0xc0;
		bytes[2 * i + 1] = (uint8_t)(2 * i - 2);
	}
	assert_true(dns_name(span_make(bytes, sizeof(bytes)), 2 * 16, &l));
	assert_false(dns_name(span_make(bytes, sizeof(bytes)), 2 * 17, &l));
}

/* Counts are what a header says, not what there is. */
static void test_counts(void **state)
{
	(void)state;
	assert_int_equal(count_hex("000080000000000000000000"), 0);
	assert_int_equal(count_hex("0000800000000000000000000011"), 0); /* bytes behind it */
	assert_int_equal(count_hex("00008000ffffffffffffffff"), -1);
	assert_int_equal(count_hex("0000800000010000000000000000010001"), 1);
	assert_int_equal(count_hex("0000800000000001000000000000010001000000000000"), 1);
	/* data beyond the end; a name that never ends */
	assert_int_equal(count_hex("0000800000000001000000000000010001000000000001"), -1);
	assert_int_equal(count_hex("000080000001000000000000016101610161"), -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real),	    cmocka_unit_test(test_netbios),
		cmocka_unit_test(test_cut),	    cmocka_unit_test(test_names),
		cmocka_unit_test(test_name_limits), cmocka_unit_test(test_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
