/* policy/inf.c */
#include "unit.h"

#include "base/mem.h"
#include "policy-file.h"

#define HEAD "[Unicode]\r\nUnicode=yes\r\n[Registry Values]\r\n"
#define M "MACHINE\\System\\CurrentControlSet\\Control\\Lsa\\MSV1_0\\"
#define TAIL "[Version]\r\nsignature=\"$CHICAGO$\"\r\n"

static struct policy_file file;
static struct text utf16;

static void read_utf8(const char *text)
{
	policy_file_read(&file, POLICY_INF, text, strlen(text));
}

static void encode(const char *text)
{
	text_reset(&utf16);
	text_add(&utf16, "\xff\xfe", 2);
	pol_put_string(&utf16, text);
	utf16.len -= 2; /* its NUL */
}

static void read_utf16(const char *text)
{
	encode(text);
	policy_file_read(&file, POLICY_INF, utf16.ptr, utf16.len);
}

static const char *const good = HEAD M "RestrictSendingNTLMTraffic=4,1\r\n" M
				       "ClientAllowedNTLMServers=7,nas*,\"a,b\",J\xc3\xbcrgen\r\n"
				       "MACHINE\\Software\\Else\\Name=1,\"x\"\r\n" TAIL;

static void assert_good(void)
{
	assert_told(&file, "");
	assert_cell(&file, SETTING_RESTRICT_OUTGOING, 1);
	assert_int_equal(file.layer.cells[SETTING_RESTRICT_OUTGOING].place.at, 4);
	assert_int_equal(file.layer.cells[SETTING_OUTGOING_EXCEPTIONS].n_items, 3);
	assert_string_equal(policy_file_item(&file, SETTING_OUTGOING_EXCEPTIONS, 1), "a,b");
	assert_string_equal(policy_file_item(&file, SETTING_OUTGOING_EXCEPTIONS, 2),
			    "J\xc3\xbcrgen");
}

static void test_both_encodings(void **state)
{
	(void)state;
	read_utf16(good);
	assert_good();
	read_utf8(good);
	assert_good();
}

static void test_as_others_write_it(void **state)
{
	(void)state;
	read_utf8("[registry values]\nmachine\\SYSTEM\\currentcontrolset\\control\\lsa\\"
		  "LmCompatibilityLevel = 4 , 5\n\n");
	assert_told(&file, "");
	assert_cell(&file, SETTING_LM_LEVEL, 5);
	read_utf8(HEAD M "ClientAllowedNTLMServers=7,\r\n");
	assert_told(&file, "");
	assert_int_equal(file.layer.cells[SETTING_OUTGOING_EXCEPTIONS].state, CELL_SET);
	assert_int_equal(file.layer.cells[SETTING_OUTGOING_EXCEPTIONS].n_items, 0);
}

/* Other sections hold what looks like ours; other hives, too. */
static void test_only_ours(void **state)
{
	(void)state;
	read_utf8("[File Security]\n" M "RestrictSendingNTLMTraffic=4,1\n[Registry Values]\n"
		  "USER\\System\\CurrentControlSet\\Control\\Lsa\\MSV1_"
		  "0\\RestrictSendingNTLMTraffic=4,1\n"
		  "RestrictSendingNTLMTraffic=4,1\nMACHINE\\=4,1\nMACHINE=4,1\n=\n");
	assert_told(&file, "");
	assert_int_equal(file.layer.cells[SETTING_RESTRICT_OUTGOING].state, CELL_UNSET);
}

static void test_each_error_with_its_line(void **state)
{
	(void)state;
	read_utf16("[Registry Values]\n" M "RestrictSendingNTLMTraffic=4,3\n" M
		   "RestrictSendingNTLMTraffic=4\n" M "RestrictSendingNTLMTraffic=4,\n" M
		   "RestrictSendingNTLMTraffic=4,1x\n" M "RestrictSendingNTLMTraffic=7,1\n" M
		   "RestrictSendingNTLMTraffic=4,4294967297\n"
		   "a line\n[broken\n" M "RestrictSendingNTLMTraffic=4,1");
	assert_told(&file,
		    "f: line 2: restrict-outgoing is 3; it may be 0 (allow), 1 (audit), 2 (deny)\n"
		    "f: line 3: restrict-outgoing should be TYPE,VALUE\n"
		    "f: line 4: restrict-outgoing should be a number below 4294967296\n"
		    "f: line 5: restrict-outgoing should be a number below 4294967296\n"
		    "f: line 6: restrict-outgoing has registry type 7, which should be 4\n"
		    "f: line 7: restrict-outgoing should be a number below 4294967296\n"
		    "f: line 8: should be MACHINE\\KEY\\NAME=TYPE,VALUE\n"
		    "f: line 9: a section's name ends with ]\n"
		    "f: line 10: the last line does not end: is the file cut?\n");
}

/* A cut file is refused, or says less; never something else. */
static void test_cut_at_every_byte(void **state)
{
	(void)state;
	encode(good);
	for (size_t len = 0; len < utf16.len; len++) {
		const struct cell *cell = &file.layer.cells[SETTING_RESTRICT_OUTGOING];

		policy_file_read(&file, POLICY_INF, utf16.ptr, len);
		if (len % 2 && len > 2)
			assert_int_equal(file.problems.errors, 1);
		if (cell->state == CELL_SET)
			assert_int_equal(cell->number, 1);
		cell = &file.layer.cells[SETTING_OUTGOING_EXCEPTIONS];
		if (cell->state == CELL_SET)
			assert_int_equal(cell->n_items, 3);
	}
}

static void test_not_utf16(void **state)
{
	(void)state;
	policy_file_read(&file, POLICY_INF, "\xff\xfe[\0\x00\xdc", 6);
	assert_told(&file, "f: offset 4: not UTF-16\n");
	policy_file_read(&file, POLICY_INF, "\xff\xfe[\0]", 5);
	assert_told(&file, "f: offset 4: not UTF-16\n");
	policy_file_read(&file, POLICY_INF, "\xff\xfe", 2);
	assert_told(&file, "");
}

static void test_long_item(void **state)
{
	struct text line;

	(void)state;
	text_init(&line, 0);
	text_printf(&line, "[Registry Values]\n" M "ClientAllowedNTLMServers=7,%0*d\n", 3000, 1);
	read_utf8(line.ptr);
	assert_told(&file, "f: line 2: outgoing-exceptions: an item is longer than 511 bytes\n");
	text_finish(&line);
}

static void test_told_apart(void **state)
{
	(void)state;
	assert_int_equal(policy_format_of(span_str("PReg")), POLICY_POL);
	assert_int_equal(policy_format_of(span_str("\xff\xfe[")), POLICY_INF);
	assert_int_equal(policy_format_of(span_str("\n; c\n [Version]\n")), POLICY_INF);
	assert_int_equal(policy_format_of(span_str("# c\nclient-events = all\n[x]\n")),
			 POLICY_CONF);
	assert_int_equal(policy_format_of(span_str("")), POLICY_CONF);
}

static int finish(void **state)
{
	(void)state;
	policy_file_finish(&file);
	text_finish(&utf16);
	return mem_in_use() != 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_encodings),
		cmocka_unit_test(test_as_others_write_it),
		cmocka_unit_test(test_only_ours),
		cmocka_unit_test(test_each_error_with_its_line),
		cmocka_unit_test(test_cut_at_every_byte),
		cmocka_unit_test(test_not_utf16),
		cmocka_unit_test(test_long_item),
		cmocka_unit_test(test_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
