/* Which PDUs the carrier DCERPC hands over whole, and that it asks no more of all others than before. */
#include "unit.h"

#include "base/text.h"
#include "carrier/dcerpc-pdu.h"
#include "carrier/dcerpc.h"
#include "netlogonseal.h"

static const uint8_t key[16] = "sixteen letters!";

struct rig {
	struct dcerpc rpc;
	struct sighting_ops ops;
	struct carrier_env env;
	struct tally tally;
	struct text log; /* "key dir type length", a PDU a line */
	size_t want;	 /* of the last answer */
	uint64_t skip;
};

static void on_netlogon(void *ctx, const struct sighting_netlogon *s)
{
	struct rig *r = ctx;

	if (s->pdu.len)
		text_printf(&r->log, "%llu %d type=%u len=%zu\n", (unsigned long long)s->key,
			    (int)s->dir, s->pdu.ptr[2], s->pdu.len);
	else
		text_printf(&r->log, "%llu %d gap\n", (unsigned long long)s->key, (int)s->dir);
}

static void on_malformed(void *ctx, const char *where, const char *why, size_t pos)
{
	(void)ctx, (void)where, (void)why, (void)pos;
}

static void rig_init(struct rig *r)
{
	*r = (struct rig){.ops = {.netlogon = on_netlogon, .malformed = on_malformed}};
	r->env = (struct carrier_env){.ops = &r->ops, .ctx = r, .tally = &r->tally};
	text_init(&r->log, 1 << 16);
}

static void rig_finish(struct rig *r)
{
	dcerpc_finish(&r->rpc);
	text_finish(&r->log);
}

static const char *log_of(const struct rig *r)
{
	return r->log.ptr ? r->log.ptr : "";
}

static void feed(struct rig *r, enum stream_dir d, const uint8_t *pdu, size_t len)
{
	struct appetite a = {0};

	assert_int_equal(dcerpc_data(&r->rpc, &r->env, 5, d, span_make(pdu, len), &a), 0);
	r->want = a.want;
	r->skip = a.skip;
}

static size_t request(uint8_t *out, uint8_t level)
{
	static const uint8_t stub[64];
	struct sealpdu p = {.flags = 3,
			    .call_id = 2,
			    .opnum = 39,
			    .level = level,
			    .aes = true,
			    .key = key,
			    .stub = stub,
			    .len = sizeof(stub)};

	return sealpdu_make(out, &p);
}

static void test_bound(void **state)
{
	uint8_t pdu[512];
	struct rig r;
	size_t n;

	(void)state;
	rig_init(&r);
	n = sealpdu_bind(pdu, "CORP", "FS1", 6);
	feed(&r, STREAM_A_TO_B, pdu, n - 1); /* the bind is wanted to its end */
	assert_int_equal(r.skip, 0);
	assert_int_equal(r.want, n);
	feed(&r, STREAM_A_TO_B, pdu, n);
	n = request(pdu, 6);
	feed(&r, STREAM_A_TO_B, pdu, 16);
	assert_int_equal(r.want, 24); /* the context decides */
	feed(&r, STREAM_A_TO_B, pdu, 24);
	assert_int_equal(r.want, n);
	feed(&r, STREAM_A_TO_B, pdu, n);
	assert_string_equal(log_of(&r), "5 0 type=11 len=97\n5 0 type=0 len=152\n");
	/* another interface's call in the same association */
	text_reset(&r.log);
	pdu[20] = 1;
	feed(&r, STREAM_A_TO_B, pdu, 24);
	assert_int_equal(r.skip, n);
	assert_string_equal(log_of(&r), "");
	rig_finish(&r);
}

/* A bind of another interface: its calls are passed over by arithmetic, however they are secured. */
static void test_others(void **state)
{
	uint8_t pdu[512];
	struct rig r;
	size_t n;

	(void)state;
	rig_init(&r);
	n = sealpdu_bind(pdu, "CORP", "FS1", 6);
	pdu[32] ^= 1;
	feed(&r, STREAM_A_TO_B, pdu, n);
	n = request(pdu, 6);
	feed(&r, STREAM_A_TO_B, pdu, 16);
	assert_int_equal(r.skip, n);
	assert_string_equal(log_of(&r), "");
	rig_finish(&r);
}

