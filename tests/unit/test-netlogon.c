/* The Netlogon secure channel, with PDUs of a sender that tests/netlogonseal.c is. */
#include "unit.h"

#include "base/mem.h"
#include "netlogon/call.h"
#include "netlogon/crypt.h"
#include "netlogon/key-table.h"
#include "netlogonreplay.h"
#include "netlogonseal.h"

static const uint8_t key[16] = "sixteen letters!";
static const uint8_t other_key[16] = "sixteen others!!";

struct bench {
	struct netlogon_keys *keys;
	struct netlogon *n;
	struct tally tally;
	struct packet packet;
	struct text log;
	unsigned logons, problems;
	uint64_t last_id;
	bool has_status;
	uint32_t status;
	enum netlogon_problem_kind kind;
};

static void on_logon(void *ctx, const struct netlogon_logon *l)
{
	struct bench *b = ctx;

	b->logons++;
	b->last_id = l->logon_id;
	b->has_status = l->has_status;
	b->status = l->status;
	netlogonreplay_line(&b->log, l);
}

static void on_problem(void *ctx, const struct netlogon_problem *p)
{
	struct bench *b = ctx;

	b->problems++;
	b->kind = p->kind;
	netlogon_problem_format(&b->log, p);
}

static void on_malformed(void *ctx, const char *where, const char *why, size_t pos)
{
	(void)ctx, (void)where, (void)why, (void)pos;
}

static const struct netlogon_ops ops = {on_logon, on_problem, on_malformed};

static void add_session(struct bench *b, const char *computer, uint32_t flags, const uint8_t *k)
{
	struct netlogon_keys_found found = {0};
	struct key_intake in = {.keys = b->keys, .found = &found};

	netlogon_intake_session(&in, span_str(computer), span_str("FS1$"), flags, 2, k);
	assert_int_equal(found.session_keys, 1);
}

static void bench_init(struct bench *b)
{
	*b = (struct bench){.packet = {.number = 0, .source = "unit"}};
	text_init(&b->log, 1 << 16);
	assert_int_equal(netlogon_keys_new(&b->keys), 0);
	add_session(b, "FS1", CRYPT_FLAG_AES, key);
	assert_int_equal(netlogon_new(b->keys, &ops, b, &b->tally, &b->n), 0);
}

static void bench_finish(struct bench *b)
{
	netlogon_free(b->n);
	netlogon_keys_free(b->keys);
	text_finish(&b->log);
}

static void hand_in(struct bench *b, enum stream_dir d, const uint8_t *pdu, size_t len)
{
	static const struct endpoint end[2] = {{{{[10] = 0xff, 0xff, 10, 0, 0, 1}}, 1},
					       {{{[10] = 0xff, 0xff, 10, 0, 0, 2}}, 2}};
	struct netlogon_place where = {7, end, "DCERPC", &b->packet};
	struct sighting_netlogon s = {.dir = d, .pdu = span_make(pdu, len)};

	b->packet.number++;
	netlogon_pdu(b->n, &where, &s);
}

static void bind(struct bench *b, const char *computer)
{
	uint8_t pdu[256];

	hand_in(b, STREAM_A_TO_B, pdu, sealpdu_bind(pdu, "CORP", computer, 6));
}

static struct sealpdu request(uint32_t call, uint32_t sequence, const uint8_t *stub, size_t len)
{
	return (struct sealpdu){.flags = 3,
				.call_id = call,
				.opnum = CALL_SAM_LOGON_EX,
				.level = 6,
				.aes = true,
				.whole = true,
				.key = key,
				.sequence = sequence,
				.stub = stub,
				.len = len};
}

static void send(struct bench *b, const struct sealpdu *p)
{
	uint8_t pdu[8192];

	hand_in(b, p->type ? STREAM_B_TO_A : STREAM_A_TO_B, pdu, sealpdu_make(pdu, p));
}

static void ask(struct bench *b, struct sealpdu how, uint32_t call, uint32_t sequence, uint64_t id)
{
	uint8_t stub[1024];
	struct sealpdu p = request(call, sequence, stub, sealpdu_logon(stub, "alice", id, 100));

	p.level = how.level;
	p.aes = how.aes;
	p.whole = how.whole;
	p.key = how.key;
	send(b, &p);
}

static void answer(struct bench *b, struct sealpdu how, uint32_t call, uint32_t sequence,
		   uint32_t status)
{
	uint8_t stub[64];

	how.type = 2;
	how.flags = 3;
	how.call_id = call;
	how.sequence = sequence;
	how.stub = stub;
	how.len = sealpdu_answer(stub, status);
	send(b, &how);
}

static const struct sealpdu aes = {.level = 6, .aes = true, .whole = true, .key = key};

