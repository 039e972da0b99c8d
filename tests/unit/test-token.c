#include "ntlm/token.h"

#include <errno.h>

#include "ntlm/ntlmssp.h"
#include "tokens.h"

struct token_case {
	const char *hex;
	struct token want; /* but ntlm */
	size_t ntlm_at, ntlm_len;
};

static void check(const struct token_case *c)
{
	struct span bytes = token(c->hex);
	struct reader r = reader_of(bytes);
	struct token t;

	assert_int_equal(token_decode(&r, &t), 0);
	assert_int_equal(t.wrap, c->want.wrap);
	assert_int_equal(t.mechs, c->want.mechs);
	assert_int_equal(t.first_mech, c->want.first_mech);
	assert_int_equal(t.neg_state, c->want.neg_state);
	assert_int_equal(t.has_mech_list_mic, c->want.has_mech_list_mic);
	assert_int_equal(t.ntlm.len, c->ntlm_len);
	if (t.ntlm.len > 0)
		assert_ptr_equal(t.ntlm.ptr, bytes.ptr + c->ntlm_at);
	token_free(bytes);
}

static void check_all(const struct token_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check(&cases[i]);
}

#define CHECK_ALL(cases) check_all(cases, sizeof(cases) / sizeof((cases)[0]))

static void refused(const char *hex, const char *why, size_t why_pos)
{
	struct span bytes = token(hex);
	struct reader r = reader_of(bytes);
	struct token t = {.mechs = 42};

	assert_int_equal(token_decode(&r, &t), -EBADMSG);
	assert_string_equal(r.why, why);
	assert_int_equal(r.why_pos, why_pos);
	assert_int_equal(t.mechs, 42);
	token_free(bytes);
}

static void test_init(void **state)
{
	const struct token_case cases[] = {
		{spnego_hints,
		 {TOKEN_SPNEGO_INIT, MECH_NTLMSSP, MECH_NTLMSSP, NEG_STATE_ABSENT, {0}, false},
		 0,
		 0},
		{spnego_init,
		 {TOKEN_SPNEGO_INIT, MECH_NTLMSSP, MECH_NTLMSSP, NEG_STATE_ABSENT, {0}, false},
		 34,
		 40},
		{spnego_negoex,
		 {TOKEN_SPNEGO_INIT,
		  MECH_NEGOEX | MECH_MS_KRB5 | MECH_KRB5 | MECH_NTLMSSP | MECH_OTHER,
		  MECH_NEGOEX,
		  NEG_STATE_ABSENT,
		  {0},
		  false},
		 0,
		 0},
	};

	(void)state;
	CHECK_ALL(cases);
}

static void test_init_mic(void **state)
{
	static const struct token with = {.wrap = TOKEN_SPNEGO_INIT,
					  .neg_state = NEG_STATE_ABSENT,
					  .has_mech_list_mic = true};
	static const struct token without = {.wrap = TOKEN_SPNEGO_INIT,
					     .neg_state = NEG_STATE_ABSENT};
	const struct token_case cases[] = {
		{"a0093007a305"
		 "0403616263",
		 with, 0, 0},
		{"a00b3009a3023000a403"
		 "040161",
		 with, 0, 0},
		{"a0063004a3023000", without, 0, 0},
		{"a0043002a300", without, 0, 0},
		{"a0023000", without, 0, 0},
	};

	(void)state;
	CHECK_ALL(cases);
}

static void test_resp(void **state)
{
	const struct token_case cases[] = {
		{spnego_challenge,
		 {TOKEN_SPNEGO_RESP, MECH_NTLMSSP, 0, NEG_STATE_ACCEPT_INCOMPLETE, {0}, false},
		 29,
		 120},
		{spnego_krb,
		 {TOKEN_SPNEGO_RESP, MECH_KRB5, 0, NEG_STATE_ACCEPT_COMPLETED, {0}, false},
		 0,
		 0},
		{spnego_request_mic,
		 {TOKEN_SPNEGO_RESP, MECH_NTLMSSP, 0, NEG_STATE_REQUEST_MIC, {0}, false},
		 0,
		 0},
		{spnego_done,
		 {TOKEN_SPNEGO_RESP, 0, 0, NEG_STATE_ACCEPT_COMPLETED, {0}, false},
		 0,
		 0},
		{"a1073005a0030a0102",
		 {TOKEN_SPNEGO_RESP, 0, 0, NEG_STATE_REJECT, {0}, false},
		 0,
		 0},
		{"a1093007a305"
		 "0403616263",
		 {TOKEN_SPNEGO_RESP, 0, 0, NEG_STATE_ABSENT, {0}, true},
		 0,
		 0},
	};

	(void)state;
	CHECK_ALL(cases);
}

