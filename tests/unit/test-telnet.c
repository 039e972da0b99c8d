#include <stdlib.h>

#include "harness.h"
#include "unit.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))
#define A STREAM_A_TO_B
#define B STREAM_B_TO_A

/* A segment of bytes; none is a hole. */
struct bytes {
	enum stream_dir dir;
	const char *ptr;
	size_t len;
};
#define SAY(dir, literal)                                                                          \
	{                                                                                          \
		dir, literal, sizeof(literal) - 1                                                  \
	}
#define HOLE(dir)                                                                                  \
	{                                                                                          \
		dir, NULL, 0                                                                       \
	}

#define DO_AUTH SAY(B, "\xff\xfd\x25\xff\xfb\x01")
#define WILL_AUTH SAY(A, "\xff\xfb\x25")
#define SEND SAY(B, "\xff\xfa\x25\x01\x0f\x00\xff\xf0")
#define IS "\xff\xfa\x25\x00\x0f\x00"
#define REPLY "\xff\xfa\x25\x02\x0f\x00"
#define SE "\xff\xf0"
#define SIZE(n) n "\0\0\0\2\0\0\0"
/* a flag byte of 255 is doubled */
#define NEGOTIATE SAY(A, IS "\0" SIZE("\x10") "NTLMSSP\0\1\0\0\0\xff\xff\0\0\0" SE)
#define CHALLENGE SAY(B, REPLY "\1" SIZE("\x0c") "NTLMSSP\0\2\0\0\0" SE)
#define AUTHENTICATE SAY(A, IS "\2" SIZE("\x0c") "NTLMSSP\0\3\0\0\0" SE)
#define ACCEPT SAY(B, REPLY "\3" SE)
#define REJECT SAY(B, REPLY "\4" SE)

#define LOG_NEGOTIATE "token key=0 dir=0 direct=1 len=16 4e544c4d5353500001000000ff000000\n"
#define LOG_CHALLENGE "token key=0 dir=1 direct=1 len=12 4e544c4d5353500002000000\n"
#define LOG_AUTHENTICATE "token key=0 dir=0 direct=1 len=12 4e544c4d5353500003000000\n"
#define LOG_THREE LOG_NEGOTIATE LOG_CHALLENGE LOG_AUTHENTICATE
#define LOG_OK "answer key=0 dir=1 status=0x00000000 target_follows=0\n"
#define LOG_REFUSED "answer key=0 dir=1 status=0xc000006d target_follows=0\n"

static void check(const struct bytes *says, size_t n, const char *log)
{
	static const size_t pieces[] = {0, 1, 2, 5, 11};

	for (size_t p = 0; p < N(pieces); p++) {
		struct harness h;

		harness_init(&h, &carrier_telnet);
		for (size_t i = 0; i < n; i++) {
			size_t piece = pieces[p] ? pieces[p] : says[i].len;

			if (!says[i].ptr)
				harness_gap(&h, says[i].dir);
			for (size_t at = 0; at < says[i].len; at += piece)
				harness_feed(&h, says[i].dir, says[i].ptr + at,
					     piece < says[i].len - at ? piece : says[i].len - at);
		}
		assert_string_equal(h.log.ptr ? h.log.ptr : "", log);
		assert_int_equal(h.rc, 0);
		harness_finish(&h);
	}
}

#define CHECK(log, ...)                                                                            \
	do {                                                                                       \
		const struct bytes says_[] = {__VA_ARGS__};                                        \
		check(says_, N(says_), log);                                                       \
	} while (0)

static void test_accepted(void **state)
{
	(void)state;
	CHECK(LOG_THREE LOG_OK, DO_AUTH, WILL_AUTH, SEND, NEGOTIATE, CHALLENGE, AUTHENTICATE,
	      ACCEPT, SAY(B, "Welcome\r\n"), NEGOTIATE);
}

