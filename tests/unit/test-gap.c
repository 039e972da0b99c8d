/* The event of a gap: what it holds, how each format tells it, that it counts for no usage. */
#include "format-events.h"
#include "store-events.h"

#include "event/gap.h"

#define LATER (NOON + 2500 * INT64_C(1000000))

static struct gap dropped(void)
{
	return (struct gap){.reason = "packets dropped by the kernel",
			    .source = "eth0",
			    .computer = "web1",
			    .begin = NOON,
			    .end = LATER,
			    .packets = 1234};
}

static void test_facts(void **state)
{
	struct gap gap = dropped();
	struct event e;

	(void)state;
	event_gap(&e, &gap);
	assert_int_equal(e.layout->id, 1);
	assert_int_equal(e.layout->level, LEVEL_WARNING);
	assert_int_equal(e.layout->role, ROLE_OTHER);
	assert_string_equal(e.layout->provider->channel, EVENT_CHANNEL);
	assert_int_equal(e.time, LATER);
	assert_string_equal(e.computer, "web1");
	assert_string_equal(event_text(&e, FACT_GAP_REASON), "packets dropped by the kernel");
	assert_string_equal(event_text(&e, FACT_GAP_BEGIN), "2026-11-22T14:00:00.1234567Z");
	assert_string_equal(event_text(&e, FACT_GAP_END), "2026-11-22T14:00:02.6234567Z");
	assert_int_equal(e.facts[FACT_GAP_PACKETS].number, 1234);
	assert_string_equal(event_text(&e, FACT_SOURCE), "eth0");
}

/* Before 1970, and what is not known. */
static void test_edges(void **state)
{
	struct gap gap = {.reason = "r", .begin = -1, .end = 0};
	struct event e;

	(void)state;
	event_gap(&e, &gap);
	assert_string_equal(event_text(&e, FACT_GAP_BEGIN), "1969-12-31T23:59:59.9999999Z");
	assert_string_equal(event_text(&e, FACT_GAP_END), "1970-01-01T00:00:00.0000000Z");
	assert_false(event_has(&e, FACT_GAP_PACKETS));
	assert_false(event_has(&e, FACT_SOURCE));
	gap.begin = INT64_MIN;
	gap.end = INT64_MAX;
	event_gap(&e, &gap);
	assert_string_equal(event_text(&e, FACT_GAP_BEGIN), "1677-09-21T00:12:43.1452241Z");
	assert_string_equal(event_text(&e, FACT_GAP_END), "2262-04-11T23:47:16.8547758Z");
}

static void test_formats(void **state)
{
	struct gap gap = dropped();
	struct event e;

	(void)state;
	event_gap(&e, &gap);
	has(event_as("short", &e),
	    "  ! 1 other      not seen from 2026-11-22T14:00:00.1234567Z to "
	    "2026-11-22T14:00:02.6234567Z: packets dropped by the kernel [eth0] [1234 packets]\n");
	has(event_as("text", &e), "  Source: ntlmaudit\n");
	has(event_as("text", &e), "\nNot Seen:\n\tCause:\tpackets dropped by the kernel\n");
	has(event_as("json", &e), "\"event_id\":1,\"version\":0,\"level\":\"Warning\","
				  "\"provider\":\"ntlmaudit\",");
	has(event_as("json", &e), "\"gap_packets\":1234,\"source\":\"eth0\"}");
	has(event_as("xml", &e), "<Data Name='GapPackets'>1234</Data>");
	has(event_as("ecs", &e), "\"category\":[\"host\"],\"type\":[\"info\"],");
	has(event_as("ecs", &e), "\"start\":\"2026-11-22T14:00:00.1234567Z\"");
	has(event_as("ocsf", &e), "\"class_uid\":0,\"class_name\":\"Base Event\",\"type_uid\":99,");
	has(event_as("ocsf", &e), "\"gap_reason\":\"packets dropped by the kernel\"");
	lacks(event_as("ocsf", &e), "auth_protocol");
	lacks(event_as("ocsf", &e), "\"user\"");
	has(event_as("cef", &e), "|1|gap in the audit|6|");
	has(event_as("cef", &e), " reason=packets dropped by the kernel");
	has(event_as("csv", &e), "\"packets dropped by the kernel\"");
}

static int count_row(void *ctx, const struct usage_row *row)
{
	*(uint64_t *)ctx += row->count;
	return 0;
}

static uint64_t usage_of(struct log *l)
{
	struct usage_query all = {.since = INT64_MIN, .until = INT64_MAX};
	uint64_t n = 0;

	assert_int_equal(store_usage(l->s, &all, count_row, &n, &l->why), 0);
	return n;
}

static int check_gap(void *ctx, const struct event *e)
{
	assert_int_equal(e->layout->id, 1);
	assert_string_equal(event_text(e, FACT_GAP_END), "2026-11-22T14:00:02.6234567Z");
	++*(int *)ctx;
	return 0;
}

static void no_fault(void *ctx, const struct store_fault *f)
{
	(void)ctx;
	fail_msg("record %d: %s", (int)f->record, f->sentence);
}

/* Kept once, found by its number, whole when verified, and in no count of usage. */
static void test_store(void **state)
{
	struct gap gap = dropped();
	struct event e, logon = server_failure();
	struct store_query q;
	uint64_t record, faults;
	struct log *l = *state;
	int found = 0;

	event_gap(&e, &gap);
	assert_int_equal(store_add(l->s, &e, &record, &l->why), 1);
	assert_int_equal(store_add(l->s, &e, &record, &l->why), 0);
	assert_int_equal(store_add(l->s, &logon, &record, &l->why), 1);
	gap.begin++;
	gap.end += 100;
	event_gap(&e, &gap);
	gap.packets = 0;
	assert_int_equal(store_add(l->s, &e, &record, &l->why), 1);
	assert_int_equal(store_commit(l->s, &l->why), 0);
	assert_int_equal(usage_of(l), 1);
	store_query_init(&q);
	q.ids[0] = 1;
	q.n_ids = 1;
	q.limit = 1;
	assert_int_equal(store_search(l->s, &q, check_gap, &found, &l->why), 0);
	assert_int_equal(found, 1);
	assert_int_equal(store_verify(l->s, no_fault, NULL, &faults, &l->why), 0);
	assert_int_equal(faults, 0);
}

/* A legacy event of ours stands beside the enhanced one of the same logon; one of Windows' may be all there is. */
static void test_legacy_usage(void **state)
{
	struct event e = simple_event(8001, NOON, "alice"),
		     again = simple_event(4020, NOON, "alice");
	struct log *l = *state;
	uint64_t record, faults;

	assert_int_equal(store_add(l->s, &e, &record, &l->why), 1);
	assert_int_equal(store_add(l->s, &again, &record, &l->why), 1);
	assert_int_equal(store_commit(l->s, &l->why), 0);
	assert_int_equal(usage_of(l), 1);
	e.origin = ORIGIN_LOG;
	e.time++;
	e.computer = "CL2";
	assert_int_equal(store_add(l->s, &e, &record, &l->why), 1);
	assert_int_equal(store_commit(l->s, &l->why), 0);
	assert_int_equal(usage_of(l), 2);
	assert_int_equal(store_verify(l->s, no_fault, NULL, &faults, &l->why), 0);
	assert_int_equal(faults, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_formats),
		cmocka_unit_test_setup_teardown(test_store, log_setup, log_teardown),
		cmocka_unit_test_setup_teardown(test_legacy_usage, log_setup, log_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
