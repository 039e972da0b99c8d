/* Sightings of logons, in whatever order they come: each logon is told once, by all that is known of it. */
#include "unit.h"

#include "audit/join.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>

#define T0 ((int64_t)1700000000 * NSEC_PER_SEC)
#define TOLD_MAX 64

/* What of an event the tests look at. */
struct told {
	uint16_t id;
	uint8_t activity;
	uint64_t logon_id, process, record;
	char line[512];
};

static struct {
	struct told event[TOLD_MAX];
	size_t n;
} told;

static const char *or_dash(const struct event *e, enum fact f)
{
	const char *text = event_text(e, f);

	return text ? text : "-";
}

static void on_event(void *ctx, const struct event *e)
{
	struct told *t = &told.event[told.n % TOLD_MAX];

	(void)ctx;
	told.n++;
	t->id = e->layout->id;
	t->activity = e->activity[0];
	t->logon_id = e->facts[FACT_LOGON_ID].number;
	t->process = e->facts[FACT_PROCESS_ID].number;
	t->record = e->record;
	snprintf(t->line, sizeof(t->line),
		 "%u %u %s %s@%s %s c=%s s=%s mic=%s w=%s by=%s st=%llx far=%s", (unsigned)t->id,
		 (unsigned)t->activity, e->computer, or_dash(e, FACT_USER), or_dash(e, FACT_DOMAIN),
		 or_dash(e, FACT_HOST), or_dash(e, FACT_CLIENT_IP), or_dash(e, FACT_SERVER_NAME),
		 or_dash(e, FACT_MIC), or_dash(e, FACT_WARNINGS), or_dash(e, FACT_SIGHTINGS),
		 (unsigned long long)e->facts[FACT_STATUS].number, or_dash(e, FACT_FORWARDER_NAME));
}

static const struct join_ops ops = {.event = on_event};
static struct tally tally;
static uint64_t records;

static struct join *begin(void)
{
	struct join *j;

	told.n = 0;
	records = 0;
	tally = (struct tally){0};
	assert_int_equal(join_new(NSEC_PER_SEC, &ops, NULL, &tally, &j), 0);
	return j;
}

/* One source's view of a logon. */
struct view {
	uint16_t id;
	enum join_source source;
	const char *computer;
	uint8_t activity;
	bool of_challenge;
	uint64_t logon_id;
	uint16_t port;
	int64_t later; /* nanoseconds after the logon began */
	const char *server, *mic, *warnings, *far;
	uint64_t process, status;
	struct {
		int64_t skew;	  /* how much its clock is ahead */
		int64_t lasted;	  /* until `later` */
		const char *file; /* it stands in */
		bool unnamed;	  /* nothing tells which machine wrote it */
	} log;
};

static void show(struct join *j, const struct view *v, const char *user, int64_t at)
{
	struct event e = {.layout = event_layout_find(v->id),
			  .time = at + v->later + v->log.skew,
			  .record = ++records,
			  .computer = v->computer,
			  .activity = {v->activity}};
	struct join_sighting s = {.event = &e,
				  .source = v->source,
				  .of_challenge = v->of_challenge,
				  .lasted = v->log.lasted};

	if (!v->of_challenge)
		memcpy(e.activity + 1, &v->logon_id, sizeof(v->logon_id));
	event_set_text(&e, FACT_USER, user);
	event_set_text(&e, FACT_DOMAIN, v->source == JOIN_CAPTURE ? "CORP" : "corp");
	event_set_text(&e, FACT_HOST, "CL1");
	event_set_text(&e, FACT_SOURCE, v->log.file);
	if (v->id < 4030 && v->source != JOIN_CAPTURE && !v->log.unnamed)
		event_set_text(&e, FACT_TARGET_MACHINE, v->computer);
	event_set_text(&e, FACT_SERVER_NAME, v->server);
	event_set_text(&e, FACT_FORWARDER_NAME, v->far);
	event_set_text(&e, FACT_MIC, v->mic);
	event_set_text(&e, FACT_WARNINGS, v->warnings);
	if (v->logon_id)
		event_set_number(&e, FACT_LOGON_ID, v->logon_id);
	if (v->process)
		event_set_number(&e, FACT_PROCESS_ID, v->process);
	if (v->status)
		event_set_status(&e, (uint32_t)v->status);
	if (v->port) {
		event_set_text(&e, FACT_CLIENT_IP, "10.77.0.40");
		event_set_number(&e, FACT_CLIENT_PORT, v->port);
		event_set_text(&e, FACT_TARGET_IP, "10.77.0.30");
		event_set_number(&e, FACT_TARGET_PORT, 445);
	}
	join_sighting(j, &s, e.time);
}

