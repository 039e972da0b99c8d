/* Windows log files that we write: their bytes, what our own reader has of them, and where they have to give up. */
#include "unit.h"

#include "base/mem.h"
#include "format/evtx.h"
#include "winlog/event.h"
#include "winlog/evtx.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* 2026-11-22T14:00:00.1234567Z and 89 ns */
#define NOON INT64_C(1795356000123456789)
#define CHUNK_AT 4096
#define CHUNK_SIZE 65536
#define RECORDS_AT 512

static struct event an_event(uint16_t id)
{
	struct event e = {.layout = event_layout_find(id),
			  .record = 7,
			  .time = NOON,
			  .computer = "WS02",
			  .activity = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc,
				       0xba, 0x98, 0x76, 0x54, 0x32, 0x10},
			  .process_id = 744,
			  .thread_id = 12};

	event_set_text(&e, FACT_USER, "afenwick");
	event_set_text(&e, FACT_DOMAIN, "DIOCORE");
	event_set_number(&e, FACT_PROCESS_ID, 0x1798);
	event_set_number(&e, FACT_REASON_ID, 7);
	event_set_text(&e, FACT_REASON, event_reason_text(7));
	return e;
}

/* ---- a file in memory ---- */

struct log {
	FILE *file;
	uint8_t *bytes;
	size_t len;
	uint64_t cut;
};

static struct log write_log(const struct event *events, size_t n, bool rendered)
{
	const struct evtx_writer_options options = {.rendered = rendered};
	struct log log = {.file = tmpfile()};
	struct evtx_writer *w;

