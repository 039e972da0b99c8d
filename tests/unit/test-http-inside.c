/* Bodies that are looked into: RPC over HTTP v2 and KDC proxies. */
#include <errno.h>
#include <stdio.h>

#include "carrier/http.h"
#include "dcerpc-streams.h"
#include "kerberos-messages.h"

#define CLIENT STREAM_A_TO_B
#define SERVER STREAM_B_TO_A

/* An RTS PDU as channels begin with: CONN/A1 without its commands' values ([MS-RPCH] 2.2.4.2). */
#define RTS "0500140310000000140000000000000000000000"

/* One connection, fed in pieces of so many bytes. */
struct channel {
	struct harness h;
	size_t piece;
};

static void say_text(struct channel *c, enum stream_dir d, const char *text)
{
	size_t len = strlen(text), n;

	for (size_t i = 0; i < len; i += n) {
		n = c->piece && c->piece < len - i ? c->piece : len - i;
		harness_feed(&c->h, d, text + i, n);
	}
}

static void say_hex(struct channel *c, enum stream_dir d, const char *hex)
{
	segment_feed(&c->h, d, hex, c->piece);
}

/* Plays a connection in segments as they come and in pieces, and compares what was seen. */
static void check(void (*play)(struct channel *c), const char *log)
{
	static const size_t pieces[] = {0, 1, 2, 7, 100};

	for (size_t p = 0; p < N(pieces); p++) {
		struct channel c = {.piece = pieces[p]};

		harness_init(&c.h, &carrier_http);
		play(&c);
		assert_string_equal(c.h.log.ptr ? c.h.log.ptr : "", log);
		assert_int_equal(c.h.rc, 0);
		harness_finish(&c.h);
	}
}

#define NEGOTIATE_LINE "token key=2 dir=0 direct=1 len=40 4e544c4d5353500001000000b78208e2\n"
#define CHALLENGE_LINE "token key=2 dir=1 direct=1 len=252 4e544c4d535350000200000004000400\n"
#define AUTHENTICATE_LINE "token key=2 dir=0 direct=1 len=534 4e544c4d535350000300000018001800\n"

#define IN_HEAD(length)                                                                            \
	"RPC_IN_DATA /rpc/rpcproxy.dll?s:6001 HTTP/1.1\r\nHost: s\r\nContent-Length: " length      \
	"\r\n\r\n"

static void play_in(struct channel *c)
{
	say_text(c, CLIENT, IN_HEAD("1073741824"));
	say_hex(c, CLIENT, RTS);
	say_hex(c, CLIENT, auth3_twice[0].hex);
	say_hex(c, CLIENT, auth3_twice[2].hex);
	say_hex(c, CLIENT, auth3_twice[3].hex);
}

static void play_out(struct channel *c)
{
	say_text(c, CLIENT,
		 "RPC_OUT_DATA /rpc/rpcproxy.dll?s:6001 HTTP/1.1\r\nHost: s\r\n"
		 "Content-Length: 20\r\n\r\n");
	say_hex(c, CLIENT, RTS);
	say_text(c, SERVER, "HTTP/1.1 200 Success\r\nContent-Length: 1073741824\r\n\r\n");
	say_hex(c, SERVER, RTS RTS);
	say_hex(c, SERVER, auth3_twice[1].hex);
}

static void test_channels(void **state)
{
	(void)state;
	check(play_in, NEGOTIATE_LINE AUTHENTICATE_LINE);
	check(play_out, CHALLENGE_LINE);
}

/* A refused channel's answer is no DCE/RPC, and what its PDUs claim does not reach beyond the body. */
static void play_ends(struct channel *c)
{
	say_text(c, CLIENT, "RPC_OUT_DATA / HTTP/1.1\r\nHost: s\r\nContent-Length: 0\r\n\r\n");
	say_text(c, SERVER, "HTTP/1.1 503 RPC\r\nContent-Length: 3\r\n\r\nno\n");
	say_text(c, CLIENT, IN_HEAD("20"));
	say_hex(c, CLIENT, "05000b0710000000a400280002000000d016d016");
	say_text(c, CLIENT, IN_HEAD("4") "echo");
	say_text(c, CLIENT, IN_HEAD("164"));
	say_hex(c, CLIENT, auth3_twice[0].hex);
	say_text(c, CLIENT, "GET / HTTP/1.1\r\nHost: s\r\nAuthorization: NTLM Zm9v\r\n\r\n");
}

static void test_body_ends_where_it_says(void **state)
{
	(void)state;
	check(play_ends, NEGOTIATE_LINE "token key=0 dir=0 direct=1 len=3 666f6f\n"
					"target key=0 service=HTTP host=s\n");
}

static void test_new_head_inside_a_body(void **state)
{
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_http);
	harness_feed(&h, CLIENT, IN_HEAD("1073741824"), strlen(IN_HEAD("1073741824")));
	harness_feed(&h, CLIENT, "RPC_IN_DATA / HTTP/1.1\r\n", 24);
	assert_int_equal(h.rc, -EBADMSG); /* the connection looks anew, and finds the head */
	harness_finish(&h);
}

/* KDC-PROXY-MESSAGE around a message, with a target-domain after it where asked. */
static char *kdc_proxy_message(const char *message, const char *after)
{
	size_t n = strlen(message) / 2, rest = strlen(after) / 2;
	char *hex = NULL;

	assert_true(asprintf(&hex, "3082%04zxa082%04zx0482%04zx%08zx%s%s", n + 12 + rest, n + 8,
			     n + 4, n, message, after) > 0);
	return hex;
}

static void play_kdc_proxy(struct channel *c)
{
	char *request = kdc_proxy_message(as_req, "a1061b04434f5250");
	char *reply = kdc_proxy_message(as_rep, "");
	char head[128];

	snprintf(head, sizeof(head),
		 "POST /KdcProxy HTTP/1.1\r\nHost: p\r\nContent-Length: %zu\r\n\r\n",
		 strlen(request) / 2);
	say_text(c, CLIENT, head);
	say_hex(c, CLIENT, request);
	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
		 strlen(reply) / 2);
	say_text(c, SERVER, head);
	say_hex(c, SERVER, reply);
	/* what is none is passed over */
	say_text(c, CLIENT,
		 "POST /x HTTP/1.1\r\nContent-Type: application/kerberos\r\n"
		 "Content-Length: 3\r\n\r\nfoo");
	say_text(c, SERVER, "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno");
	free(request);
	free(reply);
}

static void test_kdc_proxy(void **state)
{
	char log[256];

	(void)state;
	snprintf(log, sizeof(log),
		 "message kerberos dir=0 len=%zu %.32s\nmessage kerberos dir=1 len=%zu %.32s\n",
		 strlen(as_req) / 2, as_req, strlen(as_rep) / 2, as_rep);
	check(play_kdc_proxy, log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_channels),
		cmocka_unit_test(test_body_ends_where_it_says),
		cmocka_unit_test(test_new_head_inside_a_body),
		cmocka_unit_test(test_kdc_proxy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
