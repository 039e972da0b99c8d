#include "smb-build.h"
#include "smb-streams.h"

#define A STREAM_A_TO_B
#define B STREAM_B_TO_A
#define UNICODE (FLAGS2_UNICODE | FLAGS2_STATUS)
#define ENCRYPTS 0x03

static void expect(struct harness *h, const char *log)
{
	assert_int_equal(h->rc, 0);
	assert_string_equal(harness_log(h), log);
	text_reset(&h->log);
}

/* A NEGOTIATE response that offers a challenge (WordCount 17). */
static void put_negotiate(struct message *m, uint8_t mode)
{
	message_begin(m);
	smb1_header(m, 0x72, true, 0, UNICODE, 0, 1);
	put(m, 17, 1);
	put(m, 0, 2);
	put(m, mode, 1);
	put_zero(m, 30);
	put(m, 8, 1);
	put(m, 8, 2);
	put_bytes(m, "CHALLENG", 8);
	message_end(m);
}

/*
 * A session setup without extended security, with the account "bob" where there are responses. The
 * chain's next command, if any, is added by the caller.
 */
static void put_setup(struct message *m, uint16_t flags2, uint16_t mid, size_t lm, size_t nt,
		      const char *user)
{
	bool unicode = flags2 & FLAGS2_UNICODE;
	size_t count, bytes;

	message_begin(m);
	smb1_header(m, 0x73, false, 0, flags2, 0, mid);
	put(m, 13, 1);
	put(m, 0xff, 4);
	put_zero(m, 10);
	put(m, lm, 2);
	put(m, nt, 2);
	put_zero(m, 8);
	count = m->n;
	put(m, 0, 2);
	bytes = m->n;
	for (size_t i = 0; i < lm + nt; i++)
		put(m, lm == 1 ? 0 : 0x55, 1);
	if (unicode && (m->n - m->frame) % 2 != 0)
		put(m, 0xee, 1);
	for (const char *s = user; *s; s++)
		put(m, (uint8_t)*s, unicode ? 2 : 1);
	put(m, 0, unicode ? 2 : 1);
	put(m, 'D', unicode ? 2 : 1);
	put(m, 0, unicode ? 2 : 1);
	patch(m, count, m->n - bytes, 2);
	message_end(m);
}

static void put_response(struct message *m, uint32_t status, uint16_t flags2, uint16_t uid,
			 uint16_t mid, uint8_t next)
{
	message_begin(m);
	smb1_header(m, 0x73, true, status, flags2, uid, mid);
	if (status && next == 0xff) {
		put(m, 0, 1);
	} else {
		put(m, 3, 1);
		put(m, next, 2);
		put(m, 41, 2);
		put(m, 1, 2); /* Action: guest */
	}
	put(m, 0, 2);
	message_end(m);
}

static void test_real_connections(void **state)
{
	(void)state;
	assert_log(&carrier_smb, smb1_raw, N(smb1_raw),
		   "token key=0 dir=0 direct=1 len=40 4e544c4d535350000100000005028862\n"
		   "token key=0 dir=1 direct=1 len=234 4e544c4d53535000020000001e001e00\n"
		   "token key=0 dir=0 direct=1 len=440 4e544c4d535350000300000018001800\n"
		   "answer key=0 dir=1 status=0x00000000 target_follows=1\n"
		   "target key=0 service=cifs host=192.168.56.101\n");
	assert_log(&carrier_smb, smb1_ascii, N(smb1_ascii),
		   "token key=0 dir=0 direct=0 len=85 605306062b0601050502a0493047a00e\n"
		   "token key=0 dir=1 direct=0 len=219 a181d83081d5a0030a0101a10c060a2b\n"
		   "token key=0 dir=0 direct=0 len=369 a182016d30820169a282016504820161\n"
		   "token key=0 dir=1 direct=0 len=9 a1073005a0030a0100\n"
		   "answer key=0 dir=1 status=0x00000000 target_follows=1\n"
		   "target key=0 service=cifs host=10.10.0.2\n");
}