#define HELLO "4e544c4d53535000010000000682080000000000" /* 20 bytes */
#define OID_SPNEGO "06062b0601050502"
#define OID_NTLMSSP "060a2b06010401823702020a"
#define OID_KRB5 "06092a864886f712010202"

static void test_raw_gss_other(void **state)
{
	const struct token_case cases[] = {
		{negotiate_curl, {TOKEN_RAW, 0, 0, NEG_STATE_ABSENT, {0}, false}, 0, 32},
		{gss_krb, {TOKEN_GSS, MECH_KRB5, 0, NEG_STATE_ABSENT, {0}, false}, 0, 0},
		{"6020" OID_NTLMSSP HELLO,
		 {TOKEN_GSS, MECH_NTLMSSP, 0, NEG_STATE_ABSENT, {0}, false},
		 14,
		 20},
		{"", {TOKEN_OTHER, 0, 0, NEG_STATE_ABSENT, {0}, false}, 0, 0},
		{"6e8201", {TOKEN_OTHER, 0, 0, NEG_STATE_ABSENT, {0}, false}, 0, 0},
		{"4e544c4d535350", {TOKEN_OTHER, 0, 0, NEG_STATE_ABSENT, {0}, false}, 0, 0},
	};

	(void)state;
	CHECK_ALL(cases);
}

/* An initiator that prefers Kerberos and yet sends NTLMSSP at once. */
static void test_optimistic(void **state)
{
	const struct token_case krb_first = {"a0"
					     "35"
					     "30"
					     "33"
					     "a0"
					     "19"
					     "30"
					     "17" OID_KRB5 OID_NTLMSSP "a2"
					     "16"
					     "04"
					     "14" HELLO,
					     {TOKEN_SPNEGO_INIT,
					      MECH_KRB5 | MECH_NTLMSSP,
					      MECH_KRB5,
					      NEG_STATE_ABSENT,
					      {0},
					      false},
					     35,
					     20};

	(void)state;
	check(&krb_first);
}

static void test_wrapped_twice(void **state)
{
	static const struct token init = {.wrap = TOKEN_SPNEGO_INIT, .neg_state = NEG_STATE_ABSENT};
	const struct token_case cases[] = {
		/* GSS-API framing within, once */
		{"a028"
		 "3026"
		 "a224"
		 "0422"
		 "6020" OID_NTLMSSP HELLO,
		 init, 22, 20},
		/* SPNEGO within SPNEGO, with and without framing */
		{"a020"
		 "301e"
		 "a21c"
		 "041a"
		 "a018"
		 "3016"
		 "a214"
		 "0412"
		 "4e544c4d5353500001000000068208000000",
		 init, 16, 18},
		{"a02a"
		 "3028"
		 "a226"
		 "0424"
		 "6022" OID_SPNEGO "a018"
		 "3016"
		 "a214"
		 "0412"
		 "4e544c4d5353500001000000068208000000",
		 init, 26, 18},
		/* twice is not looked into */
		{"a028"
		 "3026"
		 "a224"
		 "0422"
		 "a020"
		 "301e"
		 "a21c"
		 "041a"
		 "a018"
		 "3016"
		 "a214"
		 "0412"
		 "4e544c4d5353500001000000068208000000",
		 init, 0, 0},
		/* another mechanism's token may look like anything */
		{"a00a"
		 "3008"
		 "a206"
		 "0404"
		 "60ffffff",
		 init, 0, 0},
	};

	(void)state;
	CHECK_ALL(cases);
}

static void test_long_lengths(void **state)
{
	const struct token_case padded = {"a1820022"
					  "3084000000"
					  "1c"
					  "a28200"
					  "18"
					  "048200"
					  "14" HELLO,
					  {TOKEN_SPNEGO_RESP, 0, 0, NEG_STATE_ABSENT, {0}, false},
					  18,
					  20};

	(void)state;
	check(&padded);
}

