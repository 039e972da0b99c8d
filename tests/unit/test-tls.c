#include <errno.h>
#include <stdlib.h>

#include "carrier/conn.h"
#include "harness.h"
#include "unit.h"

#define A STREAM_A_TO_B
#define B STREAM_B_TO_A
#define S(literal) literal, sizeof(literal) - 1
#define SERVER_HELLO "\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"

/* A ClientHello out of its parts. */
struct hello {
	uint8_t bytes[65536];
	size_t len;
};

static void put(struct hello *h, const void *bytes, size_t len)
{
	assert_true(len <= sizeof(h->bytes) - h->len);
	memcpy(h->bytes + h->len, bytes, len);
	h->len += len;
}

static void put_u16(struct hello *h, size_t n)
{
	uint8_t be[2] = {(uint8_t)(n >> 8), (uint8_t)n};

	put(h, be, 2);
}

static void put_name(struct hello *h, const char *name)
{
	size_t n = strlen(name);

	put_u16(h, 0);
	put_u16(h, n + 5);
	put_u16(h, n + 3);
	put(h, "", 1);
	put_u16(h, n);
	put(h, name, n);
}

static void put_padding(struct hello *h, size_t n)
{
	static const uint8_t zeros[65536];

	put_u16(h, 21);
	put_u16(h, n);
	put(h, zeros, n);
}

/* The handshake message with `padding` bytes of extensions before the name (NULL = none). */
static void make_message(struct hello *h, const char *name, size_t padding)
{
	struct hello extensions = {0};
	size_t body;

	if (padding)
		put_padding(&extensions, padding - 4);
	if (name)
		put_name(&extensions, name);
	body = 2 + 32 + 1 + 32 + 2 + 4 + 2 + 2 + extensions.len;
	h->len = 0;
	put(h, "\x01", 2);
	put_u16(h, body);
	put(h,
	    "\x03\x03"
	    "0123456789abcdef0123456789abcdef"
	    "\x20"
	    "0123456789abcdef0123456789abcdef"
	    "\x00\x04\x13\x01\x13\x02\x01",
	    74);
	put(h, "", 1);
	put_u16(h, extensions.len);
	put(h, extensions.bytes, extensions.len);
}

/* The same in records of at most `piece` bytes. */
static void make(struct hello *h, const char *name, size_t padding, size_t piece)
{
	static struct hello message;

	make_message(&message, name, padding);
	h->len = 0;
	for (size_t i = 0; i < message.len; i += piece) {
		size_t n = message.len - i < piece ? message.len - i : piece;

		put(h, "\x16\x03\x01", 3);
		put_u16(h, n);
		put(h, message.bytes + i, n);
	}
}

static struct hello hello;

static void feed(struct harness *h, size_t len, size_t piece)
{
	for (size_t i = 0; i < len; i += piece)
		harness_feed(h, A, hello.bytes + i, len - i < piece ? len - i : piece);
}

static void check(size_t piece, const char *log)
{
	struct harness h;

	harness_init(&h, &carrier_tls);
	feed(&h, hello.len, piece);
	assert_int_equal(h.rc, 0);
	assert_string_equal(h.log.ptr ? h.log.ptr : "", log);
	assert_true(h.half[A].never);
	harness_feed(&h, B, S(SERVER_HELLO));
	assert_true(h.half[B].never);
	assert_string_equal(h.log.ptr ? h.log.ptr : "", log);
	harness_finish(&h);
}

static void test_server_name(void **state)
{
	static const size_t pieces[] = {1, 2, 7, 100, 1448, 65536};

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		make(&hello, "fs1.corp.example", 0, 16384);
		check(pieces[i], "encrypted TLS server_name=fs1.corp.example\n");
		make(&hello, "fs1.corp.example", 1700, 16384); /* two segments, as with ML-KEM */
		check(pieces[i], "encrypted TLS server_name=fs1.corp.example\n");
		make(&hello, "fs1.corp.example", 1700, 300); /* seven records */
		check(pieces[i], "encrypted TLS server_name=fs1.corp.example\n");
		make(&hello, "fs1.corp.example", 15000, 16384);
		check(pieces[i], "encrypted TLS server_name=fs1.corp.example\n");
		make(&hello, NULL, 0, 16384);
		check(pieces[i], "encrypted TLS server_name=\n");
		make(&hello, NULL, 500, 16384);
		check(pieces[i], "encrypted TLS server_name=\n");
	}
}

/* A name that is there is told though the rest was not captured. */
static void test_name_before_the_end(void **state)
{
	struct harness h;
	size_t named;

	(void)state;
	make(&hello, "fs1", 0, 16384);
	named = hello.len;
	make_message(&hello, "fs1", 0);
	put_padding(&hello, 0);
	make(&hello, "fs1", 0, 16384);
	hello.bytes[4] = 200; /* the record and the message go on */
	hello.bytes[8] = 196;
	harness_init(&h, &carrier_tls);
	feed(&h, named, named);
	assert_string_equal(h.log.ptr, "encrypted TLS server_name=fs1\n");
	assert_true(h.half[A].never);
	harness_finish(&h);
}

/* What goes beyond what is read is counted without its name, and asks for no more than it should. */
static void test_beyond(void **state)
{
	(void)state;
	make(&hello, "fs1", 40000, 16384);
	check(1448, "encrypted TLS server_name=\n");
	make(&hello, "fs1", 1000, 10); /* more records than anybody makes */
	check(1448, "encrypted TLS server_name=\n");
}

