#include "store-events.h"

#include "base/mem.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

/* ---- what comes back is what was stored ---- */

static bool texts_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static void assert_same_values(const struct event *a, const struct event *b)
{
	for (size_t f = 0; f < FACT__COUNT; f++) {
		if (a->facts[f].kind != b->facts[f].kind)
			print_error("fact %s\n", facts[f].key);
		assert_int_equal(a->facts[f].kind, b->facts[f].kind);
		if (a->facts[f].kind == VALUE_TEXT)
			assert_string_equal(a->facts[f].text, b->facts[f].text);
		if (a->facts[f].kind == VALUE_NUMBER)
			assert_int_equal(a->facts[f].number, b->facts[f].number);
	}
}

static void assert_same_evidence(const struct event *a, const struct event *b)
{
	assert_int_equal(a->n_evidence, b->n_evidence);
	for (size_t i = 0; i < a->n_evidence; i++) {
		const struct evidence *x = &a->evidence[i], *y = &b->evidence[i];

		assert_true(texts_equal(x->kind, y->kind) && texts_equal(x->peer, y->peer));
		assert_true(texts_equal(x->name, y->name) && texts_equal(x->code, y->code));
		assert_int_equal(x->before, y->before);
		assert_int_equal(x->packet, y->packet);
	}
}

static void assert_same_event(const struct event *a, const struct event *b)
{
	assert_ptr_equal(a->layout, b->layout);
	assert_int_equal(a->origin, b->origin);
	assert_int_equal(a->time, b->time);
	assert_string_equal(a->computer, b->computer);
	assert_memory_equal(a->activity, b->activity, 16);
	assert_int_equal(a->source_record, b->source_record);
	assert_int_equal(a->process_id, b->process_id);
	assert_int_equal(a->thread_id, b->thread_id);
	assert_same_values(a, b);
	assert_same_evidence(a, b);
	assert_int_equal(a->n_foreign, b->n_foreign);
	for (size_t i = 0; i < a->n_foreign; i++) {
		assert_string_equal(a->foreign[i].name, b->foreign[i].name);
		assert_string_equal(a->foreign[i].value, b->foreign[i].value);
	}
}

struct expected {
	const struct event *events;
	size_t n, at;
};

static int compare_event(void *ctx, const struct event *e)
{
	struct expected *x = ctx;

	assert_true(x->at < x->n);
	assert_int_equal(e->record, x->at + 1);
	assert_same_event(&x->events[x->at++], e);
	return 0;
}

static void assert_holds(struct log *l, const struct event *events, size_t n)
{
	struct expected x = {.events = events, .n = n};
	struct store_query q;

	store_query_init(&q);
	assert_int_equal(store_search(l->s, &q, compare_event, &x, &l->why), 0);
	assert_int_equal(x.at, n);
}

static void no_fault(void *ctx, const struct store_fault *f)
{
	(void)ctx;
	fail_msg("record %d: %s", (int)f->record, f->sentence);
}

static void assert_whole(struct log *l)
{
	uint64_t faults = 7;

	assert_int_equal(store_verify(l->s, no_fault, NULL, &faults, &l->why), 0);
	assert_int_equal(faults, 0);
}

enum filling { FILL_NONE, FILL_USUAL, FILL_OTHER_KIND, FILL_EXTREME, FILL__COUNT };

static bool is_number(enum fact f)
{
	return facts[f].type != FACT_TEXT && facts[f].type != FACT_LIST;
}

static void fill(struct event *e, enum fact f, enum filling filling)
{
	static const char *const texts[] = {"", "a", "\xc3\xa4\xe2\x82\xac", "Null"};
	bool number = is_number(f) == (filling != FILL_OTHER_KIND);

	if (filling == FILL_NONE)
		return;
	if (number)
		event_set_number(e, f, filling == FILL_EXTREME ? UINT64_MAX - f : 40 + f);
	else
		event_set_text(e, f, filling == FILL_EXTREME ? texts[f % 4] : facts[f].doc);
}

