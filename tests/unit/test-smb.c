#include "smb-build.h"
#include "smb-streams.h"

#include <errno.h>

#include "base/mem.h"

#define A STREAM_A_TO_B
#define B STREAM_B_TO_A
#define MORE NT_STATUS_MORE_PROCESSING_REQUIRED
#define STATUS_PENDING 0x103u

/* The log of one hand-made connection so far, then forgotten. */
static void expect(struct harness *h, const char *log)
{
	assert_int_equal(h->rc, 0);
	assert_string_equal(harness_log(h), log);
	text_reset(&h->log);
}

static void test_real_connections(void **state)
{
	(void)state;
	assert_log(&carrier_smb, smb2_ok, N(smb2_ok),
		   "token key=0 dir=0 direct=0 len=74 604806062b0601050502a03e303ca00e\n"
		   "token key=0 dir=1 direct=0 len=197 a181c23081bfa0030a0101a10c060a2b\n"
		   "token key=0 dir=0 direct=0 len=460 a18201c8308201c4a28201ac048201a8\n"
		   "token key=0 dir=1 direct=0 len=29 a11b3019a0030a0100a3120410010000\n"
		   "answer key=0 dir=1 status=0x00000000 target_follows=1\n"
		   "target key=0 service=cifs host=fs1.corp.example\n");
	assert_log(&carrier_smb, smb2_wrong_password, N(smb2_wrong_password),
		   "token key=0 dir=0 direct=0 len=74 604806062b0601050502a03e303ca00e\n"
		   "token key=0 dir=1 direct=0 len=197 a181c23081bfa0030a0101a10c060a2b\n"
		   "token key=0 dir=0 direct=0 len=460 a18201c8308201c4a28201ac048201a8\n"
		   "answer key=0 dir=1 status=0xc000006d target_follows=0\n");
	assert_log(&carrier_smb, smb2_anonymous, N(smb2_anonymous),
		   "token key=0 dir=0 direct=0 len=74 604806062b0601050502a03e303ca00e\n"
		   "token key=0 dir=1 direct=0 len=197 a181c23081bfa0030a0101a10c060a2b\n"
		   "token key=0 dir=0 direct=0 len=118 a1743072a270046e4e544c4d53535000\n"
		   "token key=0 dir=1 direct=0 len=9 a1073005a0030a0100\n"
		   "answer key=0 dir=1 status=0x00000000 target_follows=1\n"
		   "target key=0 service=cifs host=fs1.corp.example\n");
}

static void test_real_pipe(void **state)
{
	(void)state;
	assert_log(&carrier_smb, smb2_pipe, N(smb2_pipe),
		   "token key=4294967296 dir=0 direct=1 len=40 4e544c4d535350000100000015820862\n"
		   "token key=4294967296 dir=1 direct=1 len=166 4e544c4d535350000200000008000800\n"
		   "token key=4294967296 dir=0 direct=1 len=424 4e544c4d535350000300000018001800\n"
		   "answer key=4294967296 dir=1 status=0x00000000 target_follows=0\n");
}

/* Each response captured before its request. */
static void test_responses_first(void **state)
{
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_smb);
	for (size_t i = 0; i + 1 < N(smb2_ok); i += 2) {
		segment_feed(&h, smb2_ok[i + 1].dir, smb2_ok[i + 1].hex, 0);
		segment_feed(&h, smb2_ok[i].dir, smb2_ok[i].hex, 0);
	}
	expect(&h, "token key=0 dir=1 direct=0 len=197 a181c23081bfa0030a0101a10c060a2b\n"
		   "token key=0 dir=0 direct=0 len=74 604806062b0601050502a03e303ca00e\n"
		   "token key=0 dir=1 direct=0 len=29 a11b3019a0030a0100a3120410010000\n"
		   "answer key=0 dir=1 status=0x00000000 target_follows=1\n"
		   "token key=0 dir=0 direct=0 len=460 a18201c8308201c4a28201ac048201a8\n"
		   "target key=0 service=cifs host=fs1.corp.example\n");
	harness_finish(&h);
}

