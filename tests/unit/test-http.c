#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "carrier/base64.h"
#include "carrier/http.h"
#include "harness.h"
#include "http-streams.h"
#include "unit.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* The shortest of each kind, in base64. */
#define NEGOTIATE "TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAA="
#define CHALLENGE "TlRMTVNTUAACAAAAAAAAADgAAAA="
#define AUTHENTICATE "TlRMTVNTUAADAAAAGAAYAEAAAAA="

/* How the harness writes them. */
#define LOG_NEGOTIATE                                                                              \
	"dir=0 direct=1 len=32 4e544c4d53535000010000000782"                                       \
	"08a2\n"
#define LOG_CHALLENGE                                                                              \
	"dir=1 direct=1 len=20 4e544c4d5353500002000000"                                           \
	"00000000\n"
#define LOG_AUTHENTICATE                                                                           \
	"dir=0 direct=1 len=20 4e544c4d5353500003000000"                                           \
	"18001800\n"
#define LOG_HOST "target key=0 service=HTTP host=fs1\n"
#define LOG_OK(key) "answer key=" key " dir=1 status=0x00000000 target_follows=0\n"
#define LOG_REFUSED(key) "answer key=" key " dir=1 status=0xc000006d target_follows=0\n"

#define GET(fields) "GET / HTTP/1.1\r\nHost: fs1\r\n" fields "\r\n"
#define GET_NEGOTIATE GET("Authorization: NTLM " NEGOTIATE "\r\n")
#define GET_AUTHENTICATE GET("Authorization: NTLM " AUTHENTICATE "\r\n")
#define EMPTY(status, fields) "HTTP/1.1 " status "\r\nContent-Length: 0\r\n" fields "\r\n"

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