static void every_layout_and_fact(void **state)
{
	struct log *l = *state;
	size_t n = n_event_layouts * FILL__COUNT;
	struct event *events = calloc(n, sizeof(*events));

	assert_non_null(events);
	for (size_t i = 0; i < n; i++) {
		events[i].layout = &event_layouts[i / FILL__COUNT];
		events[i].computer = "DC1";
		events[i].time = BEGIN + (int64_t)i * 12345;
		for (size_t f = 0; f < FACT__COUNT; f++)
			fill(&events[i], (enum fact)f, (enum filling)(i % FILL__COUNT));
		assert_int_equal(add(l, &events[i], 1), i + 1);
	}
	assert_int_equal(store_commit(l->s, &l->why), 0);
	assert_holds(l, events, n);
	log_again(l, STORE_READ);
	assert_holds(l, events, n);
	assert_whole(l);
	free(events);
}

/* Each fact alone: none takes the place of another. */
static void every_fact_alone(void **state)
{
	struct log *l = *state;
	static struct event events[2 * FACT__COUNT];

	for (size_t i = 0; i < 2 * FACT__COUNT; i++) {
		events[i] = (struct event){.layout = event_layout_find(4022), .computer = "X"};
		events[i].time = BEGIN + (int64_t)i * 1000;
		fill(&events[i], (enum fact)(i / 2), i % 2 ? FILL_USUAL : FILL_OTHER_KIND);
		(void)add(l, &events[i], 1);
	}
	assert_int_equal(store_commit(l->s, &l->why), 0);
	assert_holds(l, events, 2 * FACT__COUNT);
	assert_whole(l);
}

static void evidence_and_foreign_fields(void **state)
{
	static const struct evidence seen[] = {
		{"kerberos-error", 3130000, 17, "10.0.0.1", "cifs/fs1", "KDC_ERR_X"},
		{"dns", -5, 0, NULL, "fs1", NULL},
		{NULL, INT64_MIN, UINT64_MAX, "", NULL, ""},
	};
	static const struct foreign_field foreign[] = {{"TargetLogonId", "0x3e7"},
						       {"", ""},
						       {"Empty", ""},
						       {"\xc3\xa9", "\xe2\x82\xac x"}};
	static const char *const sentences[] = {
		"KDC 10.0.0.1 answered KDC_ERR_X for cifs/fs1 3.13 ms before",
		"10.77.0.10 port 88 did not answer 32 s before",
		"nothing to cut",
		" 1 2 ",
		"",
		"a \001 mark and 7 numbers",
		"two  spaces 5  here",
	};
	struct log *l = *state;
	struct event events[8];

	for (size_t i = 0; i < 8; i++) {
		events[i] = simple_event(4020, BEGIN + (int64_t)i, "alice");
		events[i].time = BEGIN + (int64_t)i * 100;
		if (i < 7)
			event_set_text(&events[i], FACT_EVIDENCE, sentences[i]);
		events[i].evidence = seen;
		events[i].n_evidence = i % 4;
		if (i % 2)
			continue;
		events[i].origin = ORIGIN_LOG;
		events[i].foreign = foreign;
		events[i].n_foreign = i == 4 ? 0 : 4;
		events[i].source_record = UINT64_MAX - i;
		events[i].process_id = i == 4 ? UINT32_MAX : 0;
		events[i].thread_id = 5;
	}
	for (size_t i = 0; i < 8; i++)
		(void)add(l, &events[i], 1);
	assert_int_equal(store_commit(l->s, &l->why), 0);
	assert_holds(l, events, 8);
	assert_whole(l);
}

static void times_of_any_century(void **state)
{
	static const int64_t times[] = {0,     -1,   -DAY, INT64_MIN + 1, INT64_MAX,
					BEGIN, -101, 100,  199 * DAY};
	struct log *l = *state;
	struct event events[sizeof(times) / sizeof(times[0])];
	size_t n = sizeof(times) / sizeof(times[0]);

	for (size_t i = 0; i < n; i++) {
		events[i] = simple_event(4022, times[i], "alice");
		events[i].process_id = (uint32_t)i;
		(void)add(l, &events[i], 1);
	}
	assert_int_equal(store_commit(l->s, &l->why), 0);
	assert_holds(l, events, n);
	assert_whole(l);
}

