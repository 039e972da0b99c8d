#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "carrier/conn.h"
#include "harness.h"
#include "http-streams.h"
#include "unit.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))
#define A STREAM_A_TO_B
#define B STREAM_B_TO_A

#define AUTHENTICATE "Authorization: NTLM TlRMTVNTUAADAAAAGAAYAEAAAAA=\r\n"
#define REQUEST "GET / HTTP/1.1\r\n" AUTHENTICATE "\r\n"
#define PLAIN "GET / HTTP/1.1\r\n\r\n"
#define RESPONSE(status) "HTTP/1.1 " status "\r\nContent-Length: 0\r\n\r\n"
#define LOG_TOKEN "token key=0 dir=0 direct=1 len=20 4e544c4d535350000300000018001800\n"
#define LOG_OK "answer key=0 dir=1 status=0x00000000 target_follows=0\n"
#define LOG_REFUSED "answer key=0 dir=1 status=0xc000006d target_follows=0\n"

/* A record of TLS: the smallest ClientHello; of the ServerHello as much as tells. */
#define CLIENT_HELLO                                                                               \
	"\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03"                                             \
	"0123456789abcdef0123456789abcdef"                                                         \
	"\x00\x00\x02\x13\x01\x01\x00"
#define SERVER_HELLO "\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"

/* A connection behind a flow's contract; the harness lends its log, its tally and its buffers. */
struct rig {
	struct harness h;
	struct conn c;
};

static void rig_init(struct rig *r)
{
	harness_init(&r->h, &carrier_tls);
	conn_init(&r->c, 49152, 80);
}

static void rig_finish(struct rig *r)
{
	conn_finish(&r->c);
	harness_finish(&r->h);
}

static void pump(struct rig *r, enum stream_dir d)
{
	for (;;) {
		struct appetite a = {.want = 99};
		size_t had, n;

		n = r->h.half[d].skip < r->h.half[d].len ? (size_t)r->h.half[d].skip
							 : r->h.half[d].len;
		r->h.half[d].len -= n;
		r->h.half[d].skip -= n;
		if (n)
			memmove(r->h.half[d].ptr, r->h.half[d].ptr + n, r->h.half[d].len);
		had = r->h.half[d].len;
		if (r->h.half[d].never || had == 0 || had < r->h.half[d].want)
			return;
		conn_data(&r->c, &r->h.env, d, span_make(r->h.half[d].ptr, had), &a);
		assert_true(a.never || a.skip || a.want > had);
		r->h.half[d].never = a.never;
		r->h.half[d].skip = a.skip;
		r->h.half[d].want = a.want;
	}
}

static void send(struct rig *r, enum stream_dir d, const void *bytes, size_t len)
{
	r->h.half[d].ptr = realloc(r->h.half[d].ptr, r->h.half[d].len + len);
	assert_non_null(r->h.half[d].ptr);
	memcpy(r->h.half[d].ptr + r->h.half[d].len, bytes, len);
	r->h.half[d].len += len;
	pump(r, d);
}

static void send_text(struct rig *r, enum stream_dir d, const char *text)
{
	send(r, d, text, strlen(text));
}

static void hole(struct rig *r, enum stream_dir d)
{
	r->h.half[d].len = 0;
	r->h.half[d].want = 0;
	conn_gap(&r->c, &r->h.env, d);
}

static const char *log_of(const struct rig *r)
{
	return r->h.log.ptr ? r->h.log.ptr : "";
}

/* Nothing is kept and nothing allocated for what nobody knows. */
static void test_unknown_costs_nothing(void **state)
{
	static const char noise[] = "\xde\xad\xbe\xef and so on, GET / HTTP/1.1\r\n";
	struct appetite a = {0};
	struct rig r;

	(void)state;
	rig_init(&r);
	mem_fail_from(1);
	for (size_t i = 1; i < sizeof(noise); i++) {
		conn_data(&r.c, &r.h.env, A, span_make(noise, i), &a);
		assert_true(a.skip == i && !a.never && a.want <= 1);
	}
	mem_fail_from(0);
	assert_null(r.c.carrier);
	assert_int_equal(r.h.tally.n[TALLY_NO_MEMORY], 0);
	rig_finish(&r);
}

static void test_found_at_any_segment(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	send_text(&r, A, "\xff\xfe");
	send_text(&r, B, "HELLO, \x01\x02");
	send_text(&r, A, "Generally not HTTP");
	assert_null(r.c.carrier);
	send_text(&r, A, REQUEST);
	assert_ptr_equal(r.c.carrier, &carrier_http);
	send_text(&r, B, RESPONSE("401 No"));
	assert_string_equal(log_of(&r), LOG_TOKEN LOG_REFUSED);
	assert_int_equal(r.h.tally.n[TALLY_CARRIER_RESYNC], 0);
	rig_finish(&r);
}

