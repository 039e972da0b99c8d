#include <stdio.h>

#include "base/mem.h"
#include "harness.h"
#include "source/udp.h"
#include "unit.h"

#define PING "OPTIONS sip:a SIP/2.0\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n"
#define AUTH                                                                                       \
	"REGISTER sip:a SIP/2.0\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n"                             \
	"Authorization: NTLM gssapi-data=\"TlRMTVNTUAADAAAAGAAYAEAAAAA=\"\r\n\r\n"
#define NO "SIP/2.0 401 No\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n\r\n"

struct rig {
	struct harness h;
	struct udp_table *t;
	uint64_t closed, last_closed;
};

static void on_close(void *ctx, uint64_t flow_id)
{
	struct rig *r = ctx;

	r->closed++;
	r->last_closed = flow_id;
}

static void rig_init(struct rig *r)
{
	*r = (struct rig){0};
	harness_init(&r->h, &carrier_sip);
	assert_int_equal(udp_table_new(on_close, r, &r->h.tally, &r->t), 0);
}

static void rig_finish(struct rig *r)
{
	udp_table_free(r->t);
	harness_finish(&r->h);
}

static struct endpoint end(uint32_t host, uint16_t port)
{
	const uint8_t ip[4] = {10, (uint8_t)(host >> 16), (uint8_t)(host >> 8), (uint8_t)host};

	return (struct endpoint){addr_v4(ip), port};
}

static struct udp_flow *send(struct rig *r, struct endpoint from, struct endpoint to,
			     const char *text, enum stream_dir *ret_dir)
{
	const struct endpoint ends[2] = {from, to};
	struct udp_flow *f = udp_table_find(r->t, ends, span_str(text), ret_dir);

	if (f)
		udp_flow_read(f, &r->h.env, *ret_dir, span_str(text));
	return f;
}

static void test_one_flow_both_ways(void **state)
{
	struct endpoint client = end(1, 5062), server = end(2, 5060);
	struct udp_flow *f;
	enum stream_dir d;
	struct rig r;

	(void)state;
	rig_init(&r);
	f = send(&r, client, server, AUTH, &d);
	assert_non_null(f);
	assert_int_equal(d, STREAM_A_TO_B);
	assert_int_equal(f->flow.end[0].port, 5062);
	assert_true(f->flow.id >> 63);
	assert_string_equal(f->conn.carrier->name, "SIP");
	assert_ptr_equal(send(&r, server, client, NO, &d), f);
	assert_int_equal(d, STREAM_B_TO_A);
	assert_string_equal(r.h.log.ptr,
			    "token key=0 dir=0 direct=1 len=20 4e544c4d535350000300000018001800\n"
			    "answer key=0 dir=1 status=0xc000006d target_follows=0\n");
	assert_ptr_not_equal(send(&r, end(1, 5063), server, PING, &d), f);
	assert_ptr_not_equal(send(&r, end(3, 5062), server, PING, &d), f);
	rig_finish(&r);
	assert_int_equal(r.closed, 3);
}

static void test_others_cost_nothing(void **state)
{
	static const char *const others[] = {"", "\x12\x34\x01", "M-SEARCH * HTTP/1.1\r\n\r\n",
					     "OPT", "\r\n\r\n"};
	enum stream_dir d;
	struct rig r;

	(void)state;
	rig_init(&r);
	mem_fail_from(1);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_null(send(&r, end(1, 1), end(2, 5060), others[i], &d));
	assert_int_equal(r.h.tally.n[TALLY_NO_MEMORY], 0);
	assert_null(send(&r, end(1, 1), end(2, 5060), PING, &d));
	assert_int_equal(r.h.tally.n[TALLY_NO_MEMORY], 1);
	mem_fail_from(0);
	assert_non_null(send(&r, end(1, 1), end(2, 5060), PING, &d));
	rig_finish(&r);
}

/* A datagram that was cut does not swallow the next one. */
static void test_datagrams_are_whole(void **state)
{
	struct endpoint client = end(1, 5062), server = end(2, 5060);
	enum stream_dir d;
	struct rig r;

	(void)state;
	rig_init(&r);
	assert_non_null(send(&r, client, server, "REGISTER sip:a SIP/2.0\r\nCall-", &d));
	assert_non_null(send(&r, client, server, AUTH, &d));
	assert_non_null(send(&r, server, client, NO "rubbish", &d));
	assert_string_equal(r.h.log.ptr,
			    "token key=0 dir=0 direct=1 len=20 4e544c4d535350000300000018001800\n"
			    "answer key=0 dir=1 status=0xc000006d target_follows=0\n");
	rig_finish(&r);
}

static void test_bounded(void **state)
{
	struct endpoint server = end(0xffffff, 5060);
	enum stream_dir d;
	uint64_t first;
	size_t used;
	struct rig r;

	(void)state;
	rig_init(&r);
	first = send(&r, end(0, 5060), server, PING, &d)->flow.id;
	for (uint32_t i = 1; i < UDP_FLOWS_MAX; i++)
		assert_non_null(send(&r, end(i, 5060), server, PING, &d));
	assert_int_equal(r.closed, 0);
	used = mem_in_use();
	/* used again, the first one is not the oldest any more */
	assert_int_equal(send(&r, server, end(0, 5060), PING, &d)->flow.id, first);
	assert_non_null(send(&r, end(UDP_FLOWS_MAX, 5060), server, PING, &d));
	assert_int_equal(r.closed, 1);
	assert_int_equal(r.last_closed, first + 1);
	for (uint32_t i = 0; i < 10000; i++)
		assert_non_null(send(&r, end(100000 + i, 5060), server, PING, &d));
	assert_int_equal(r.closed, 10001);
	assert_int_equal(r.h.tally.n[TALLY_FLOWS_EVICTED], 10001);
	assert_true(mem_in_use() < used + 4096);
	rig_finish(&r);
	assert_int_equal(r.closed, 10001 + UDP_FLOWS_MAX);
	udp_table_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_flow_both_ways),
		cmocka_unit_test(test_others_cost_nothing),
		cmocka_unit_test(test_datagrams_are_whole),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
