#include <errno.h>
#include <stdio.h>

#include "carrier/conn.h"
#include "harness.h"
#include "unit.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))
#define A STREAM_A_TO_B
#define B STREAM_B_TO_A

/* The shortest of each kind, in base64. */
#define NEGOTIATE "TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAA="
#define CHALLENGE "TlRMTVNTUAACAAAAAAAAADgAAAA="
#define AUTHENTICATE "TlRMTVNTUAADAAAAGAAYAEAAAAA="

#define LOG_NEGOTIATE(key)                                                                         \
	"token key=" key " dir=0 direct=1 len=32 4e544c4d535350000100000007820"                    \
	"8a2\n"
#define LOG_CHALLENGE(key)                                                                         \
	"token key=" key " dir=1 direct=1 len=20 4e544c4d53535000020000000000"                     \
	"0000\n"
#define LOG_AUTHENTICATE(key)                                                                      \
	"token key=" key " dir=0 direct=1 len=20 4e544c4d53535000030000001800"                     \
	"1800\n"
#define LOG_TARGET(key) "target key=" key " service=sip host=ocs.corp.example\n"
#define LOG_OK(key) "answer key=" key " dir=1 status=0x00000000 target_follows=0\n"
#define LOG_REFUSED(key) "answer key=" key " dir=1 status=0xc000006d target_follows=0\n"

#define FIELDS(call, cseq)                                                                         \
	"Via: SIP/2.0/TCP 10.0.0.9:49152\r\n"                                                      \
	"From: <sip:alice@corp.example>;tag=1;epid=2\r\nTo: <sip:alice@corp.example>\r\n"          \
	"Call-ID: " call "\r\nCSeq: " cseq "\r\n"
#define REGISTER(call, cseq, fields)                                                               \
	"REGISTER sip:corp.example SIP/2.0\r\n" FIELDS(call, cseq " REGISTER") fields              \
		"Content-Length: 0\r\n\r\n"
#define REPLY(status, call, cseq, fields)                                                          \
	"SIP/2.0 " status "\r\n" FIELDS(call, cseq " REGISTER") fields "Content-Length: 0\r\n\r\n"
/* [MS-SIPAE] 4: as client and server write them */
#define PARAMS(data)                                                                               \
	"NTLM qop=\"auth\", realm=\"SIP Communications Service\", "                                \
	"targetname=\"ocs.corp.example\", gssapi-data=\"" data "\", version=4\r\n"
#define OFFERS                                                                                     \
	"WWW-Authenticate: Kerberos realm=\"SIP Communications Service\", "                        \
	"targetname=\"sip/ocs.corp.example\", version=4\r\n"                                       \
	"WWW-Authenticate: TLS-DSK realm=\"SIP Communications Service\", "                         \
	"targetname=\"ocs.corp.example\", version=4, sts-uri=\"https://ocs/\"\r\n"                 \
	"WWW-Authenticate: NTLM realm=\"SIP Communications Service\", "                            \
	"targetname=\"ocs.corp.example\", version=4\r\n"
#define CREDENTIALS(data) "Authorization: " PARAMS(data)
#define CHALLENGES "WWW-Authenticate: " PARAMS(CHALLENGE)
#define SIGNED                                                                                     \
	"Authorization: NTLM qop=\"auth\", opaque=\"6D\", realm=\"SIP Communications Service\", "  \
	"targetname=\"ocs.corp.example\", crand=\"a1b2c3d4\", cnum=\"1\", "                        \
	"response=\"0100000000000000ffffffffffffffff\"\r\n"

struct say {
	enum stream_dir dir;
	const char *text; /* NULL = a hole */
};

static void feed(struct harness *h, const struct say *s, size_t piece)
{
	size_t len = s->text ? strlen(s->text) : 0, n;

	if (!s->text)
		harness_gap(h, s->dir);
	for (size_t i = 0; i < len; i += n) {
		n = piece && piece < len - i ? piece : len - i;
		harness_feed(h, s->dir, s->text + i, n);
	}
}

static void check(const struct say *says, size_t n, int rc, const char *log)
{
	static const size_t pieces[] = {0, 1, 7, 100};

	for (size_t p = 0; p < N(pieces); p++) {
		struct harness h;

		harness_init(&h, &carrier_sip);
		for (size_t i = 0; i < n; i++)
			feed(&h, &says[i], pieces[p]);
		assert_string_equal(h.log.ptr ? h.log.ptr : "", log);
		assert_int_equal(h.rc, rc);
		harness_finish(&h);
	}
}