/* A segment that could be the start of a PDU waits; where it was none, the next one counts. */
static void test_short_segments(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	for (size_t i = 0; i < strlen(REQUEST); i++)
		send(&r, A, &REQUEST[i], 1);
	assert_string_equal(log_of(&r), LOG_TOKEN);
	rig_finish(&r);

	rig_init(&r);
	send_text(&r, A, "POS");
	assert_null(r.c.carrier);
	send_text(&r, A, REQUEST);
	assert_ptr_equal(r.c.carrier, &carrier_http);
	assert_string_equal(log_of(&r), LOG_TOKEN);
	rig_finish(&r);
}

static void test_tls_is_left_alone(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	send(&r, A, CLIENT_HELLO, sizeof(CLIENT_HELLO) - 1);
	assert_ptr_equal(r.c.carrier, &carrier_tls);
	assert_true(r.h.half[A].never);
	send(&r, B, SERVER_HELLO, sizeof(SERVER_HELLO) - 1);
	assert_true(r.h.half[B].never);
	rig_finish(&r);
}

static void test_tls_probe(void **state)
{
	static const char bad[][12] = {
		"\x15\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", /* an alert */
		"\x16\x02\x01\x02\x00\x01\x00\x01\xfc\x03\x03", /* version 2.1 */
		"\x16\x03\x05\x02\x00\x01\x00\x01\xfc\x03\x03",
		"\x16\x03\x01\x50\x00\x01\x00\x01\xfc\x03\x03", /* longer than a record can be */
		"\x16\x03\x01\x00\x02\x01\x00\x01\xfc\x03\x03",
		"\x16\x03\x01\x02\x00\x0b\x00\x01\xfc\x03\x03", /* Certificate */
		"\x16\x03\x01\x02\x00\x01\x00\x00\x10\x03\x03", /* shorter than a hello can be */
		"\x16\x03\x01\x02\x00\x01\xff\xff\xff\x03\x03",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x13\x03",
	};
	size_t want = 0;

	(void)state;
	for (size_t i = 0; i < N(bad); i++)
		assert_int_equal(carrier_tls.probe(span_make(bad[i], 11), &want), CARRIER_NO);
	for (size_t n = 1; n < 11; n++) {
		assert_int_equal(carrier_tls.probe(span_make(CLIENT_HELLO, n), &want),
				 CARRIER_MORE);
		assert_int_equal(want, 11);
	}
}

/* Where a carrier's protocol ends, the same bytes are shown to the others. */
static void test_protocol_changes(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	send_text(&r, A, PLAIN);
	send(&r, A, CLIENT_HELLO, sizeof(CLIENT_HELLO) - 1);
	assert_ptr_equal(r.c.carrier, &carrier_tls);
	rig_finish(&r);

	rig_init(&r);
	send_text(&r, A, "CONNECT web:80 HTTP/1.1\r\n\r\n");
	send_text(&r, B, "HTTP/1.1 200 OK\r\n\r\n");
	assert_null(r.c.carrier);
	send_text(&r, A, REQUEST);
	send_text(&r, B, RESPONSE("200 OK"));
	assert_string_equal(log_of(&r), LOG_TOKEN LOG_OK);
	rig_finish(&r);
}

/* What comes right behind a proxy's answer is the tunnel's already, however little of it. */
static void test_tunnel_begins_in_the_same_segment(void **state)
{
	static const char tunnel[] =
		"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 401 No\r\nContent-Length: 0\r\n"
		"WWW-Authenticate: NTLM TlRMTVNTUAACAAAA\r\n\r\n";

	(void)state;
	for (size_t cut = 1; cut < sizeof(tunnel) - 1; cut++) {
		struct rig r;

		rig_init(&r);
		send_text(&r, A, "CONNECT web:80 HTTP/1.1\r\n\r\n");
		send(&r, B, tunnel, cut);
		send(&r, B, tunnel + cut, sizeof(tunnel) - 1 - cut);
		assert_ptr_equal(r.c.carrier, &carrier_http);
		assert_string_equal(log_of(&r),
				    "token key=0 dir=1 direct=1 len=12 4e544c4d5353500002000000\n");
		rig_finish(&r);
	}
}

/* Tunnels in tunnels in one segment: as many as a view may take, and no more. */
static void test_many_tunnels(void **state)
{
	static const char open[] = "HTTP/1.1 101 Other\r\n\r\n";
	char text[20 * sizeof(open)] = "";
	struct appetite a = {0};
	struct rig r;

	(void)state;
	for (int i = 0; i < 20; i++)
		strcat(text, open);
	rig_init(&r);
	conn_data(&r.c, &r.h.env, B, span_str(text), &a);
	assert_int_equal(a.skip, strlen(text));
	assert_null(r.c.carrier);
	send_text(&r, A, REQUEST);
	assert_string_equal(log_of(&r), LOG_TOKEN);
	rig_finish(&r);
}