	assert_non_null(log.file);
	assert_int_equal(evtx_writer_new(log.file, &options, &w), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(evtx_writer_event(w, &events[i]), 0);
	assert_int_equal(evtx_writer_finish(w), 0);
	log.cut = evtx_writer_cut(w);
	evtx_writer_free(w);
	log.len = (size_t)ftell(log.file);
	log.bytes = malloc(log.len);
	rewind(log.file);
	assert_int_equal(fread(log.bytes, 1, log.len, log.file), log.len);
	rewind(log.file);
	return log;
}

static void log_finish(struct log *log)
{
	fclose(log->file);
	free(log->bytes);
}

static uint64_t number_at(const uint8_t *at, size_t n)
{
	uint64_t number = 0;

	for (size_t i = 0; i < n; i++)
		number |= (uint64_t)at[i] << 8 * i;
	return number;
}

/* The nth chunk's record of an index. */
static const uint8_t *record_at(const struct log *log, size_t chunk, size_t index)
{
	const uint8_t *at = log->bytes + CHUNK_AT + chunk * CHUNK_SIZE + RECORDS_AT;

	while (index--)
		at += number_at(at + 4, 4);
	return at;
}

/* ---- our own reader ---- */

struct reading {
	void (*check)(const struct event *read, const struct winlog_record *r, size_t index,
		      const void *ctx);
	const void *ctx;
	size_t n;
};

static int on_record(void *ctx, const struct winlog_record *r)
{
	struct reading *reading = ctx;
	struct winlog_counts counts = {0};
	struct arena arena;
	struct event e;

	arena_init(&arena, 0);
	assert_int_equal(winlog_event(r, &arena, &e, &counts), 1);
	assert_int_equal(counts.values_odd, 0);
	reading->check(&e, r, reading->n++, reading->ctx);
	arena_finish(&arena);
	return 0;
}

static void on_problem(void *ctx, const char *where, const char *why, uint64_t offset)
{
	(void)ctx;
	fail_msg("%s: %s at %llu", where, why, (unsigned long long)offset);
}

/* Every record, without a single problem; returns how many. */
static size_t read_log(const struct log *log,
		       void (*check)(const struct event *, const struct winlog_record *, size_t,
				     const void *),
		       const void *ctx)
{
	static const struct winlog_ops ops = {.record = on_record, .problem = on_problem};
	struct reading reading = {.check = check, .ctx = ctx};

	assert_int_equal(evtx_read(log->file, NULL, &ops, &reading), 0);
	return reading.n;
}

static void assert_same_value(const struct value *got, const struct value *wanted, enum fact f)
{
	if (got->kind != wanted->kind)
		fail_msg("%s: kind %d, not %d", facts[f].key, (int)got->kind, (int)wanted->kind);
	if (wanted->kind == VALUE_TEXT)
		assert_string_equal(got->text, wanted->text);
	else if (wanted->kind == VALUE_NUMBER)
		assert_int_equal(got->number, wanted->number);
}

static void assert_same(const struct event *got, const struct winlog_record *r, size_t index,
			const void *ctx)
{
	const struct event *wanted = (const struct event *)ctx + index;

	(void)r;
	assert_ptr_equal(got->layout, wanted->layout);
	assert_int_equal(got->time, wanted->time - (wanted->time % 100 + 100) % 100);
	assert_int_equal(got->source_record, wanted->record);
	assert_int_equal(got->process_id, wanted->process_id);
	assert_int_equal(got->thread_id, wanted->thread_id);
	assert_memory_equal(got->activity, wanted->activity, 16);
	assert_string_equal(got->computer, wanted->computer);
	for (size_t i = 0; i < wanted->layout->n_fields; i++) {
		enum fact f = wanted->layout->fields[i].fact;

		assert_same_value(&got->facts[f], &wanted->facts[f], f);
	}
	assert_int_equal(got->n_foreign, wanted->n_foreign);
	for (size_t i = 0; i < wanted->n_foreign; i++) {
		assert_string_equal(got->foreign[i].name, wanted->foreign[i].name);
		assert_string_equal(got->foreign[i].value, wanted->foreign[i].value);
	}
}

/* ---- tests ---- */

/* Events of every layout: with all fields, and with none. */
static void test_round_trip(void **state)
{
	static struct event events[256];
	struct foreign_field foreign[] = {{"Strange", "<a&b>"}, {"", "nameless"}, {"Empty", ""}};
	size_t n = 0;
	struct log log;

	(void)state;
	for (size_t i = 0; i < n_event_layouts && n + 2 <= 256; i++) {
		const struct event_layout *l = &event_layouts[i];
		struct event full = an_event(4020);

		full.layout = l;
		full.time += (int64_t)i * 1000;
		for (size_t f = 0; f < l->n_fields; f++)
			if (event_has(&full, l->fields[f].fact))
				continue;
			else if (l->fields[f].type == WIN_STRING)
				event_set_text(&full, l->fields[f].fact,
					       "\xc3\xa4 \xf0\x9f\x94\x91 <&>\t\"");
			else
				event_set_number(&full, l->fields[f].fact,
						 l->fields[f].type == WIN_BOOL ? i & 1 : f + i);
		full.foreign = foreign;
		full.n_foreign = i % 4;
		if (strcmp(l->provider->channel, EVENT_CHANNEL) != 0)
			continue; /* read only where it tells of NTLM */
		events[n++] = full;
		events[n++] = (struct event){
			.layout = l, .record = i + 100, .time = -1234567891, .computer = "c"};
	}
	log = write_log(events, n, false);
	assert_true(n > 60);
	assert_int_equal(log.cut, 0);
	assert_int_equal(read_log(&log, assert_same, events), n);
	log_finish(&log);
}

static void assert_text_kept(const struct event *got, const struct winlog_record *r, size_t index,
			     const void *ctx)
{
	(void)r;
	(void)index;
	assert_string_equal(got->facts[FACT_USER].text, ctx);
}

/* An empty text stays one; what XML can't say is spelled out. */
static void test_texts(void **state)
{
	static const char *const texts[][2] = {
		{"", ""},
		{" ", " "},
		{"a\r\nb\tc", "a\r\nb\tc"},
		{"a\x01z", "a\\u0001z"},
		{"\x1f", "\\u001f"},
		{"\xef\xbf\xbe", "\\ufffe"},
		{"\xff", "\xef\xbf\xbd"},
		{"\xe2\x80\xae\x7f", "\xe2\x80\xae\x7f"},
		{"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct event e = an_event(4021);
		struct log log;

		event_set_text(&e, FACT_USER, texts[i][0]);
		log = write_log(&e, 1, false);
		assert_int_equal(read_log(&log, assert_text_kept, texts[i][1]), 1);
		log_finish(&log);
	}
}

static void assert_nothing(const struct event *got, const struct winlog_record *r, size_t index,
			   const void *ctx)
{
	(void)got;
	(void)r;
	(void)index;
	(void)ctx;
}

static void test_file_header(void **state)
{
	struct event events[2] = {an_event(4021), an_event(4022)};
	struct log log = write_log(events, 2, false);
	const uint8_t *h = log.bytes, *c = h + CHUNK_AT;

	(void)state;
	assert_int_equal(log.len, CHUNK_AT + CHUNK_SIZE);
	assert_memory_equal(h, "ElfFile", 8);
	assert_int_equal(number_at(h + 24, 8), 3); /* the next record */
	assert_int_equal(number_at(h + 36, 4), 0x00030001);
	assert_int_equal(number_at(h + 42, 2), 1);
	assert_int_equal(number_at(h + 120, 4), 0);
	assert_memory_equal(c, "ElfChnk", 8);
	assert_int_equal(number_at(c + 8, 8), 1);
	assert_int_equal(number_at(c + 16, 8), 2);
	assert_ptr_equal(c + number_at(c + 44, 4), record_at(&log, 0, 1));
	assert_ptr_equal(c + number_at(c + 48, 4), record_at(&log, 0, 2));
	log_finish(&log);
}

static void test_empty(void **state)
{
	struct log log = write_log(NULL, 0, false);

	(void)state;
	assert_int_equal(log.len, CHUNK_AT + CHUNK_SIZE);
	assert_int_equal(number_at(log.bytes + CHUNK_AT + 16, 8), UINT64_MAX);
	assert_int_equal(read_log(&log, assert_nothing, NULL), 0);
	log_finish(&log);
}

/* Where the values' lengths and types of the instance at `at` stand, after the definition that must be there. */
static const uint8_t *specs_of(const uint8_t *at)
{
	assert_int_equal(number_at(at, 4), 0x0001010f);
	assert_int_equal(at[4], 0x0c);
	return at + 4 + 10 + 24 + number_at(at + 4 + 10 + 20, 4);
}

static void assert_specs(const uint8_t *specs, const char *types)
{
	size_t n = strlen(types) / 2;

	assert_int_equal(number_at(specs, 4), n);
	for (size_t i = 0; i < n; i++) {
		const char digits[] = {types[2 * i], types[2 * i + 1], '\0'};

		assert_int_equal(specs[4 + 4 * i + 2], strtoul(digits, NULL, 16));
	}
}

/* System as Windows has it (level, opcode, task, ID, ...), and a client event as its manifest has it. */
static void test_types(void **state)
{
	struct event e = an_event(4021);
	const uint8_t *specs, *at;
	struct log log;

	(void)state;
	event_set_number(&e, FACT_FLAGS, 0xe2888215);
	log = write_log(&e, 1, false);
	specs = specs_of(record_at(&log, 0, 0) + 24);
	assert_specs(specs, "04040606" /* no qualifiers */ "0015110f08080a0413"
			    "00" /* no related activity */ "010f012101");
	at = specs + 4 + 4 * 19;
	for (size_t i = 0; i < 17; i++)
		at += number_at(specs + 4 + 4 * i, 2);
	/* AvlFlags, the last but one, is absent: a string, `Null`. */
	assert_specs(specs_of(at), "01140101010101010101010801140101010101"
				   "0101");
	log_finish(&log);
}

/* The definition stands in the first record of its kind; the same events make the same file. */
static void test_templates_once(void **state)
{
	struct event events[4] = {an_event(4021), an_event(4021), an_event(4022), an_event(4021)};
	struct log log = write_log(events, 4, false), again = write_log(events, 4, false);
	size_t first = number_at(record_at(&log, 0, 0) + 4, 4);
	size_t second = number_at(record_at(&log, 0, 1) + 4, 4);

	(void)state;
	assert_true(first > second + 1500);
	assert_int_equal(number_at(record_at(&log, 0, 3) + 4, 4), second);
	assert_int_equal(log.len, again.len);
	assert_memory_equal(log.bytes, again.bytes, log.len);
	log_finish(&log);
	log_finish(&again);
}

static void assert_number(const struct event *got, const struct winlog_record *r, size_t index,
			  const void *ctx)
{
	(void)r;
	(void)ctx;
	assert_int_equal(got->source_record, index + 1);
}

/* Records are numbered on over chunks, each of which stands for itself. */
static void test_chunks(void **state)
{
	enum { N = 400 };
	static struct event events[N];
	struct log log;
	size_t n_chunks;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		events[i] = an_event(i % 3 ? 4021 : 4032);
		events[i].record = 0; /* the number in the file */
	}
	log = write_log(events, N, false);
	n_chunks = (log.len - CHUNK_AT) / CHUNK_SIZE;
	assert_true(n_chunks > 3);
	assert_int_equal(number_at(log.bytes + 42, 2), n_chunks);
	for (size_t c = 0, next = 1; c < n_chunks; c++) {
		const uint8_t *chunk = log.bytes + CHUNK_AT + c * CHUNK_SIZE;

		assert_int_equal(number_at(chunk + 8, 8), next);
		next = number_at(chunk + 16, 8) + 1;
		assert_true(number_at(chunk + 48, 4) <= CHUNK_SIZE - 8);
	}
	assert_int_equal(read_log(&log, assert_number, NULL), N);
	log_finish(&log);
}

static void assert_cut(const struct event *got, const struct winlog_record *r, size_t index,
		       const void *ctx)
{
	const char *text = got->facts[FACT_USER].text;
	size_t n = strlen(text);

	(void)r;
	(void)index;
	assert_true(n > *(const size_t *)ctx && n % 4 == 0);
	for (size_t i = 0; i < n; i += 4)
		assert_memory_equal(text + i, "\xf0\x9f\x94\x91", 4);
}

/* So many keys, each two units of UTF-16. */
static char *make_keys(size_t n)
{
	char *s = malloc(4 * n + 1);

	for (size_t i = 0; i < n; i++)
		memcpy(s + 4 * i, "\xf0\x9f\x94\x91", 4);
	s[4 * n] = '\0';
	return s;
}

static void test_long_texts(void **state)
{
	char *keys = make_keys(100000);
	struct event e = an_event(4021);
	size_t at_least = 50000;
	struct log log;

	(void)state;
	event_set_text(&e, FACT_USER, keys);
	log = write_log(&e, 1, false);
	assert_int_equal(log.cut, 1);
	assert_int_equal(read_log(&log, assert_cut, &at_least), 1);
	log_finish(&log);

	for (size_t i = 0; i < e.layout->n_fields; i++)
		event_set_text(&e, e.layout->fields[i].fact, keys);
	e.computer = keys;
	log = write_log(&e, 1, true);
	assert_int_equal(log.cut, e.layout->n_fields + 2); /* the message, too */
	at_least = 1000;
	assert_int_equal(number_at(record_at(&log, 0, 0) + 8, 8), 1);
	log_finish(&log);
	free(keys);
}

/* Short texts are whole however many long ones stand beside them; a full chunk is left for a new one. */
static void test_long_after_short(void **state)
{
	char *keys = make_keys(12000);
	struct event events[3] = {an_event(4021), an_event(4021), an_event(4021)};
	struct log log;

	(void)state;
	event_set_text(&events[1], FACT_SIGN_ON, keys);
	log = write_log(events, 3, false);
	assert_int_equal(log.cut, 0);
	assert_int_equal(read_log(&log, assert_same, events), 3);
	log_finish(&log);
	free(keys);
}

static void assert_channel(const struct event *got, const struct winlog_record *r, size_t index,
			   const void *ctx)
{
	(void)index;
	(void)ctx;
	assert_string_equal(r->channel, EVENT_CHANNEL);
	assert_string_equal(r->provider, got->layout->provider->name);
}

/* What does not come from strangers is whole whatever they send. */
static void test_many_foreign(void **state)
{
	static struct foreign_field foreign[300];
	char *keys = make_keys(300);
	struct event e = an_event(4022);
	struct log log;

	(void)state;
	for (size_t i = 0; i < 300; i++)
		foreign[i] = (struct foreign_field){keys, keys};
	e.foreign = foreign;
	e.n_foreign = 300;
	log = write_log(&e, 1, false);
	assert_int_equal(log.cut, 44 + 2 * 256);
	assert_int_equal(read_log(&log, assert_channel, NULL), 1);
	log_finish(&log);
	free(keys);
}

static void assert_rendered(const struct event *got, const struct winlog_record *r, size_t index,
			    const void *ctx)
{
	(void)got;
	(void)index;
	(void)ctx;
	assert_non_null(strstr(r->rendered, "via NTLM.\r\n\r\nProcess Information:\r\n\tProcess"));
	assert_non_null(strstr(r->rendered, "\r\n\tUsername:\tafenwick\r\n"));
	assert_non_null(strstr(r->rendered, "aka.ms/ntlmlogandblock."));
	assert_int_not_equal(r->rendered[strlen(r->rendered) - 1], '\n');
}

static void test_rendered(void **state)
{
	struct event e = an_event(4021);
	struct log log = write_log(&e, 1, true);

	(void)state;
	assert_int_equal(read_log(&log, assert_rendered, NULL), 1);
	log_finish(&log);
}

/* A number that is larger than its field, and text in a number's place, are written in a type that holds them. */
static void test_odd_values(void **state)
{
	struct event e = an_event(8003);
	struct log log;

	(void)state;
	event_set_number(&e, FACT_PROCESS_ID, UINT64_C(0x123456789a));
	event_set_number(&e, FACT_IN_PROC, 1);
	event_set_number(&e, FACT_HOST, 42);
	log = write_log(&e, 1, false);
	event_set_text(&e, FACT_HOST, "42");
	assert_int_equal(read_log(&log, assert_same, &e), 1);
	log_finish(&log);
}

static void test_dirty(void **state)
{
	struct event e = an_event(4021);
	FILE *file = tmpfile();
	struct evtx_writer *w;
	uint8_t head[128];

	(void)state;
	assert_int_equal(evtx_writer_new(file, NULL, &w), 0);
	assert_int_equal(evtx_writer_event(w, &e), 0);
	evtx_writer_free(w);
	evtx_writer_free(NULL);
	rewind(file);
	assert_int_equal(fread(head, 1, sizeof(head), file), sizeof(head));
	assert_int_equal(number_at(head + 120, 4), 1);
	fclose(file);
}

/* A log need not be at the beginning of its file. */
static void test_offset(void **state)
{
	struct event e = an_event(4021);
	struct log log = {.file = tmpfile()};
	struct evtx_writer *w;

	(void)state;
	fputs("before", log.file);
	assert_int_equal(evtx_writer_new(log.file, NULL, &w), 0);
	assert_int_equal(evtx_writer_event(w, &e), 0);
	assert_int_equal(evtx_writer_finish(w), 0);
	evtx_writer_free(w);
	assert_int_equal(ftell(log.file), 6 + CHUNK_AT + CHUNK_SIZE);
	fseek(log.file, 6, SEEK_SET);
	assert_int_equal(read_log(&log, assert_same, &e), 1);
	fclose(log.file);
}

static void test_not_seekable(void **state)
{
	struct evtx_writer *w = NULL;
	int ends[2];
	FILE *file;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	file = fdopen(ends[1], "w");
	assert_int_equal(evtx_writer_new(file, NULL, &w), -ESPIPE);
	assert_null(w);
	fclose(file);
	close(ends[0]);
}

static void test_full_disk(void **state)
{
	struct event e = an_event(4021);
	FILE *file = fopen("/dev/full", "w");
	struct evtx_writer *w;
	int rc;

	(void)state;
	assert_non_null(file);
	rc = evtx_writer_new(file, NULL, &w);
	if (rc == 0) { /* the header may wait in a buffer */
		assert_int_equal(evtx_writer_event(w, &e), 0);
		rc = evtx_writer_finish(w);
		assert_int_equal(evtx_writer_event(w, &e), rc);
		evtx_writer_free(w);
	}
	assert_int_equal(rc, -ENOSPC);
	fclose(file);
}

static void test_no_memory(void **state)
{
	FILE *file = tmpfile();
	struct evtx_writer *w;

	(void)state;
	mem_fail_from(1);
	assert_int_equal(evtx_writer_new(file, NULL, &w), -ENOMEM);
	mem_fail_from(0);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_file_header),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_templates_once),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_long_after_short),
		cmocka_unit_test(test_many_foreign),
		cmocka_unit_test(test_rendered),
		cmocka_unit_test(test_odd_values),
		cmocka_unit_test(test_dirty),
		cmocka_unit_test(test_offset),
		cmocka_unit_test(test_not_seekable),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