/* Each way to protect, with headers signed and not. */
static void test_protections(void **state)
{
	(void)state;
	for (unsigned how = 0; how < 8; how++) {
		struct sealpdu p = {
			.level = how & 1 ? 6 : 5, .aes = how & 2, .whole = how & 4, .key = key};
		struct bench b;

		bench_init(&b);
		if (!p.aes) {
			netlogon_keys_free(b.keys);
			assert_int_equal(netlogon_keys_new(&b.keys), 0);
			add_session(&b, "FS1", CRYPT_FLAG_STRONG, key);
			netlogon_set_keys(b.n, b.keys);
		}
		bind(&b, "FS1");
		ask(&b, p, 2, 0, 42);
		assert_int_equal(b.logons, 0);
		answer(&b, p, 2, 1, 0xc000006a);
		assert_int_equal(b.logons, 1);
		assert_int_equal(b.last_id, 42);
		assert_true(b.has_status);
		assert_int_equal(b.status, 0xc000006a);
		assert_non_null(strstr(b.log.ptr, "account=alice domain=CORP workstation=CL1"));
		assert_non_null(strstr(b.log.ptr, "channel=FS1$"));
		assert_non_null(strstr(b.log.ptr, p.aes ? " aes-" : " rc4-"));
		assert_non_null(strstr(b.log.ptr, p.level == 6 ? "-sealed" : "-signed"));
		assert_int_equal(b.tally.n[TALLY_NETLOGON_UNSEALED], 2);
		bench_finish(&b);
	}
}

static void test_wrong_key(void **state)
{
	struct sealpdu p = aes;
	struct bench b;

	(void)state;
	p.key = other_key;
	bench_init(&b);
	bind(&b, "FS1");
	ask(&b, p, 2, 0, 1);
	answer(&b, p, 2, 1, 0);
	ask(&b, p, 3, 2, 1);
	assert_int_equal(b.logons, 0);
	assert_int_equal(b.problems, 1); /* once a channel */
	assert_int_equal(b.kind, NETLOGON_NO_HANDSHAKE);
	assert_int_equal(b.tally.n[TALLY_NETLOGON_NO_KEY], 3);
	/* the key comes while the channel is up */
	add_session(&b, "fs1", CRYPT_FLAG_AES, other_key);
	netlogon_set_keys(b.n, b.keys);
	ask(&b, p, 4, 4, 9);
	answer(&b, p, 4, 5, 0);
	assert_int_equal(b.logons, 1);
	bench_finish(&b);
}

/* Two keys of one computer: which one it is shows by itself. */
static void test_two_sessions(void **state)
{
	struct sealpdu p = aes;
	struct bench b;

	(void)state;
	bench_init(&b);
	add_session(&b, "FS1", CRYPT_FLAG_AES, other_key);
	for (int i = 0; i < 2; i++) {
		p.key = i ? key : other_key;
		bind(&b, "FS1");
		ask(&b, p, 2, 0, 1);
		answer(&b, p, 2, 1, 0);
		assert_int_equal(b.logons, i + 1);
	}
	assert_int_equal(b.problems, 0);
	bench_finish(&b);
}

static void test_replay(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	bind(&b, "FS1");
	ask(&b, aes, 2, 0, 1);
	answer(&b, aes, 2, 1, 0);
	ask(&b, aes, 2, 0, 1);
	answer(&b, aes, 2, 1, 0);
	assert_int_equal(b.logons, 1);
	assert_int_equal(b.tally.n[TALLY_NETLOGON_REPLAYED], 2);
	/* a request sent back as a response is not one: its number says who sent it */
	answer(&b, aes, 2, 2, 0);
	bench_finish(&b);
}

static void test_damage(void **state)
{
	uint8_t stub[1024], pdu[2048];
	struct sealpdu p = request(2, 0, stub, sealpdu_logon(stub, "alice", 1, 100));
	size_t len = sealpdu_make(pdu, &p);
	struct bench b;

	(void)state;
	for (size_t at = 24; at < len; at++) {
		bench_init(&b);
		bind(&b, "FS1");
		pdu[at] ^= 0x40;
		hand_in(&b, STREAM_A_TO_B, pdu, len);
		pdu[at] ^= 0x40;
		netlogon_flush(b.n);
		/* what no key covers: the zeros behind the signature; the trailer's own call context */
		if (at < len - 24)
			assert_int_equal(b.logons, 0);
		bench_finish(&b);
	}
}

static void test_fragments(void **state)
{
	uint8_t stub[1024];
	size_t len = sealpdu_logon(stub, "alice", 5, 300), at = 0;
	struct bench b;

	(void)state;
	bench_init(&b);
	bind(&b, "FS1");
	for (uint32_t sequence = 0; at < len; sequence++) {
		size_t n = len - at < 64 ? len - at : 64;
		struct sealpdu p = request(2, sequence, stub + at, n);

		p.flags = (uint8_t)((at == 0 ? 1 : 0) | (at + n == len ? 2 : 0));
		send(&b, &p);
		at += n;
	}
	answer(&b, aes, 2, 100, 0);
	assert_int_equal(b.logons, 1);
	assert_int_equal(b.last_id, 5);
	bench_finish(&b);
}

