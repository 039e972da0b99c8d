#include "unit.h"

#include "cmd/chart.h"
#include "cmd/table.h"

#include <stdio.h>
#include <stdlib.h>

static const struct column columns[] = {
	{"day", "day", CELL_TEXT}, {"logons", "logons", CELL_COUNT}, {"last", "last", CELL_TIME}};

static const struct cell cells[] = {
	{.text = "2026-11-21"},
	{.count = 1234567},
	{.time = 0},
	{.text = "=<script>\"a\"</script>\n\xe2\x80\xae"},
	{.count = 1},
	{.time = INT64_MIN},
};

static struct table table_of(enum chart chart, size_t rows)
{
	return (struct table){.name = "t",
			      .title = "A & B",
			      .about = "<about>",
			      .columns = columns,
			      .n_columns = 3,
			      .cells = cells,
			      .n_rows = rows,
			      .chart = chart};
}

static struct text written(const char *name, const struct table *table)
{
	struct table_set set = {
		.title = "T", .log = "/l<og", .since = INT64_MIN, .until = INT64_MAX};
	const struct table_output *o = table_outputs;
	struct text out;

	while (strcmp(o->name, name) != 0)
		o++;
	text_init(&out, 0);
	if (o->begin)
		o->begin(&out, &set);
	o->table(&out, &set, table);
	set.n++;
	o->table(&out, &set, table);
	if (o->end)
		o->end(&out, &set);
	assert_false(out.failed);
	return out;
}

static void assert_bar(const char *want, uint64_t value, uint64_t max, size_t width, bool unicode)
{
	struct text out;

	text_init(&out, 0);
	chart_bar(&out, value, max, width, unicode);
	assert_string_equal(out.ptr ? out.ptr : "", want);
	text_finish(&out);
}

static void test_bars(void **state)
{
	(void)state;
	assert_bar("", 0, 10, 10, false);
	assert_bar("##########", 10, 10, 10, false);
	assert_bar("#####", 5, 10, 10, false);
	assert_bar("#", 1, 1000000, 10, false);
	assert_bar("", 5, 0, 10, false);
	assert_bar("####", UINT64_MAX, UINT64_MAX, 4, false);
	assert_bar("▏", 1, 1000000, 10, true);
	assert_bar("██", 2, 2, 2, true);
	assert_bar("█▌", 3, 4, 2, true);
}

static void test_unicode_is_the_terminals(void **state)
{
	(void)state;
	setenv("LC_ALL", "C", 1);
	setenv("LANG", "de_DE.UTF-8", 1);
	assert_false(chart_unicode());
	setenv("LC_ALL", "", 1);
	assert_true(chart_unicode());
	setenv("LANG", "en_US.utf8", 1);
	assert_true(chart_unicode());
	unsetenv("LANG");
	assert_false(chart_unicode());
}

static void test_text(void **state)
{
	struct table table = table_of(CHART_TIME, 2);
	struct text out = written("text", &table);

	(void)state;
	assert_non_null(strstr(out.ptr, "  2026-11-21"));
	assert_non_null(strstr(out.ptr, "1,234,567  1970-01-01 00:00"));
	assert_non_null(strstr(out.ptr, "\\u000a\\u202e"));
	assert_null(strstr(out.ptr, "\xe2\x80\xae"));
	text_finish(&out);
}

static void test_csv(void **state)
{
	struct table table = table_of(CHART_NONE, 2);
	struct text out = written("csv", &table);

	(void)state;
	assert_string_equal(out.ptr, "day,logons,last\r\n"
				     "\"2026-11-21\",1234567,1970-01-01T00:00:00.0000000Z\r\n"
				     "\"'=<script>\"\"a\"\"</script>\\u000a\\u202e\",1,\r\n"
				     "\r\nday,logons,last\r\n"
				     "\"2026-11-21\",1234567,1970-01-01T00:00:00.0000000Z\r\n"
				     "\"'=<script>\"\"a\"\"</script>\\u000a\\u202e\",1,\r\n");
	text_finish(&out);
}

static void test_json(void **state)
{
	struct table table = table_of(CHART_NONE, 2), empty = table_of(CHART_NONE, 0);
	struct text out = written("json", &table);

	(void)state;
	assert_non_null(strstr(out.ptr, "{\"day\":\"2026-11-21\",\"logons\":1234567,\"last\":"
					"\"1970-01-01T00:00:00.0000000Z\"},"));
	assert_non_null(strstr(out.ptr, "\"logons\":1,\"last\":null}]}"));
	text_finish(&out);
	out = written("json", &empty);
	assert_non_null(strstr(out.ptr, "\"rows\":[]}"));
	text_finish(&out);
}

static void test_html(void **state)
{
	static const enum chart charts[] = {CHART_NONE, CHART_RANK, CHART_TIME};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct table table = table_of(charts[i], 2);
		struct text out = written("html", &table);

		assert_null(strstr(out.ptr, "<script"));
		assert_null(strstr(out.ptr, "\xe2\x80\xae"));
		assert_non_null(strstr(out.ptr, "=&lt;script&gt;&quot;a&quot;&lt;/script&gt;"));
		assert_non_null(strstr(out.ptr, "A &amp; B"));
		assert_int_equal(strstr(out.ptr, "<svg") != NULL, charts[i] != CHART_NONE);
		text_finish(&out);
	}
}

static void test_nothing(void **state)
{
	struct table table = table_of(CHART_TIME, 0);

	(void)state;
	for (const struct table_output *o = table_outputs; o->name; o++) {
		struct text out = written(o->name, &table);

		assert_null(strstr(out.ptr, "<svg"));
		text_finish(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bars),	cmocka_unit_test(test_unicode_is_the_terminals),
		cmocka_unit_test(test_text),	cmocka_unit_test(test_csv),
		cmocka_unit_test(test_json),	cmocka_unit_test(test_html),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