#define CHECK(rc, log, ...)                                                                        \
	do {                                                                                       \
		const struct say says_[] = {__VA_ARGS__};                                          \
		check(says_, N(says_), rc, log);                                                   \
	} while (0)

/* [MS-SIPAE] 4.1: offered, asked for, challenged, answered, and signed from then on. */
static void test_register(void **state)
{
	(void)state;
	CHECK(0, LOG_CHALLENGE("0") LOG_AUTHENTICATE("0") LOG_TARGET("0") LOG_OK("0"),
	      {A, REGISTER("c1", "1", "")}, {B, REPLY("401 Unauthorized", "c1", "1", OFFERS)},
	      {A, REGISTER("c1", "2", CREDENTIALS(""))},
	      {B, REPLY("401 Unauthorized", "c1", "2", CHALLENGES)},
	      {A, REGISTER("c1", "3", CREDENTIALS(AUTHENTICATE))},
	      {B, REPLY("100 Trying", "c1", "3", "")}, {B, REPLY("200 OK", "c1", "3", "")},
	      {A, REGISTER("c1", "4", SIGNED)}, {B, REPLY("200 OK", "c1", "4", "")});
}

static void test_refused_then_again(void **state)
{
	(void)state;
	CHECK(0,
	      LOG_CHALLENGE("0") LOG_AUTHENTICATE("0") LOG_TARGET("0") LOG_REFUSED("0")
		      LOG_CHALLENGE("1") LOG_AUTHENTICATE("1") LOG_TARGET("1") LOG_OK("1"),
	      {B, REPLY("401 Unauthorized", "c1", "2", CHALLENGES)},
	      {A, REGISTER("c1", "3", CREDENTIALS(AUTHENTICATE))},
	      {B, REPLY("401 Unauthorized", "c1", "3", CHALLENGES)},
	      {A, REGISTER("c1", "4", CREDENTIALS(AUTHENTICATE))},
	      {B, REPLY("200 OK", "c1", "4", "")});
}

/* With a NEGOTIATE, as other implementations have it; white space and case as RFC 3261 lets them be. */
static void test_negotiate_and_syntax(void **state)
{
	(void)state;
	CHECK(0,
	      LOG_NEGOTIATE("0") LOG_TARGET("0") LOG_CHALLENGE("0") LOG_AUTHENTICATE("0")
		      LOG_TARGET("0") LOG_REFUSED("0"),
	      {A, "\r\n\r\nREGISTER sip:corp.example SIP/2.0\r\ni: c1\r\ncseq : 2  REGISTER\r\n"
		  "AUTHORIZATION: ntlm  GSSAPI-DATA = \"" NEGOTIATE "\" ,\r\n"
		  "\ttargetname=\"sip/ocs.corp.example\",realm=\"a, \\\" b\"\r\nl: 5\r\n\r\nhello"},
	      {B, REPLY("401 Unauthorized", "c1", "2", CHALLENGES)},
	      {A, "REGISTER sips:corp.example SIP/2.0\r\ni:c1\r\nCSeq:3 REGISTER\r\n"
		  "Authorization: NTLM targetname=\"ocs.corp.example\",gssapi-data=" AUTHENTICATE
		  "\r\nl:0\r\n\r\n"},
	      {B, REPLY("401 Unauthorized", "c1", "3", "")});
}

/* Responses in another order than their requests; two calls at once; the server asks, too. */
static void test_matching(void **state)
{
	(void)state;
	CHECK(0,
	      LOG_AUTHENTICATE("0") LOG_TARGET("0") LOG_AUTHENTICATE("1") LOG_TARGET("1")
		      LOG_REFUSED("1") LOG_OK("0"),
	      {A, REGISTER("c1", "3", CREDENTIALS(AUTHENTICATE))},
	      {A, REGISTER("c2", "3", CREDENTIALS(AUTHENTICATE))},
	      {B, "OPTIONS sip:alice@10.0.0.9 SIP/2.0\r\nCall-ID: c1\r\nCSeq: 3 OPTIONS\r\n"
		  "Content-Length: 0\r\n\r\n"},
	      {A, "SIP/2.0 200 OK\r\nCall-ID: c1\r\nCSeq: 3 OPTIONS\r\nContent-Length: 0\r\n\r\n"},
	      {B, REPLY("200 OK", "c3", "3", "")}, {B, REPLY("200 OK", "c1", "2", "")},
	      {B, REPLY("401 Unauthorized", "c2", "3", "")}, {B, REPLY("200 OK", "c1", "3", "")},
	      {B, REPLY("401 Unauthorized", "c1", "3", "")});
}

