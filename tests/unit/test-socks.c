#include <errno.h>

#include "carrier/conn.h"
#include "segments.h"

#define CLIENT STREAM_A_TO_B
#define SERVER STREAM_B_TO_A
#define HELLO "\x05\x02\x00\x02"
#define PASSWORD                                                                                   \
	"\x01\x05"                                                                                 \
	"alice"                                                                                    \
	"\x0a"                                                                                     \
	"Secret123!"
#define CONNECT_NAME                                                                               \
	"\x05\x01\x00\x03\x10"                                                                     \
	"fs1.corp.example"                                                                         \
	"\x01\xbd"
#define CONNECT_V4 "\x05\x01\x00\x01\x0a\x00\x00\x1e\x01\xbd"
#define CONNECT_V6                                                                                 \
	"\x05\x01\x00\x04"                                                                         \
	"0123456789abcdef"                                                                         \
	"\x01\xbd"
#define GRANTED "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
#define REQUEST_4                                                                                  \
	"\x04\x01\x01\xbd\x0a\x00\x00\x1e"                                                         \
	"alice\0"
#define REQUEST_4A                                                                                 \
	"\x04\x01\x01\xbd\x00\x00\x00\x01"                                                         \
	"alice\0"                                                                                  \
	"fs1.corp.example\0"
#define GRANTED_4 "\x00\x5a\x00\x00\x00\x00\x00\x00"
#define TUNNEL                                                                                     \
	"HTTP/1.1 401 No\r\nContent-Length: 0\r\n"                                                 \
	"WWW-Authenticate: NTLM TlRMTVNTUAACAAAA\r\n\r\n"
#define LOG_TUNNEL "token key=0 dir=1 direct=1 len=12 4e544c4d5353500002000000\n"
#define BYTES(literal)                                                                             \
	{                                                                                          \
		.ptr = (const uint8_t *)(literal), .len = sizeof(literal) - 1                      \
	}

struct line {
	enum stream_dir dir;
	struct span bytes;
};

/* A connection behind a flow's contract; the harness lends its log and its buffers. */
struct rig {
	struct harness h;
	struct conn c;
};

static void feed(struct rig *r, enum stream_dir d, struct span bytes)
{
	uint8_t *grown = realloc(r->h.half[d].ptr, r->h.half[d].len + bytes.len);

	assert_non_null(grown);
	r->h.half[d].ptr = grown;
	memcpy(grown + r->h.half[d].len, bytes.ptr, bytes.len);
	r->h.half[d].len += bytes.len;
	while (r->h.half[d].len && r->h.half[d].len >= r->h.half[d].want) {
		struct appetite a = {0};
		size_t had = r->h.half[d].len;

		conn_data(&r->c, &r->h.env, d, span_make(grown, had), &a);
		assert_true(!a.never && (a.skip || a.want > had) && a.skip <= had);
		r->h.half[d].len -= (size_t)a.skip;
		memmove(grown, grown + a.skip, r->h.half[d].len);
		r->h.half[d].want = a.want;
	}
}

static void run(const struct line *lines, size_t n, size_t piece, const char *log)
{
	struct rig r;

	harness_init(&r.h, &carrier_tls);
	conn_init(&r.c, 49152, 1080);
	for (size_t i = 0; i < n; i++) {
		struct span rest = lines[i].bytes;

		while (rest.len) {
			struct span part = span_head(rest, piece);

			feed(&r, lines[i].dir, part);
			rest = span_from(rest, part.len);
		}
	}
	assert_string_equal(r.h.log.ptr ? r.h.log.ptr : "", log);
	conn_finish(&r.c);
	harness_finish(&r.h);
}