/* A fragment that is missing takes its call with it, and no more. */
static void test_lost_fragment(void **state)
{
	uint8_t stub[1024];
	size_t len = sealpdu_logon(stub, "alice", 5, 300);
	struct bench b;

	(void)state;
	for (uint32_t lost = 0; lost < 3; lost++) {
		bench_init(&b);
		bind(&b, "FS1");
		for (uint32_t i = 0; i < 3; i++) {
			size_t at = i * 160, n = i == 2 ? len - at : 160;
			struct sealpdu p = request(2, i, stub + at, n);

			p.flags = (uint8_t)((i == 0 ? 1 : 0) | (i == 2 ? 2 : 0));
			if (i != lost)
				send(&b, &p);
			else if (lost == 1)
				hand_in(&b, STREAM_A_TO_B, NULL, 0); /* a gap */
		}
		answer(&b, aes, 2, 10, 0);
		assert_int_equal(b.logons, 0);
		ask(&b, aes, 3, 12, 6);
		answer(&b, aes, 3, 13, 0);
		assert_int_equal(b.logons, 1);
		bench_finish(&b);
	}
}

static void test_unanswered(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	bind(&b, "FS1");
	ask(&b, aes, 2, 0, 1);
	netlogon_tick(b.n, b.packet.time + 59 * NSEC_PER_SEC);
	assert_int_equal(b.logons, 0);
	netlogon_tick(b.n, b.packet.time + 60 * NSEC_PER_SEC);
	assert_int_equal(b.logons, 1);
	assert_false(b.has_status);
	ask(&b, aes, 3, 2, 2);
	netlogon_flow_closed(b.n, 8); /* another one */
	assert_int_equal(b.logons, 1);
	netlogon_flow_closed(b.n, 7);
	assert_int_equal(b.logons, 2);
	assert_int_equal(b.tally.n[TALLY_NETLOGON_UNANSWERED], 2);
	bench_finish(&b);
}

/* What nobody signed is not believed. */
static void test_clear_is_nothing(void **state)
{
	struct sealpdu p = aes;
	struct bench b;

	(void)state;
	p.level = 0;
	bench_init(&b);
	bind(&b, "FS1");
	ask(&b, p, 2, 0, 1);
	answer(&b, p, 2, 1, 0);
	assert_int_equal(b.logons, 0);
	assert_int_equal(b.kind, NETLOGON_OTHER_SECURITY);
	ask(&b, aes, 3, 2, 1);
	answer(&b, p, 3, 3, 0); /* an answer in clear to a sealed request */
	assert_int_equal(b.logons, 0);
	answer(&b, aes, 3, 3, 0xc0000064);
	assert_int_equal(b.status, 0xc0000064);
	bench_finish(&b);
}

/* Requests that nobody answers push each other out; none is lost without being told. */
static void test_many_pending(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	bind(&b, "FS1");
	for (uint32_t i = 0; i < 3000; i++)
		ask(&b, aes, i, i, i);
	assert_int_equal(b.logons, 3000 - 2048);
	assert_int_equal(b.tally.n[TALLY_NETLOGON_LIMIT], 3000 - 2048);
	netlogon_flush(b.n);
	assert_int_equal(b.logons, 3000);
	bench_finish(&b);
}

static void test_without_memory(void **state)
{
	(void)state;
	for (uint64_t nth = 1; nth < 40; nth++) {
		struct bench b;

		bench_init(&b);
		mem_fail_from(nth);
		bind(&b, "FS1");
		ask(&b, aes, 2, 0, 1);
		answer(&b, aes, 2, 1, 0);
		mem_fail_from(0);
		assert_true(b.logons <= 1);
		bench_finish(&b);
	}
}

/* Who could forge a line can't. */
static void test_problem_line(void **state)
{
	struct netlogon_problem p = {
		.kind = NETLOGON_NO_KEY, .computer = "FS1\nok", .account = "a\x1b$"};
	struct text out;

	(void)state;
	text_init(&out, 4096);
	netlogon_problem_format(&out, &p);
	assert_null(strchr(out.ptr, '\n'));
	assert_null(strchr(out.ptr, 0x1b));
	assert_non_null(strstr(out.ptr, "--keytab"));
	text_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_protections),	 cmocka_unit_test(test_wrong_key),
		cmocka_unit_test(test_two_sessions),	 cmocka_unit_test(test_replay),
		cmocka_unit_test(test_damage),		 cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_lost_fragment),	 cmocka_unit_test(test_unanswered),
		cmocka_unit_test(test_clear_is_nothing), cmocka_unit_test(test_many_pending),
		cmocka_unit_test(test_without_memory),	 cmocka_unit_test(test_problem_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