#define MSEC (NSEC_PER_SEC / 1000)

/* A logon as everybody sees it who can. */
static const struct view everybody[] = {
	{4021,
	 JOIN_CAPTURE,
	 "CL1",
	 7,
	 true,
	 0,
	 1111,
	 0,
	 NULL,
	 "Unprotected",
	 "no-mic",
	 NULL,
	 0,
	 0xc000006d,
	 {0}},
	{4023,
	 JOIN_CAPTURE,
	 "fs1.corp",
	 7,
	 true,
	 0,
	 1111,
	 0,
	 NULL,
	 "Unprotected",
	 "no-mic",
	 NULL,
	 0,
	 0xc000006d,
	 {0}},
	{4032,
	 JOIN_NETLOGON,
	 "dc1.corp",
	 7,
	 true,
	 99,
	 0,
	 2 * MSEC,
	 "FS1",
	 NULL,
	 NULL,
	 NULL,
	 0,
	 0xc000006a,
	 {0}},
	{4032,
	 JOIN_SAMBA_DC,
	 "DC1",
	 3,
	 false,
	 99,
	 0,
	 3 * MSEC,
	 "FS1",
	 NULL,
	 NULL,
	 NULL,
	 0,
	 0xc000006a,
	 {0}},
	{4022,
	 JOIN_SAMBA_HELPER,
	 "FS1",
	 3,
	 false,
	 99,
	 0,
	 4 * MSEC,
	 NULL,
	 NULL,
	 NULL,
	 NULL,
	 4242,
	 0xc000006a,
	 {0}},
	{4022,
	 JOIN_SAMBA_SERVER,
	 "FS1",
	 5,
	 false,
	 0,
	 1111,
	 5 * MSEC,
	 NULL,
	 NULL,
	 NULL,
	 NULL,
	 0,
	 0xc000006a,
	 {0}},
	{4030,
	 JOIN_SAMBA_DC,
	 "DC2",
	 3,
	 false,
	 99,
	 0,
	 3 * MSEC,
	 NULL,
	 NULL,
	 NULL,
	 "DC1",
	 0,
	 0xc000006a,
	 {0}},
};
#define VIEWS (sizeof(everybody) / sizeof(everybody[0]))