/* The tunnel's first bytes come with the answer, or whenever. */
static void test_tunnels(void **state)
{
	static const struct line with_password[] = {
		{CLIENT, BYTES(HELLO)},	       {SERVER, BYTES("\x05\x02")},
		{CLIENT, BYTES(PASSWORD)},     {SERVER, BYTES("\x01\x00")},
		{CLIENT, BYTES(CONNECT_NAME)}, {SERVER, BYTES(GRANTED TUNNEL)},
	};
	static const struct line v4[] = {
		{CLIENT, BYTES("\x05\x01\x00")},
		{SERVER, BYTES("\x05\x00")},
		{CLIENT, BYTES(CONNECT_V4)},
		{SERVER, BYTES(GRANTED TUNNEL)},
	};
	static const struct line v6[] = {
		{CLIENT, BYTES("\x05\x01\x00")},
		{SERVER, BYTES("\x05\x00")},
		{CLIENT, BYTES(CONNECT_V6)},
		{SERVER, BYTES(GRANTED TUNNEL)},
	};
	static const struct line socks4[] = {{CLIENT, BYTES(REQUEST_4)},
					     {SERVER, BYTES(GRANTED_4 TUNNEL)}};
	static const struct line socks4a[] = {{CLIENT, BYTES(REQUEST_4A)},
					      {SERVER, BYTES(GRANTED_4 TUNNEL)}};
	static const size_t pieces[] = {1, 3, 4096};

	(void)state;
	for (size_t i = 0; i < N(pieces); i++) {
		run(with_password, N(with_password), pieces[i], LOG_TUNNEL);
		run(v4, N(v4), pieces[i], LOG_TUNNEL);
		run(v6, N(v6), pieces[i], LOG_TUNNEL);
		run(socks4, N(socks4), pieces[i], LOG_TUNNEL);
		run(socks4a, N(socks4a), pieces[i], LOG_TUNNEL);
	}
}

/* A tunnel in a tunnel. */
static void test_nested(void **state)
{
	static const struct line lines[] = {
		{CLIENT, BYTES("\x05\x01\x00")}, {SERVER, BYTES("\x05\x00")},
		{CLIENT, BYTES(CONNECT_V4)},	 {SERVER, BYTES(GRANTED)},
		{CLIENT, BYTES(REQUEST_4)},	 {SERVER, BYTES(GRANTED_4 TUNNEL)},
	};

	(void)state;
	run(lines, N(lines), 4096, LOG_TUNNEL);
}

/* A client that does not wait: its request goes on in the same segment, and so does the tunnel. */
static void test_impatient(void **state)
{
	static const struct line lines[] = {
		{CLIENT, BYTES("\x05\x01\x00" CONNECT_V4 "GET / HTTP/1.1\r\nAuthorization: NTLM "
			       "TlRMTVNTUAABAAAA\r\n\r\n")},
		{SERVER, BYTES("\x05\x00" GRANTED)},
		{SERVER, BYTES(TUNNEL)},
	};

	(void)state;
	run(lines, N(lines), 4096,
	    "token key=0 dir=0 direct=1 len=12 4e544c4d5353500001000000\n" LOG_TUNNEL);
}

