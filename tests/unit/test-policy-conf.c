/* policy/conf.c */
#include "unit.h"

#include "base/mem.h"
#include "policy-file.h"

static struct policy_file file;

static void test_settings(void **state)
{
	(void)state;
	policy_file_conf(&file, "# a comment\n"
				"; another, and a blank line\n\n"
				"  client-events =  warnings \r\n"
				"client-share=25\n"
				"enhanced-logging = No\n"
				"carriers = smb*, http ,ldap\n"
				"carriers += tds\n"
				"keep-days = 0");
	assert_told(&file, "");
	assert_cell(&file, SETTING_CLIENT_EVENTS, POLICY_LEVEL_WARNINGS);
	assert_cell(&file, SETTING_CLIENT_SHARE, 25);
	assert_cell(&file, SETTING_ENHANCED_LOGGING, 0);
	assert_cell(&file, SETTING_KEEP_DAYS, 0);
	assert_int_equal(file.layer.cells[SETTING_CARRIERS].n_items, 4);
	assert_string_equal(policy_file_item(&file, SETTING_CARRIERS, 1), "http");
	assert_string_equal(policy_file_item(&file, SETTING_CARRIERS, 3), "tds");
	assert_int_equal(file.layer.cells[SETTING_CLIENT_EVENTS].place.at, 4);
	assert_int_equal(file.layer.cells[SETTING_CARRIERS].last->place.at, 8);
	assert_int_equal(file.layer.cells[SETTING_SERVER_EVENTS].state, CELL_UNSET);
}

static void test_lists_that_add(void **state)
{
	(void)state;
	policy_file_conf(&file, "interfaces += eth0, eth1\nforward =\n"
				"server-exceptions += nas; owner=a, b; until=never\n");
	assert_told(&file, "");
	assert_int_equal(file.layer.cells[SETTING_INTERFACES].state, CELL_ADDED);
	assert_int_equal(file.layer.cells[SETTING_INTERFACES].n_items, 2);
	assert_int_equal(file.layer.cells[SETTING_FORWARD].state, CELL_SET);
	assert_int_equal(file.layer.cells[SETTING_FORWARD].n_items, 0);
	assert_int_equal(file.layer.cells[SETTING_SERVER_EXCEPTIONS].n_items, 1);
}

static void test_each_error_with_its_line(void **state)
{
	(void)state;
	policy_file_conf(&file, "client-event = all\n"
				"client-share = 101\n"
				"[section]\n"
				"server-events = some\n"
				"domain-events = none\n"
				"domain-events = all\n"
				"keep-days += 3\n"
				"forward = ftp://x\n"
				"account-exceptions = jane\n"
				"carriers = a,,b\n"
				"lm-level = 6\n"
				"forward-queue-mib = 0\n");
	assert_told(&file,
		    "f: line 1: there is no setting 'client-event'\n"
		    "f: line 2: client-share should be a number from 0 to 100\n"
		    "f: line 3: should be: setting = value\n"
		    "f: line 4: server-events should be one of: none, warnings, all\n"
		    "f: line 6: domain-events is given again; it stands in line 5 already\n"
		    "f: line 7: keep-days is no list: += is for lists\n"
		    "f: line 8: forward: should be journald, syslog+udp://HOST[:PORT], "
		    "syslog+tcp://..., syslog+tls://... or file:/PATH\n"
		    "f: line 9: account-exceptions: an exception needs an owner: NAME; owner=WHO; "
		    "until=YYYY-MM-DD\n"
		    "f: line 10: carriers: an empty item\n"
		    "f: line 11: lm-level should be a number from 0 to 5\n"
		    "f: line 12: forward-queue-mib should be a number from 1 to 16777216\n");
	assert_int_equal(file.problems.errors, 11);
}

static void test_text_that_lies(void **state)
{
	static const char zero[] = "keep-days = 1\0\n";

	(void)state;
	policy_file_conf(&file, "carriers = a\xff\n");
	assert_int_equal(file.problems.errors, 1);
	policy_file_conf(&file, "carriers = a\xe2\x80\xae\n"); /* turns the direction */
	assert_int_equal(file.problems.errors, 1);
	policy_file_conf(&file, "\xef\xbb\xbfkeep-days = 5\n"); /* editors of Windows */
	assert_told(&file, "");
	policy_file_read(&file, POLICY_CONF, zero, sizeof(zero) - 1);
	assert_int_equal(file.problems.errors, 1);
}

static void test_limits(void **state)
{
	struct text text;

	(void)state;
	text_init(&text, 0);
	text_puts(&text, "carriers = a");
	for (int i = 0; i < LAYER_ITEMS_MAX; i++)
		text_puts(&text, ",a");
	policy_file_conf(&file, text.ptr);
	assert_told(&file, "f: line 1: carriers: more than 1000 items\n");
	text_reset(&text);
	text_printf(&text, "carriers = %0*d\ninterfaces = %0*d\n", LAYER_ITEM_SIZE, 1,
		    LAYER_ITEM_SIZE - 1, 1);
	policy_file_conf(&file, text.ptr);
	assert_told(&file, "f: line 1: carriers: an item is longer than 511 bytes\n");
	text_reset(&text);
	for (int i = 0; i < 3 * PROBLEMS_MAX; i++)
		text_puts(&text, "x\n");
	policy_file_conf(&file, text.ptr);
	assert_int_equal(file.problems.errors, 3 * PROBLEMS_MAX);
	assert_null(strstr(file.told.ptr, "line 101:"));
	text_finish(&text);
}

static int finish(void **state)
{
	(void)state;
	policy_file_finish(&file);
	return mem_in_use() != 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_lists_that_add),
		cmocka_unit_test(test_each_error_with_its_line),
		cmocka_unit_test(test_text_that_lies),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
