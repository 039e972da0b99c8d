#include "ntlm/avpair.h"

#include <errno.h>

#include "tokens.h"

static int decode(const char *hex, struct av_pairs *av, const char **why)
{
	struct span bytes = token(hex);
	struct reader r = reader_of(bytes);
	int rc = av_pairs_decode(&r, av);

	*why = r.why;
	token_free(bytes);
	return rc;
}

static void refused(const char *hex, const char *want)
{
	struct av_pairs av = {.flags = 42};
	const char *why;

	assert_int_equal(decode(hex, &av, &why), -EBADMSG);
	assert_string_equal(why, want);
	assert_int_equal(av.flags, 42);
}

static void test_pairs(void **state)
{
	struct span bytes = token("02000800430043004f005000"
				  "01000200460006000400060000000a000000"
				  "ff7f0100aa0900000000000000");
	struct reader r = reader_of(bytes);
	struct av_pairs av;

	(void)state;
	assert_int_equal(av_pairs_decode(&r, &av), 0);
	assert_int_equal(av.present, 1u << 1 | 1u << 2 | 1u << 6 | 1u << 9 | 1u << 10);
	assert_wide(av.value[MsvAvNbDomainName], "CCOP");
	assert_wide(av.value[MsvAvNbComputerName], "F");
	assert_int_equal(av.flags, AV_FLAG_MIC | AV_FLAG_UNTRUSTED_SPN);
	assert_true(av_has(&av, MsvAvTargetName));
	assert_int_equal(av.value[MsvAvTargetName].len, 0);
	assert_false(av_has(&av, MsvAvTimestamp));
	token_free(bytes);
}

static void test_end(void **state)
{
	struct av_pairs av;
	const char *why;

	(void)state;
	assert_int_equal(decode("", &av, &why), 0);
	assert_int_equal(av.present, 0);
	assert_int_equal(decode("00000000", &av, &why), 0);
	assert_int_equal(av.present, 0);
	/* no MsvAvEOL */
	assert_int_equal(decode("010002004600", &av, &why), 0);
	assert_true(av_has(&av, MsvAvNbComputerName));
	/* what follows MsvAvEOL is nobody's, whole or not */
	assert_int_equal(decode("0000000001000200460000", &av, &why), 0);
	assert_int_equal(av.present, 0);
}

static void test_first_counts(void **state)
{
	struct av_pairs av;
	const char *why;

	(void)state;
	assert_int_equal(decode("0600040002000000"
				"0600040000000000"
				"00000000",
				&av, &why),
			 0);
	assert_int_equal(av.flags, AV_FLAG_MIC);
	/* not even its length is looked at */
	assert_int_equal(decode("0600040002000000"
				"06000000"
				"00000000",
				&av, &why),
			 0);
	assert_int_equal(av.flags, AV_FLAG_MIC);
}

static void test_refused(void **state)
{
	(void)state;
	refused("01", "truncated");
	refused("010002", "truncated");
	refused("0100020046", "truncated");
	refused("0100ffff4600", "truncated");
	refused("01000200460000", "truncated");
	refused("060002000200", "MsvAvFlags not of 4 bytes");
	refused("06000000", "MsvAvFlags not of 4 bytes");
}

static int decode_many(size_t n, const char **why)
{
	static uint8_t bytes[4 * 10000];
	struct reader r = reader_of(span_make(bytes, 4 * n));
	struct av_pairs av;
	int rc;

	for (size_t i = 0; i < sizeof(bytes); i += 4)
		bytes[i] = MsvAvTargetName;
	rc = av_pairs_decode(&r, &av);
	*why = r.why;
	return rc;
}

static void test_too_many(void **state)
{
	const char *why;

	(void)state;
	assert_int_equal(decode_many(AV_PAIRS_MAX, &why), 0);
	assert_int_equal(decode_many(AV_PAIRS_MAX + 1, &why), -EBADMSG);
	assert_string_equal(why, "too many AV_PAIRs");
	assert_int_equal(decode_many(10000, &why), -EBADMSG);
	assert_string_equal(why, "too many AV_PAIRs");
}

