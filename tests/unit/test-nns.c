#include <errno.h>
#include <stdio.h>

#include "segments.h"

#define CLIENT STREAM_A_TO_B
#define SERVER STREAM_B_TO_A
#define PREAMBLE(uri_len, uri)                                                                     \
	"\x00\x01\x00\x01\x02\x02" uri_len uri "\x03\x08\x09\x15"                                  \
	"application/negotiate"
#define VIA PREAMBLE("\x31", "net.tcp://dc1.corp.example:9389/ActiveDirectoryWe")
#define NEGOTIATE "\x16\x01\x00\x00\x0cNTLMSSP\0\1\0\0\0"
#define CHALLENGE "\x16\x01\x00\x00\x0cNTLMSSP\0\2\0\0\0"
#define AUTHENTICATE "\x16\x01\x00\x00\x0cNTLMSSP\0\3\0\0\0"
#define DONE "\x14\x01\x00\x00\x00"
#define ERROR(hresult) "\x15\x01\x00\x00\x08\x00\x00\x00\x00" hresult
#define LOG_NEGOTIATE "token key=0 dir=0 direct=1 len=12 4e544c4d5353500001000000\n"
#define LOG_CHALLENGE "token key=0 dir=1 direct=1 len=12 4e544c4d5353500002000000\n"
#define LOG_AUTHENTICATE "token key=0 dir=0 direct=1 len=12 4e544c4d5353500003000000\n"
#define LOG_TARGET "target key=0 service=host host=dc1.corp.example\n"
#define LOG_ANSWER "answer key=0 dir=1 status=0x%08x target_follows=0\n"
#define LOG_OK "answer key=0 dir=1 status=0x00000000 target_follows=0\n"
#define BYTES(literal)                                                                             \
	{                                                                                          \
		.ptr = (const uint8_t *)(literal), .len = sizeof(literal) - 1                      \
	}

struct line {
	enum stream_dir dir;
	struct span bytes;
};

static const char *log_of(const struct harness *h)
{
	return h->log.ptr ? h->log.ptr : "";
}

static void say(struct harness *h, const struct line *lines, size_t n, size_t piece)
{
	for (size_t i = 0; i < n; i++) {
		struct span rest = lines[i].bytes;

		while (rest.len) {
			struct span part = span_head(rest, piece);

			harness_feed(h, lines[i].dir, part.ptr, part.len);
			rest = span_from(rest, part.len);
		}
	}
}

static void expect(const struct line *lines, size_t n, const char *log)
{
	static const size_t pieces[] = {1, 2, 5, 4096};

	for (size_t p = 0; p < N(pieces); p++) {
		struct harness h;

		harness_init(&h, &carrier_nns);
		say(&h, lines, n, pieces[p]);
		assert_int_equal(h.rc, 0);
		assert_string_equal(log_of(&h), log);
		harness_finish(&h);
	}
}

/* Active Directory Web Services, as PowerShell's cmdlets use them. */
static void test_adws(void **state)
{
	static const struct line lines[] = {
		{CLIENT, BYTES(VIA)},	       {SERVER, BYTES("\x0a")},
		{CLIENT, BYTES(NEGOTIATE)},    {SERVER, BYTES(CHALLENGE)},
		{CLIENT, BYTES(AUTHENTICATE)}, {SERVER, BYTES(DONE)},
	};

	(void)state;
	expect(lines, N(lines),
	       LOG_NEGOTIATE LOG_TARGET LOG_CHALLENGE LOG_AUTHENTICATE LOG_TARGET LOG_OK);
}

static void test_errors(void **state)
{
	static const struct {
		struct span error;
		uint32_t status;
	} rows[] = {
		{BYTES(ERROR("\x80\x09\x03\x0c")), 0xc000006d}, /* logon denied */
		{BYTES(ERROR("\x80\x09\x03\x22")), 0xc000006d}, /* wrong principal */
		{BYTES(ERROR("\x80\x09\x03\x11")), 0xc000005e},
		{BYTES(ERROR("\x80\x09\x03\x46")), 0xc000035b},
		{BYTES(ERROR("\x00\x00\x06\xfe")), 0xc000006d}, /* trust failure */
		{BYTES("\x15\x01\x00\x00\x08\xff\xff\xff\xff\x80\x09\x03\x0c"), 0xc000006d},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		const struct line lines[] = {
			{CLIENT, BYTES(AUTHENTICATE)},
			{SERVER, rows[i].error},
		};
		char log[256];

		snprintf(log, sizeof(log), LOG_AUTHENTICATE LOG_ANSWER, rows[i].status);
		expect(lines, N(lines), log);
	}
}

/* The client's own HandshakeDone says nothing about what the server thinks. */
static void test_only_the_acceptor_answers(void **state)
{
	static const struct line lines[] = {
		{CLIENT, BYTES("\x14\x01\x00\x00\x0cNTLMSSP\0\3\0\0\0")},
		{CLIENT, BYTES("\x10\x00\x00\x00"
			       "0123456789abcdef")},
	};
	struct harness h;

	(void)state;
	expect(lines, N(lines), LOG_AUTHENTICATE);
	harness_init(&h, &carrier_nns);
	say(&h, lines, N(lines), 4096);
	assert_true(h.half[CLIENT].never && !h.half[SERVER].never);
	harness_feed(&h, SERVER, DONE, 5);
	assert_string_equal(log_of(&h), LOG_AUTHENTICATE LOG_OK);
	assert_true(h.half[SERVER].never);
	harness_finish(&h);
}

