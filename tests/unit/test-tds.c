#include "carrier/tds.h"
#include "tds-streams.h"

#include <errno.h>
#include <stdio.h>

#define SPAN(literal) span_make(literal, sizeof(literal) - 1)
/* the same, for tables */
#define BYTES(literal)                                                                             \
	{                                                                                          \
		.ptr = (const uint8_t *)(literal), .len = sizeof(literal) - 1                      \
	}
#define CLIENT STREAM_A_TO_B
#define SERVER STREAM_B_TO_A
#define NEGOTIATE "NTLMSSP\0\1\0\0\0"
#define AUTHENTICATE "NTLMSSP\0\3\0\0\0"
#define TLS_RECORD                                                                                 \
	"\x17\x03\x03\x00\x04"                                                                     \
	"abcd"
#define TLS_HELLO                                                                                  \
	"\x16\x03\x01\x00\x04"                                                                     \
	"abcd"
#define LOGINACK "\xad\x03\x00xyz\xfd\0\0\0\0\0\0\0\0\0\0\0\0"
#define ERROR_18456 "\xaa\x06\x00\x18\x48\0\0\1\x0e\xfd\2\0\0\0\0\0\0\0\0\0\0\0"
#define LOG_AUTHENTICATE "token key=0 dir=0 direct=1 len=12 4e544c4d5353500003000000\n"
#define LOG_OK "answer key=0 dir=1 status=0x00000000 target_follows=0\n"
#define LOG_REFUSED "answer key=0 dir=1 status=0xc000006d target_follows=0\n"

static const char *log_of(const struct harness *h)
{
	return h->log.ptr ? h->log.ptr : "";
}

/* A message in packets that carry at most so many bytes each. */
static void send(struct harness *h, enum stream_dir d, uint8_t type, struct span body, size_t room)
{
	uint8_t packet[2048];

	do {
		struct span part = span_head(body, room);
		uint8_t head[TDS_HEADER] = {type, 0, 0, 0, 0, 0, 1, 0};

		assert_true(part.len + TDS_HEADER <= sizeof(packet));
		body = span_from(body, part.len);
		head[1] = body.len == 0;
		head[2] = (uint8_t)((part.len + TDS_HEADER) >> 8);
		head[3] = (uint8_t)(part.len + TDS_HEADER);
		memcpy(packet, head, TDS_HEADER);
		if (part.len)
			memcpy(packet + TDS_HEADER, part.ptr, part.len);
		harness_feed(h, d, packet, part.len + TDS_HEADER);
	} while (body.len);
}

/* A LOGIN7 with a server's name, in ASCII here, and a token. */
static size_t login7(uint8_t *out, const char *server, struct span token)
{
	size_t n = 94, chars = strlen(server), length = n + 2 * chars + token.len;

	memset(out, 0, n);
	out[0] = (uint8_t)length;
	out[1] = (uint8_t)(length >> 8);
	out[7] = 0x74;
	out[36] = 94;
	out[52] = 94;
	out[54] = (uint8_t)chars;
	for (size_t i = 0; i < chars; i++) {
		out[n++] = (uint8_t)server[i];
		out[n++] = 0;
	}
	out[78] = (uint8_t)n;
	out[79] = (uint8_t)(n >> 8);
	out[80] = (uint8_t)token.len;
	out[81] = (uint8_t)(token.len >> 8);
	if (token.len)
		memcpy(out + n, token.ptr, token.len);
	return length;
}

static void send_login7(struct harness *h, const char *server, struct span token)
{
	uint8_t message[1024];

	send(h, CLIENT, TDS_LOGIN7, span_make(message, login7(message, server, token)), 4088);
}

