#include <errno.h>

#include "carrier/ldap-bind.h"
#include "ldap-streams.h"

#define AUTHENTICATE "NTLMSSP\0\3\0\0\0"
#define NEGOTIATE "NTLMSSP\0\1\0\0\0"
#define CHALLENGE "NTLMSSP\0\2\0\0\0"
#define SPAN(literal) span_make(literal, sizeof(literal) - 1)

/* A message under construction, inside out; lengths in Windows' form (84 and four bytes). */
struct ber {
	uint8_t bytes[1024];
	size_t len;
};

static void ber_put(struct ber *b, struct span bytes)
{
	assert_true(bytes.len <= sizeof(b->bytes) - b->len);
	if (bytes.len)
		memcpy(b->bytes + b->len, bytes.ptr, bytes.len);
	b->len += bytes.len;
}

static void ber_tlv(struct ber *b, uint8_t tag, struct span value)
{
	uint8_t head[] = {tag, 0x84, 0, 0, (uint8_t)(value.len >> 8), (uint8_t)value.len};

	ber_put(b, span_make(head, sizeof(head)));
	ber_put(b, value);
}

static struct ber message(uint8_t id, uint8_t op, const struct ber *content)
{
	struct ber body = {.bytes = {DER_INTEGER, 1, id}, .len = 3};
	struct ber whole = {.len = 0};

	ber_tlv(&body, op, span_make(content->bytes, content->len));
	ber_tlv(&whole, DER_SEQUENCE, span_make(body.bytes, body.len));
	return whole;
}

static struct ber bind_request(uint8_t id, uint8_t choice, struct span auth)
{
	struct ber content = {.bytes = {DER_INTEGER, 1, 3, DER_OCTET_STRING, 0}, .len = 5};

	ber_tlv(&content, choice, auth);
	return message(id, LDAP_BIND_REQUEST, &content);
}

static struct ber sasl_request(uint8_t id, const char *mechanism, struct span token)
{
	struct ber sasl = {.len = 0};

	ber_tlv(&sasl, DER_OCTET_STRING, span_str(mechanism));
	if (token.len)
		ber_tlv(&sasl, DER_OCTET_STRING, token);
	return bind_request(id, 0xa3, span_make(sasl.bytes, sasl.len));
}

static struct ber response(uint8_t id, uint8_t op, uint8_t result, const char *diagnostic)
{
	struct ber content = {.bytes = {DER_ENUMERATED, 1, result, DER_OCTET_STRING, 0}, .len = 5};

	ber_tlv(&content, DER_OCTET_STRING, span_str(diagnostic));
	return message(id, op, &content);
}

static void feed(struct harness *h, enum stream_dir d, const struct ber *b)
{
	harness_feed(h, d, b->bytes, b->len);
}

static void request(struct harness *h, struct ber b)
{
	feed(h, STREAM_A_TO_B, &b);
}

static void answer(struct harness *h, struct ber b)
{
	feed(h, STREAM_B_TO_A, &b);
}

static const char *log_of(const struct harness *h)
{
	return h->log.ptr ? h->log.ptr : "";
}

static void test_sicily(void **state)
{
	(void)state;
	assert_log(&carrier_ldap, sicily, N(sicily),
		   "token key=0 dir=0 direct=1 len=32 4e544c4d5353500001000000050288a0\n"
		   "token key=0 dir=1 direct=1 len=280 4e544c4d535350000200000012001200\n"
		   "token key=0 dir=0 direct=1 len=426 4e544c4d535350000300000018001800\n"
		   "answer key=0 dir=1 status=0x00000000 target_follows=0\n");
}

static void test_sasl_ntlm(void **state)
{
	(void)state;
	assert_log(&carrier_ldap, sasl_ntlm, N(sasl_ntlm),
		   "token key=0 dir=0 direct=1 len=32 4e544c4d535350000100000007020000\n"
		   "token key=0 dir=1 direct=1 len=66 4e544c4d535350000200000012001200\n"
		   "token key=0 dir=0 direct=1 len=146 4e544c4d535350000300000000000000\n"
		   "answer key=0 dir=1 status=0x00000000 target_follows=0\n");
}