static void expect_whole_logon(const size_t order[VIEWS])
{
	char text[64] = "";

	for (size_t i = 0; i < VIEWS; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%zu ", order[i]);
	if (told.n != 4)
		fail_msg("order %s: %zu events", text, told.n);
	for (size_t i = 0; i < 4; i++) {
		static const uint16_t ids[] = {4021, 4023, 4033, 4031};

		if (told.event[i].id != ids[i] || told.event[i].activity != 7 ||
		    told.event[i].logon_id != 99 || strstr(told.event[i].line, "c=-") ||
		    strstr(told.event[i].line, "mic=-"))
			fail_msg("order %s: %s", text, told.event[i].line);
	}
	if (told.event[1].process != 4242 || !strstr(told.event[1].line, "by=capture,samba-log") ||
	    !strstr(told.event[1].line, "fs1.corp") || !strstr(told.event[1].line, "st=c000006a"))
		fail_msg("order %s: %s", text, told.event[1].line);
	if (!strstr(told.event[2].line, "dc1.corp") || !strstr(told.event[2].line, "s=FS1") ||
	    !strstr(told.event[2].line, "by=netlogon,samba-log"))
		fail_msg("order %s: %s", text, told.event[2].line);
	assert_int_equal(tally.n[TALLY_JOIN_DOUBLE], 0);
}

static void try_order(const size_t order[VIEWS])
{
	struct join *j = begin();

	for (size_t i = 0; i < VIEWS; i++)
		show(j, &everybody[order[i]], "alice", T0);
	join_flush(j);
	expect_whole_logon(order);
	join_free(j);
}

static void permute(size_t order[VIEWS], size_t n)
{
	if (n == VIEWS) {
		try_order(order);
		return;
	}
	for (size_t i = n; i < VIEWS; i++) {
		size_t swap = order[n];

		order[n] = order[i];
		order[i] = swap;
		permute(order, n + 1);
		order[i] = order[n];
		order[n] = swap;
	}
}

static void makes_one_logon_whatever_comes_first(void **state)
{
	size_t order[VIEWS];

	(void)state;
	for (size_t i = 0; i < VIEWS; i++)
		order[i] = i;
	permute(order, 0);
}

static struct view changed(const struct view *v, uint8_t activity, uint64_t logon_id, uint16_t port)
{
	struct view out = *v;

	out.activity = v->of_challenge ? activity : (uint8_t)(activity + v->activity);
	out.logon_id = v->logon_id ? logon_id : 0;
	out.port = v->port ? port : 0;
	return out;
}

/* The same account from the same machine several times within milliseconds. */
static void keeps_logons_of_one_account_apart(void **state)
{
	struct join *j = begin();

	(void)state;
	for (size_t v = 0; v < VIEWS; v++)
		for (uint8_t i = 0; i < 5; i++) {
			struct view one = changed(&everybody[v], (uint8_t)(20 + 20 * i), 900u + i,
						  (uint16_t)(2000 + i));

			show(j, &one, "alice", T0 + i * 10 * MSEC);
		}
	join_flush(j);
	assert_int_equal(told.n, 20);
	for (size_t i = 0; i < told.n; i++) {
		const struct told *first = &told.event[i / 4 * 4];

		assert_int_equal(told.event[i].activity, first->activity);
		assert_int_equal(told.event[i].logon_id, first->logon_id);
		assert_int_equal(told.event[i].logon_id, 900 + (told.event[i].activity - 20) / 20);
	}
	join_free(j);
}

static void does_not_join_by_names_what_is_apart(void **state)
{
	struct view bobs = changed(&everybody[4], 50, 55, 0);
	struct join *j = begin();

	(void)state;
	show(j, &everybody[0], "alice", T0);
	show(j, &everybody[1], "alice", T0);
	show(j, &everybody[3], "alice", T0 + 5 * NSEC_PER_SEC);
	show(j, &bobs, "bob", T0);
	join_flush(j);
	assert_int_equal(told.n, 4);
	assert_int_equal(told.event[0].logon_id, 0);
	assert_int_equal(told.event[2].logon_id, 99);
	assert_int_equal(told.event[3].logon_id, 55);
	join_free(j);
}

static void joins_by_names_alone(void **state)
{
	struct join *j = begin();

	(void)state;
	show(j, &everybody[0], "alice", T0);
	show(j, &everybody[1], "alice", T0);
	show(j, &everybody[3], "alice", T0);
	join_flush(j);
	assert_int_equal(told.n, 3);
	assert_int_equal(told.event[2].id, 4033);
	assert_int_equal(told.event[2].activity, 7);
	assert_int_equal(told.event[0].logon_id, 99);
	join_free(j);
}

static void tells_a_line_once(void **state)
{
	struct join *j = begin();

	(void)state;
	show(j, &everybody[3], "alice", T0);
	show(j, &everybody[3], "alice", T0);
	join_flush(j);
	assert_int_equal(told.n, 1);
	assert_int_equal(tally.n[TALLY_JOIN_DOUBLE], 1);
	join_free(j);
}

static void waits_no_longer_than_it_should(void **state)
{
	struct join *j = begin();

	(void)state;
	show(j, &everybody[3], "alice", T0);
	assert_int_equal(join_oldest(j), T0 + 3 * MSEC);
	join_tick(j, T0 + NSEC_PER_SEC);
	assert_int_equal(told.n, 0);
	join_tick(j, T0 + 2 * NSEC_PER_SEC);
	assert_int_equal(told.n, 1);
	assert_true(join_oldest(j) == INT64_MAX);
	join_free(j);
}

static void keeps_its_limit(void **state)
{
	struct join *j = begin();

	(void)state;
	for (unsigned i = 0; i < JOIN_LOGONS_MAX + 10; i++) {
		struct view one = everybody[3];
		char user[32];

		snprintf(user, sizeof(user), "user%u", i);
		one.logon_id = 1000 + i;
		one.activity = 0;
		show(j, &one, user, T0 + i);
	}
	assert_int_equal(told.n, 10);
	assert_int_equal(tally.n[TALLY_JOIN_EARLY], 10);
	join_flush(j);
	assert_int_equal(told.n, JOIN_LOGONS_MAX + 10);
	join_free(j);
}

static void tells_without_memory_what_it_gets(void **state)
{
	(void)state;
	for (uint64_t nth = 1; nth < 30; nth++) {
		struct join *j = begin();

		mem_fail_from(nth);
		for (size_t i = 0; i < VIEWS; i++)
			show(j, &everybody[i], "alice", T0);
		mem_fail_from(0);
		join_flush(j);
		assert_true(told.n >= 4 && told.n <= VIEWS);
		join_free(j);
	}
}

static const struct told *find_told(uint16_t id, size_t nth)
{
	for (size_t i = 0; i < told.n; i++)
		if ((told.event[i].id & 0xfffe) == (id & 0xfffe) && nth-- == 0)
			return &told.event[i];
	fail_msg("no event %u", (unsigned)id);
	return &told.event[0];
}

static size_t count_told(uint16_t id)
{
	size_t n = 0;

	for (size_t i = 0; i < told.n; i++)
		n += (told.event[i].id & 0xfffe) == (id & 0xfffe);
	return n;
}

/* A relay hands the server's challenge to its victim; some servers have one challenge for everybody. */
static void swallows_no_logon_with_anothers_challenge(void **state)
{
	struct view victims[2] = {everybody[0], everybody[1]};
	struct join *j = begin();

	(void)state;
	victims[0].port = victims[1].port = 2222;
	show(j, &everybody[0], "alice", T0);
	show(j, &everybody[1], "alice", T0);
	show(j, &victims[0], "alice", T0 + MSEC);
	show(j, &victims[1], "alice", T0 + MSEC);
	show(j, &victims[0], NULL, T0 + 2 * MSEC);
	show(j, &victims[1], NULL, T0 + 2 * MSEC);
	victims[0].port = victims[1].port = 3333;
	show(j, &victims[0], "bob", T0 + 2 * MSEC);
	show(j, &victims[1], "bob", T0 + 2 * MSEC);
	join_flush(j);
	assert_int_equal(told.n, 8);
	for (size_t i = 0; i < told.n; i++)
		assert_int_equal(told.event[i].activity, 7);
	assert_int_equal(tally.n[TALLY_JOIN_DOUBLE], 0);
	join_free(j);
}

/* Whoever sends the challenge that another was given does not lend him his address. */
static void lends_nothing_to_anothers_logon(void **state)
{
	struct join *j = begin();

	(void)state;
	show(j, &everybody[0], "mallory", T0);
	show(j, &everybody[2], "alice", T0);
	join_flush(j);
	assert_int_equal(told.n, 2);
	assert_non_null(strstr(find_told(4032, 0)->line, "alice"));
	assert_non_null(strstr(find_told(4032, 0)->line, "c=-"));
	assert_non_null(strstr(find_told(4032, 0)->line, "w=-"));
	join_free(j);
}

/* Whoever numbers its logons numbers them as it likes. */
static void keeps_logons_of_one_number_apart(void **state)
{
	struct join *j = begin();

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		struct view one = everybody[3];
		char user[32];

		one.status = i % 3 ? 0 : 0xc000006a;
		snprintf(user, sizeof(user), "user%u", i / 2);
		show(j, &one, user, T0 + i * MSEC);
	}
	join_flush(j);
	assert_int_equal(told.n, 40);
	assert_int_equal(tally.n[TALLY_JOIN_DOUBLE], 0);
	join_free(j);
}

