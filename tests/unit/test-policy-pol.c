/* policy/pol.c, pol-record.c, pol-write.c */
#include "unit.h"

#include <stdlib.h>

#include "base/mem.h"
#include "policy-file.h"

static struct policy_file file;
static struct text pol;

static void begin(void)
{
	text_reset(&pol);
	pol_put_header(&pol);
}

static void put_number(const char *key, const char *name, uint32_t number)
{
	uint8_t data[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
			   (uint8_t)(number >> 24)};

	pol_put_record(&pol, key, name, REGISTRY_DWORD, span_make(data, 4));
}

static void put_text(const char *key, const char *name, uint32_t type, const char *text)
{
	struct text data;

	text_init(&data, 0);
	pol_put_string(&data, text);
	pol_put_record(&pol, key, name, type, span_make(data.ptr, data.len));
	text_finish(&data);
}

static void read_back(void)
{
	policy_file_read(&file, POLICY_POL, pol.ptr, pol.len);
}

static void test_values(void **state)
{
	(void)state;
	begin();
	put_number("software\\policies\\NTLMAUDIT", "ClientEvents", 1);
	put_number(KB_KEY, "LogEnhancedAuditEvents", 0);
	put_number("Software\\Policies\\Other", "ClientEvents", 2);
	put_text(OWN_KEY, "Interfaces", REGISTRY_MULTI_SZ, "eth\xc3\xa4 \xf0\x9f\x96\xa7");
	read_back();
	assert_told(&file, "");
	assert_cell(&file, SETTING_CLIENT_EVENTS, 1);
	assert_cell(&file, SETTING_ENHANCED_LOGGING, 0);
	assert_string_equal(policy_file_item(&file, SETTING_INTERFACES, 0),
			    "eth\xc3\xa4 \xf0\x9f\x96\xa7");
	assert_int_equal(file.layer.cells[SETTING_CLIENT_EVENTS].place.at, 8);
	assert_int_equal(file.layer.cells[SETTING_CLIENT_EVENTS].place.kind, PLACE_OFFSET);
}

static void test_the_last_one_holds(void **state)
{
	(void)state;
	begin();
	put_number(OWN_KEY, "ClientEvents", 1);
	put_number(OWN_KEY, "ClientEvents", 2);
	put_number(OWN_KEY, "**soft.ClientEvents", 0);
	put_number(OWN_KEY, "**soft.ServerEvents", 0);
	read_back();
	assert_told(&file, "");
	assert_cell(&file, SETTING_CLIENT_EVENTS, 2);
	assert_cell(&file, SETTING_SERVER_EVENTS, 0);
}

static void put_three(void)
{
	begin();
	put_number(OWN_KEY, "ClientEvents", 1);
	put_number(OWN_KEY, "ServerEvents", 1);
	put_number(KB_KEY, "LogEnhancedAuditEvents", 0);
}

static void assert_removed(bool client, bool server, bool kb)
{
	const struct cell *cells = file.layer.cells;

	assert_told(&file, "");
	assert_int_equal(cells[SETTING_CLIENT_EVENTS].state, client ? CELL_REMOVED : CELL_SET);
	assert_int_equal(cells[SETTING_SERVER_EVENTS].state, server ? CELL_REMOVED : CELL_SET);
	assert_int_equal(cells[SETTING_ENHANCED_LOGGING].state, kb ? CELL_REMOVED : CELL_SET);
}