static void test_refused_and_again(void **state)
{
	(void)state;
	CHECK(LOG_THREE LOG_REFUSED LOG_THREE LOG_OK, DO_AUTH, WILL_AUTH, SEND, NEGOTIATE,
	      CHALLENGE, AUTHENTICATE, REJECT, SAY(B, "login: "), SAY(A, "alice\r\n\xff\xff"),
	      NEGOTIATE, CHALLENGE, AUTHENTICATE, ACCEPT);
	/* refused before anything was decided; an answer from the wrong side */
	CHECK(LOG_NEGOTIATE, DO_AUTH, NEGOTIATE, REJECT);
	CHECK(LOG_AUTHENTICATE, DO_AUTH, AUTHENTICATE, SAY(A, REPLY "\3" SE));
}

static void test_other_options(void **state)
{
	(void)state;
	CHECK("", DO_AUTH, SAY(A, "\xff\xfa\x18\0xterm" SE), SAY(A, "\xff\xfa\x25\0\2\0krb" SE),
	      SAY(A, IS SE), SAY(A, "\xff\xfa\x25" SE), SAY(B, REPLY "\x09" SE),
	      SAY(B, "\xff\xf1text\xff\xff\xfa\x25\0\x0f"));
}

static void test_malformed(void **state)
{
	(void)state;
	CHECK("malformed Telnet AUTHENTICATION: truncated at 12\n", DO_AUTH,
	      SAY(A, IS "\0" SIZE("\x11") "NTLM" SE));
	CHECK("malformed Telnet AUTHENTICATION: truncated at 12\n", DO_AUTH,
	      SAY(A, IS "\0\xff\xff\xff\xff\xff\xff\xff\xff\2\0\0\0NTLM" SE));
	CHECK(LOG_AUTHENTICATE LOG_OK, DO_AUTH, SAY(A, IS "\0" SIZE("\x10") "NTLM"), HOLE(A),
	      AUTHENTICATE, ACCEPT);
}

static void test_endless_suboption(void **state)
{
	struct harness h;
	char *segment = calloc(1, 1400);

	(void)state;
	assert_non_null(segment);
	harness_init(&h, &carrier_telnet);
	harness_feed(&h, A, IS, sizeof(IS) - 1);
	for (size_t i = 0; i < 150; i++)
		harness_feed(&h, A, segment, 1400);
	assert_int_equal(h.tally.n[TALLY_TOKEN_TOO_LONG], 1);
	assert_int_equal(h.half[A].len, 0);
	harness_finish(&h);
	free(segment);
}

static void test_probe(void **state)
{
	static const struct {
		const char *ptr;
		size_t len;
		enum carrier_match match;
	} rows[] = {
		{"\xff\xfd\x25", 3, CARRIER_YES},
		{"\xff\xfd\x25\xff", 4, CARRIER_YES},
		{"\xff\xfb\x01login", 8, CARRIER_YES},
		{IS, 6, CARRIER_YES},
		{"\xff", 1, CARRIER_MORE},
		{"\xff\xfa", 2, CARRIER_MORE},
		{"\xff\xfa\x18\0", 4, CARRIER_NO},
		{"\xff\xfb\x90\x64", 4, CARRIER_NO}, /* MPEG audio */
		{"\xff\xfb\x10\x80", 4, CARRIER_NO},
		{"\xffSMB", 4, CARRIER_NO},
		{"\xff\xd8\xff\xe0", 4, CARRIER_NO},
		{"\xff\xff\xff\xff", 4, CARRIER_NO},
		{"login", 5, CARRIER_NO},
	};
	size_t want = 0;

	(void)state;
	for (size_t i = 0; i < N(rows); i++)
		assert_int_equal(carrier_telnet.probe(span_make(rows[i].ptr, rows[i].len), &want),
				 rows[i].match);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),	  cmocka_unit_test(test_refused_and_again),
		cmocka_unit_test(test_other_options),	  cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_endless_suboption), cmocka_unit_test(test_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