/* A member asks again, and another controller of the domain. */
static void keeps_what_each_controller_was_asked(void **state)
{
	struct view again = everybody[2], other = everybody[3];
	struct join *j = begin();

	(void)state;
	again.later += 300 * MSEC;
	other.computer = "dc3";
	show(j, &everybody[2], "alice", T0);
	show(j, &everybody[3], "alice", T0);
	show(j, &again, "alice", T0);
	show(j, &other, "alice", T0);
	join_flush(j);
	assert_int_equal(told.n, 3);
	assert_non_null(strstr(find_told(4032, 0)->line, "by=netlogon,samba-log"));
	assert_int_equal(find_told(4032, 2)->activity, 7);
	join_free(j);
}

static void tells_lines_once_whatever_was_made_of_them(void **state)
{
	static const size_t lines[] = {4, 5, 3, 6};
	struct join *j = begin();

	(void)state;
	for (size_t i = 0; i < 4; i++)
		show(j, &everybody[lines[i]], "alice", T0);
	for (size_t i = 0; i < 4; i++)
		show(j, &everybody[lines[i]], "alice", T0);
	join_flush(j);
	assert_int_equal(told.n, 3);
	assert_int_equal(tally.n[TALLY_JOIN_DOUBLE], 4);
	join_free(j);
}

static void joins_a_connection_whose_clocks_differ(void **state)
{
	struct view line = everybody[5];
	struct join *j = begin();

	(void)state;
	line.log.skew = 5 * NSEC_PER_SEC;
	show(j, &everybody[0], "alice", T0);
	show(j, &everybody[1], "alice", T0);
	show(j, &line, "alice", T0);
	join_flush(j);
	assert_int_equal(told.n, 2);
	join_free(j);
}

