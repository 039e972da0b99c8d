/* CSV: the columns, what is quoted, and names that would be formulas. */
#include "format-events.h"

#include <stdio.h>

static char *header(void)
{
	struct format_style style = {0};
	struct text out;

	text_init(&out, 0);
	format_find("csv")->begin(&out, &style);
	return out.ptr;
}

/* By RFC 4180: the cells of one record, which must end with CRLF and hold none outside quotes. */
static size_t count_cells(const char *record)
{
	bool quoted = false;
	size_t n = 1;

	for (; *record; record++) {
		if (*record == '"')
			quoted = !quoted;
		n += !quoted && *record == ',';
		if (!quoted && *record == '\r')
			break;
		assert_true(*record != '\n' && *record != '\r');
	}
	assert_false(quoted);
	assert_string_equal(record, "\r\n");
	return n;
}

static void test_header(void **state)
{
	char *got = header();

	(void)state;
	assert_memory_equal(got, "time,event_id,version,level,", 28);
	assert_int_equal(count_cells(got), FACT__COUNT + 19);
	has(got, ",user,domain,host,");
}

static void test_event(void **state)
{
	struct event e = server_failure();

	(void)state;
	has(event_as("csv", &e), "2026-11-22T14:00:00.1234567Z,4022,0,\"Information\",");
	has(event_as("csv", &e), ",7,\"FS1\",{01020300-0000-0000-0000-000000000000},,,\"alice\",");
	has(event_as("csv", &e), ",0xe2888215,");
	has(event_as("csv", &e), ",0xc000006a,STATUS_WRONG_PASSWORD,");
	has(event_as("csv", &e), ",\"NTLMSSP,Kerberos\",,49152,,");
	event_set_text(&e, FACT_USER, "");
	has(event_as("csv", &e), ",,\"\",\"CORP\",");
}

static void test_formulas(void **state)
{
	static const struct {
		const char *name, *cell;
	} rows[] = {
		{"=1+1", ",\"'=1+1\","},      {"+1", ",\"'+1\","},
		{"-1", ",\"'-1\","},	      {"@SUM(A1)", ",\"'@SUM(A1)\","},
		{"'=x", ",\"''=x\","},	      {"\t=x", ",\"'\\u0009=x\","},
		{"\r=x", ",\"'\\u000d=x\","}, {"\xef\xbc\x9dx", ",\"'\xef\xbc\x9dx\","},
		{"a=1", ",\"a=1\","},	      {"a\"b,c", ",\"a\"\"b,c\","},
		{"a\nb", ",\"a\\u000ab\","},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct event e = server_failure();

		event_set_text(&e, FACT_USER, rows[i].name);
		has(event_as("csv", &e), rows[i].cell);
	}
}

static void test_same_columns(void **state)
{
	struct finding f = relay_finding();
	char *got = header(), *row;
	size_t columns = count_cells(got);

	(void)state;
	mem_free(got);
	row = finding_as("csv", &f);
	assert_int_equal(count_cells(row), columns);
	has(row, ",\"relay\",\"high\",\"a relay\",\"[3,4]\",2,99\r\n");
	f.sentence = f.user = f.domain = f.source_ip = f.target_ip = f.capture = HOSTILE;
	row = finding_as("csv", &f);
	assert_int_equal(count_cells(row), columns);
	mem_free(row);
	for (size_t i = 0; i < n_event_layouts; i++) {
		struct event e = {.layout = &event_layouts[i]};
		struct foreign_field foreign;

		fill_event(&e, HOSTILE, &foreign);
		row = event_as("csv", &e);
		assert_int_equal(count_cells(row), columns);
		mem_free(row);
	}
}

static void test_foreign(void **state)
{
	static const struct foreign_field foreign[] = {{"LogonGuid", "{1}"}, {"", "x"}};
	struct event e = server_failure();

	(void)state;
	e.origin = ORIGIN_LOG;
	e.source_record = 4711;
	e.foreign = foreign;
	e.n_foreign = 2;
	has(event_as("csv", &e),
	    ",\"log\",4711,\"[{\"\"name\"\":\"\"LogonGuid\"\",\"\"value\"\":\"\"{1}\"\"},"
	    "{\"\"name\"\":\"\"\"\",\"\"value\"\":\"\"x\"\"}]\",,,,,,\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),	 cmocka_unit_test(test_event),
		cmocka_unit_test(test_formulas), cmocka_unit_test(test_same_columns),
		cmocka_unit_test(test_foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