static void test_spnego(void **state)
{
	(void)state;
	assert_log(&carrier_ldap, spnego_sealed, N(spnego_sealed),
		   "token key=0 dir=0 direct=0 len=74 604806062b0601050502a03e303ca00e\n"
		   "token key=0 dir=1 direct=0 len=197 a181c23081bfa0030a0101a10c060a2b\n"
		   "token key=0 dir=0 direct=0 len=361 a182016530820161a0030a0101a28201\n"
		   "token key=0 dir=1 direct=0 len=29 a11b3019a0030a0100a3120410010000\n"
		   "answer key=0 dir=1 status=0x00000000 target_follows=0\n");
	assert_log(&carrier_ldap, spnego_raw, N(spnego_raw),
		   "token key=0 dir=0 direct=0 len=40 4e544c4d5353500001000000978208e2\n"
		   "token key=0 dir=1 direct=0 len=256 4e544c4d535350000200000012001200\n");
}

static void test_status(void **state)
{
	static const struct {
		uint32_t result;
		const char *diagnostic;
		uint32_t status;
	} rows[] = {
		{0, "data 52e", 0},
		{49,
		 "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, "
		 "data 52e, v2580",
		 0xc000006d},
		{49, "8009030C: LdapErr: DSID-0C0904DC, comment: error, data 775, v1db1",
		 0xc0000234},
		{49, "data 525", 0xc0000064},
		{49, "data 530, ", 0xc000006f},
		{49, "data 533", 0xc0000072},
		{49, "data 52E", 0xc000006d},
		{49, "data 80090346, v4563", 0xc000035b},
		{49, "data 800903461", 0xc000035b},
		{49, "data ", 0xc000006d},
		{49, "data", 0xc000006d},
		{49, "", 0xc000006d},
		{49, "data 7fffffffffffffff", 0xc000006d},
		{8, "data 533", 0xc0000022},
		{53, "", 0xc0000022},
		{0xffffffff, "", 0xc0000022},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++)
		assert_int_equal(ldap_status(rows[i].result, span_str(rows[i].diagnostic)),
				 rows[i].status);
}

/* Several messages in one segment, among them a controlled search that is of no interest. */
static void test_segment_of_many(void **state)
{
	struct ber all = {.len = 0}, content = {.len = 0}, one;
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_ldap);
	one = message(1, 0x63, &content);
	ber_put(&all, span_make(one.bytes, one.len));
	one = sasl_request(2, "GSS-SPNEGO", SPAN(NEGOTIATE));
	ber_put(&all, span_make(one.bytes, one.len));
	one = sasl_request(3, "gss-spnego", SPAN(AUTHENTICATE));
	ber_put(&all, span_make(one.bytes, one.len));
	request(&h, all);
	answer(&h, response(3, LDAP_BIND_RESPONSE, 49, "data 533"));
	assert_int_equal(h.rc, 0);
	assert_string_equal(log_of(&h),
			    "token key=0 dir=0 direct=0 len=12 4e544c4d5353500001000000\n"
			    "token key=0 dir=0 direct=0 len=12 4e544c4d5353500003000000\n"
			    "answer key=0 dir=1 status=0xc0000072 target_follows=0\n");
	harness_finish(&h);
}