static void test_freetds(void **state)
{
	(void)state;
	assert_log(&carrier_tds, tds_accepted, N(tds_accepted),
		   "token key=0 dir=0 direct=1 len=46 4e544c4d535350000100000001b20800\n"
		   "target key=0 service=MSSQLSvc host=sql1.corp.example\n"
		   "token key=0 dir=1 direct=1 len=170 4e544c4d535350000200000008000800\n"
		   "token key=0 dir=0 direct=1 len=264 4e544c4d535350000300000018001800\n"
		   "target key=0 service=MSSQLSvc host=sql1.corp.example\n" LOG_OK);
	assert_log(&carrier_tds, tds_refused, N(tds_refused),
		   "token key=0 dir=0 direct=1 len=46 4e544c4d535350000100000001b20800\n"
		   "target key=0 service=MSSQLSvc host=sql1.corp.example\n"
		   "token key=0 dir=1 direct=1 len=170 4e544c4d535350000200000008000800\n"
		   "token key=0 dir=0 direct=1 len=264 4e544c4d535350000300000018001800\n"
		   "target key=0 service=MSSQLSvc host=sql1.corp.example\n" LOG_REFUSED);
}

/* Each direction is found by its first bytes, and only there. */
static void test_probe(void **state)
{
	static const struct {
		struct span head;
		enum carrier_match match;
	} rows[] = {
		{BYTES("\x12\x01\x00\x3a\0\0\0\0\0\0\x1a\0\6"), CARRIER_YES},
		{BYTES("\x12\x01\x00\x3a\0\0\0\0\x01\0\x1a\0\6"),
		 CARRIER_NO}, /* not VERSION first */
		{BYTES("\x12\x01\x00\x3a\0\0\0\0\0\0\x1a\0\5"), CARRIER_NO},
		{BYTES("\x12\x01\x00\x3a\0\0\0\0\0\0\x32\0\6"),
		 CARRIER_NO}, /* beyond the message */
		{BYTES("\x12\x01\x00\x3a\0\0\0\1\0\0\x1a\0\6"), CARRIER_NO}, /* window */
		{BYTES("\x12\x02"), CARRIER_NO},
		{BYTES("\x12\x01\x00\x09\0\0\0\0"), CARRIER_NO},
		{BYTES("\x12\x01\x00\xf7\0\0\0\0\x16\x03\x01\0\xea"), CARRIER_YES},
		{BYTES("\x04\x01\x00\x1a\0\0\0\0\0\0\x0b\0\6\0\0\0\0\0\0\0"), CARRIER_YES},
		{BYTES("\x04\x01\x00\xb5\0\x33\1\0\xed\xaa\0NTLMSSP\0\2"), CARRIER_YES},
		{BYTES("\x04\x01\x00\xb5\0\x33\1\0\xed\xaa\0\xa1\x82\1\2\3\4\5\6\7"), CARRIER_YES},
		{BYTES("\x04\x01\x00\xb5\0\x33\1\0\x81\xaa\0\xa1\x82\1\2\3\4\5\6\7"), CARRIER_NO},
		{BYTES("\x10\x01\x00\xf7\0\0\0\0\xef\0\0\0\4\0\0\x74"), CARRIER_YES},
		{BYTES("\x10\x01\x00\xf7\0\0\0\0\xef\0\0\0\4\0\0\x75"), CARRIER_NO},
		{BYTES("\x10\x01\x00\xf7\0\0\0\0\xef\0\2\0\4\0\0\x74"), CARRIER_NO},
		{BYTES("\x11\x01\x01\x10\0\0\0\0NTLMSSP\0\3\0\0\0"), CARRIER_YES},
		{BYTES("\x11\x01\x01\x10\0\0\0\0NTLMSSQ\0\3\0\0\0"), CARRIER_NO},
		{BYTES("\x01\x01\x01\x10\0\0\0\0S\0E\0L\0"), CARRIER_NO},
		{BYTES("\x12"), CARRIER_MORE},
		{BYTES(""), CARRIER_MORE},
		{BYTES("G"), CARRIER_NO},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		size_t want = 0;

		if (carrier_tds.probe(rows[i].head, &want) != rows[i].match)
			fail_msg("row %zu", i);
		assert_true(rows[i].match != CARRIER_MORE ||
			    (want > rows[i].head.len && want <= 64));
	}
}

