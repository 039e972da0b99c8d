#include <errno.h>

#include "carrier/conn.h"
#include "harness.h"
#include "unit.h"

#define A STREAM_A_TO_B
#define B STREAM_B_TO_A
#define S(literal) literal, sizeof(literal) - 1

/* [MS-RDPBCGR] 4.1.1 and 4.1.2: a request with a cookie for standard security, and its confirmation */
#define REQUEST_COOKIE                                                                             \
	"\x03\x00\x00\x2c\x27\xe0\x00\x00\x00\x00\x00"                                             \
	"Cookie: mstshash=eltons\r\n"                                                              \
	"\x01\x00\x08\x00\x00\x00\x00\x00"
#define CONFIRM_RDP "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x00\x08\x00\x00\x00\x00\x00"
/* as clients of today ask: TLS, CredSSP, CredSSP with early authorization */
#define REQUEST_HYBRID                                                                             \
	"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x0b\x00\x00\x00"
#define CONFIRM_HYBRID                                                                             \
	"\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x1f\x08\x00\x02\x00\x00\x00"
#define FAILURE "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x03\x00\x08\x00\x05\x00\x00\x00"
#define MCS_INITIAL "\x03\x00\x01\xa0\x02\xf0\x80\x7f\x65\x82\x01\x94"
#define CLIENT_HELLO                                                                               \
	"\x16\x03\x01\x00\x3f\x01\x00\x00\x3b\x03\x03"                                             \
	"0123456789abcdef0123456789abcdef"                                                         \
	"\x00\x00\x02\x13\x01\x01\x00\x00\x10\x00\x00\x00\x0c\x00\x0a\x00\x00\x07"                 \
	"rdp.lan"

static enum carrier_match probe(const void *bytes, size_t len)
{
	size_t want = 0;
	enum carrier_match match = carrier_rdp.probe(span_make(bytes, len), &want);

	assert_true(match != CARRIER_MORE || want > len);
	return match;
}

static void test_probe(void **state)
{
	(void)state;
	assert_int_equal(probe(S(REQUEST_COOKIE)), CARRIER_YES);
	assert_int_equal(probe(S(REQUEST_HYBRID)), CARRIER_YES);
	assert_int_equal(probe(S(CONFIRM_HYBRID)), CARRIER_YES);
	assert_int_equal(probe(S(FAILURE)), CARRIER_YES);
	for (size_t n = 1; n < sizeof(REQUEST_HYBRID) - 1; n++)
		assert_int_equal(probe(REQUEST_HYBRID, n), CARRIER_MORE);
}

/* Others on TPKT, and requests that are not what they should be. */
static void test_probe_refuses(void **state)
{
	/* S7comm's connection request */
	static const char s7[] = "\x03\x00\x00\x16\x11\xe0\x00\x00\x00\x01\x00\xc0\x01\x0a\xc1\x02"
				 "\x01\x00\xc2\x02\x01\x02";
	char bad[sizeof(REQUEST_HYBRID)];
	static const struct {
		size_t at;
		char byte;
	} changes[] = {{0, 2},	  {1, 1},  {2, 2},  {3, 0x14}, {3, 0x0a}, {4, 0x0f},
		       {5, 0x70}, {10, 1}, {11, 2}, {13, 9},   {16, 1}};

	(void)state;
	assert_int_equal(probe(s7, sizeof(s7) - 1), CARRIER_NO);
	assert_int_equal(probe(S(MCS_INITIAL)), CARRIER_NO);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		memcpy(bad, REQUEST_HYBRID, sizeof(bad));
		bad[changes[i].at] = changes[i].byte;
		assert_int_equal(probe(bad, sizeof(bad) - 1), CARRIER_NO);
	}
}

static struct appetite say(struct conn *c, struct harness *h, enum stream_dir d, const void *bytes,
			   size_t len)
{
	struct appetite a = {0};

	conn_data(c, &h->env, d, span_make(bytes, len), &a);
	return a;
}

static void test_tls_follows(void **state)
{
	struct harness h;
	struct conn c;

	(void)state;
	harness_init(&h, &carrier_rdp);
	conn_init(&c, 49152, 3389);
	assert_int_equal(say(&c, &h, A, S(REQUEST_HYBRID)).skip, 19);
	assert_ptr_equal(c.carrier, &carrier_rdp);
	assert_int_equal(say(&c, &h, B, S(CONFIRM_HYBRID)).skip, 19);
	assert_null(h.log.ptr);
	assert_true(say(&c, &h, A, S(CLIENT_HELLO)).never);
	assert_ptr_equal(c.carrier, &carrier_tls);
	assert_string_equal(h.log.ptr, "encrypted TLS server_name=rdp.lan\n");
	conn_finish(&c);
	harness_finish(&h);
}

static void test_own_security(void **state)
{
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_rdp);
	harness_feed(&h, A, S(REQUEST_COOKIE));
	harness_feed(&h, B, S(CONFIRM_RDP));
	assert_false(h.half[A].never || h.half[B].never);
	harness_feed(&h, A, S(MCS_INITIAL));
	harness_feed(&h, B, S(MCS_INITIAL));
	assert_true(h.half[A].never && h.half[B].never);
	assert_int_equal(h.rc, 0);
	assert_null(h.log.ptr);
	harness_finish(&h);
}

static void test_pieces_and_nonsense(void **state)
{
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_rdp);
	for (size_t i = 0; i < sizeof(REQUEST_COOKIE) - 1; i++)
		harness_feed(&h, A, &REQUEST_COOKIE[i], 1);
	assert_int_equal(h.rc, 0);
	assert_int_equal(h.half[A].len, 0);
	harness_feed(&h, A,
		     S("\x03\x00\x00\x13\x0e\x80\x00\x00\x12\x34\x00\x02\x1f\x08\x00\x02\x00\x00"
		       "\x00"));
	assert_int_equal(h.rc, -EBADMSG);
	harness_finish(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_probe_refuses),
		cmocka_unit_test(test_tls_follows),
		cmocka_unit_test(test_own_security),
		cmocka_unit_test(test_pieces_and_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