/* ---- once, and only once ---- */

static void the_same_event_is_kept_once(void **state)
{
	struct log *l = *state;
	struct event e = simple_event(4022, BEGIN, "alice"), other;

	assert_int_equal(add(l, &e, 1), 1);
	assert_int_equal(add(l, &e, 0), 1);
	other = e;
	other.record = 99;
	event_set_text(&other, FACT_SOURCE, "another.pcap");
	event_set_number(&other, FACT_FRAME_AUTHENTICATE, 3);
	other.time += 99; /* Windows' logs have no more than 100 ns */
	other.origin = ORIGIN_LOG;
	other.source_record = 17;
	assert_int_equal(add(l, &other, 0), 1);
	assert_int_equal(store_commit(l->s, &l->why), 0);
	log_again(l, STORE_WRITE);
	assert_int_equal(add(l, &e, 0), 1);
	other.time = BEGIN + 100;
	assert_int_equal(add(l, &other, 1), 2);
	other = e;
	event_set_number(&other, FACT_STATUS, 5);
	assert_int_equal(add(l, &other, 1), 3);
	other = e;
	other.activity[3]++;
	assert_int_equal(add(l, &other, 1), 4);
	other = e;
	other.computer = "CL2";
	assert_int_equal(add(l, &other, 1), 5);
	other = e;
	other.layout = event_layout_find(4023);
	assert_int_equal(add(l, &other, 1), 6);
	/* a process of Windows may log two that are alike */
	other = e;
	other.origin = ORIGIN_LOG;
	other.thread_id = 7;
	other.source_record = 17;
	assert_int_equal(add(l, &other, 1), 7);
	other.source_record = 18;
	assert_int_equal(add(l, &other, 1), 8);
	assert_int_equal(add(l, &other, 0), 8);
	assert_int_equal(store_commit(l->s, &l->why), 0);
	assert_whole(l);
}

static void what_was_not_committed_is_not_there(void **state)
{
	struct log *l = *state;
	struct event e = simple_event(4022, BEGIN, "alice");

	(void)add(l, &e, 1);
	assert_int_equal(store_commit(l->s, &l->why), 0);
	e.time += DAY;
	(void)add(l, &e, 1);
	log_again(l, STORE_WRITE);
	assert_int_equal(add(l, &e, 1), 2);
	assert_int_equal(store_commit(l->s, &l->why), 0);
	assert_whole(l);
}

static void an_event_that_is_too_long(void **state)
{
	struct log *l = *state;
	struct event e = simple_event(4022, BEGIN, "alice");
	char *text = malloc((size_t)2 << 20);
	uint64_t record;

	assert_non_null(text);
	memset(text, 'x', ((size_t)2 << 20) - 1);
	text[((size_t)2 << 20) - 1] = '\0';
	(void)add(l, &e, 1);
	event_set_text(&e, FACT_USER, text);
	assert_int_equal(store_add(l->s, &e, &record, &l->why), -E2BIG);
	assert_non_null(strstr(l->why.ptr, l->path));
	event_set_text(&e, FACT_USER, text + ((size_t)2 << 20) - 60000);
	assert_int_equal(add(l, &e, 1), 2);
	assert_int_equal(store_commit(l->s, &l->why), 0);
	assert_whole(l);
	free(text);
}

/* ---- findings ---- */

static int take_finding(void *ctx, const struct finding *f)
{
	struct finding *copy = ctx;

	copy->n_records += f->n_records;
	copy->id = f->id;
	copy->count = f->count;
	copy->frame = f->frame;
	assert_string_equal(f->sentence, "seen");
	assert_null(f->domain);
	return 0;
}

static int count_event(void *ctx, const struct event *e)
{
	*(uint64_t *)ctx = *(uint64_t *)ctx * 10 + e->record;
	return 0;
}

static uint64_t found(struct log *l, const struct store_query *q)
{
	uint64_t n = 0;
	int rc = store_search(l->s, q, count_event, &n, &l->why);

	assert_int_equal(rc, 0);
	return n;
}