static void test_classic(void **state)
{
	struct message m = {0};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_smb);
	put_negotiate(&m, ENCRYPTS);
	message_feed(&h, B, &m);
	put_setup(&m, UNICODE, 2, 24, 24, "bob");
	message_feed(&h, A, &m);
	put_response(&m, 0, UNICODE, 0x800, 2, 0xff);
	message_feed(&h, B, &m);
	expect(&h, "classic key=0 dir=0 unicode=1 user=62006f006200 domain=4400 lm=24 nt=24 "
		   "challenge=8\n"
		   "answer key=0 dir=1 status=0x00000000 target_follows=1\n");
	/*
	 * NTLMv2 with an odd length, so that the strings are padded; another user beside the first
	 */
	put_setup(&m, UNICODE, 3, 24, 61, "al");
	message_feed(&h, A, &m);
	put_response(&m, NT_STATUS_ACCESS_DENIED, UNICODE, 0, 3, 0xff);
	message_feed(&h, B, &m);
	expect(&h, "classic key=1 dir=0 unicode=1 user=61006c00 domain=4400 lm=24 nt=61 "
		   "challenge=8\n"
		   "answer key=1 dir=1 status=0xc0000022 target_follows=0\n");
	harness_finish(&h);
}

static void test_null_session(void **state)
{
	struct message m = {0};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_smb);
	put_setup(&m, FLAGS2_STATUS, 2, 1, 0, "");
	put_setup(&m, FLAGS2_STATUS, 3, 0, 0, "guest");
	message_feed(&h, A, &m);
	put_response(&m, 0, UNICODE, 0x800, 2, 0xff);
	put_response(&m, 0, UNICODE, 0x801, 3, 0xff);
	message_feed(&h, B, &m);
	/* a name without any response proves nothing, and is not answered */
	expect(&h, "classic key=0 dir=0 unicode=0 user= domain=44 lm=0 nt=0 challenge=0\n"
		   "answer key=0 dir=1 status=0x00000000 target_follows=1\n");
	harness_finish(&h);
}

static void test_plain_passwords(void **state)
{
	struct message m = {0};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_smb);
	put_setup(&m, UNICODE, 1, 7, 0, "bob"); /* whatever the negotiate response said */
	put_setup(&m, UNICODE, 2, 24, 14, "bob");
	message_feed(&h, A, &m);
	put_negotiate(&m, 0x01);
	message_feed(&h, B, &m);
	put_setup(&m, UNICODE, 3, 24, 24, "bob"); /* 24 characters */
	message_feed(&h, A, &m);
	put_response(&m, 0, UNICODE, 0x800, 3, 0xff);
	message_feed(&h, B, &m);
	expect(&h, "");
	harness_finish(&h);
}

static void put_tree_connect(struct message *m, uint16_t flags2, const char *path)
{
	put(m, 4, 1);
	put(m, 0xff, 4);
	put(m, 0, 2);
	put(m, 1, 2); /* password length */
	put(m, 100, 2);
	put(m, 0, 1);
	if (flags2 & FLAGS2_UNICODE && (m->n - m->frame) % 2 != 0)
		put(m, 0, 1);
	for (; *path; path++)
		put(m, (uint8_t)*path, flags2 & FLAGS2_UNICODE ? 2 : 1);
	put_zero(m, 2);
	put_bytes(m, "?????", 6);
}

/* SESSION_SETUP and TREE_CONNECT in one message, where the second alone fails. */
static void test_chain(void **state)
{
	struct message m = {0};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_smb);
	put_setup(&m, UNICODE, 2, 0, 24, "bob");
	patch(&m, 4 + 33, 0x75, 1);
	patch(&m, 4 + 35, m.n - 4, 2);
	put_tree_connect(&m, UNICODE, "\\\\FS1\\C$");
	message_end(&m);
	message_feed(&h, A, &m);
	put_response(&m, 0xc00000cc, UNICODE, 0x800, 2, 0x75);
	message_feed(&h, B, &m);
	expect(&h, "classic key=0 dir=0 unicode=1 user=62006f006200 domain=4400 lm=0 nt=24 "
		   "challenge=0\n"
		   "target key=0 service=cifs host=FS1\n"
		   "answer key=0 dir=1 status=0x00000000 target_follows=0\n");
	harness_finish(&h);
}