static void test_proxy(void **state)
{
	static const char invite[] = "INVITE sip:bob@corp.example SIP/2.0\r\n" FIELDS(
		"c1", "3 INVITE") "Proxy-Authorization: " PARAMS(AUTHENTICATE) "Content-Length: "
									       "4\r\n\r\nv=0\n";
	static const char ack[] = "ACK sip:bob@corp.example SIP/2.0\r\n" FIELDS(
		"c1",
		"3 ACK") "Proxy-Authorization: " PARAMS(AUTHENTICATE) "Content-Length: 0\r\n\r\n";
	static const char cancelled[] =
		"SIP/2.0 200 OK\r\n" FIELDS("c1", "3 CANCEL") "Content-Length: 0\r\n\r\n";

	(void)state;
	CHECK(0, LOG_AUTHENTICATE("0") LOG_TARGET("0") LOG_REFUSED("0"), {A, invite},
	      {B, cancelled}, {B, REPLY("407 No", "c1", "3", "")}, {A, ack});
	CHECK(0, LOG_AUTHENTICATE("0") LOG_TARGET("0") LOG_OK("0"), {A, invite},
	      {B, REPLY("401 No", "c1", "3", "")}, {A, ack});
	/* the proxy refused before the server saw it */
	CHECK(0, LOG_AUTHENTICATE("0") LOG_TARGET("0"),
	      {A, REGISTER("c1", "3", CREDENTIALS(AUTHENTICATE))},
	      {B, REPLY("407 No", "c1", "3", "")}, {B, REPLY("200 OK", "c1", "3", "")});
}

/* UDP sends again what was not answered in time. */
static void test_sent_again(void **state)
{
	(void)state;
	CHECK(0,
	      LOG_CHALLENGE("0") LOG_CHALLENGE("0") LOG_AUTHENTICATE("0") LOG_TARGET("0")
		      LOG_AUTHENTICATE("0") LOG_TARGET("0") LOG_OK("0"),
	      {B, REPLY("401 No", "c1", "2", CHALLENGES)},
	      {B, REPLY("401 No", "c1", "2", CHALLENGES)},
	      {A, REGISTER("c1", "3", CREDENTIALS(AUTHENTICATE))},
	      {B, REPLY("401 No", "c1", "2", CHALLENGES)},
	      {A, REGISTER("c1", "3", CREDENTIALS(AUTHENTICATE))},
	      {B, REPLY("200 OK", "c1", "3", "")}, {B, REPLY("200 OK", "c1", "3", "")});
}

static void test_other_schemes(void **state)
{
	(void)state;
	CHECK(0, "",
	      {A, REGISTER("c1", "1",
			   "Authorization: Kerberos gssapi-data=\"" AUTHENTICATE
			   "\"\r\nAuthorization: TLS-DSK gssapi-data=\"" NEGOTIATE
			   "\"\r\nAuthorization: Digest username=\"NTLM\"\r\n"
			   "Authorization: NTLMv9 gssapi-data=\"" NEGOTIATE
			   "\"\r\nAuthorization: NTLM\r\nAuthorization:\r\n")},
	      {B, REPLY("200 OK", "c1", "1", "")});
}

static void test_malformed(void **state)
{
	(void)state;
	CHECK(0, "malformed SIP request: invalid base64 at 290\n",
	      {A, REGISTER("c1", "1", CREDENTIALS("TlRM!"))});
	CHECK(-EBADMSG, "malformed SIP request: Content-Length senseless at 67\n",
	      {A, "BYE sip:a SIP/2.0\r\nCall-ID: c1\r\nCSeq: 1 BYE\r\nl: 3\r\nContent-Length: "
		  "x\r\n\r\n"});
	CHECK(-EBADMSG, "malformed SIP request: CSeq senseless at 25\n",
	      {A, "BYE sip:a SIP/2.0\r\nCSeq: 4294967296 BYE\r\n\r\n"});
	CHECK(-EBADMSG, "", {A, "BYE sip:a SIP/2.0\r\nCSeq: 1 BYE\r\n\r\n\x16\x03\x01"});
}

static void test_hole(void **state)
{
	(void)state;
	CHECK(0, LOG_AUTHENTICATE("0") LOG_TARGET("0") LOG_REFUSED("0"),
	      {A, REGISTER("c1", "3", CREDENTIALS(AUTHENTICATE))},
	      {B, "SIP/2.0 100 Trying\r\nCall-ID"}, {B, NULL}, {B, REPLY("401 No", "c1", "3", "")});
}