static void findings_and_their_events(void **state)
{
	struct log *l = *state;
	struct finding f = {.id = FINDING_SPRAY,
			    .time = BEGIN,
			    .sentence = "seen",
			    .source_ip = "192.0.2.7",
			    .user = "",
			    .count = 12,
			    .records = {2, 3},
			    .n_records = 2,
			    .capture = "x",
			    .frame = 9};
	struct finding got = {0};
	struct store_query q;

	for (int i = 0; i < 4; i++) {
		struct event e = simple_event(4022, BEGIN + i * HOUR, "alice");

		(void)add(l, &e, 1);
	}
	assert_int_equal(store_add_finding(l->s, &f, &l->why), 1);
	assert_int_equal(store_add_finding(l->s, &f, &l->why), 0);
	assert_int_equal(store_commit(l->s, &l->why), 0);
	assert_int_equal(store_findings(l->s, BEGIN, BEGIN, take_finding, &got, &l->why), 0);
	assert_int_equal(got.n_records, 0);
	assert_int_equal(store_findings(l->s, BEGIN, BEGIN + 1, take_finding, &got, &l->why), 0);
	assert_int_equal(got.n_records, 2);
	assert_int_equal(got.id, FINDING_SPRAY);
	assert_int_equal(got.count, 12);
	assert_int_equal(got.frame, 9);
	store_query_init(&q);
	q.finding = "spray";
	assert_int_equal(found(l, &q), 23);
	q.finding = "any";
	q.newest_first = true;
	assert_int_equal(found(l, &q), 32);
	q.finding = "relay";
	assert_int_equal(found(l, &q), 0);
}

/* ---- the roll-up ---- */

static int take_usage(void *ctx, const struct usage_row *row)
{
	text_printf(ctx, "%s %s %s %d;", row->dim[USAGE_USER] ? row->dim[USAGE_USER] : "-",
		    row->dim[USAGE_HOUR] ? row->dim[USAGE_HOUR] : "-",
		    row->dim[USAGE_OUTCOME] ? row->dim[USAGE_OUTCOME] : "-", (int)row->count);
	assert_true(row->first <= row->last && row->first % 1000000 == 0);
	return 0;
}

static void assert_usage(struct log *l, const struct usage_query *q, const char *expected)
{
	struct text got;

	text_init(&got, 0);
	text_puts(&got, "");
	assert_int_equal(store_usage(l->s, q, take_usage, &got, &l->why), 0);
	assert_string_equal(got.ptr ? got.ptr : "", expected);
	text_finish(&got);
}

static void fill_usage(struct log *l)
{
	static const char *const users[] = {"alice", "bob", "alice", "alice", "carol", "bob"};

	for (int i = 0; i < 6; i++) {
		struct event e = simple_event(4022, BEGIN + i * 10 * HOUR + 30, users[i]);

		if (i == 5)
			event_set_status(&e, 0xc000006d);
		(void)add(l, &e, 1);
		(void)add(l, &e, 0); /* counts once */
	}
}

static void usage_is_counted(void **state)
{
	struct log *l = *state;
	struct usage_query q = {.dims = 1u << USAGE_USER, .since = INT64_MIN, .until = INT64_MAX};

	fill_usage(l);
	/* Also what is not committed yet counts for who stored it. */
	assert_usage(l, &q, "CORP\\alice - - 3;CORP\\bob - - 2;CORP\\carol - - 1;");
	assert_int_equal(store_commit(l->s, &l->why), 0);
	log_again(l, STORE_READ);
	assert_usage(l, &q, "CORP\\alice - - 3;CORP\\bob - - 2;CORP\\carol - - 1;");
	q.limit = 1;
	assert_usage(l, &q, "CORP\\alice - - 3;");
	q.limit = 0;
	q.since = BEGIN + 20 * HOUR; /* hours count whole */
	q.until = BEGIN + 30 * HOUR + 1;
	assert_usage(l, &q, "CORP\\alice - - 2;");
	q.until = BEGIN + 30 * HOUR;
	assert_usage(l, &q, "CORP\\alice - - 1;");
	q.dims = 1u << USAGE_OUTCOME;
	q.since = BEGIN;
	q.until = INT64_MAX;
	assert_usage(l, &q, "- - ok 5;- - failed 1;");
	q.only[USAGE_USER] = "CORP\\bob";
	q.by_time = true;
	q.dims |= 1u << USAGE_HOUR;
	assert_usage(l, &q, "- 480010 ok 1;- 480050 failed 1;");
	q.only[USAGE_USER] = "CORP\\nobody";
	assert_usage(l, &q, "");
	q.only[USAGE_USER] = NULL;
	q.only[USAGE_OUTCOME] = "failed";
	q.dims = 1u << USAGE_HOUR;
	assert_usage(l, &q, "- 480050 - 1;");
	assert_whole(l);
}