static void test_sessions_side_by_side(void **state)
{
	struct message m = {0};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_smb);
	smb2_setup_request(&m, 1, 0, "a1");
	smb2_setup_request(&m, 2, 0, "b1");
	message_feed(&h, A, &m);
	smb2_setup_response(&m, MORE, 2, 0xbb, "b2");
	smb2_setup_response(&m, MORE, 1, 0xaa, "a2");
	message_feed(&h, B, &m);
	smb2_setup_request(&m, 3, 0xaa, "a3");
	smb2_setup_request(&m, 4, 0xbb, "NTLMSSP");
	message_feed(&h, A, &m);
	smb2_setup_response(&m, NT_STATUS_OK, 4, 0xbb, "");
	smb2_setup_response(&m, NT_STATUS_LOGON_FAILURE, 3, 0xaa, "");
	message_feed(&h, B, &m);
	smb2_tree_connect(&m, 5, 0xbb, "\\\\fs\\x");
	smb2_tree_connect(&m, 6, 0xbb, "\\\\other\\x");
	smb2_tree_connect(&m, 7, 0xcc, "\\\\unknown\\x");
	message_feed(&h, A, &m);
	expect(&h, "token key=0 dir=0 direct=0 len=2 6131\n"
		   "token key=1 dir=0 direct=0 len=2 6231\n"
		   "token key=1 dir=1 direct=0 len=2 6232\n"
		   "token key=0 dir=1 direct=0 len=2 6132\n"
		   "token key=0 dir=0 direct=0 len=2 6133\n"
		   "token key=1 dir=0 direct=0 len=7 4e544c4d535350\n"
		   "answer key=1 dir=1 status=0x00000000 target_follows=1\n"
		   "answer key=0 dir=1 status=0xc000006d target_follows=0\n"
		   "target key=1 service=cifs host=fs\n");
	harness_finish(&h);
}

static void test_reauthentication(void **state)
{
	struct message m = {0};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_smb);
	for (uint64_t i = 0; i < 2; i++) {
		smb2_setup_request(&m, 3 + i, 0xaa, "x");
		message_feed(&h, A, &m);
		smb2_setup_response(&m, NT_STATUS_OK, 3 + i, 0xaa, "");
		message_feed(&h, B, &m);
		expect(&h, "token key=0 dir=0 direct=0 len=1 78\n"
			   "answer key=0 dir=1 status=0x00000000 target_follows=1\n");
	}
	harness_finish(&h);
}

static void test_interim_is_no_answer(void **state)
{
	struct message m = {0};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_smb);
	smb2_setup_request(&m, 1, 0, "x");
	message_feed(&h, A, &m);
	message_begin(&m);
	smb2_header(&m, 1, RESPONSE | ASYNC, STATUS_PENDING, 1, 0);
	put(&m, 9, 2);
	put_zero(&m, 7);
	message_end(&m);
	smb2_setup_response(&m, NT_STATUS_ACCESS_DENIED, 1, 0, "");
	message_feed(&h, B, &m);
	expect(&h, "token key=0 dir=0 direct=0 len=1 78\n"
		   "answer key=0 dir=1 status=0xc0000022 target_follows=0\n");
	harness_finish(&h);
}

static void test_table_is_full(void **state)
{
	struct message m = {0};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_smb);
	for (uint64_t i = 1; i <= 32; i++) {
		smb2_setup_request(&m, i, 0, "x");
		message_feed(&h, A, &m);
	}
	assert_int_equal(h.tally.n[TALLY_CARRIER_LIMIT], 0);
	text_reset(&h.log);
	smb2_setup_request(&m, 33, 0, "x");
	message_feed(&h, A, &m);
	assert_int_equal(h.tally.n[TALLY_CARRIER_LIMIT], 1);
	/* the one longest without a word had to go */
	expect(&h, "token key=0 dir=0 direct=0 len=1 78\n");
	smb2_setup_response(&m, NT_STATUS_OK, 7, 0x77, "");
	message_feed(&h, B, &m);
	smb2_setup_request(&m, 34, 0, "x");
	message_feed(&h, A, &m);
	/* one that is done goes before all others, and uncounted */
	assert_int_equal(h.tally.n[TALLY_CARRIER_LIMIT], 1);
	expect(&h, "answer key=6 dir=1 status=0x00000000 target_follows=1\n"
		   "token key=6 dir=0 direct=0 len=1 78\n");
	harness_finish(&h);
}