static void test_head_too_long(void **state)
{
	static char x[1000];
	struct harness h;

	(void)state;
	memset(x, 'x', sizeof(x));
	harness_init(&h, &carrier_sip);
	harness_feed(&h, A, "BYE sip:a SIP/2.0\r\nX: ", 22);
	for (int i = 0; i < 70 && h.rc == 0; i++)
		harness_feed(&h, A, x, sizeof(x));
	assert_int_equal(h.rc, -EBADMSG);
	assert_int_equal(h.tally.n[TALLY_CARRIER_LIMIT], 1);
	harness_finish(&h);
}

/* More calls than are remembered: counted, and what is answered is its own. */
static void test_many_calls(void **state)
{
	char text[2048];
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_sip);
	for (int i = 0; i < 40; i++) {
		snprintf(text, sizeof(text), REGISTER("c%d", "3", CREDENTIALS(AUTHENTICATE)), i);
		harness_feed(&h, A, text, strlen(text));
	}
	text_reset(&h.log);
	assert_int_equal(h.tally.n[TALLY_CARRIER_LIMIT], 8);
	for (int i = 0; i < 40; i++) {
		snprintf(text, sizeof(text), REPLY("200 OK", "c%d", "3", ""), i);
		harness_feed(&h, B, text, strlen(text));
	}
	assert_non_null(strstr(h.log.ptr, LOG_OK("8")));
	assert_null(strstr(h.log.ptr, LOG_OK("7")));
	assert_int_equal(h.rc, 0);
	harness_finish(&h);
}

static void test_probe(void **state)
{
	static const struct {
		const char *text;
		enum carrier_match match;
	} probes[] = {
		{"REGISTER sip:corp.example SIP/2.0\r\n", CARRIER_YES},
		{"NEGOTIATE sip:127.0.0.1:5061 SIP/2.0\r\n", CARRIER_YES},
		{"INVITE tel:+1-201-555-0123 SIP/2.0\r\n", CARRIER_YES},
		{"SUBSCRIBE sips:a", CARRIER_YES},
		{"SIP/2.0 401 Unauthorized", CARRIER_YES},
		{"SIP/2.0 40", CARRIER_MORE},
		{"SIP", CARRIER_MORE},
		{"RE", CARRIER_MORE},
		{"REGISTER", CARRIER_MORE},
		{"REGISTER ", CARRIER_MORE},
		{"REGISTER si", CARRIER_MORE},
		{"SIP/2.0 999 No", CARRIER_NO},
		{"SIP/2.0 2x0 No", CARRIER_NO},
		{"SIP/1.0 200 OK", CARRIER_NO},
		{"REGISTERS sip:a", CARRIER_NO},
		{"OPTIONS * HTTP/1.1\r\n", CARRIER_NO},
		{"OPTIONS rtsp://a RTSP/1.0\r\n", CARRIER_NO},
		{"NOTIFY sip:a HTTP/1.1\r\n", CARRIER_NO},
		{"register sip:a SIP/2.0\r\n", CARRIER_NO},
		{"\x16\x03", CARRIER_NO},
	};

	(void)state;
	for (size_t i = 0; i < N(probes); i++) {
		size_t want = 0;

		assert_int_equal(carrier_sip.probe(span_str(probes[i].text), &want),
				 probes[i].match);
		assert_true(probes[i].match != CARRIER_MORE || want > strlen(probes[i].text));
	}
}

/* HTTP has some of the methods; the connection finds out which it is. */
static void test_found_beside_http(void **state)
{
	static const char text[] = "OPTIONS sip:corp.example SIP/2.0\r\nCall-ID: 1\r\n\r\n";
	struct appetite a;
	struct harness h;
	struct conn c;

	(void)state;
	harness_init(&h, &carrier_sip);
	conn_init(&c, 49152, 80);
	conn_data(&c, &h.env, A, span_str(text), &a);
	assert_ptr_equal(c.carrier, &carrier_sip);
	conn_finish(&c);
	harness_finish(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_register),
		cmocka_unit_test(test_refused_then_again),
		cmocka_unit_test(test_negotiate_and_syntax),
		cmocka_unit_test(test_matching),
		cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_sent_again),
		cmocka_unit_test(test_other_schemes),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_hole),
		cmocka_unit_test(test_head_too_long),
		cmocka_unit_test(test_many_calls),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_found_beside_http),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