/* Only the server's response to the bind that brought the AUTHENTICATE is its answer, and only once. */
static void test_answer_matches(void **state)
{
	static const char token[] = "token key=0 dir=0 direct=1 len=12 4e544c4d5353500003000000\n";
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_ldap);
	request(&h, bind_request(7, 0x8b, SPAN(AUTHENTICATE)));
	answer(&h, response(6, LDAP_BIND_RESPONSE, 0, ""));
	request(&h, response(7, LDAP_BIND_RESPONSE, 0, ""));
	answer(&h, response(7, LDAP_BIND_RESPONSE, 14, ""));
	assert_string_equal(log_of(&h), token);
	/* a last leg of SPNEGO without NTLMSSP */
	request(&h, sasl_request(8, "GSS-SPNEGO", SPAN("\xa1\x07\x30\x05\xa0\x03\x0a\x01\x01")));
	answer(&h, response(8, LDAP_BIND_RESPONSE, 53, ""));
	answer(&h, response(8, LDAP_BIND_RESPONSE, 0, ""));
	assert_non_null(strstr(log_of(&h), "status=0xc0000022"));
	assert_null(strstr(log_of(&h), "status=0x00000000"));
	harness_finish(&h);
}

/* In a capture whose responses come late, the first bind's is not the second's answer. */
static void test_late_answer(void **state)
{
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_ldap);
	request(&h, sasl_request(1, "GSS-SPNEGO", SPAN(AUTHENTICATE)));
	request(&h, sasl_request(2, "GSS-SPNEGO", SPAN(AUTHENTICATE)));
	answer(&h, response(1, LDAP_BIND_RESPONSE, 49, ""));
	assert_null(strstr(log_of(&h), "answer"));
	answer(&h, response(2, LDAP_BIND_RESPONSE, 0, ""));
	assert_non_null(strstr(log_of(&h), "answer key=0 dir=1 status=0x00000000"));
	harness_finish(&h);
}

/* Binds that can't be NTLM say nothing, and end what was under way. */
static void test_other_binds(void **state)
{
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_ldap);
	request(&h, bind_request(1, 0x80, SPAN("password")));
	answer(&h, response(1, LDAP_BIND_RESPONSE, 0, ""));
	request(&h, sasl_request(2, "DIGEST-MD5", SPAN("NTLMSSP")));
	answer(&h, response(2, LDAP_BIND_RESPONSE, 49, ""));
	request(&h, bind_request(3, 0x89, SPAN("")));
	answer(&h, response(3, LDAP_BIND_RESPONSE, 0, ""));
	assert_string_equal(log_of(&h), "");
	request(&h, sasl_request(4, "NTLM", SPAN(AUTHENTICATE)));
	request(&h, bind_request(5, 0x80, SPAN("password")));
	answer(&h, response(5, LDAP_BIND_RESPONSE, 0, ""));
	assert_string_equal(log_of(&h),
			    "token key=0 dir=0 direct=1 len=12 4e544c4d5353500003000000\n");
	harness_finish(&h);
}

static void test_starttls(void **state)
{
	static const char oid[] = "1.3.6.1.4.1.1466.20037";
	struct ber content = {.len = 0};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_ldap);
	ber_tlv(&content, 0x80, span_str(oid));
	request(&h, message(1, LDAP_EXTENDED_REQUEST, &content));
	answer(&h, response(1, LDAP_EXTENDED_RESPONSE, 52, "no TLS"));
	request(&h, message(2, LDAP_EXTENDED_REQUEST, &content));
	answer(&h, response(0, LDAP_EXTENDED_RESPONSE, 0, "notice"));
	assert_false(h.half[STREAM_B_TO_A].never);
	answer(&h, response(2, LDAP_EXTENDED_RESPONSE, 0, ""));
	assert_true(h.half[STREAM_B_TO_A].never);
	assert_int_equal(h.rc, 0);
	harness_feed(&h, STREAM_A_TO_B, "\x16\x03\x01\x02", 4);
	assert_int_equal(h.rc, -EBADMSG); /* for the carrier TLS to find */
	harness_finish(&h);
}