static void test_malformed_goes_on(void **state)
{
	struct message m = {0};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_smb);
	smb2_setup_request(&m, 1, 0, "x");
	patch(&m, 4 + 64 + 14, 0xffff, 2); /* the token's length */
	smb2_setup_request(&m, 2, 0, "x");
	patch(&m, m.frame + 4 + 64 + 12, 60, 2); /* its offset */
	smb2_setup_request(&m, 3, 0, "x");
	patch(&m, m.frame + 4 + 64, 24, 2); /* structure size */
	smb2_setup_request(&m, 4, 0, "x");
	patch(&m, m.frame + 4 + 20, 63, 4); /* NextCommand */
	message_begin(&m);
	put_bytes(&m, "\xfeSMB@", 5);
	message_end(&m);
	smb2_setup_request(&m, 5, 0, "x");
	message_feed(&h, A, &m);
	expect(&h, "malformed SMB2 SESSION_SETUP request: truncated at 89\n"
		   "malformed SMB2 SESSION_SETUP request: buffer inside the fixed part at 60\n"
		   "malformed SMB2 SESSION_SETUP request: wrong structure size at 64\n"
		   "malformed SMB2 header: senseless size at 20\n"
		   "malformed SMB header: truncated at 5\n"
		   "token key=0 dir=0 direct=0 len=1 78\n");
	assert_int_equal(h.tally.n[TALLY_CARRIER_MALFORMED], 5);
	harness_finish(&h);
}

/* Frames of other kinds, encrypted and compressed messages are passed over. */
static void test_passed_over(void **state)
{
	static const uint8_t keepalive[] = {0x85, 0, 0, 0, 0x82, 0, 0, 0, 0, 0, 0, 0};
	struct message m = {0};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_smb);
	put_bytes(&m, keepalive, sizeof(keepalive));
	for (int i = 0; i < 2; i++) {
		message_begin(&m);
		put_bytes(&m, i ? "\xfcSMB" : "\xfdSMB", 4);
		put_zero(&m, 100);
		message_end(&m);
	}
	smb2_setup_request(&m, 1, 0, "x");
	message_feed(&h, A, &m);
	expect(&h, "token key=0 dir=0 direct=0 len=1 78\n");
	harness_finish(&h);
}

static void test_lost_frame(void **state)
{
	struct message m = {0};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_smb);
	smb2_setup_request(&m, 1, 0, "x");
	put_bytes(&m, "GET / HTTP/1.1\r\n", 16);
	message_feed(&h, A, &m);
	assert_int_equal(h.rc, -EBADMSG);
	assert_string_equal(harness_log(&h), "token key=0 dir=0 direct=0 len=1 78\n");
	harness_finish(&h);
}

static void test_gap(void **state)
{
	struct message m = {0};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_smb);
	smb2_setup_request(&m, 1, 0, "x");
	message_feed(&h, A, &m);
	smb2_setup_response(&m, MORE, 1, 0xaa, "lost");
	harness_feed(&h, B, m.b, 40);
	m.n = 0;
	harness_gap(&h, B);
	smb2_setup_response(&m, NT_STATUS_OK, 1, 0xaa, "");
	message_feed(&h, B, &m);
	expect(&h, "token key=0 dir=0 direct=0 len=1 78\n"
		   "answer key=0 dir=1 status=0x00000000 target_follows=1\n");
	harness_finish(&h);
}

/* A related element takes its session from the one before. */
static void test_compound(void **state)
{
	struct message m = {0};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_smb);
	smb2_setup_request(&m, 1, 0xaa, "x");
	message_begin(&m);
	smb2_header(&m, 0x0d, 0, 0, 2, 0xaa);
	patch(&m, m.frame + 4 + 20, 72, 4);
	put_zero(&m, 8);
	smb2_header(&m, 3, RELATED, 0, 3, UINT64_MAX);
	put(&m, 9, 2);
	put(&m, 0, 2);
	put(&m, 72, 2);
	put(&m, 12, 2);
	put_utf16(&m, "\\\\fs\\x");
	message_end(&m);
	message_feed(&h, A, &m);
	expect(&h, "token key=0 dir=0 direct=0 len=1 78\n"
		   "target key=0 service=cifs host=fs\n");
	harness_finish(&h);
}