/* ---- who may ---- */

static void one_writer(void **state)
{
	struct log *l = *state;
	struct store *second = NULL;
	struct event e = simple_event(4022, BEGIN, "alice");
	struct text why;

	text_init(&why, 4096);
	(void)add(l, &e, 1);
	assert_int_equal(store_commit(l->s, &l->why), 0);
	assert_int_equal(store_open(l->path, STORE_WRITE, &why, &second), -EBUSY);
	assert_null(second);
	assert_non_null(strstr(why.ptr, "another program is writing to this log"));
	assert_non_null(strstr(why.ptr, l->path));
	/* Readers don't mind, and what the first has open goes on. */
	assert_int_equal(store_open(l->path, STORE_READ, &why, &second), 0);
	e.time += HOUR;
	(void)add(l, &e, 1);
	assert_int_equal(store_commit(l->s, &l->why), 0);
	store_close(second);
	text_finish(&why);
}

static void a_reader_does_not_write(void **state)
{
	struct log *l = *state;
	struct event e = simple_event(4022, BEGIN, "alice");
	uint64_t record;

	log_again(l, STORE_READ);
	assert_int_equal(store_add(l->s, &e, &record, &l->why), -EROFS);
	store_close(l->s);
	l->s = NULL;
	unlink(l->path);
	text_reset(&l->why);
	assert_int_equal(store_open(l->path, STORE_READ, &l->why, &l->s), -ENOENT);
	assert_non_null(strstr(l->why.ptr, l->path));
	assert_int_not_equal(access(l->path, F_OK), 0);
}

/* ---- when there is too little of something ---- */

static int fill_some(struct log *l, int from, int n)
{
	uint64_t record;
	int rc = 0;

	for (int i = from; i < from + n && rc >= 0; i++) {
		char user[512];
		struct event e = simple_event(4022, BEGIN + i * HOUR, user);

		/* Long, so that a few events fill much room. */
		memset(user, 'u', sizeof(user));
		snprintf(user + sizeof(user) - 8, 8, "%d", i);
		rc = store_add(l->s, &e, &record, &l->why);
	}
	return rc < 0 ? rc : store_commit(l->s, &l->why);
}

/* The same open log goes on once there is room. */
static void a_full_disk_and_room_again(void **state)
{
	struct log *l = *state;
	struct rlimit before, small;
	uint64_t n = 0;
	struct store_query q;
	int rc;

	store_query_init(&q);
	assert_int_equal(fill_some(l, 0, 10), 0);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small = (struct rlimit){.rlim_cur = 1 << 20, .rlim_max = before.rlim_max};
	setrlimit(RLIMIT_FSIZE, &small);
	for (rc = 0; rc == 0 && n < 100; n++)
		rc = fill_some(l, 10 + (int)n * 100, 100);
	assert_int_equal(rc, -ENOSPC);
	assert_non_null(strstr(l->why.ptr, "no room is left"));
	n--; /* the last was not acknowledged */
	assert_int_equal(fill_some(l, 10 + (int)n * 100, 100), -ENOSPC);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(fill_some(l, 0, 10 + ((int)n + 2) * 100), 0);
	assert_whole(l);
	log_again(l, STORE_READ);
	assert_whole(l);
	q.has_record = true;
	q.record = 10 + (n + 2) * 100;
	assert_int_equal(found(l, &q), q.record);
	q.record++;
	assert_int_equal(found(l, &q), 0);
}