/* What is long is passed over by arithmetic; a bind that is too long is counted. */
static void test_long_messages(void **state)
{
	static const uint8_t found[] = {0x30, 0x83, 0x20, 0,	0,    2,   1,
					9,    0x64, 0x83, 0x1f, 0xff, 0xf8};
	static const uint8_t bind[] = {0x30, 0x83, 0x03, 0,    0,    2,	  1,
				       9,    0x60, 0x83, 0x02, 0xff, 0xf8};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_ldap);
	harness_feed(&h, STREAM_B_TO_A, found, sizeof(found));
	assert_int_equal(h.half[STREAM_B_TO_A].skip, 0x200005 - sizeof(found));
	assert_int_equal(h.tally.n[TALLY_TOKEN_TOO_LONG], 0);
	harness_feed(&h, STREAM_A_TO_B, bind, sizeof(bind));
	assert_int_equal(h.half[STREAM_A_TO_B].skip, 0x30005 - sizeof(bind));
	assert_int_equal(h.tally.n[TALLY_TOKEN_TOO_LONG], 1);
	assert_int_equal(h.rc, 0);
	harness_finish(&h);
}

/* Sealed buffers are believed after a SASL bind only, and plain messages may follow them. */
static void test_sealed(void **state)
{
	static const uint8_t sealed[] = {0, 0, 0x10, 0, 1, 0, 0, 0};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_ldap);
	harness_feed(&h, STREAM_A_TO_B, sealed, sizeof(sealed));
	assert_int_equal(h.rc, -EBADMSG);
	harness_finish(&h);

	harness_init(&h, &carrier_ldap);
	request(&h, sasl_request(1, "GSSAPI", SPAN("krb5")));
	harness_feed(&h, STREAM_A_TO_B, sealed, sizeof(sealed));
	assert_int_equal(h.half[STREAM_A_TO_B].skip, 0x1004 - sizeof(sealed));
	harness_feed(&h, STREAM_B_TO_A, "\0\0\0\0", 4);
	for (size_t i = sizeof(sealed); i < 0x1004; i++)
		harness_feed(&h, STREAM_A_TO_B, "x", 1);
	request(&h, sasl_request(2, "NTLM", SPAN(NEGOTIATE)));
	assert_int_equal(h.rc, 0);
	assert_non_null(strstr(log_of(&h), "direct=1 len=12"));
	harness_finish(&h);
}

/* Broken inside, whole outside: said, and the stream goes on. */
static void test_malformed(void **state)
{
	struct ber content = {.bytes = {DER_INTEGER, 1, 3, DER_OCTET_STRING, 9}, .len = 5};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_ldap);
	request(&h, message(1, LDAP_BIND_REQUEST, &content));
	answer(&h, message(1, LDAP_BIND_RESPONSE, &content));
	request(&h, bind_request(2, 0xa3,
				 SPAN("\x04\x7f"
				      "NTLM")));
	request(&h, bind_request(3, 0x8a, SPAN(NEGOTIATE)));
	assert_int_equal(h.rc, 0);
	assert_string_equal(log_of(&h),
			    "malformed LDAP bindRequest: truncated at 20\n"
			    "malformed LDAP bindResponse: unexpected tag at 15\n"
			    "malformed LDAP SaslCredentials: truncated at 28\n"
			    "token key=0 dir=0 direct=1 len=12 4e544c4d5353500001000000\n");
	assert_int_equal(h.tally.n[TALLY_CARRIER_MALFORMED], 3);
	harness_feed(&h, STREAM_A_TO_B, "\x16\x03", 2);
	assert_int_equal(h.rc, -EBADMSG);
	harness_finish(&h);
}