static void test_probe(void **state)
{
	static const struct {
		struct span head;
		enum carrier_match match;
	} rows[] = {
		{BYTES(HELLO), CARRIER_YES},
		{BYTES("\x05\x01\x00"), CARRIER_YES},
		{BYTES("\x05\x01\x00\x05\x01\x00\x01"), CARRIER_YES},
		{BYTES("\x05\x01\x00\x05\x01\x01\x01"), CARRIER_NO},
		{BYTES("\x05\x01\x00\x05\x04"), CARRIER_NO},
		{BYTES("\x05\x01\x00\x10"), CARRIER_NO},
		{BYTES("\x05\x01\x0b"), CARRIER_NO}, /* a bind of DCE/RPC 5.1 */
		{BYTES("\x05\x00\x0b\x03"), CARRIER_NO},
		{BYTES("\x05\x11\x00"), CARRIER_NO},
		{BYTES("\x05\x02\x00"), CARRIER_MORE},
		{BYTES("\x05"), CARRIER_MORE},
		{BYTES(REQUEST_4), CARRIER_YES},
		{BYTES(REQUEST_4A), CARRIER_YES},
		{BYTES("\x04\x01\x01\xbd\x0a\x00\x00\x1e\x00"), CARRIER_YES},
		{BYTES("\x04\x01\x01\xbd\x0a\x00\x00\x1e\x00\x00"), CARRIER_NO},
		{BYTES("\x04\x01\x00\x00\x0a\x00\x00\x1e\x00"), CARRIER_NO}, /* no port */
		{BYTES("\x04\x01\x00\x1a\x00\x33\x01\x00\x00\x00\x0b\x00\x06"),
		 CARRIER_NO}, /* TDS */
		{BYTES("\x04\x03"), CARRIER_NO},
		{BYTES("\x04\x01\x01\xbd\x0a\x00\x00\x1e\xff"), CARRIER_NO},
		{BYTES("\x04\x01\x01\xbd\x00\x00\x00\x01"
		       "alice\0"
		       "fs1"),
		 CARRIER_MORE},
		{BYTES("\x04\x01"), CARRIER_MORE},
		{BYTES("\x06"), CARRIER_NO},
		{BYTES(""), CARRIER_MORE},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		size_t want = 0;

		if (carrier_socks.probe(rows[i].head, &want) != rows[i].match)
			fail_msg("row %zu", i);
		assert_true(rows[i].match != CARRIER_MORE ||
			    (want > rows[i].head.len && want <= 64));
	}
}

/* What is refused, or not SOCKS, is left at once. */
static void test_left(void **state)
{
	static const struct {
		struct span client, server;
		uint64_t skip; /* of the server's bytes that SOCKS is done with */
	} rows[] = {
		{BYTES(HELLO), BYTES("\x05\xff"), 0}, /* no method will do */
		{BYTES(HELLO), BYTES("\x05\x01"), 0}, /* GSS-API */
		{BYTES(HELLO), BYTES("\x04\x00"), 0},
		{BYTES(HELLO), BYTES("\x05\x02\x01\x01"), 2},		 /* a wrong password */
		{BYTES(HELLO CONNECT_V4), BYTES("\x05\x00\x05\x02"), 2}, /* refused */
		{BYTES(HELLO CONNECT_V4), BYTES("\x05\x00\x05\x00\x00\x02"), 2},
		{BYTES(HELLO CONNECT_V4), BYTES("\x05\x00" GRANTED "more"), 12},
		{BYTES(REQUEST_4), BYTES("\x00\x5b\x00\x00\x00\x00\x00\x00"), 0},
		{BYTES(REQUEST_4), BYTES(GRANTED_4 "more"), 8},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct appetite a = {0};
		struct harness h;

		harness_init(&h, &carrier_socks);
		harness_feed(&h, CLIENT, rows[i].client.ptr, rows[i].client.len);
		assert_int_equal(h.rc, 0);
		assert_int_equal(carrier_socks.data(h.state, &h.env, SERVER, rows[i].server, &a),
				 -EBADMSG);
		assert_int_equal(a.skip, rows[i].skip);
		harness_finish(&h);
	}
}

static void test_endless_user(void **state)
{
	static uint8_t request[4096] = {4, 1, 1, 0xbd, 10, 0, 0, 30};
	struct harness h;

	(void)state;
	memset(request + 8, 'a', sizeof(request) - 8);
	harness_init(&h, &carrier_socks);
	harness_feed(&h, CLIENT, request, sizeof(request));
	assert_int_equal(h.rc, -EBADMSG);
	harness_finish(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tunnels),	  cmocka_unit_test(test_nested),
		cmocka_unit_test(test_impatient), cmocka_unit_test(test_probe),
		cmocka_unit_test(test_left),	  cmocka_unit_test(test_endless_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