static void test_hole(void **state)
{
	struct harness h;

	(void)state;
	make(&hello, "fs1.corp.example", 1700, 16384);
	harness_init(&h, &carrier_tls);
	feed(&h, 1000, 1000);
	assert_null(h.log.ptr);
	harness_feed(&h, B, S(SERVER_HELLO)); /* before the client's has come whole */
	assert_null(h.log.ptr);
	assert_true(h.half[B].never);
	harness_gap(&h, A);
	assert_string_equal(h.log.ptr, "encrypted TLS server_name=\n");
	harness_feed(&h, A, S("\x17\x03\x03\x00\x20"));
	assert_true(h.half[A].never);
	harness_finish(&h);
}

static void test_server_alone(void **state)
{
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_tls);
	harness_feed(&h, B, S(SERVER_HELLO));
	assert_string_equal(h.log.ptr, "encrypted TLS server_name=\n");
	assert_true(h.half[B].never);
	harness_finish(&h);
}

/* Every byte of a hello damaged in turn: no crash, an end, and told at most once. */
static void test_damage(void **state)
{
	static const uint8_t values[] = {0, 1, 0x7f, 0xff};
	size_t len;

	(void)state;
	make(&hello, "fs1", 20, 40);
	len = hello.len;
	for (size_t i = 0; i < len * sizeof(values); i++) {
		struct harness h;
		uint8_t was = hello.bytes[i / sizeof(values)];

		hello.bytes[i / sizeof(values)] = values[i % sizeof(values)];
		harness_init(&h, &carrier_tls);
		feed(&h, len, 33);
		assert_true(!h.log.ptr || strchr(h.log.ptr, '\n') == strrchr(h.log.ptr, '\n'));
		harness_finish(&h);
		hello.bytes[i / sizeof(values)] = was;
	}
}

static enum carrier_match probe(const void *bytes, size_t len)
{
	size_t want = 0;
	enum carrier_match match = carrier_tls.probe(span_make(bytes, len), &want);

	assert_true(match != CARRIER_MORE || want > len);
	return match;
}

#define DATA_32                                                                                    \
	"\x17\x03\x03\x00\x20"                                                                     \
	"0123456789abcdef0123456789abcdef"

static void test_midstream_probe(void **state)
{
	(void)state;
	assert_int_equal(probe(S(DATA_32)), CARRIER_YES);
	assert_int_equal(probe(S(DATA_32 "\x17\x03\x03\x01\x00")), CARRIER_YES);
	assert_int_equal(probe(S(DATA_32 "\x15\x03\x03\x00\x1a")), CARRIER_YES);
	assert_int_equal(probe(S(DATA_32 "\x17\x03\x01\x01\x00")), CARRIER_NO);
	assert_int_equal(probe(S(DATA_32 "\x47\x45\x54\x20\x2f")), CARRIER_NO);
	assert_int_equal(probe(S(DATA_32 "\x17\x03\x03\xff\x00")), CARRIER_NO);
	assert_int_equal(probe(S("\x17\x03\x03\x00\x02")), CARRIER_NO);
	assert_int_equal(probe(S("\x17\x03\x04\x00\x20")), CARRIER_NO);
	assert_int_equal(probe(S("\x17\x03\x00\x00\x20")), CARRIER_NO);
	assert_int_equal(probe(S("\x17\xff")), CARRIER_NO);
	assert_int_equal(probe(S("\x17\x03")), CARRIER_MORE);
	assert_int_equal(probe(S("\x15\x03\x03\x00\x20")), CARRIER_NO);
}

static void test_midstream(void **state)
{
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_tls);
	harness_feed(&h, B, S(DATA_32));
	assert_null(h.log.ptr);
	assert_false(h.half[B].never);
	harness_feed(&h, A, S(DATA_32 DATA_32));
	assert_string_equal(h.log.ptr, "encrypted TLS server_name=\n");
	assert_true(h.half[A].never);
	harness_feed(&h, B, S(DATA_32));
	assert_true(h.half[B].never);
	assert_string_equal(h.log.ptr, "encrypted TLS server_name=\n");
	harness_finish(&h);

	harness_init(&h, &carrier_tls);
	harness_feed(&h, A, S(DATA_32 "GET / HTTP/1.1\r\n"));
	assert_int_equal(h.rc, -EBADMSG);
	assert_null(h.log.ptr);
	harness_finish(&h);
}

/* STARTTLS: whatever it was before, a segment that begins with a hello ends it. */
static void test_start_tls(void **state)
{
	/* LDAP's ExtendedRequest 1.3.6.1.4.1.1466.20037 and its success (RFC 4511 4.14) */
	static const char request[] = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
				      "1.3.6.1.4.1.1466.20037";
	static const char response[] = "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00";
	struct appetite a;
	struct harness h;
	struct conn c;

	(void)state;
	harness_init(&h, &carrier_tls);
	conn_init(&c, 49152, 389);
	conn_data(&c, &h.env, A, span_make(S(request)), &a);
	assert_ptr_equal(c.carrier, &carrier_ldap);
	conn_data(&c, &h.env, B, span_make(S(response)), &a);
	make(&hello, "dc1.corp.example", 0, 16384);
	conn_data(&c, &h.env, A, span_make(hello.bytes, hello.len), &a);
	assert_true(a.never);
	conn_data(&c, &h.env, B, span_make(S(SERVER_HELLO)), &a);
	assert_true(a.never);
	assert_string_equal(h.log.ptr, "encrypted TLS server_name=dc1.corp.example\n");
	conn_finish(&c);
	harness_finish(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_server_name),	cmocka_unit_test(test_name_before_the_end),
		cmocka_unit_test(test_beyond),		cmocka_unit_test(test_hole),
		cmocka_unit_test(test_server_alone),	cmocka_unit_test(test_damage),
		cmocka_unit_test(test_midstream_probe), cmocka_unit_test(test_midstream),
		cmocka_unit_test(test_start_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