#define PROOF "00112233445566778899aabbccddeeff"
#define BLOB                                                                                       \
	"0101000000000000"                                                                         \
	"d2261e2a747add01"                                                                         \
	"0123456789abcdef"                                                                         \
	"00000000"

static void test_response(void **state)
{
	static const struct {
		const char *hex;
		int rc;
		uint32_t present;
	} cases[] = {
		{PROOF BLOB, 0, 0}, /* ends where the pairs would begin */
		{PROOF BLOB "00000000", 0, 0},
		{PROOF BLOB "0600040002000000"
			    "00000000"
			    "00000000",
		 0, 1u << MsvAvFlags},
		{PROOF BLOB "0600040002000000"
			    "0000",
		 -EBADMSG, 0},
		{PROOF "0101000000000000"
		       "d2261e2a747add01"
		       "0123456789abcdef"
		       "000000",
		 -EBADMSG, 0},
		{PROOF "0201000000000000"
		       "d2261e2a747add01"
		       "0123456789abcdef"
		       "00000000",
		 -EBADMSG, 0},
		{PROOF, -EBADMSG, 0},
		{"0011", -EBADMSG, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span bytes = token(cases[i].hex);
		struct reader r = reader_of(bytes);
		struct av_pairs av = {0};

		assert_int_equal(ntlmv2_decode(&r, &av), cases[i].rc);
		assert_int_equal(av.present, cases[i].present);
		token_free(bytes);
	}
}

static void test_is_response(void **state)
{
	static const uint8_t bytes[25];

	(void)state;
	assert_false(ntlmv2_is_response((struct span){0}));
	assert_false(ntlmv2_is_response(span_make(bytes, 24)));
	assert_true(ntlmv2_is_response(span_make(bytes, 25)));
}

/* The NTLMv2 response of smbclient, at its place in the message. */
#define RESPONSE_AT 112
#define RESPONSE_LEN 260

static void test_real(void **state)
{
	static const uint8_t no_binding[16];
	struct span bytes = token(authenticate_v2);
	struct reader r = reader_of(span_head(span_from(bytes, RESPONSE_AT), RESPONSE_LEN));
	struct av_pairs av;

	(void)state;
	assert_int_equal(ntlmv2_decode(&r, &av), 0);
	assert_wide(av.value[MsvAvNbDomainName], "CORP");
	assert_wide(av.value[MsvAvNbComputerName], "FS1");
	assert_wide(av.value[MsvAvDnsDomainName], "corp.example");
	assert_wide(av.value[MsvAvDnsComputerName], "fs1.corp.example");
	assert_wide(av.value[MsvAvTargetName], "cifs/10.77.0.30");
	assert_int_equal(av.flags, AV_FLAG_MIC);
	assert_int_equal(av.value[MsvAvTimestamp].len, 8);
	assert_int_equal(av.value[MsvAvChannelBindings].len, sizeof(no_binding));
	assert_memory_equal(av.value[MsvAvChannelBindings].ptr, no_binding, sizeof(no_binding));
	token_free(bytes);
}

static void check(struct span bytes, int (*decoder)(struct reader *r, struct av_pairs *ret_pairs))
{
	struct reader r = reader_of(bytes);
	struct av_pairs av = {0};
	int rc = decoder(&r, &av);

	assert_int_equal(rc, r.why ? -EBADMSG : 0);
	assert_true(r.why_pos <= bytes.len);
	for (size_t i = 0; i < AV_ID__COUNT; i++)
		assert_inside(bytes, av.value[i]);
}

static void probe(struct span bytes)
{
	check(bytes, av_pairs_decode);
	check(bytes, ntlmv2_decode);
}

static void test_hostile(void **state)
{
	char hex[2 * RESPONSE_LEN + 1] = {0};

	(void)state;
	memcpy(hex, authenticate_v2 + 2 * RESPONSE_AT, sizeof(hex) - 1);
	hostile(hex, probe);
	hostile(hex + 2 * 44, probe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),	     cmocka_unit_test(test_end),
		cmocka_unit_test(test_first_counts), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_many),     cmocka_unit_test(test_response),
		cmocka_unit_test(test_is_response),  cmocka_unit_test(test_real),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