/* An AndXOffset that points back, or out. */
static void test_hostile_chain(void **state)
{
	struct message m = {0};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_smb);
	put_setup(&m, FLAGS2_STATUS, 2, 24, 0, "bob");
	patch(&m, 4 + 33, 0x75, 1);
	patch(&m, 4 + 35, 0xffff, 2);
	message_feed(&h, A, &m);
	put_setup(&m, FLAGS2_STATUS, 3, 24, 0, "bob");
	patch(&m, 4 + 33, 0x75, 1);
	patch(&m, 4 + 35, 32, 2); /* itself */
	message_feed(&h, A, &m);
	put_setup(&m, FLAGS2_STATUS, 3, 24, 0, "bob");
	patch(&m, 4 + 32 + 1 + 14, 0xffff, 2);
	message_feed(&h, A, &m);
	expect(&h, "classic key=0 dir=0 unicode=0 user=626f62 domain=44 lm=24 nt=0 challenge=0\n"
		   "malformed SMB1 TREE_CONNECT_ANDX request: offset out of range at 0\n"
		   "classic key=1 dir=0 unicode=0 user=626f62 domain=44 lm=24 nt=0 challenge=0\n"
		   "malformed SMB1 SESSION_SETUP request: chain goes back at 35\n"
		   "malformed SMB1 SESSION_SETUP request: responses out of range at 61\n");
	harness_finish(&h);
}

/* The LAN Manager dialect: WordCount 10, one response, OEM strings, DOS errors. */
static void test_lan_manager(void **state)
{
	static const struct {
		uint32_t dos;
		const char *answer;
	} rows[] = {
		{0x00000000, "answer key=0 dir=1 status=0x00000000 target_follows=1\n"},
		{0x00020002, "answer key=0 dir=1 status=0xc000006d target_follows=0\n"},
		{0x00020102, "answer key=0 dir=1 status=0xc000006d target_follows=0\n"},
		{0x00430002, "answer key=0 dir=1 status=0xc0000001 target_follows=0\n"},
		{0x00ea0001, ""}, /* ERRmoredata: another round */
	};
	struct message m = {0};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct harness h;

		harness_init(&h, &carrier_smb);
		message_begin(&m);
		smb1_header(&m, 0x73, false, 0, 0, 0, 9);
		put(&m, 10, 1);
		put(&m, 0xff, 4);
		put_zero(&m, 10);
		put(&m, 24, 2);
		put_zero(&m, 4);
		put(&m, 24 + 6, 2);
		for (int k = 0; k < 24; k++)
			put(&m, 0x55, 1);
		put_bytes(&m, "BOB\0D", 6);
		message_end(&m);
		message_feed(&h, A, &m);
		expect(&h, "classic key=0 dir=0 unicode=0 user=424f42 domain=44 lm=24 nt=0 "
			   "challenge=0\n");
		put_response(&m, rows[i].dos, 0, 0, 9, 0xff);
		message_feed(&h, B, &m);
		expect(&h, rows[i].answer);
		harness_finish(&h);
	}
}

/* A pipe's TRANSACTION, or a write and a read, with the bind that smb2_pipe has. */
static void put_transaction(struct message *m, bool reply, const uint8_t *data, size_t len)
{
	message_begin(m);
	smb1_header(m, 0x25, reply, 0, UNICODE, 0x800, 5);
	put(m, reply ? 10 : 16, 1);
	put(m, 0, 2);
	put(m, len, 2);
	put_zero(m, reply ? 8 : 18);
	put(m, len, 2);
	put(m, 32 + 1 + (reply ? 20 : 32) + 2 + 3, 2);
	put(m, reply ? 0 : 2, 2);
	if (reply) {
		put(m, 0, 2);
	} else {
		put(m, 0x26, 2);
		put(m, 0x4001, 2);
	}
	put(m, len + 3, 2);
	put_zero(m, 3);
	put_bytes(m, data, len);
	message_end(m);
}

