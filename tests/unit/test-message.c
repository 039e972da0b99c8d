/* The carriers of messages: Kerberos and DNS over TCP. */
#include <errno.h>
#include <stdio.h>

#include "dns-messages.h"
#include "kerberos-messages.h"
#include "segments.h"

static enum carrier_match probe(const struct carrier *carrier, const char *hex, size_t len)
{
	size_t size, want = 0;
	uint8_t *bytes = segment_bytes(hex, &size), *head = malloc(len ? len : 1);
	enum carrier_match match;

	assert_non_null(head);
	assert_true(len <= size);
	memcpy(head, bytes, len);
	match = carrier->probe(span_make(head, len), &want);
	if (match == CARRIER_MORE)
		assert_true(want > len && want <= 64);
	free(bytes);
	free(head);
	return match;
}

static enum carrier_match probe_all(const struct carrier *carrier, const char *hex)
{
	return probe(carrier, hex, strlen(hex) / 2);
}

/* A message with its length in front, in hex. */
static const char *framed(const char *hex, int digits)
{
	static char out[8192];

	assert_true(strlen(hex) + 8 < sizeof(out));
	(void)snprintf(out, sizeof(out), "%0*zx%s", digits, strlen(hex) / 2, hex);
	return out;
}

static void test_kerberos(void **state)
{
	static char request[4096], reply[4096];
	const struct segment segments[] = {{STREAM_A_TO_B, request}, {STREAM_B_TO_A, reply}};

	(void)state;
	(void)snprintf(request, sizeof(request), "%s", framed(as_req, 8));
	(void)snprintf(reply, sizeof(reply), "%s", framed(error_preauth, 8));
	assert_log(&carrier_kerberos, segments, N(segments),
		   "message kerberos dir=0 len=186 6a81b73081b4a103020105a20302010a\n"
		   "message kerberos dir=1 len=305 7e82012d30820129a003020105a10302\n");
}

static void test_kerberos_probe(void **state)
{
	static const char *const messages[] = {as_req,	as_rep,	       tgs_req,
					       tgs_rep, error_preauth, error_unknown};

	(void)state;
	for (size_t i = 0; i < N(messages); i++) {
		const char *hex = framed(messages[i], 8);

		for (size_t n = 0; n < 21; n++)
			assert_int_equal(probe(&carrier_kerberos, hex, n), CARRIER_MORE);
		assert_int_equal(probe(&carrier_kerberos, hex, 21), CARRIER_YES);
		assert_int_equal(probe_all(&carrier_kerberos, hex), CARRIER_YES);
	}
}

static void test_kerberos_not(void **state)
{
	static const char *const rows[] = {
		"01",
		"0001",
		"800000ba6a",
		"000000ba6b7f00000000000000000000000000000000",
		"000000f0fe534d42", /* SMB2 */
		"000000f0ff534d42", /* SMB1 */
		"000000ba6e",	    /* AP-REQ */
		/* lengths that disagree; no sequence; another version */
		"000000bb6a81b73081b4a103020105a20302010a00",
		"000000ba6a81b63081b4a103020105a20302010a00",
		"000000ba6a81b73081b3a103020105a20302010a00",
		"000000ba6a81b73181b4a103020105a20302010a00",
		"000000ba6a81b73081b4a003020105a20302010a00",
		"000000ba6a81b73081b4a103020104a20302010a00",
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++)
		assert_int_equal(probe_all(&carrier_kerberos, rows[i]), CARRIER_NO);
}

static int feed(const struct carrier *carrier, const char *hex, struct tally *ret_tally)
{
	struct harness h;
	int rc;

	harness_init(&h, carrier);
	segment_feed(&h, STREAM_A_TO_B, hex, 0);
	rc = h.rc;
	*ret_tally = h.tally;
	assert_null(h.log.ptr);
	harness_finish(&h);
	return rc;
}

static void test_kerberos_lengths(void **state)
{
	struct tally tally;

	(void)state;
	assert_int_equal(feed(&carrier_kerberos, "800000ba6a", &tally), -EBADMSG);
	assert_int_equal(feed(&carrier_kerberos, "ffffffff6a", &tally), -EBADMSG);
	assert_int_equal(feed(&carrier_kerberos, "000000ba00", &tally), -EBADMSG);
	assert_int_equal(feed(&carrier_kerberos, "000100006a", &tally), 0); /* still waited for */
	assert_int_equal(tally.n[TALLY_TOKEN_TOO_LONG], 0);
	assert_int_equal(feed(&carrier_kerberos, "000100016a", &tally), 0); /* passed over */
	assert_int_equal(tally.n[TALLY_TOKEN_TOO_LONG], 1);
}