static void test_server_names(void **state)
{
	static const struct {
		const char *server, *host;
	} rows[] = {
		{"sql1", "sql1"},
		{"sql1\\DEV", "sql1"},
		{"tcp:sql1.corp.example,1433", "sql1.corp.example"},
		{"TCP:sql1\\DEV,1433", "sql1"},
		{"np:\\\\sql1\\pipe\\sql\\query", "sql1"},
		{"fe80::1", "fe80::1"},
		{"", NULL},
		{"\\\\", NULL},
		{"tcp:", NULL},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		char expected[256] = "token key=0 dir=0 direct=1 len=12 4e544c4d5353500001000000\n";
		struct harness h;

		if (rows[i].host)
			snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected),
				 "target key=0 service=MSSQLSvc host=%s\n", rows[i].host);
		harness_init(&h, &carrier_tds);
		send_login7(&h, rows[i].server, SPAN(NEGOTIATE));
		assert_string_equal(log_of(&h), expected);
		harness_finish(&h);
	}
}

/* However the packets are cut, the message is the same. */
static void test_many_packets(void **state)
{
	static const size_t rooms[] = {1, 7, 50, 4088};

	(void)state;
	for (size_t i = 0; i < N(rooms); i++) {
		struct harness h;

		harness_init(&h, &carrier_tds);
		send(&h, CLIENT, TDS_SSPI, SPAN(AUTHENTICATE), rooms[i]);
		send(&h, SERVER, TDS_RESPONSE, SPAN("\xe3\1\0x\xab\2\0yz" ERROR_18456), rooms[i]);
		assert_string_equal(log_of(&h), LOG_AUTHENTICATE LOG_REFUSED);
		assert_true(h.half[SERVER].never);
		harness_finish(&h);
	}
}

/* A login with a password of the server's own is none of ours. */
static void test_password(void **state)
{
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_tds);
	send_login7(&h, "sql1", (struct span){0});
	assert_true(h.half[CLIENT].never);
	send(&h, SERVER, TDS_RESPONSE, SPAN(LOGINACK), 4088);
	assert_true(h.half[SERVER].never);
	assert_string_equal(log_of(&h), "");
	harness_finish(&h);
}

/* Nobody's AUTHENTICATE: nothing to answer. */
static void test_answer_without_authenticate(void **state)
{
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_tds);
	send_login7(&h, "", SPAN(NEGOTIATE));
	send(&h, SERVER, TDS_RESPONSE, SPAN(ERROR_18456), 4088);
	assert_null(strstr(log_of(&h), "answer"));
	harness_finish(&h);
}

static void test_all_encrypted(void **state)
{
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_tds);
	send(&h, CLIENT, TDS_PRELOGIN, SPAN(TLS_HELLO), 4088);
	send(&h, SERVER, TDS_PRELOGIN, SPAN(TLS_HELLO), 4088);
	harness_feed(&h, CLIENT, TLS_RECORD, sizeof(TLS_RECORD) - 1);
	assert_string_equal(log_of(&h), "");
	harness_feed(&h, SERVER, TLS_RECORD, sizeof(TLS_RECORD) - 1);
	assert_string_equal(log_of(&h), "encrypted TDS server_name=\n");
	harness_feed(&h, CLIENT, TLS_RECORD, sizeof(TLS_RECORD) - 1);
	assert_true(h.half[CLIENT].never && h.half[SERVER].never);
	assert_string_equal(log_of(&h), "encrypted TDS server_name=\n");
	harness_finish(&h);
}

/* Of a capture with the client's side alone the number of records tells. */
static void test_all_encrypted_one_side(void **state)
{
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_tds);
	send(&h, CLIENT, TDS_PRELOGIN, SPAN(TLS_HELLO), 4088);
	for (int i = 0; i < 100; i++)
		harness_feed(&h, CLIENT, TLS_RECORD, sizeof(TLS_RECORD) - 1);
	assert_string_equal(log_of(&h), "encrypted TDS server_name=\n");
	harness_finish(&h);
}

/* ENCRYPT_OFF on both sides: the LOGIN7 can't be seen, the rest can. */
static void test_login_encrypted(void **state)
{
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_tds);
	send(&h, CLIENT, TDS_PRELOGIN, SPAN(TLS_HELLO), 4088);
	send(&h, SERVER, TDS_PRELOGIN, SPAN(TLS_HELLO), 4088);
	harness_feed(&h, CLIENT, TLS_RECORD, sizeof(TLS_RECORD) - 1);
	send(&h, SERVER, TDS_RESPONSE, SPAN("\xed\x0c\0NTLMSSP\0\2\0\0\0"), 4088);
	send(&h, CLIENT, TDS_SSPI, SPAN(AUTHENTICATE), 4088);
	send(&h, SERVER, TDS_RESPONSE, SPAN(LOGINACK), 4088);
	assert_string_equal(
		log_of(&h),
		"token key=0 dir=1 direct=1 len=12 4e544c4d5353500002000000\n" LOG_AUTHENTICATE
			LOG_OK);
	harness_finish(&h);
}