/* The connection gives this log and this end, in segments as they came and in pieces of any size. */
static void check(const struct say *says, size_t n, int rc, const char *log)
{
	static const size_t pieces[] = {0, 1, 2, 7, 100};

	for (size_t p = 0; p < N(pieces); p++) {
		struct harness h;

		harness_init(&h, &carrier_http);
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
#define A STREAM_A_TO_B
#define B STREAM_B_TO_A

static void test_real_refusal(void **state)
{
	(void)state;
	check(refused, N(refused), 0,
	      "token key=0 dir=0 direct=1 len=32 4e544c4d535350000100000006820800\n"
	      "target key=0 service=HTTP host=fs1.corp.example\n"
	      "token key=0 dir=1 direct=1 len=162 4e544c4d535350000200000004000400\n"
	      "token key=0 dir=0 direct=1 len=258 4e544c4d535350000300000018001800\n"
	      "target key=0 service=HTTP host=fs1.corp.example\n" LOG_REFUSED("0"));
}

static void test_real_negotiate(void **state)
{
	(void)state;
	check(negotiated, N(negotiated), 0,
	      "token key=0 dir=0 direct=0 len=74 604806062b0601050502a03e303ca00e\n"
	      "target key=0 service=HTTP host=10.77.0.30\n"
	      "token key=0 dir=1 direct=0 len=149 a1819230818fa0030a0101a10c060a2b\n"
	      "token key=0 dir=0 direct=0 len=307 a182012f3082012ba0030a0101a28201\n"
	      "target key=0 service=HTTP host=10.77.0.30\n"
	      "token key=0 dir=1 direct=0 len=29 a11b3019a0030a0100a3120410010000\n" LOG_OK("0"));
}

#define LOG_WPAD                                                                                   \
	"token key=0 dir=0 direct=1 len=40 4e544c4d5353500001000000078208a2\n"                     \
	"target key=0 service=HTTP host=wpad\n"                                                    \
	"token key=0 dir=1 direct=1 len=190 4e544c4d535350000200000006000600\n"                    \
	"token key=0 dir=0 direct=1 len=448 4e544c4d535350000300000018001800\n"                    \
	"target key=0 service=HTTP host=wpad\n" LOG_OK("0")

static void test_real_keep_alive(void **state)
{
	(void)state;
	check(wpad, N(wpad), 0, LOG_WPAD LOG_WPAD);
}

/* Raw NTLMSSP in the scheme Negotiate was not asked for by name. */
static void test_raw_in_negotiate(void **state)
{
	(void)state;
	CHECK(0, "token key=0 dir=0 direct=0 len=20 4e544c4d535350000300000018001800\n" LOG_HOST,
	      {A, GET("authorization:negotiate\t" AUTHENTICATE "\r\n")});
}

static void test_proxy(void **state)
{
	(void)state;
	CHECK(0,
	      "token key=1 " LOG_AUTHENTICATE LOG_REFUSED(
		      "1") "token key=1 " LOG_CHALLENGE "token key=1 " LOG_AUTHENTICATE LOG_OK("1"),
	      {A, "GET http://web/ HTTP/1.1\r\nHost: web\r\nProxy-Authorization: NTLM " AUTHENTICATE
		  "\r\n\r\n"},
	      {B, EMPTY("407 No", "Proxy-Authenticate: NTLM " CHALLENGE "\r\n")},
	      {A, "GET http://web/ HTTP/1.1\r\nHost: web\r\nProxy-Authorization: NTLM " AUTHENTICATE
		  "\r\n\r\n"},
	      {B, EMPTY("401 The server's own affair", "")});
	/* the proxy's refusal says nothing of what was meant for the server */
	CHECK(0, "token key=0 " LOG_AUTHENTICATE LOG_HOST, {A, GET_AUTHENTICATE},
	      {B, EMPTY("407 No", "")});
}

static void test_connect_and_upgrade_end_http(void **state)
{
	(void)state;
	CHECK(-EBADMSG, "token key=1 " LOG_AUTHENTICATE LOG_OK("1"),
	      {A, "CONNECT web:443 HTTP/1.1\r\nProxy-Authorization: NTLM " AUTHENTICATE "\r\n\r\n"},
	      {B, "HTTP/1.1 200 Connection established\r\n\r\n"});
	CHECK(0,
	      "token key=1 " LOG_AUTHENTICATE LOG_REFUSED(
		      "1") "token key=0 " LOG_NEGOTIATE LOG_HOST,
	      {A, "CONNECT web:443 HTTP/1.1\r\nProxy-Authorization: NTLM " AUTHENTICATE "\r\n\r\n"},
	      {B, EMPTY("407 No", "")}, {A, GET_NEGOTIATE});
	CHECK(-EBADMSG, "", {A, GET("Upgrade: other\r\n")},
	      {B, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\n\r\n"});
	/* a web socket that Windows' authentication guards */
	CHECK(-EBADMSG, "token key=0 " LOG_AUTHENTICATE LOG_HOST LOG_OK("0"),
	      {A, GET("Upgrade: websocket\r\nAuthorization: NTLM " AUTHENTICATE "\r\n")},
	      {B, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"});
}

/* WinRM ([MS-WSMV] 2.2.9.1): bodies are sealed once the connection is authenticated, the field comes no more. */
#define WSMAN(fields, body) "POST /wsman HTTP/1.1\r\nHost: fs1:5985\r\n" fields "\r\n" body
#define SEALED_FIELDS                                                                              \
	"Content-Type: "                                                                           \
	"multipart/encrypted;protocol=\"application/HTTP-SPNEGO-session-encrypted\";"              \
	"boundary=\"Encrypted Boundary\"\r\nContent-Length: 149\r\n"
#define SEALED_BODY                                                                                \
	"--Encrypted Boundary\r\nContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n"      \
	"\r\n\x10\x01\x02"                                                                         \
	"GET / HTTP/1.1\r\nAuthorization: NTLM x\r\n\r\n"                                          \
	"--Encrypted Boundary--\r\n"

static void test_winrm(void **state)
{
	(void)state;
	CHECK(0,
	      "token key=0 dir=0 direct=0 len=32 4e544c4d535350000100000007820"
	      "8a2\n" LOG_HOST "token key=0 dir=1 direct=0 len=20 4e544c4d53535000020000000000"
	      "0000\n"
	      "token key=0 dir=0 direct=0 len=20 4e544c4d535350000300000018001800\n" LOG_HOST
		      LOG_OK("0"),
	      {A, WSMAN("Content-Length: 0\r\nAuthorization: Negotiate " NEGOTIATE "\r\n", "")},
	      {B, EMPTY("401 No", "WWW-Authenticate: Negotiate " CHALLENGE "\r\n")},
	      {A,
	       WSMAN("Authorization: Negotiate " AUTHENTICATE "\r\n" SEALED_FIELDS, SEALED_BODY)},
	      {B, "HTTP/1.1 200 OK\r\n" SEALED_FIELDS "\r\n" SEALED_BODY},
	      {A, WSMAN(SEALED_FIELDS, SEALED_BODY)},
	      {B, "HTTP/1.1 200 OK\r\n" SEALED_FIELDS "\r\n" SEALED_BODY},
	      {A, WSMAN("Authorization: Negotiate\r\nContent-Length: 0\r\n", "")});
}

static void test_answers(void **state)
{
	static const struct {
		const char *status, *answer;
	} rows[] = {
		{"200 OK", LOG_OK("0")},	{"302 Found", LOG_OK("0")},
		{"401 No", LOG_REFUSED("0")},	{"403 Forbidden", LOG_OK("0")},
		{"404 Not Found", LOG_OK("0")}, {"503 Later", LOG_OK("0")},
		{"401", LOG_REFUSED("0")},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		char response[128], log[512];

		snprintf(response, sizeof(response), "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n",
			 rows[i].status);
		snprintf(log, sizeof(log), "token key=0 " LOG_AUTHENTICATE LOG_HOST "%s",
			 rows[i].answer);
		CHECK(0, log, {A, GET_AUTHENTICATE}, {B, response});
	}
	/* NEGOTIATE is not answered, nor is no token */
	CHECK(0, "token key=0 " LOG_NEGOTIATE LOG_HOST, {A, GET_NEGOTIATE},
	      {B, EMPTY("200 OK", "")}, {A, GET("")},
	      {B, EMPTY("401 No", "WWW-Authenticate: NTLM, Negotiate\r\n")});
}

/* A refusal may start the next attempt: it comes before that attempt's token. */
static void test_refusal_with_challenge(void **state)
{
	(void)state;
	CHECK(0,
	      "token key=0 " LOG_AUTHENTICATE LOG_HOST LOG_REFUSED(
		      "0") "token key=0 " LOG_CHALLENGE,
	      {A, GET_AUTHENTICATE},
	      {B, EMPTY("401 No", "WWW-Authenticate: NTLM " CHALLENGE "\r\n")});
}

static void test_interim_response_is_none(void **state)
{
	(void)state;
	CHECK(0, "token key=0 " LOG_AUTHENTICATE LOG_HOST LOG_REFUSED("0"),
	      {A, "POST / HTTP/1.1\r\nHost: fs1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n"
		  "Authorization: NTLM " AUTHENTICATE "\r\n\r\n"},
	      {B, "HTTP/1.1 100 Continue\r\n\r\n"}, {A, "abc"},
	      {B, "HTTP/1.1 102 Processing\r\n\r\n" EMPTY("401 No", "")});
}

static void test_pipelining(void **state)
{
	(void)state;
	CHECK(0, "token key=0 " LOG_AUTHENTICATE LOG_HOST LOG_REFUSED("0"),
	      {A, GET("") GET("") GET_AUTHENTICATE GET("")},
	      {B, EMPTY("200 OK", "") "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde" EMPTY(
			  "401 No", "") EMPTY("200 OK", "")});
}

/* More than fit wait unmatched; those after them are matched again. */
static void test_pipeline_overflow(void **state)
{
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_http);
	for (int i = 0; i < HTTP_PENDING_MAX; i++)
		harness_feed(&h, A, GET(""), strlen(GET("")));
	for (int i = 0; i < 3; i++)
		harness_feed(&h, A, GET_AUTHENTICATE, strlen(GET_AUTHENTICATE));
	assert_int_equal(h.tally.n[TALLY_CARRIER_LIMIT], 3);
	text_reset(&h.log);
	for (int i = 0; i < HTTP_PENDING_MAX + 3; i++)
		harness_feed(&h, B, EMPTY("401 No", ""), strlen(EMPTY("401 No", "")));
	assert_int_equal(h.log.len, 0);
	harness_feed(&h, A, GET_AUTHENTICATE, strlen(GET_AUTHENTICATE));
	text_reset(&h.log);
	harness_feed(&h, B, EMPTY("401 No", ""), strlen(EMPTY("401 No", "")));
	assert_string_equal(h.log.ptr, LOG_REFUSED("0"));
	harness_finish(&h);
}

static void test_bodies(void **state)
{
	static const char *const bodies[] = {
		"HTTP/1.1 200 OK\r\ncontent-length : 9\r\n\r\nHTTP/1.1 ",
		"HTTP/1.1 200 OK\r\nContent-Length: 4, 4\r\n\r\nGET ",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Length: 7\r\n\r\n"
		"5\r\nHTTP/\r\nA ;x=\"y\"\r\n0123456789\r\n0000\r\nTrailer: one\r\nAnd: "
		"two\r\n\r\n",
		"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n0\n\n",
		"HTTP/1.1 204 No Content\r\nContent-Length: 77\r\n\r\n",
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n",
		"HTTP/1.1 304\r\n\r\n\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < N(bodies); i++)
		CHECK(0, "token key=0 " LOG_AUTHENTICATE LOG_HOST LOG_REFUSED("0"), {A, GET("")},
		      {B, bodies[i]}, {A, GET_AUTHENTICATE}, {B, EMPTY("401 No", "")});
}

static void test_request_bodies(void **state)
{
	(void)state;
	CHECK(0, "token key=0 " LOG_NEGOTIATE LOG_HOST,
	      {A, "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nGET \r\n0\r\n\r\n"
		  "PUT /x HTTP/1.1\r\nContent-Length: 6\r\n\r\nabcdef" GET_NEGOTIATE});
}

static void test_head_has_no_body(void **state)
{
	(void)state;
	CHECK(0, "token key=0 " LOG_AUTHENTICATE LOG_HOST LOG_OK("0"),
	      {A, "HEAD / HTTP/1.1\r\nHost: fs1\r\n\r\n"},
	      {B, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"}, {A, GET_AUTHENTICATE},
	      {B, EMPTY("200 OK", "")});
}

/* A body without length ends with a segment that begins with a response, should there be one. */
static void test_body_to_end(void **state)
{
	struct harness h;
	static const struct say says[] = {
		{A, GET_AUTHENTICATE},
		{B, "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"},
		{B, "and more HTTP/1.1 200 OK\r\n\r\n"},
		{A, GET_AUTHENTICATE},
		{B, EMPTY("401 No", "")},
	};

	(void)state;
	harness_init(&h, &carrier_http);
	for (size_t i = 0; i < N(says); i++)
		feed(&h, &says[i], 0);
	assert_int_equal(h.rc, 0);
	assert_string_equal(h.log.ptr,
			    "token key=0 " LOG_AUTHENTICATE LOG_HOST LOG_OK(
				    "0") "token key=0 " LOG_AUTHENTICATE LOG_HOST LOG_REFUSED("0"));
	harness_finish(&h);
}

static void test_huge_length_is_arithmetic(void **state)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n";
	struct appetite a = {0};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_http);
	assert_int_equal(carrier_http.data(h.state, &h.env, B, span_str(head), &a), 0);
	assert_true(a.skip == (uint64_t)INT64_MAX + strlen(head));
	harness_finish(&h);
	CHECK(-EBADMSG, "malformed HTTP response: Content-Length out of range at 33\n",
	      {B, "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\n"});
	CHECK(-EBADMSG, "malformed HTTP request: Content-Length senseless at 34\n",
	      {A, "POST /x HTTP/1.1\r\nContent-Length: -1\r\n\r\n"});
	CHECK(-EBADMSG, "malformed HTTP request: Content-Length senseless at 53\n",
	      {A, "POST /x HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"});
	CHECK(-EBADMSG, "malformed HTTP chunked body: chunk size senseless at 0\n",
	      {B, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"});
	CHECK(-EBADMSG, "malformed HTTP chunked body: chunk size senseless at 0\n",
	      {B, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"});
	CHECK(-EBADMSG, "malformed HTTP chunked body: chunk longer than its size at 0\n",
	      {B, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"});
}

static void test_fields(void **state)
{
	static const char *const heads[] = {
		GET("AUTHORIZATION:ntlm " NEGOTIATE "\r\n"),
		GET("Authorization :  NTLM   " NEGOTIATE "  \r\n"),
		GET("Authorization:\r\n\tNTLM\r\n " NEGOTIATE "\r\n"),
		GET("Authorization: NTLM TlRMTVNTUAABAAAA\r\n B4IIogAAAAAAAAAAAAAAAAAAAAA=\r\n"),
		GET("Authorization: NTLM TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAA\r\n"),
		GET("Authorization: Basic dTpw\r\nAuthorization: NTLM " NEGOTIATE "\r\n"),
		GET("no colon\r\n: no name\r\nAuthorization: NTLM " NEGOTIATE "\r\n"),
		"\r\n\nGET / HTTP/1.0\nHost:fs1\nAuthorization: NTLM " NEGOTIATE "\n\n",
		"RPC_IN_DATA /rpc/rpcproxy.dll?s:6001 HTTP/1.1\r\nHost: fs1\r\nContent-Length: "
		"1073741824\r\nAuthorization: NTLM " NEGOTIATE "\r\n\r\n",
		"GET /with space HTTP/1.1\r\nHost: fs1\r\nAuthorization: NTLM " NEGOTIATE
		"\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < N(heads); i++)
		CHECK(0, "token key=0 " LOG_NEGOTIATE LOG_HOST, {A, heads[i]});
}

static void test_challenge_lists(void **state)
{
	static const char *const lists[] = {
		"WWW-Authenticate: NTLM " CHALLENGE ", Basic realm=\"a, NTLM Zm9v\"\r\n",
		"WWW-Authenticate: Basic realm=\"\\\", NTLM Zm9v\", NTLM " CHALLENGE "\r\n",
		"WWW-Authenticate: Negotiate , ,, Digest qop=\"auth\", NTLM=x, ntlm " CHALLENGE
		"\r\n",
		"WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLMv3 Zm9v\r\n"
		"www-authenticate: NTLM " CHALLENGE "\r\nWWW-Authenticate: Basic realm=\"x\"\r\n",
	};

	(void)state;
	for (size_t i = 0; i < N(lists); i++) {
		char response[512];

		snprintf(response, sizeof(response), EMPTY("401 No", "%s"), lists[i]);
		CHECK(0, "token key=0 " LOG_CHALLENGE, {B, response});
	}
	/* credentials belong into requests, challenges into responses */
	CHECK(0, "", {A, GET("WWW-Authenticate: NTLM " CHALLENGE "\r\n")},
	      {B, EMPTY("401 No", "Authorization: NTLM " NEGOTIATE "\r\n")});
}

static void test_bad_base64(void **state)
{
	(void)state;
	CHECK(0, "malformed HTTP request: invalid base64 at 50\n",
	      {A, GET("Authorization: NTLM TlR*TVNTUAAB\r\n")});
	CHECK(0, "malformed HTTP request: invalid base64 at 56\n",
	      {A, GET("Authorization: NTLM TlRMTVNT=AAB\r\n")});
	CHECK(0, "malformed HTTP request: invalid base64 at 52\n",
	      {A, GET("Authorization: NTLM TlRMT\r\n")});
}

static void test_too_many_auth_fields(void **state)
{
	struct harness h;
	static const char field[] = "Authorization: NTLM Zm9v\r\n";

	(void)state;
	harness_init(&h, &carrier_http);
	harness_feed(&h, A, "GET / HTTP/1.1\r\n", 16);
	for (int i = 0; i < HTTP_AUTHS_MAX + 1; i++)
		harness_feed(&h, A, field, strlen(field));
	harness_feed(&h, A, "\r\n", 2);
	assert_int_equal(h.rc, 0);
	assert_int_equal(h.tally.n[TALLY_CARRIER_LIMIT], 1);
	harness_finish(&h);
}

static void test_hosts(void **state)
{
	static const struct {
		const char *line, *host;
	} rows[] = {
		{"GET / HTTP/1.1\r\nHost: fs1.corp.example:8080", "fs1.corp.example"},
		{"GET / HTTP/1.1\r\nHost: [fd00::1]:80", "fd00::1"},
		{"GET / HTTP/1.1\r\nHost: [fd00::1", "fd00::1"},
		{"GET http://other/x HTTP/1.1\r\nHost: 10.1.2.3", "10.1.2.3"},
		{"GET http://fs2:81/x HTTP/1.1\r\nX: y", "fs2"},
		{"GET http://me@fs2 HTTP/1.1\r\nX: y", "fs2"},
		{"GET http://[::1]/ HTTP/1.0\r\nX: y", "::1"},
		{"CONNECT fs3:443 HTTP/1.1\r\nX: y", "fs3"},
		{"GET / HTTP/1.1\r\nHost:", NULL},
		{"GET /http://x HTTP/1.1\r\nX: y", NULL},
		{"OPTIONS * HTTP/1.1\r\nX: y", NULL},
		{"GET http:// HTTP/1.1\r\nX: y", NULL},
		{"GET / HTTP/1.1\r\nHost: :80", NULL},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		char request[256], log[256];

		snprintf(request, sizeof(request),
			 "%s\r\nAuthorization: NTLM " NEGOTIATE "\r\n\r\n", rows[i].line);
		snprintf(log, sizeof(log), "token key=0 " LOG_NEGOTIATE "%s%s%s",
			 rows[i].host ? "target key=0 service=HTTP host=" : "",
			 rows[i].host ? rows[i].host : "", rows[i].host ? "\n" : "");
		CHECK(0, log, {A, request});
	}
}

/* Where it is not certain which request a response answers, nothing is said. */
static void test_no_wrong_status(void **state)
{
	(void)state;
	/* the capture began between request and response */
	CHECK(0, "token key=0 " LOG_CHALLENGE "token key=0 " LOG_AUTHENTICATE LOG_HOST LOG_OK("0"),
	      {B, EMPTY("401 No", "WWW-Authenticate: NTLM " CHALLENGE "\r\n")},
	      {A, GET_AUTHENTICATE}, {B, EMPTY("200 OK", "")});
	/* a response in the capture before its request */
	CHECK(0,
	      "token key=0 " LOG_AUTHENTICATE LOG_HOST
	      "token key=0 " LOG_AUTHENTICATE LOG_HOST LOG_REFUSED("0"),
	      {B, EMPTY("200 OK", "")}, {A, GET_AUTHENTICATE}, {A, GET_AUTHENTICATE},
	      {B, EMPTY("401 No", "")});
	/* all of them before */
	CHECK(0,
	      "token key=0 " LOG_CHALLENGE "token key=0 " LOG_NEGOTIATE LOG_HOST
	      "token key=0 " LOG_AUTHENTICATE LOG_HOST,
	      {B, EMPTY("401 No", "WWW-Authenticate: NTLM " CHALLENGE "\r\n")}, {A, GET_NEGOTIATE},
	      {B, EMPTY("200 OK", "")}, {A, GET_AUTHENTICATE}, {B, EMPTY("401 No", "")});
	/* all responses late: this one is not for the second attempt */
	CHECK(0,
	      "token key=0 " LOG_AUTHENTICATE LOG_HOST "token key=0 " LOG_NEGOTIATE LOG_HOST
	      "token key=0 " LOG_AUTHENTICATE LOG_HOST,
	      {A, GET_AUTHENTICATE}, {A, GET_NEGOTIATE}, {A, GET_AUTHENTICATE},
	      {B, EMPTY("401 No", "")});
	/* requests lost, responses lost */
	CHECK(0, "token key=0 " LOG_AUTHENTICATE LOG_HOST, {A, GET_AUTHENTICATE}, {A, NULL},
	      {B, EMPTY("401 No", "")});
	CHECK(0, "token key=0 " LOG_AUTHENTICATE LOG_HOST, {A, GET_AUTHENTICATE}, {B, NULL},
	      {B, EMPTY("401 No", "")});
}

/* A connection that goes on without credentials and is not refused has been authenticated. */
static void test_lost_answer_shows_later(void **state)
{
	(void)state;
	CHECK(0, "token key=0 " LOG_AUTHENTICATE LOG_HOST LOG_OK("0"), {A, GET_AUTHENTICATE},
	      {B, NULL}, {A, GET("")}, {B, EMPTY("404 No", "")}, {A, GET("")},
	      {B, EMPTY("200 OK", "")}, {A, GET("")}, {B, EMPTY("200 OK", "")});
	/* whichever request it answers, known or not */
	CHECK(0, "token key=0 " LOG_AUTHENTICATE LOG_HOST LOG_OK("0"), {A, GET_AUTHENTICATE},
	      {B, NULL}, {B, EMPTY("200 OK", "")});
	/* the step before, held up behind the hole */
	CHECK(0, "token key=0 " LOG_AUTHENTICATE LOG_HOST "token key=0 " LOG_CHALLENGE LOG_OK("0"),
	      {A, GET_AUTHENTICATE}, {B, NULL},
	      {B, EMPTY("401 No", "WWW-Authenticate: NTLM " CHALLENGE "\r\n")},
	      {B, EMPTY("302 Found", "")});
	CHECK(0, "token key=0 " LOG_AUTHENTICATE LOG_HOST, {A, GET_AUTHENTICATE}, {B, NULL},
	      {A, GET("")}, {B, EMPTY("401 No", "")}, {A, GET("")}, {B, EMPTY("200 OK", "")});
	CHECK(0, "token key=0 " LOG_AUTHENTICATE LOG_HOST "token key=0 " LOG_NEGOTIATE LOG_HOST,
	      {A, GET_AUTHENTICATE}, {B, NULL}, {A, GET_NEGOTIATE}, {B, EMPTY("200 OK", "")},
	      {A, GET("")}, {B, EMPTY("200 OK", "")});
}

static void test_probe(void **state)
{
	static const struct {
		const char *head;
		enum carrier_match match;
	} rows[] = {
		{"GET / HTTP/1.1\r\n", CARRIER_YES},
		{"GET / HTTP/1.1", CARRIER_YES},
		{"RPC_OUT_DATA /", CARRIER_YES},
		{"VERSION-CONTROL /", CARRIER_YES},
		{"CONNECT a:1 HTTP/1.0\r\n", CARRIER_YES},
		{"HTTP/1.1 200", CARRIER_YES},
		{"HTTP/1.0 401 No\r\n", CARRIER_YES},
		{"G", CARRIER_MORE},
		{"GET", CARRIER_MORE},
		{"GET ", CARRIER_MORE},
		{"H", CARRIER_MORE},
		{"HTTP/1.1 20", CARRIER_MORE},
		{"GETS / HTTP/1.1\r\n", CARRIER_YES}, /* servers ask for authentication first */
		{"get / HTTP/1.1\r\n", CARRIER_YES},
		{"M-SEARCH * HTTP/1.1\r\n", CARRIER_YES},
		{"\r\nGET / HTTP/1.1\r\n", CARRIER_YES},
		{"\r", CARRIER_MORE},
		{"\r\n", CARRIER_MORE},
		{"\r\n\r\n\r\nGET / HTTP/1.1\r\n", CARRIER_NO},
		{"GETS /", CARRIER_NO},
		{"gets", CARRIER_NO},
		{"5 / HTTP/1.1\r\n", CARRIER_NO},
		{"HELO fs1\r\n", CARRIER_NO},
		{"GET  / HTTP/1.1\r\n", CARRIER_NO},
		{"GET\t/ HTTP/1.1\r\n", CARRIER_NO},
		{"GET / HTTP/2.0\r\n", CARRIER_NO},
		{"GET /\r\n", CARRIER_NO},
		{"GET \x80", CARRIER_NO},
		{"OPTIONS rtsp://cam RTSP/1.0\r\n", CARRIER_NO},
		{"NOTIFY sip:a@b SIP/2.0\r\n", CARRIER_NO},
		{"PRI * HTTP/2.0\r\n", CARRIER_NO},
		{"HTTP/2 200", CARRIER_NO},
		{"HTTP/1.1 2x0", CARRIER_NO},
		{"HTTP/1.1 2000\r\n", CARRIER_NO},
		{"SSH-2.0-OpenSSH", CARRIER_NO},
		{"AAAAAAAAAAAAAAAAAAAAAAAAAAAA", CARRIER_NO},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		size_t want = 0;

		assert_int_equal(http_probe(span_str(rows[i].head), &want), rows[i].match);
		if (rows[i].match == CARRIER_MORE)
			assert_true(want > strlen(rows[i].head) && want <= 64);
	}
}

/* Every prefix of what is recognised must not be refused: a probe sees segments of any length. */
static void test_probe_prefixes(void **state)
{
	static const char *const heads[] = {"UNSUBSCRIBE / HTTP/1.1\r\n",
					    "BITS_POST /x HTTP/1.1\r\n", "HTTP/1.1 401 No\r\n"};

	(void)state;
	for (size_t i = 0; i < N(heads); i++)
		for (size_t n = 1; n < strlen(heads[i]); n++) {
			size_t want = 0;

			assert_true(http_probe(span_make(heads[i], n), &want) != CARRIER_NO);
		}
}

static void test_not_http_any_longer(void **state)
{
	(void)state;
	CHECK(-EBADMSG, "", {A, GET("")}, {B, "220 smtp\r\n"});
	CHECK(-EBADMSG, "", {A, GET("") "\x16\x03\x01"});
	/* both sides asking: not one connection of HTTP */
	CHECK(-EBADMSG, "", {A, GET("")}, {B, GET("")});
	CHECK(-EBADMSG, "", {A, "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n"});
}

/* Feeds a head of `len` bytes without end, `piece` bytes a call, straight as a flow's views. */
static int feed_endless(struct harness *h, size_t len, size_t piece)
{
	char *bytes = malloc(len);
	int rc = 0;

	assert_non_null(bytes);
	memset(bytes, 'a', len);
	for (size_t i = 100; i < len; i += 100)
		bytes[i] = '\n';
	memcpy(bytes, "GET / HTTP/1.1\r\n", 16);
	for (size_t n = piece; rc == 0 && n <= len; n += piece) {
		struct appetite a = {0};

		rc = carrier_http.data(h->state, &h->env, A, span_make(bytes, n), &a);
		if (rc == 0)
			assert_true(a.skip == 0 && a.want == n + 1 && a.want <= STREAM_WANT_MAX);
	}
	free(bytes);
	return rc;
}

static void test_endless_head(void **state)
{
	static const size_t pieces[] = {1, 1460, 1 << 20};

	(void)state;
	for (size_t i = 0; i < N(pieces); i++) {
		struct harness h;

		harness_init(&h, &carrier_http);
		assert_int_equal(feed_endless(&h, 1 << 20, pieces[i]), -EBADMSG);
		assert_int_equal(h.tally.n[TALLY_CARRIER_LIMIT], 1);
		assert_int_equal(h.tally.n[TALLY_CARRIER_MALFORMED], 1);
		harness_finish(&h);
	}
}

static void test_base64(void **state)
{
	static const struct {
		const char *text, *bytes;
	} rows[] = {
		{"", ""},
		{"Zg==", "f"},
		{"Zg", "f"},
		{"Zm8=", "fo"},
		{"Zm9v", "foo"},
		{"Zm9vYg", "foob"},
		{"Zm 9v\r\n Yg==", "foob"},
		{"Zg==  =", "f"},
		{"++//", "\xfb\xef\xff"},
	};
	static const char *const bad[] = {"Z", "Zm9vY", "Zm9-", "Zg==Zg==", "=x", "Zm\x80v"};
	uint8_t out[8];
	size_t n = 77;

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		assert_int_equal(base64_decode(span_str(rows[i].text), out, sizeof(out), &n), 0);
		assert_int_equal(n, strlen(rows[i].bytes));
		assert_memory_equal(out, rows[i].bytes, n);
	}
	for (size_t i = 0; i < N(bad); i++)
		assert_int_equal(base64_decode(span_str(bad[i]), out, sizeof(out), &n), -EBADMSG);
	assert_int_equal(base64_decode(span_str("Zm9vYg=="), out, 3, &n), -ENOBUFS);
	for (size_t len = 0; len < 64; len++)
		assert_true(BASE64_DECODED_MAX(len) >= len * 3 / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_refusal),
		cmocka_unit_test(test_real_negotiate),
		cmocka_unit_test(test_real_keep_alive),
		cmocka_unit_test(test_raw_in_negotiate),
		cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_connect_and_upgrade_end_http),
		cmocka_unit_test(test_winrm),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_refusal_with_challenge),
		cmocka_unit_test(test_interim_response_is_none),
		cmocka_unit_test(test_pipelining),
		cmocka_unit_test(test_pipeline_overflow),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_request_bodies),
		cmocka_unit_test(test_head_has_no_body),
		cmocka_unit_test(test_body_to_end),
		cmocka_unit_test(test_huge_length_is_arithmetic),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_challenge_lists),
		cmocka_unit_test(test_bad_base64),
		cmocka_unit_test(test_too_many_auth_fields),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_no_wrong_status),
		cmocka_unit_test(test_lost_answer_shows_later),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_probe_prefixes),
		cmocka_unit_test(test_not_http_any_longer),
		cmocka_unit_test(test_endless_head),
		cmocka_unit_test(test_base64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