/* Findings name an exchange's events by the records that those were given. */
static void keeps_the_record_of_what_was_captured(void **state)
{
	struct join *j = begin();

	(void)state;
	show(j, &everybody[5], "alice", T0);
	show(j, &everybody[0], "alice", T0);
	show(j, &everybody[1], "alice", T0);
	join_flush(j);
	assert_int_equal(told.n, 2);
	assert_int_equal(find_told(4020, 0)->record, 2);
	assert_int_equal(find_told(4022, 0)->record, 3);
	join_free(j);
}

/* Two at once of one account: each controller's line is of the one that began just before it. */
static void joins_by_names_what_began_together(void **state)
{
	struct view client = everybody[0], line = everybody[3];
	struct join *j = begin();

	(void)state;
	client.status = line.status = 0;
	show(j, &client, "alice", T0);
	client = changed(&client, 8, 0, 2222);
	show(j, &client, "alice", T0 + 5 * MSEC);
	line.logon_id = 1;
	line.later = 10 * MSEC;
	line.log.lasted = 9 * MSEC;
	show(j, &line, "alice", T0);
	line.logon_id = 2;
	line.later = 13 * MSEC;
	line.log.lasted = 7 * MSEC;
	show(j, &line, "alice", T0);
	join_flush(j);
	assert_int_equal(told.n, 4);
	assert_int_equal(find_told(4020, 0)->logon_id, 1);
	assert_int_equal(find_told(4020, 0)->activity, 7);
	assert_int_equal(find_told(4020, 1)->logon_id, 2);
	join_free(j);
}

/* Of the same account, in one moment, at two members whose logs don't tell which they are. */
static void keeps_members_apart_that_have_no_name(void **state)
{
	struct view line = everybody[5], helper = everybody[4];
	struct join *j = begin();

	(void)state;
	line.log.unnamed = helper.log.unnamed = true;
	line.computer = "10.77.0.30";
	line.log.file = "fs1.json";
	helper.computer = "unknown";
	helper.log.file = "fs2.json";
	show(j, &line, "alice", T0);
	show(j, &helper, "alice", T0);
	join_flush(j);
	assert_int_equal(count_told(4022), 2);
	join_free(j);
}

static void takes_no_name_for_two(void **state)
{
	struct view line = everybody[4];
	struct join *j = begin();

	(void)state;
	show(j, &everybody[5], "alice|corp", T0);
	line.computer = "FS1";
	show(j, &line, "alice", T0);
	join_flush(j);
	assert_int_equal(told.n, 2);
	join_free(j);
}

/* The same line over and over takes no memory, nor do logons with many long names. */
static void keeps_its_memory(void **state)
{
	struct join *j = begin();
	char user[4001];
	size_t most;

	(void)state;
	for (int i = 0; i < 200000; i++)
		show(j, &everybody[3], "alice", T0);
	join_flush(j);
	assert_int_equal(told.n, 1);
	assert_int_equal(tally.n[TALLY_JOIN_DOUBLE], 199999);
	memset(user, 'x', sizeof(user) - 1);
	user[sizeof(user) - 1] = '\0';
	told.n = 0;
	for (unsigned i = 0; i < 20000; i++) {
		struct view one = everybody[3];

		one.logon_id = 1000 + i / 20;
		one.later = i;
		show(j, &one, user, T0);
	}
	most = (20000 - told.n) * sizeof(user);
	join_flush(j);
	assert_int_equal(told.n, 20000);
	assert_true(most < (size_t)32 << 20);
	join_free(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_one_logon_whatever_comes_first),
		cmocka_unit_test(keeps_logons_of_one_account_apart),
		cmocka_unit_test(does_not_join_by_names_what_is_apart),
		cmocka_unit_test(joins_by_names_alone),
		cmocka_unit_test(tells_a_line_once),
		cmocka_unit_test(waits_no_longer_than_it_should),
		cmocka_unit_test(keeps_its_limit),
		cmocka_unit_test(tells_without_memory_what_it_gets),
		cmocka_unit_test(swallows_no_logon_with_anothers_challenge),
		cmocka_unit_test(lends_nothing_to_anothers_logon),
		cmocka_unit_test(keeps_logons_of_one_number_apart),
		cmocka_unit_test(keeps_what_each_controller_was_asked),
		cmocka_unit_test(tells_lines_once_whatever_was_made_of_them),
		cmocka_unit_test(joins_a_connection_whose_clocks_differ),
		cmocka_unit_test(keeps_the_record_of_what_was_captured),
		cmocka_unit_test(joins_by_names_what_began_together),
		cmocka_unit_test(keeps_members_apart_that_have_no_name),
		cmocka_unit_test(takes_no_name_for_two),
		cmocka_unit_test(keeps_its_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