static void test_spnego_is_not_direct(void **state)
{
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_tds);
	send(&h, CLIENT, TDS_SSPI, SPAN("\xa1\x07\x30\x05\xa0\x03\x0a\x01\x01"), 4088);
	assert_string_equal(log_of(&h), "token key=0 dir=0 direct=0 len=9 a1073005a0030a0101\n");
	harness_finish(&h);
}

static void test_malformed(void **state)
{
	uint8_t message[1024];
	size_t n = login7(message, "sql1", SPAN(NEGOTIATE));
	struct harness h;

	(void)state;
	message[79] = 0xff; /* the token's offset */
	harness_init(&h, &carrier_tds);
	send(&h, CLIENT, TDS_LOGIN7, span_make(message, n), 4088);
	assert_non_null(strstr(log_of(&h), "malformed TDS LOGIN7: SSPI out of range"));
	assert_null(strstr(log_of(&h), "token"));
	assert_int_equal(h.tally.n[TALLY_CARRIER_MALFORMED], 1);
	harness_finish(&h);
	harness_init(&h, &carrier_tds);
	send(&h, SERVER, TDS_RESPONSE, SPAN("\xed\x0c\0NTLMSSP"), 4088);
	assert_string_equal(log_of(&h), "malformed TDS login response: truncated at 3\n");
	harness_finish(&h);
}

/* cbSSPI of 65535 means that cbSSPILong tells. */
static void test_long_token(void **state)
{
	uint8_t message[1024];
	size_t n = login7(message, "", SPAN(NEGOTIATE));
	struct harness h;

	(void)state;
	message[80] = message[81] = 0xff;
	message[90] = 12;
	harness_init(&h, &carrier_tds);
	send(&h, CLIENT, TDS_LOGIN7, span_make(message, n), 4088);
	assert_string_equal(log_of(&h),
			    "token key=0 dir=0 direct=1 len=12 4e544c4d5353500001000000\n");
	harness_finish(&h);
}

static void test_not_tds(void **state)
{
	static const struct span streams[] = {
		BYTES("\x12\x01\x00\x07\0\0\0\0\0\0"), /* shorter than its header */
		BYTES("\x12\x00\x00\x09\0\0\0\0\0\x11\x01\0\x09\0\0\0\0\0"), /* two types in one message */
		BYTES("\x13\x01\x00\x09\0\0\0\0\0"),
		BYTES("\x06\x01\x00\x02\0\0\0\0\0"),
	};

	(void)state;
	for (size_t i = 0; i < N(streams); i++) {
		struct harness h;

		harness_init(&h, &carrier_tds);
		harness_feed(&h, CLIENT, streams[i].ptr, streams[i].len);
		assert_int_equal(h.rc, -EBADMSG);
		harness_finish(&h);
	}
}

/* A message without an end costs no more than what a carrier may ask for. */
static void test_endless(void **state)
{
	static uint8_t packet[65535] = {TDS_LOGIN7, 0, 0xff, 0xff};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_tds);
	for (int i = 0; i < 4; i++)
		harness_feed(&h, CLIENT, packet, sizeof(packet));
	assert_true(h.half[CLIENT].never);
	assert_int_equal(h.tally.n[TALLY_TOKEN_TOO_LONG], 1);
	harness_finish(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_freetds),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_server_names),
		cmocka_unit_test(test_many_packets),
		cmocka_unit_test(test_password),
		cmocka_unit_test(test_answer_without_authenticate),
		cmocka_unit_test(test_all_encrypted),
		cmocka_unit_test(test_all_encrypted_one_side),
		cmocka_unit_test(test_login_encrypted),
		cmocka_unit_test(test_spnego_is_not_direct),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_long_token),
		cmocka_unit_test(test_not_tds),
		cmocka_unit_test(test_endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
