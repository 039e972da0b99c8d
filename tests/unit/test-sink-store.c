/* What a forwarder asks of the log: how far it has come, and findings beyond a number, none of which comes twice. */
#include "store-events.h"

#define NOW (BEGIN + 100 * DAY)

static struct store_head head_of(struct log *l)
{
	struct store_head head = {0};

	assert_int_equal(store_head(l->s, &head, &l->why), 0);
	return head;
}

static void add_finding(struct log *l, int64_t time)
{
	struct finding f = {.id = FINDING_SPRAY, .time = time, .records = {1}, .n_records = 1};

	assert_int_equal(store_add_finding(l->s, &f, &l->why), 1);
	assert_int_equal(store_add_finding(l->s, &f, &l->why), 0);
}

static void add_day(struct log *l, int day)
{
	struct event e = simple_event(4022, BEGIN + day * DAY, "alice");

	(void)add(l, &e, 1);
	add_finding(l, e.time);
	assert_int_equal(store_commit(l->s, &l->why), 0);
}

static int take_number(void *ctx, const struct finding *f)
{
	uint64_t *all = ctx;

	*all = *all * 10 + f->number;
	return 0;
}

static uint64_t numbers_after(struct log *l, uint64_t after)
{
	uint64_t all = 0;

	assert_int_equal(store_findings_after(l->s, after, take_number, &all, &l->why), 0);
	return all;
}

static void findings_are_numbered(void **state)
{
	struct log *l = *state;

	assert_int_equal(numbers_after(l, 0), 0);
	for (int i = 3; i > 0; i--) /* the oldest last: it is not time that counts */
		add_day(l, i);
	assert_int_equal(numbers_after(l, 0), 123);
	assert_int_equal(numbers_after(l, 1), 23);
	assert_int_equal(numbers_after(l, 3), 0);
	assert_int_equal(numbers_after(l, UINT64_MAX), 0);
}

static void retain(struct log *l, int days)
{
	struct store_limits limits = {.max_days = (uint32_t)days};

	assert_int_equal(store_retain(l->s, &limits, NOW, &l->why), 0);
}

static void no_number_comes_twice(void **state)
{
	struct log *l = *state;

	add_day(l, 90);
	add_day(l, 2); /* the last number goes first */
	retain(l, 50);
	assert_int_equal(numbers_after(l, 0), 1);
	assert_int_equal(head_of(l).finding, 2);
	add_day(l, 3);
	assert_int_equal(numbers_after(l, 1), 3);
	retain(l, 1); /* all of them */
	assert_int_equal(numbers_after(l, 0), 0);
	assert_int_equal(head_of(l).finding, 3);
	assert_int_equal(head_of(l).record, 3);
	assert_int_equal(head_of(l).events, 0);
	add_day(l, 99);
	assert_int_equal(numbers_after(l, 3), 4);
	assert_int_equal(head_of(l).record, 4);
}

static void a_head_tells_which_log(void **state)
{
	struct log *l = *state;
	struct store_head first = head_of(l);

	assert_int_not_equal(first.identity, 0);
	assert_int_equal(first.record, 0);
	add_day(l, 1);
	log_again(l, STORE_READ);
	assert_int_equal(head_of(l).identity, first.identity);
	assert_int_equal(head_of(l).events, 1);
	assert_true(head_of(l).bytes > 4096);
	store_close(l->s);
	l->s = NULL;
	assert_int_equal(unlink(l->path), 0);
	assert_int_equal(store_open(l->path, STORE_WRITE, &l->why, &l->s), 0);
	assert_int_not_equal(head_of(l).identity, first.identity);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(findings_are_numbered, log_setup, log_teardown),
		cmocka_unit_test_setup_teardown(no_number_comes_twice, log_setup, log_teardown),
		cmocka_unit_test_setup_teardown(a_head_tells_which_log, log_setup, log_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