static void test_resync(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	send_text(&r, A, PLAIN);
	send_text(&r, B, RESPONSE("200 OK"));
	hole(&r, A);
	hole(&r, B);
	send_text(&r, A, "the rest of something\r\n\r\n");
	assert_int_equal(r.h.tally.n[TALLY_CARRIER_RESYNC], 0);
	send_text(&r, A, REQUEST);
	assert_int_equal(r.h.tally.n[TALLY_CARRIER_RESYNC], 1);
	/* its response may be in bytes that were not understood */
	send_text(&r, B, "the rest of something\r\n\r\n" RESPONSE("200 OK"));
	send_text(&r, A, REQUEST);
	send_text(&r, B, RESPONSE("401 No"));
	assert_int_equal(r.h.tally.n[TALLY_CARRIER_RESYNC], 2);
	assert_string_equal(log_of(&r), LOG_TOKEN LOG_TOKEN LOG_REFUSED);
	rig_finish(&r);
}

/* While lost, what another carrier knows decides. */
static void test_lost_may_become_another(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	send_text(&r, A, PLAIN);
	hole(&r, A);
	send(&r, A, CLIENT_HELLO, sizeof(CLIENT_HELLO) - 1);
	assert_ptr_equal(r.c.carrier, &carrier_tls);
	assert_int_equal(r.h.tally.n[TALLY_CARRIER_RESYNC], 0);
	rig_finish(&r);
}

/* Capture begins in the middle of a response: what comes before a head is none of it. */
static void test_midstream(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	send_text(&r, A, PLAIN);
	send_text(&r, B, "end of a body");
	assert_ptr_equal(r.c.carrier, &carrier_http);
	send_text(&r, A, REQUEST);
	send_text(&r, B, RESPONSE("401 No"));
	assert_string_equal(log_of(&r), LOG_TOKEN LOG_REFUSED);
	rig_finish(&r);
}

static void test_real_holes(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	for (size_t i = 0; i < N(holes); i++)
		if (holes[i].text)
			send_text(&r, holes[i].dir, holes[i].text);
		else
			hole(&r, holes[i].dir);
	assert_string_equal(log_of(&r),
			    "token key=0 dir=0 direct=1 len=40 4e544c4d5353500001000000078208a2\n"
			    "target key=0 service=HTTP host=192.168.0.55\n"
			    "token key=0 dir=0 direct=1 len=184 4e544c4d535350000300000018001800\n"
			    "target key=0 service=HTTP host=192.168.0.55\n" LOG_OK);
	rig_finish(&r);
}

static void test_no_memory(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	mem_fail_from(1);
	send_text(&r, A, REQUEST);
	mem_fail_from(0);
	assert_null(r.c.carrier);
	assert_int_equal(r.h.tally.n[TALLY_NO_MEMORY], 1);
	send_text(&r, A, REQUEST);
	assert_string_equal(log_of(&r), LOG_TOKEN);
	rig_finish(&r);
	conn_finish(NULL);
}

/* What conn_init() takes from probes of one byte must hold for all bytes that may follow. */
static void test_probes_agree_with_themselves(void **state)
{
	uint8_t bytes[64];

	(void)state;
	srand(1);
	for (int round = 0; round < 20000; round++) {
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)(rand() % (round % 2 ? 256 : 4));
		bytes[0] = (uint8_t)round;
		for (size_t n = 0; carriers[n]; n++) {
			bool no = false;

			for (size_t len = 1; len <= sizeof(bytes); len++) {
				size_t want = 0;
				enum carrier_match match =
					carriers[n]->probe(span_make(bytes, len), &want);

				assert_true(!no || match == CARRIER_NO);
				assert_true(match != CARRIER_MORE || want <= sizeof(bytes));
				no = match == CARRIER_NO;
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_costs_nothing),
		cmocka_unit_test(test_found_at_any_segment),
		cmocka_unit_test(test_short_segments),
		cmocka_unit_test(test_tls_is_left_alone),
		cmocka_unit_test(test_tls_probe),
		cmocka_unit_test(test_protocol_changes),
		cmocka_unit_test(test_tunnel_begins_in_the_same_segment),
		cmocka_unit_test(test_many_tunnels),
		cmocka_unit_test(test_resync),
		cmocka_unit_test(test_lost_may_become_another),
		cmocka_unit_test(test_midstream),
		cmocka_unit_test(test_real_holes),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_probes_agree_with_themselves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