static void test_probe(void **state)
{
	const struct {
		struct span head;
		enum carrier_match match;
	} rows[] = {
		{SPAN("\x30\x05\x02\x01\x07\x42\x00"), CARRIER_YES},
		{SPAN("\x30\x84\x00\x00\x00\x06\x02\x02\x00\x98\x42\x00"), CARRIER_YES},
		{SPAN("\x30\x09\x02\x01\x07\x42\x00\xa0\x02\x30\x00"), CARRIER_YES},
		{SPAN("\x30\x09\x02\x01\x07\x42\x00\x04\x02\x30\x00"), CARRIER_NO},
		{SPAN("\x30"), CARRIER_MORE},
		{SPAN("\x30\x84\x00"), CARRIER_MORE},
		{SPAN("\x30\x84\x00\x00\x01\x00\x02\x04\x01"), CARRIER_MORE},
		{SPAN("\x30\x50\x02\x01\x01\x60"), CARRIER_MORE},
		/* indefinite, too long in bytes, too long at all, too short */
		{SPAN("\x30\x80\x02\x01\x01\x60\x00"), CARRIER_NO},
		{SPAN("\x30\x85\x00\x00\x00\x00\x10\x02"), CARRIER_NO},
		{SPAN("\x30\x84\xff\xff\xff\xff\x02\x01\x01\x60\x00"), CARRIER_NO},
		{SPAN("\x30\x04\x02\x01\x07\x42"), CARRIER_NO},
		/* the operation does not fit, or is none; the id is too long or empty */
		{SPAN("\x30\x05\x02\x01\x07\x60\x01\x00"), CARRIER_NO},
		{SPAN("\x30\x84\x00\x00\x00\x10\x02\x01\x07\x60\x84\xff\xff\xff\xff"), CARRIER_NO},
		{SPAN("\x30\x05\x02\x01\x07\x40\x00"), CARRIER_NO},
		{SPAN("\x30\x05\x02\x01\x07\x62\x00"), CARRIER_NO},
		{SPAN("\x30\x0a\x02\x05\x00\x00\x00\x00\x01\x42\x00"), CARRIER_NO},
		{SPAN("\x30\x05\x02\x00\x42\x00\x00"), CARRIER_NO},
		/* SNMP, Kerberos over TCP, SMB, TLS, HTTP */
		{SPAN("\x30\x29\x02\x01\x01\x04\x06public\xa0\x1c"), CARRIER_NO},
		{SPAN("\x00\x00\x05\x1b\x6c\x82\x05\x17\x30"), CARRIER_NO},
		{SPAN("\x00\x00\x00\x54\xffSMB"), CARRIER_NO},
		{SPAN("\x16\x03\x01\x02\x00\x01"), CARRIER_NO},
		{SPAN("GET / HTTP/1.1\r\n"), CARRIER_NO},
	};
	size_t want;

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		want = 0;
		assert_int_equal(carrier_ldap.probe(rows[i].head, &want), rows[i].match);
		if (rows[i].match == CARRIER_MORE)
			assert_true(want > rows[i].head.len && want <= 64);
	}
}

/* After a hole a server's challenge still is worth reporting; its bind was not seen. */
static void test_gap(void **state)
{
	struct ber content = {
		.bytes = {DER_ENUMERATED, 1, 14, DER_OCTET_STRING, 0, DER_OCTET_STRING, 0},
		.len = 7};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_ldap);
	harness_gap(&h, STREAM_A_TO_B);
	ber_tlv(&content, 0x87, SPAN(CHALLENGE));
	answer(&h, message(1, LDAP_BIND_RESPONSE, &content));
	answer(&h, response(2, LDAP_BIND_RESPONSE, 0, ""));
	assert_string_equal(log_of(&h),
			    "token key=0 dir=1 direct=0 len=12 4e544c4d5353500002000000\n");
	harness_finish(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sicily),		cmocka_unit_test(test_sasl_ntlm),
		cmocka_unit_test(test_spnego),		cmocka_unit_test(test_status),
		cmocka_unit_test(test_segment_of_many), cmocka_unit_test(test_answer_matches),
		cmocka_unit_test(test_late_answer),	cmocka_unit_test(test_other_binds),
		cmocka_unit_test(test_starttls),	cmocka_unit_test(test_long_messages),
		cmocka_unit_test(test_sealed),		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_probe),		cmocka_unit_test(test_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