static void test_spnego(void **state)
{
	static const struct line lines[] = {
		{SERVER, BYTES("\x14\x01\x00\x00\x09\xa1\x07\x30\x05\xa0\x03\x0a\x01\x00")},
	};

	(void)state;
	expect(lines, N(lines), "token key=0 dir=1 direct=0 len=9 a1073005a0030a0100\n");
}

static void test_hosts(void **state)
{
	static const struct {
		struct span preamble;
		const char *host;
	} rows[] = {
		{BYTES(PREAMBLE("\x0d", "net.tcp://a/b")), "a"},
		{BYTES(PREAMBLE("\x0d", "net.tcp://a:1")), "a"},
		{BYTES(PREAMBLE("\x12", "net.tcp://[::1]:80")), "::1"},
		{BYTES(PREAMBLE("\x0e", "net.tcp://[::1")), "::1"},
		{BYTES(PREAMBLE("\x0a", "net.tcp://")), NULL},
		{BYTES(PREAMBLE("\x03", "a/b")), NULL},
		{BYTES(PREAMBLE("\x00", "")), NULL},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		char log[256] = LOG_NEGOTIATE;
		const struct line lines[] = {
			{CLIENT, rows[i].preamble},
			{CLIENT, BYTES(NEGOTIATE)},
		};

		if (rows[i].host)
			snprintf(log, sizeof(log),
				 LOG_NEGOTIATE "target key=0 service=host host=%s\n", rows[i].host);
		expect(lines, N(lines), log);
	}
}

/* Without an upgrade, or with a fault, there is nothing to wait for. */
static void test_unprotected(void **state)
{
	static const struct span ends[] = {BYTES("\x0c"), BYTES("\x08\x02no")};

	(void)state;
	for (size_t i = 0; i < N(ends); i++) {
		struct harness h;

		harness_init(&h, &carrier_nns);
		harness_feed(&h, CLIENT, ends[i].ptr, ends[i].len);
		assert_true(h.half[CLIENT].never);
		harness_feed(&h, SERVER, "\x0b", 1);
		assert_true(h.half[SERVER].never);
		harness_finish(&h);
	}
}

static void test_not_nns(void **state)
{
	static const struct span streams[] = {
		BYTES("\x16\x03\x01\x02\x00"),	   /* TLS */
		BYTES("\x16\x01\x01\x00\x00"),	   /* version 1.1 */
		BYTES("\x02\xff\xff\xff\xff\x0f"), /* a string without end */
		BYTES("\x02\x81\x10"),		   /* a string of 2049 bytes */
		BYTES("\x05"),
		BYTES("\xff"),
	};

	(void)state;
	for (size_t i = 0; i < N(streams); i++) {
		struct harness h;

		harness_init(&h, &carrier_nns);
		harness_feed(&h, CLIENT, streams[i].ptr, streams[i].len);
		assert_int_equal(h.rc, -EBADMSG);
		harness_finish(&h);
	}
}

static void test_malformed_error(void **state)
{
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_nns);
	harness_feed(&h, SERVER, "\x15\x01\x00\x00\x02\x80\x09", 7);
	assert_string_equal(log_of(&h), "malformed NNS HandshakeError: truncated at 0\n");
	assert_int_equal(h.tally.n[TALLY_CARRIER_MALFORMED], 1);
	harness_finish(&h);
}

static void test_probe(void **state)
{
	static const struct {
		struct span head;
		enum carrier_match match;
	} rows[] = {
		{BYTES(VIA), CARRIER_YES},
		{BYTES("\x00\x01\x00\x01\x04\x02"), CARRIER_YES},
		{BYTES("\x00\x01\x00\x01\x05\x02"), CARRIER_NO},
		{BYTES("\x00\x01\x00\x01\x05"), CARRIER_NO},
		{BYTES("\x00\x01\x00\x01\x02\x03"), CARRIER_NO},
		{BYTES("\x00\x01"), CARRIER_MORE},
		{BYTES("\x00\x00"), CARRIER_NO},
		{BYTES(NEGOTIATE), CARRIER_YES},
		{BYTES("\x16\x01\x00\x00\x0cNTLMSSQ\0\1\0\0\0"), CARRIER_NO},
		{BYTES("\x16\x01\x00\x01\x04\x60\x82\x01\x00\1\2\3\4"), CARRIER_YES},
		{BYTES("\x16\x01\x00\x01\x05\x60\x82\x01\x00\1\2\3\4"), CARRIER_NO},
		{BYTES("\x16\x01\x00\x00\x09\xa1\x07\x30\x05\xa0\x03\x0a\x01\x00"), CARRIER_YES},
		{BYTES("\x16\x01\x00\x00\x09"), CARRIER_MORE},
		{BYTES(DONE), CARRIER_YES},
		{BYTES(ERROR("\x80\x09\x03\x0c")), CARRIER_YES},
		{BYTES("\x15\x01\x00\x00\x09\x00\x00\x00\x00\x00\x00\x00\x00"), CARRIER_NO},
		{BYTES("\x16\x03\x01\x02\x00"), CARRIER_NO},
		{BYTES("\x16"), CARRIER_MORE},
		{BYTES(""), CARRIER_MORE},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		size_t want = 0;

		if (carrier_nns.probe(rows[i].head, &want) != rows[i].match)
			fail_msg("row %zu", i);
		assert_true(rows[i].match != CARRIER_MORE ||
			    (want > rows[i].head.len && want <= 64));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_adws),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_only_the_acceptor_answers),
		cmocka_unit_test(test_spnego),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_unprotected),
		cmocka_unit_test(test_not_nns),
		cmocka_unit_test(test_malformed_error),
		cmocka_unit_test(test_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