/* WRITE and a related READ of the same handle; only the MessageId ties the response to it. */
static void test_compound_pipe(void **state)
{
	size_t bind_len, ack_len;
	uint8_t *bind = segment_bytes(smb2_pipe[2].hex, &bind_len);
	uint8_t *ack = segment_bytes(smb2_pipe[4].hex, &ack_len);
	struct message m = {0};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_smb);
	bind_len -= 4 + 64 + 56; /* both came in an IOCTL */
	ack_len -= 4 + 64 + 48;
	message_begin(&m);
	smb2_header(&m, 9, 0, 0, 1, 0xaa);
	patch(&m, m.frame + 4 + 20, 64 + 48 + bind_len, 4);
	put(&m, 49, 2);
	put(&m, 112, 2);
	put(&m, bind_len, 4);
	put_zero(&m, 8);
	put_bytes(&m, "handle of a pipe", 16);
	put_zero(&m, 16);
	put_bytes(&m, bind + 4 + 64 + 56, bind_len);
	smb2_header(&m, 8, RELATED, 0, 2, UINT64_MAX);
	put(&m, 49, 2);
	put_zero(&m, 14);
	put(&m, UINT64_MAX, 8);
	put(&m, UINT64_MAX, 8);
	put_zero(&m, 17);
	message_end(&m);
	message_feed(&h, A, &m);
	message_begin(&m);
	smb2_header(&m, 8, RESPONSE, 0, 2, 0xaa);
	put(&m, 17, 2);
	put(&m, 80, 2);
	put(&m, ack_len, 4);
	put_zero(&m, 8);
	put_bytes(&m, ack + 4 + 64 + 48, ack_len);
	message_end(&m);
	message_feed(&h, B, &m);
	expect(&h,
	       "token key=4294967296 dir=0 direct=1 len=40 4e544c4d535350000100000015820862\n"
	       "token key=4294967296 dir=1 direct=1 len=166 4e544c4d535350000200000008000800\n");
	free(bind);
	free(ack);
	harness_finish(&h);
}

/* What is written to a file costs its first bytes, however it is cut. */
static void test_bulk_is_skipped(void **state)
{
	struct message m = {0};
	struct appetite a;
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_smb);
	message_begin(&m);
	smb2_header(&m, 9, 0, 0, 4, 0xaa);
	put(&m, 49, 2);
	put(&m, 112, 2);
	put(&m, 1000000, 4);
	put_zero(&m, 44 - 4);
	put_bytes(&m, "Lorem ipsum dolor sit amet", 24);
	m.b[1] = (112 + 1000000) >> 16;
	m.b[2] = (112 + 1000000) >> 8 & 0xff;
	m.b[3] = (112 + 1000000) & 0xff;
	assert_int_equal(carrier_smb.data(h.state, &h.env, A, span_make(m.b, 4 + 64), &a), 0);
	assert_int_equal(a.skip, 4);
	assert_int_equal(a.want, 112);
	assert_int_equal(carrier_smb.data(h.state, &h.env, A, span_make(m.b + 4, 64 + 48), &a), 0);
	assert_int_equal(a.skip, 0);
	assert_int_equal(a.want, 128);
	assert_int_equal(carrier_smb.data(h.state, &h.env, A, span_make(m.b + 4, 128), &a), 0);
	assert_int_equal(a.skip, 112 + 1000000);
	assert_int_equal(a.want, 4);
	harness_finish(&h);
}

static void test_hostile_hosts(void **state)
{
	static char longest[600];
	struct message m = {0};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_smb);
	smb2_setup_request(&m, 1, 0xaa, "x");
	smb2_tree_connect(&m, 2, 0xaa, "\\\\\\\\");
	smb2_tree_connect(&m, 3, 0xaa, "");
	memset(longest, 'h', sizeof(longest) - 1);
	smb2_tree_connect(&m, 4, 0xaa, longest);
	smb2_tree_connect(&m, 5, 0xaa, "host");
	message_feed(&h, A, &m);
	expect(&h, "token key=0 dir=0 direct=0 len=1 78\n"
		   "target key=0 service=cifs host=host\n");
	harness_finish(&h);
}