static void test_refused(void **state)
{
	(void)state;
	refused("60", "truncated", 1);
	refused("600506062b0601", "truncated", 4);
	refused("6002"
		"0500",
		"unexpected tag", 2);
	refused("6080" OID_SPNEGO "a0023000"
		"0000",
		"indefinite length", 2);
	refused("a080"
		"3000"
		"0000",
		"indefinite length", 2);
	refused("a001", "truncated", 2);
	refused("a0020400", "unexpected tag", 2);
	refused("a1073005a0030a0104", "unknown negState", 9);
	refused("a1073005a003020100", "unexpected tag", 6);
	refused("600a" OID_SPNEGO "a400", "truncated", 12);
	refused("600c" OID_SPNEGO "a4023000", "unknown NegotiationToken", 14);
	refused("a0073005a203040961", "truncated", 8);
}

static void test_too_many_mechanisms(void **state)
{
	uint8_t bytes[12 + 2 * 65] = {0xa0, 0x81, 137, 0x30, 0x81, 134,
				      0xa0, 0x81, 131, 0x30, 0x81, 128};
	struct reader r;
	struct token t;

	(void)state;
	for (size_t i = 12; i < sizeof(bytes); i += 2)
		bytes[i] = 0x06;
	r = reader_of(span_make(bytes, sizeof(bytes) - 2));
	assert_int_equal(token_decode(&r, &t), 0);
	assert_int_equal(t.mechs, MECH_OTHER);
	bytes[2] += 2, bytes[5] += 2, bytes[8] += 2, bytes[11] += 2;
	r = reader_of(span_make(bytes, sizeof(bytes)));
	assert_int_equal(token_decode(&r, &t), -EBADMSG);
	assert_string_equal(r.why, "too many mechanisms");
}

/* A wrapper in a wrapper, 16,000 times, each with a length of its own. */
static void test_endless(void **state)
{
	enum { N = 16000 };
	static uint8_t bytes[4 * N];
	struct reader r = reader_of(span_make(bytes, sizeof(bytes)));
	struct token t;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i += 4) {
		size_t left = sizeof(bytes) - i - 4;

		bytes[i] = i / 4 % 2 ? 0x30 : 0xa0;
		bytes[i + 1] = 0x82;
		bytes[i + 2] = (uint8_t)(left >> 8);
		bytes[i + 3] = (uint8_t)left;
	}
	assert_int_equal(token_decode(&r, &t), -EBADMSG);
	assert_string_equal(r.why, "unexpected tag");
	assert_int_equal(r.why_pos, 16);
}

static void probe(struct span bytes)
{
	struct reader r = reader_of(bytes);
	struct token t = {0};
	int rc = token_decode(&r, &t);

	assert_int_equal(rc, r.why ? -EBADMSG : 0);
	assert_true(r.why_pos <= bytes.len);
	assert_inside(bytes, t.ntlm);
	if (t.ntlm.len > 0)
		assert_true(ntlm_is_message(t.ntlm));
}

static const char *const real[] = {
	spnego_hints,	    spnego_init, spnego_challenge, spnego_negoex,  spnego_krb,
	spnego_request_mic, spnego_done, gss_krb,	   negotiate_curl,
};

static void test_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(real) / sizeof(real[0]); i++)
		hostile(real[i], probe);
}

/* The outer length covers all of it, so no part of a token is a token. */
static void test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(real) / sizeof(real[0]) - 1; i++)
		for (size_t n = 1; n < strlen(real[i]) / 2; n++) {
			struct span bytes = token_head(real[i], n);
			struct reader r = reader_of(bytes);
			struct token t;

			assert_int_equal(token_decode(&r, &t), -EBADMSG);
			assert_string_equal(r.why, "truncated");
			token_free(bytes);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_init),
		cmocka_unit_test(test_init_mic),
		cmocka_unit_test(test_resp),
		cmocka_unit_test(test_raw_gss_other),
		cmocka_unit_test(test_optimistic),
		cmocka_unit_test(test_wrapped_twice),
		cmocka_unit_test(test_long_lengths),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_many_mechanisms),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
