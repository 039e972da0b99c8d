/* Windows log files that we write: their bytes, their limits, and where they have to give up. */
#include "evtx-log.h"

#include "base/mem.h"

#include <errno.h>
#include <unistd.h>

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
		cmocka_unit_test(test_file_header),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_templates_once),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_long_after_short),
		cmocka_unit_test(test_many_foreign),
		cmocka_unit_test(test_dirty),
		cmocka_unit_test(test_offset),
		cmocka_unit_test(test_not_seekable),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