static int use_all(struct log *l, int64_t time)
{
	struct usage_query u = {.dims = 6, .since = INT64_MIN, .until = INT64_MAX};
	struct event e = simple_event(4020, time, "alice");
	static const struct evidence seen = {"dns", 1, 2, "10.0.0.1", "x", "NXDOMAIN"};
	struct store_query q;
	uint64_t record, n = 0, faults = 0;
	struct text rows;
	int rc;

	e.evidence = &seen;
	e.n_evidence = 1;
	store_query_init(&q);
	q.user = "CORP\\*";
	text_init(&rows, 0);
	rc = store_add(l->s, &e, &record, &l->why);
	if (rc >= 0)
		rc = store_commit(l->s, &l->why);
	if (rc >= 0)
		rc = store_search(l->s, &q, count_event, &n, &l->why);
	if (rc >= 0)
		rc = store_usage(l->s, &u, take_usage, &rows, &l->why);
	if (rc >= 0)
		rc = store_verify(l->s, no_fault, NULL, &faults, &l->why);
	text_finish(&rows);
	return rc;
}

/* Each allocation fails once: an error, nothing lost, and the log goes on. */
static void memory_runs_out(void **state)
{
	struct log *l = *state;
	uint64_t nth = 1;
	int rc = -ENOMEM;

	for (; rc < 0; nth++) {
		assert_true(nth < 2000);
		store_close(l->s);
		l->s = NULL;
		mem_fail_from(nth);
		rc = store_open(l->path, STORE_WRITE, &l->why, &l->s);
		if (rc == 0)
			rc = use_all(l, BEGIN + (int64_t)nth * HOUR);
		mem_fail_from(0);
		assert_true(rc == 0 || rc == -ENOMEM);
		if (l->s)
			assert_int_equal(use_all(l, BEGIN - (int64_t)nth * HOUR), 0);
	}
	assert_true(nth > 20);
	log_again(l, STORE_READ);
	assert_whole(l);
}

static void the_default_path(void **state)
{
	struct text path;

	(void)state;
	text_init(&path, 4096);
	setenv("NTLMAUDIT_LOG", "/somewhere/else.db", 1);
	assert_int_equal(store_default_path(&path), 0);
	assert_string_equal(path.ptr, "/somewhere/else.db");
	unsetenv("NTLMAUDIT_LOG");
	text_reset(&path);
	setenv("XDG_STATE_HOME", "/state", 1);
	assert_int_equal(store_default_path(&path), 0);
	assert_string_equal(path.ptr, geteuid() == 0 ? "/var/lib/ntlmaudit/log.db"
						     : "/state/ntlmaudit/log.db");
	text_finish(&path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_layout_and_fact, log_setup, log_teardown),
		cmocka_unit_test_setup_teardown(every_fact_alone, log_setup, log_teardown),
		cmocka_unit_test_setup_teardown(evidence_and_foreign_fields, log_setup,
						log_teardown),
		cmocka_unit_test_setup_teardown(times_of_any_century, log_setup, log_teardown),
		cmocka_unit_test_setup_teardown(the_same_event_is_kept_once, log_setup,
						log_teardown),
		cmocka_unit_test_setup_teardown(what_was_not_committed_is_not_there, log_setup,
						log_teardown),
		cmocka_unit_test_setup_teardown(an_event_that_is_too_long, log_setup, log_teardown),
		cmocka_unit_test_setup_teardown(findings_and_their_events, log_setup, log_teardown),
		cmocka_unit_test_setup_teardown(usage_is_counted, log_setup, log_teardown),
		cmocka_unit_test_setup_teardown(one_writer, log_setup, log_teardown),
		cmocka_unit_test_setup_teardown(a_reader_does_not_write, log_setup, log_teardown),
		cmocka_unit_test_setup_teardown(a_full_disk_and_room_again, log_setup,
						log_teardown),
		cmocka_unit_test_setup_teardown(memory_runs_out, log_setup, log_teardown),
		cmocka_unit_test(the_default_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
