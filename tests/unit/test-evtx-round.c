/* Our events, written as a Windows log and read by our own reader: the same events. */
#include "evtx-log.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_rendered),
		cmocka_unit_test(test_odd_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