static void put_write(struct message *m, const uint8_t *data, size_t len)
{
	message_begin(m);
	smb1_header(m, 0x2f, false, 0, UNICODE, 0x800, 5);
	put(m, 14, 1);
	put(m, 0xff, 4);
	put(m, 0x4001, 2);
	put_zero(m, 8);
	put(m, 0x0c, 2); /* the start of a pipe message: its length comes first */
	put(m, 0, 4);
	put(m, len + 2, 2);
	put(m, 63, 2);
	put(m, 0, 4);
	put(m, len + 2, 2);
	put(m, len, 2);
	put_bytes(m, data, len);
	message_end(m);
}

static void put_read(struct message *m, bool reply, const uint8_t *data, size_t len)
{
	message_begin(m);
	smb1_header(m, 0x2e, reply, 0, UNICODE, 0x800, 6);
	put(m, 12, 1);
	put(m, 0xff, 4);
	if (reply) {
		put_zero(m, 6);
		put(m, len, 2);
		put(m, 59, 2);
		put_zero(m, 10);
	} else {
		put(m, 0x4001, 2);
		put_zero(m, 18);
	}
	put(m, len, 2);
	put_bytes(m, data, len);
	message_end(m);
}

static void test_pipes(void **state)
{
	static const char log[] =
		"token key=4294967296 dir=0 direct=1 len=40 4e544c4d535350000100000015820862\n"
		"token key=4294967296 dir=1 direct=1 len=166 4e544c4d535350000200000008000800\n";
	size_t bind_len, ack_len;
	uint8_t *bind = segment_bytes(smb2_pipe[2].hex, &bind_len);
	uint8_t *ack = segment_bytes(smb2_pipe[4].hex, &ack_len);

	(void)state;
	for (int way = 0; way < 3; way++) {
		struct message m = {0};
		struct harness h;

		harness_init(&h, &carrier_smb);
		if (way == 2) /* the read may be asked for before the write */
			put_read(&m, false, bind, 0);
		if (way == 0)
			put_transaction(&m, false, bind + 124, bind_len - 124);
		else
			put_write(&m, bind + 124, bind_len - 124);
		if (way == 1)
			put_read(&m, false, bind, 0);
		message_feed(&h, A, &m);
		if (way == 0)
			put_transaction(&m, true, ack + 116, ack_len - 116);
		else
			put_read(&m, true, ack + 116, ack_len - 116);
		message_feed(&h, B, &m);
		expect(&h, log);
		harness_finish(&h);
	}
	free(bind);
	free(ack);
}

/* The data of a raw read has no header of its own. */
static void test_raw_read(void **state)
{
	struct message m = {0};
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_smb);
	message_begin(&m);
	smb1_header(&m, 0x1a, false, 0, UNICODE, 0x800, 5);
	put_zero(&m, 3);
	message_end(&m);
	message_feed(&h, A, &m);
	message_begin(&m);
	put_bytes(&m, "no header at all", 16);
	message_end(&m);
	message_begin(&m); /* the end of the file */
	put_response(&m, NT_STATUS_LOGON_FAILURE, UNICODE, 0, 7, 0xff);
	message_feed(&h, B, &m);
	expect(&h, "answer key=0 dir=1 status=0xc000006d target_follows=0\n");
	harness_finish(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_connections),
		cmocka_unit_test(test_classic),
		cmocka_unit_test(test_null_session),
		cmocka_unit_test(test_plain_passwords),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_hostile_chain),
		cmocka_unit_test(test_lan_manager),
		cmocka_unit_test(test_pipes),
		cmocka_unit_test(test_raw_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