static void test_probe(void **state)
{
	static const struct {
		enum carrier_match match;
		size_t len;
		const char *head;
	} rows[] = {
		{CARRIER_YES, 8, "\0\0\0\x40\xfeSMB"},
		{CARRIER_YES, 8, "\0\0\0\x23\xffSMB"},
		{CARRIER_YES, 8, "\0\1\0\0\xfdSMB"},
		{CARRIER_NO, 8, "\0\0\0\x3f\xfeSMB"}, /* shorter than its header */
		{CARRIER_NO, 8, "\0\0\0\x40\xfbSMB"},
		{CARRIER_NO, 8, "\0\0\0\x40\xfeSMC"},
		{CARRIER_NO, 4, "\0\0\0\x00"},
		{CARRIER_MORE, 4, "\0\0\0\x40"},
		{CARRIER_MORE, 7, "\0\0\0\x40\xfeSM"},
		{CARRIER_NO, 6, "\0\0\0\x40\xfeX"},
		{CARRIER_NO, 5, "\0\0\0\x40Z"},
		{CARRIER_MORE, 2, "\0\0"},
		{CARRIER_NO, 4, "\x85\0\0\0"},
		{CARRIER_NO, 16, "GET / HTTP/1.1\r\n"},
		{CARRIER_MORE, 5, "\x81\0\0\x44 "},
		{CARRIER_NO, 5, "\x81\0\0\x44!"},
		{CARRIER_NO, 6, "\x81\0\0\x44 a"},
		{CARRIER_NO, 5, "\x81\0\0\x43 "},
		{CARRIER_YES, 38, "\x81\0\0\x44 CKFDENECFDEFFCFGEFFCCACACACACACA\0 "},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		size_t want = 0;
		enum carrier_match match =
			carrier_smb.probe(span_make(rows[i].head, rows[i].len), &want);

		assert_int_equal(match, rows[i].match);
		if (match == CARRIER_MORE)
			assert_in_range(want, rows[i].len + 1, 64);
	}
}

/* Whatever allocation fails: no crash, and it is counted. */
static void test_no_memory(void **state)
{
	(void)state;
	for (uint64_t nth = 1; nth < 12; nth++) {
		struct harness h;

		harness_init(&h, &carrier_smb);
		text_reset(&h.log);
		mem_fail_from(nth);
		for (size_t i = 0; i < N(smb2_ok); i++)
			segment_feed(&h, smb2_ok[i].dir, smb2_ok[i].hex, 0);
		for (size_t i = 0; i < N(smb2_pipe); i++)
			segment_feed(&h, smb2_pipe[i].dir, smb2_pipe[i].hex, 0);
		mem_fail_from(0);
		if (nth == 1)
			assert_int_not_equal(h.tally.n[TALLY_NO_MEMORY], 0);
		assert_int_equal(h.rc, 0);
		harness_finish(&h);
	}
}

/* More pipes than are tracked: the oldest gives way, counted. */
static void test_many_pipes(void **state)
{
	struct harness h;
	size_t len;
	uint8_t *bind = segment_bytes(smb2_pipe[2].hex, &len);

	(void)state;
	harness_init(&h, &carrier_smb);
	for (unsigned i = 0; i < 65; i++) {
		/* IOCTL: the FileId stands 8 bytes into the body */
		bind[4 + 64 + 8] = (uint8_t)i;
		bind[4 + 64 + 9] = 0xee;
		assert_int_equal(h.tally.n[TALLY_CARRIER_LIMIT], 0);
		harness_feed(&h, A, bind, len);
	}
	assert_int_equal(h.tally.n[TALLY_CARRIER_LIMIT], 1);
	assert_non_null(strstr(harness_log(&h), "key=274877906944 "));
	assert_null(strstr(harness_log(&h), "key=279172874240 "));
	free(bind);
	harness_finish(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_connections),
		cmocka_unit_test(test_real_pipe),
		cmocka_unit_test(test_responses_first),
		cmocka_unit_test(test_sessions_side_by_side),
		cmocka_unit_test(test_reauthentication),
		cmocka_unit_test(test_interim_is_no_answer),
		cmocka_unit_test(test_table_is_full),
		cmocka_unit_test(test_malformed_goes_on),
		cmocka_unit_test(test_passed_over),
		cmocka_unit_test(test_lost_frame),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_compound),
		cmocka_unit_test(test_compound_pipe),
		cmocka_unit_test(test_bulk_is_skipped),
		cmocka_unit_test(test_hostile_hosts),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_many_pipes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
