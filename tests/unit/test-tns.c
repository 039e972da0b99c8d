#include <errno.h>
#include <stdio.h>

#include "segments.h"

#define CLIENT STREAM_A_TO_B
#define SERVER STREAM_B_TO_A
#define ZEROES_12 "\0\0\0\0\0\0\0\0\0\0\0\0"
#define CONNECT                                                                                    \
	"\x00\x3a\x00\x00\x01\x00\x00\x00\x01\x39\x01\x2c\x00\x00\x08\x00\x7f\xff"                 \
	"\xc6\x0e\x00\x00\x01\x00\x00\x00\x00\x3a\0\0\0\0AA" ZEROES_12 ZEROES_12
#define ACCEPT "\x00\x18\x00\x00\x02\x00\x00\x00\x01\x39\0\0\x08\0\x7f\xff\x01\0\0\0\0\x18\x41\x41"
#define REFUSE "\x00\x0c\x00\x00\x04\x00\x00\x00\x22\0\0\0"
#define MARKER "\x00\x0b\x00\x00\x0c\x00\x00\x00\x01\0\2"
#define TTC "\x00\x0d\x00\x00\x06\x00\x00\x00\x00\x00\x01\x06\x05"
#define LOG_NEGOTIATE "token key=0 dir=0 direct=1 len=12 4e544c4d5353500001000000\n"
#define LOG_CHALLENGE "token key=0 dir=1 direct=1 len=12 4e544c4d5353500002000000\n"
#define LOG_AUTHENTICATE "token key=0 dir=0 direct=1 len=12 4e544c4d5353500003000000\n"
#define LOG_OK "answer key=0 dir=1 status=0x00000000 target_follows=0\n"
#define LOG_REFUSED "answer key=0 dir=1 status=0xc000006d target_follows=0\n"
#define BYTES(literal)                                                                             \
	{                                                                                          \
		.ptr = (const uint8_t *)(literal), .len = sizeof(literal) - 1                      \
	}

static const struct span connect_packet = BYTES(CONNECT), accept_packet = BYTES(ACCEPT);
static const struct span ttc = BYTES(TTC), refuse = BYTES(REFUSE), marker = BYTES(MARKER);

struct packet {
	uint8_t bytes[256];
	size_t len;
};

static void put(struct packet *p, const void *bytes, size_t len)
{
	assert_true(len <= sizeof(p->bytes) - p->len);
	memcpy(p->bytes + p->len, bytes, len);
	p->len += len;
}

/* Native services with one that has an error, a version, and a token of this type; 0 = none. */
static struct packet services(uint8_t ntlm_type, uint8_t error, bool wide)
{
	static const uint8_t head[] = {0,    0,	   0, 0,    6,	  0,	0, 0, 0, 0, 0xde, 0xad,
				       0xbe, 0xef, 0, 0x40, 0x0b, 0x20, 2, 0, 0, 1, 0};
	const uint8_t service[] = {0,	 1, 0, ntlm_type ? 2 : 1, 0, 0, 0, error, 0, 4, 0, 5, 0x0b,
				   0x20, 2, 0};
	struct packet p = {.len = 0};

	put(&p, head, sizeof(head));
	put(&p, service, sizeof(service));
	if (ntlm_type) {
		put(&p, "\x00\x0c\x00\x01NTLMSSP\0", 12);
		put(&p, (const uint8_t[]){ntlm_type, 0, 0, 0}, 4);
	}
	p.bytes[wide ? 3 : 1] = (uint8_t)p.len;
	return p;
}

static void feed(struct harness *h, enum stream_dir d, struct span bytes, size_t piece)
{
	for (size_t n; bytes.len; bytes = span_from(bytes, n)) {
		n = piece < bytes.len ? piece : bytes.len;
		harness_feed(h, d, bytes.ptr, n);
	}
}

static void feed_services(struct harness *h, enum stream_dir d, struct packet p, size_t piece)
{
	feed(h, d, span_make(p.bytes, p.len), piece);
}

static const char *log_of(const struct harness *h)
{
	return h->log.ptr ? h->log.ptr : "";
}

/* A connection up to its AUTHENTICATE. */
static void logon(struct harness *h, bool wide, size_t piece)
{
	harness_init(h, &carrier_tns);
	feed(h, CLIENT, connect_packet, piece);
	feed(h, SERVER, accept_packet, piece);
	feed_services(h, CLIENT, services(0, 0, wide), piece);
	feed_services(h, SERVER, services(0, 0, wide), piece);
	feed_services(h, CLIENT, services(1, 0, wide), piece);
	feed_services(h, SERVER, services(2, 0, wide), piece);
	feed_services(h, CLIENT, services(3, 0, wide), piece);
	assert_string_equal(log_of(h), LOG_NEGOTIATE LOG_CHALLENGE LOG_AUTHENTICATE);
}

static void test_logon(void **state)
{
	static const size_t pieces[] = {1, 9, 4096};

	(void)state;
	for (size_t i = 0; i < 2 * N(pieces); i++) {
		struct harness h;

		logon(&h, i % 2, pieces[i / 2]);
		feed(&h, CLIENT, ttc, pieces[i / 2]);
		feed(&h, SERVER, ttc, pieces[i / 2]);
		assert_string_equal(log_of(&h),
				    LOG_NEGOTIATE LOG_CHALLENGE LOG_AUTHENTICATE LOG_OK);
		assert_int_equal(h.rc, 0);
		assert_true(h.half[SERVER].never);
		harness_finish(&h);
	}
}