static void test_orders(void **state)
{
	static const struct {
		const char *key, *name, *data;
		bool client, server, kb;
	} orders[] = {
		{OWN_KEY, "**del.clientevents", " ", true, false, false},
		{OWN_KEY, "**Del.", " ", false, false, false},
		{OWN_KEY, "**delvals.", " ", true, true, false},
		{OWN_KEY, "**DelVals", " ", true, true, false},
		{OWN_KEY, "**DeleteValues", "Nothing; ServerEvents", false, true, false},
		{OWN_KEY, "**DeleteValues", "", false, false, false},
		{"Software\\Policies", "**DeleteKeys", "ntlmaudit", true, true, false},
		{"Software\\Policies", "**DeleteKeys", "ntlm", false, false, false},
		{"Software", "**DeleteKeys", OWN_KEY ";Microsoft", true, true, true},
		{"Software\\Policies", "**SecureKey", "1", false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		put_three();
		put_text(orders[i].key, orders[i].name, REGISTRY_SZ, orders[i].data);
		read_back();
		assert_removed(orders[i].client, orders[i].server, orders[i].kb);
	}
}

static void test_wrong_values(void **state)
{
	(void)state;
	begin();
	put_text(OWN_KEY, "ClientEvents", REGISTRY_SZ, "1");
	put_number(OWN_KEY, "ServerEvents", 3);
	put_number(OWN_KEY, "Carriers", 1);
	put_number(OWN_KEY, "NotYetInvented", 1);
	pol_put_record(&pol, OWN_KEY, "DomainEvents", REGISTRY_DWORD, span_make("\1\0\0", 3));
	put_number(OWN_KEY, "ClientShare", 101);
	put_text(OWN_KEY, "Forward", REGISTRY_MULTI_SZ, "gopher:x");
	pol_put_record(&pol, OWN_KEY, "Interfaces", REGISTRY_MULTI_SZ, span_make("\0\xd8\0\0", 4));
	pol_put_record(&pol, OWN_KEY, "Interfaces", REGISTRY_MULTI_SZ, span_make("a\0b", 3));
	read_back();
	assert_told(&file,
		    "f: offset 8: client-events has registry type 1, which should be 4\n"
		    "f: offset 114: server-events is 3; it may be 0 (none), 1 (warnings), 2 (all)\n"
		    "f: offset 220: carriers has registry type 4, which should be 7\n"
		    "f: offset 318: warning: there is no setting 'NotYetInvented'\n"
		    "f: offset 428: domain-events has 3 bytes, which should be 4\n"
		    "f: offset 533: client-share is 101; it may be 0 to 100\n"
		    "f: offset 637: forward: should be journald, syslog+udp://HOST[:PORT], "
		    "syslog+tcp://..., syslog+tls://... or file:/PATH\n"
		    "f: offset 747: interfaces: an item is not plain text in UTF-16\n"
		    "f: offset 849: interfaces: not UTF-16\n");
	assert_int_equal(file.problems.errors, 8);
	assert_int_equal(file.problems.warnings, 1);
}

/* Every cut is an error with an offset inside the file, or falls between two records and says less. */
static void test_cut_at_every_byte(void **state)
{
	size_t whole = 0;

	(void)state;
	put_three();
	for (size_t len = 0; len < pol.len; len++) {
		policy_file_read(&file, POLICY_POL, pol.ptr, len);
		whole += file.problems.errors == 0;
		if (file.problems.errors == 0)
			continue;
		assert_int_equal(file.problems.errors, 1);
		assert_non_null(strstr(file.told.ptr, "f: offset "));
		assert_in_range(strtoul(file.told.ptr + strlen("f: offset "), NULL, 10), 0, len);
	}
	assert_int_equal(whole, 3); /* after the header, and after each record but the last */
}

static void test_every_byte_damaged(void **state)
{
	(void)state;
	put_three();
	for (size_t i = 0; i < pol.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			pol.ptr[i] = (char)(pol.ptr[i] ^ 1 << bit);
			read_back();
			assert_in_range(file.problems.errors, 0, 1);
			pol.ptr[i] = (char)(pol.ptr[i] ^ 1 << bit);
		}
}

static void test_hostile_sizes(void **state)
{
	static const uint32_t sizes[] = {5, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
	size_t at;

	(void)state;
	begin();
	put_number(OWN_KEY, "ClientEvents", 1);
	at = pol.len - 2 - 4 - 2 - 4; /* ], data, ;, size */
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (unsigned b = 0; b < 4; b++)
			pol.ptr[at + b] = (char)(sizes[i] >> 8 * b);
		read_back();
		assert_int_equal(file.problems.errors, 1);
		assert_in_range(strtoul(file.told.ptr + strlen("f: offset "), NULL, 10), at,
				pol.len);
		assert_int_equal(file.layer.cells[SETTING_CLIENT_EVENTS].state, CELL_UNSET);
	}
}

static void test_no_registry_pol(void **state)
{
	(void)state;
	policy_file_read(&file, POLICY_POL, "PReg\2\0\0\0", 8);
	assert_told(&file, "f: offset 4: the version is not 1\n");
	policy_file_read(&file, POLICY_POL, "PRex\1\0\0\0", 8);
	assert_told(&file, "f: offset 4: no Registry.pol, which begins with PReg\n");
	policy_file_read(&file, POLICY_POL, "PReg\1\0\0\0[", 9);
	assert_told(&file, "f: offset 8: truncated\n");
	policy_file_read(&file, POLICY_POL, "PReg\1\0\0\0{\0", 10);
	assert_told(&file, "f: offset 8: a record should begin with [\n");
}

static int finish(void **state)
{
	(void)state;
	policy_file_finish(&file);
	text_finish(&pol);
	return mem_in_use() != 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_the_last_one_holds),
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_wrong_values),
		cmocka_unit_test(test_cut_at_every_byte),
		cmocka_unit_test(test_every_byte_damaged),
		cmocka_unit_test(test_hostile_sizes),
		cmocka_unit_test(test_no_registry_pol),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