static void test_without_bind(void **state)
{
	uint8_t pdu[512];
	struct rig r;
	size_t n;

	(void)state;
	rig_init(&r);
	n = request(pdu, 0); /* no trailer: nothing to tell it by */
	feed(&r, STREAM_A_TO_B, pdu, 16);
	assert_int_equal(r.skip, n);
	n = request(pdu, 6);
	feed(&r, STREAM_A_TO_B, pdu, 16);
	assert_int_equal(r.want, n);
	feed(&r, STREAM_A_TO_B, pdu, n);
	pdu[2] = DCERPC_RESPONSE;
	feed(&r, STREAM_B_TO_A, pdu, n);
	assert_string_equal(log_of(&r), "5 0 type=0 len=152\n5 1 type=2 len=152\n");
	rig_finish(&r);
}

/* One trailer of another package decides as well: then nothing more is asked for. */
static void test_other_package(void **state)
{
	uint8_t pdu[512];
	struct rig r;
	size_t n = request(pdu, 6);

	(void)state;
	rig_init(&r);
	pdu[n - 64] = 16; /* Kerberos */
	feed(&r, STREAM_A_TO_B, pdu, n);
	feed(&r, STREAM_A_TO_B, pdu, 16);
	assert_int_equal(r.skip, n);
	assert_string_equal(log_of(&r), "");
	rig_finish(&r);
}

static void test_gap(void **state)
{
	uint8_t pdu[512];
	struct rig r;

	(void)state;
	rig_init(&r);
	dcerpc_gap(&r.rpc, &r.env, 5, STREAM_A_TO_B);
	assert_string_equal(log_of(&r), ""); /* nobody's */
	feed(&r, STREAM_A_TO_B, pdu, sealpdu_bind(pdu, "CORP", "FS1", 0));
	text_reset(&r.log);
	dcerpc_gap(&r.rpc, &r.env, 5, STREAM_B_TO_A);
	assert_string_equal(log_of(&r), "5 1 gap\n");
	rig_finish(&r);
}

/* Nobody listens: as if there were no NETLOGON. */
static void test_nobody(void **state)
{
	uint8_t pdu[512];
	struct rig r;
	size_t n;

	(void)state;
	rig_init(&r);
	r.ops.netlogon = NULL;
	n = sealpdu_bind(pdu, "CORP", "FS1", 0);
	feed(&r, STREAM_A_TO_B, pdu, 16);
	assert_int_equal(r.skip, n);
	n = request(pdu, 6);
	feed(&r, STREAM_A_TO_B, pdu, 16);
	assert_int_equal(r.skip, n);
	rig_finish(&r);
}

/* Pipes deliver in pieces. */
static void test_pipe(void **state)
{
	uint8_t pdu[512];
	struct rig r;
	size_t n;

	(void)state;
	rig_init(&r);
	n = sealpdu_bind(pdu, "CORP", "FS1", 6);
	for (size_t i = 0; i < n; i += 10)
		assert_int_equal(dcerpc_message(&r.rpc, &r.env, 9, STREAM_A_TO_B,
						span_make(pdu + i, n - i < 10 ? n - i : 10)),
				 0);
	n = request(pdu, 5);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(
			dcerpc_message(&r.rpc, &r.env, 9, STREAM_A_TO_B, span_make(pdu + i, 1)), 0);
	assert_string_equal(log_of(&r), "9 0 type=11 len=97\n9 0 type=0 len=152\n");
	rig_finish(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bound),	     cmocka_unit_test(test_others),
		cmocka_unit_test(test_without_bind), cmocka_unit_test(test_other_package),
		cmocka_unit_test(test_gap),	     cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