static void test_dns(void **state)
{
	static char queries[4096], answers[4096];
	const struct segment segments[] = {{STREAM_A_TO_B, queries}, {STREAM_B_TO_A, answers}};

	(void)state;
	(void)snprintf(queries, sizeof(queries), "%s", framed(dns_srv_query, 4));
	strcat(queries, framed(dns_srv_query, 4)); /* two at once, RFC 7766 6.2.1.1 */
	(void)snprintf(answers, sizeof(answers), "%s", framed(dns_srv, 4));
	strcat(answers, framed(dns_srv_nxdomain, 4));
	assert_log(&carrier_dns, segments, N(segments),
		   "message dns dir=0 len=45 138e01000001000000000000095f6b65\n"
		   "message dns dir=0 len=45 138e01000001000000000000095f6b65\n"
		   "message dns dir=1 len=128 138e85800001000100010000095f6b65\n"
		   "message dns dir=1 len=109 097685830001000000010000095f6b65\n");
}

static void test_dns_probe(void **state)
{
	static const char *const messages[] = {dns_srv_query, dns_srv,		dns_a,
					       dns_aaaa_none, dns_srv_nxdomain, dns_srv_refused,
					       dns_alias};

	(void)state;
	for (size_t i = 0; i < N(messages); i++) {
		const char *hex = framed(messages[i], 4);
		size_t size = strlen(hex) / 2, head = size < 64 ? size : 64;

		for (size_t n = 0; n < head; n++)
			assert_int_equal(probe(&carrier_dns, hex, n), CARRIER_MORE);
		assert_int_equal(probe(&carrier_dns, hex, head), CARRIER_YES);
		assert_int_equal(probe_all(&carrier_dns, hex), CARRIER_YES);
	}
	/* a name longer than what is looked at */
	assert_int_equal(probe_all(&carrier_dns, "005d000101000001000000000000"
						 "3f"
						 "61616161616161616161616161616161"
						 "61616161616161616161616161616161"
						 "61616161616161616161616161616161"
						 "6161"),
			 CARRIER_YES);
}

static void test_dns_not(void **state)
{
	static const char *const rows[] = {
		"10",
		"0010",
		"000000ba",
		"16030100",
		"474554",
		"000000f0fe534d42",
		"05000b0310", /* DCE/RPC: read as opcode 2 */
		/* a query with an opcode; with Z; with AA; with an answer; two questions; no question */
		"00110001"
		"2800"
		"0001000000000000"
		"0161"
		"00"
		"00010001",
		"00130001"
		"0140"
		"0001000000000000"
		"0161"
		"00"
		"00010001",
		"00130001"
		"0500"
		"0001000000000000"
		"0161"
		"00"
		"00010001",
		"00130001"
		"0100"
		"0001000100000000"
		"0161"
		"00"
		"00010001",
		"00130001"
		"0100"
		"0002000000000000"
		"0161"
		"00"
		"00010001",
		"00130001"
		"0100"
		"0000000000000000"
		"0161"
		"00"
		"00010001",
		/* a response with more records than there is room for */
		"00130001"
		"8100"
		"0001000100000000"
		"0161"
		"00"
		"00010001",
		/* a root name; a label with a blank; one too long; class 0 */
		"00110001"
		"0100"
		"0001000000000000"
		"00"
		"00010001",
		"00130001"
		"0100"
		"0001000000000000"
		"0120"
		"00"
		"00010001",
		"00130001"
		"0100"
		"0001000000000000"
		"c061"
		"00"
		"00010001",
		"00130001"
		"0100"
		"0001000000000000"
		"0161"
		"00"
		"00010000",
		"00130001"
		"0100"
		"0001000000000000"
		"0161"
		"00"
		"00000001",
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++)
		assert_int_equal(probe_all(&carrier_dns, rows[i]), CARRIER_NO);
	assert_int_equal(probe_all(&carrier_dns, "00130001"
						 "0100"
						 "0001000000000000"
						 "0161"
						 "00"
						 "00010001"),
			 CARRIER_YES);
}

static void test_dns_lengths(void **state)
{
	struct tally tally;

	(void)state;
	assert_int_equal(feed(&carrier_dns, "000b00", &tally), -EBADMSG);
	assert_int_equal(feed(&carrier_dns, "0000", &tally), -EBADMSG);
	assert_int_equal(feed(&carrier_dns, "ffff0001", &tally), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kerberos),     cmocka_unit_test(test_kerberos_probe),
		cmocka_unit_test(test_kerberos_not), cmocka_unit_test(test_kerberos_lengths),
		cmocka_unit_test(test_dns),	     cmocka_unit_test(test_dns_probe),
		cmocka_unit_test(test_dns_not),	     cmocka_unit_test(test_dns_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