static void test_answers(void **state)
{
	struct harness h;

	(void)state;
	logon(&h, false, 4096);
	feed(&h, SERVER, refuse, 4096);
	assert_non_null(strstr(log_of(&h), LOG_REFUSED));
	harness_finish(&h);

	logon(&h, false, 4096);
	feed_services(&h, SERVER, services(0, 9, false), 4096);
	assert_non_null(strstr(log_of(&h), LOG_REFUSED));
	harness_finish(&h);

	logon(&h, false, 4096);
	feed_services(&h, SERVER, services(0, 0, false), 4096);
	assert_non_null(strstr(log_of(&h), LOG_OK));
	harness_finish(&h);

	/* what a break is about can't be told */
	logon(&h, false, 4096);
	feed(&h, SERVER, marker, 4096);
	feed(&h, SERVER, ttc, 4096);
	assert_null(strstr(log_of(&h), "answer"));
	harness_finish(&h);

	logon(&h, false, 4096);
	harness_gap(&h, SERVER);
	feed(&h, SERVER, ttc, 4096);
	assert_null(strstr(log_of(&h), "answer"));
	harness_finish(&h);
}

/* Without native services nothing is looked at for longer than the first data. */
static void test_no_services(void **state)
{
	static const struct span descriptor =
		BYTES("\x00\x18\x00\x00\x06\x00\x00\x00\x00\x00(DESCRIPTION=)");
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_tns);
	feed(&h, CLIENT, connect_packet, 4096);
	feed(&h, CLIENT, descriptor, 4096);
	feed(&h, SERVER, accept_packet, 4096);
	assert_false(h.half[CLIENT].never);
	feed(&h, CLIENT, ttc, 4096);
	feed(&h, SERVER, ttc, 4096);
	assert_true(h.half[CLIENT].never && h.half[SERVER].never);
	assert_string_equal(log_of(&h), "");
	harness_finish(&h);
}

static void test_malformed(void **state)
{
	struct packet p = services(3, 0, false);
	struct harness h;

	(void)state;
	p.bytes[40] = 0x7f; /* the token's length */
	harness_init(&h, &carrier_tns);
	feed_services(&h, CLIENT, p, 4096);
	assert_string_equal(log_of(&h), "malformed TNS native services: truncated at 33\n");
	harness_finish(&h);

	p = services(3, 0, false);
	p.bytes[21] = 0xff; /* how many services */
	harness_init(&h, &carrier_tns);
	feed_services(&h, CLIENT, p, 4096);
	assert_string_equal(log_of(&h),
			    LOG_AUTHENTICATE "malformed TNS native services: truncated at 45\n");
	harness_finish(&h);
}

static void test_not_tns(void **state)
{
	static const struct span streams[] = {
		BYTES("\x00\x00\x00\x07\x06\x00\x00\x00"),
		BYTES("\x00\x20\x00\x00\x10\x00\x00\x00"),
		BYTES("\x00\x20\x00\x00\x00\x00\x00\x00"),
	};

	(void)state;
	for (size_t i = 0; i < N(streams); i++) {
		struct harness h;

		harness_init(&h, &carrier_tns);
		harness_feed(&h, CLIENT, streams[i].ptr, streams[i].len);
		assert_int_equal(h.rc, -EBADMSG);
		harness_finish(&h);
	}
}

static void test_probe(void **state)
{
	static const struct {
		struct span head;
		enum carrier_match match;
	} rows[] = {
		{BYTES(CONNECT), CARRIER_YES},
		{BYTES("\x00\x3a\x00\x00\x01\x00\x00\x00\x01\x39\x01\x40\0\0"), CARRIER_NO},
		{BYTES("\x00\x3a\x00\x00\x01\x00\x00\x00\x02\x39\x01\x2c\0\0"), CARRIER_NO},
		{BYTES("\x00\x3a\x00\x01\x01\x00\x00\x00\x01\x39\x01\x2c\0\0"), CARRIER_NO},
		{BYTES("\x00\x3a\x00\x00\x01\x00\x00\x01\x01\x39\x01\x2c\0\0"), CARRIER_NO},
		{BYTES("\x00\x3a\x00\x00\x06\x00\x00\x00\0\0\xde\xad\xbe\xef"), CARRIER_YES},
		{BYTES("\x00\x00\x00\x3a\x06\x00\x00\x00\0\0\xde\xad\xbe\xef"), CARRIER_YES},
		{BYTES("\x00\x00\x08\x3a\x06\x00\x00\x00\0\0\xde\xad\xbe\xef"), CARRIER_NO},
		{BYTES("\x00\x3a\x00\x00\x06\x00\x00\x00\0\0\xde\xad\xbe\xee"), CARRIER_NO},
		{BYTES(TTC), CARRIER_NO},
		{BYTES("\x00\x00\x00\x54\xfeSMB"), CARRIER_NO},
		{BYTES("\x00\x00"), CARRIER_MORE},
		{BYTES("\x08"), CARRIER_NO},
		{BYTES(""), CARRIER_MORE},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		size_t want = 0;

		if (carrier_tns.probe(rows[i].head, &want) != rows[i].match)
			fail_msg("row %zu", i);
		assert_true(rows[i].match != CARRIER_MORE ||
			    (want > rows[i].head.len && want <= 64));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logon),	    cmocka_unit_test(test_answers),
		cmocka_unit_test(test_no_services), cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_not_tns),	    cmocka_unit_test(test_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
