/* policy/policy.h: the layers, what stays in force, and the import. Files lie in a folder of its own. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "policy/file.h"
#include "policy/policy.h"
#include "policy/rollout.h"
#include "policy-file.h"

static char root[] = "/tmp/ntlmaudit-policy-XXXXXX";
static struct policy *policy;
static struct problems problems;
static struct text told;

#define DISTRIBUTION "/usr/lib/ntlmaudit/ntlmaudit.conf"
#define LOCAL "/etc/ntlmaudit/ntlmaudit.conf"
#define DROP_IN "/etc/ntlmaudit/ntlmaudit.conf.d/"

static const char *path_of(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", root, name);
	return path;
}

static void put(const char *name, const char *text)
{
	assert_int_equal(file_replace(path_of(name), span_str(text)), 0);
}

static void drop(const char *name)
{
	assert_int_equal(unlink(path_of(name)), 0);
}

static int load(void)
{
	text_reset(&told);
	text_puts(&told, "");
	problems = (struct problems){policy_file_tell, &told, 0, 0};
	return policy_reload(root, &problems, &policy);
}

static void assert_origin(enum setting s, const char *name, uint64_t line)
{
	const struct place *place = &policy->effective.cells[s].place;

	assert_string_equal(place->file, path_of(name));
	assert_int_equal(place->at, line);
}

static void test_nothing_is_built_in(void **state)
{
	(void)state;
	assert_int_equal(load(), 0);
	assert_string_equal(told.ptr, "");
	assert_int_equal(policy_number(policy, SETTING_ENHANCED_LOGGING), 1);
	assert_null(policy->effective.cells[SETTING_ENHANCED_LOGGING].place.file);
	assert_string_equal(policy_items(policy, SETTING_CARRIERS)->text, "*");
	assert_int_equal(policy->place, ROLLOUT_LAST);
}

static void test_each_layer_over_the_one_below(void **state)
{
	(void)state;
	put(DISTRIBUTION, "keep-days = 1\nkeep-mib = 1\nclient-share = 1\ninterfaces = a\n");
	put(LOCAL, "keep-mib = 2\nclient-share = 2\ninterfaces += b");
	put(DROP_IN "20-b.conf", "\nclient-share = 4\ninterfaces += d");
	put(DROP_IN "10-a.conf", "client-share = 3\ninterfaces += c");
	put(DROP_IN ".hidden.conf", "client-share = 5");
	put(DROP_IN "30-c.conf.dpkg-old", "client-share = 6");
	put("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
	assert_int_equal(load(), 0);
	assert_string_equal(told.ptr, "");
	assert_int_equal(policy_number(policy, SETTING_KEEP_DAYS), 1);
	assert_origin(SETTING_KEEP_DAYS, DISTRIBUTION, 1);
	assert_int_equal(policy_number(policy, SETTING_KEEP_MIB), 2);
	assert_origin(SETTING_KEEP_MIB, LOCAL, 1);
	assert_int_equal(policy_number(policy, SETTING_CLIENT_SHARE), 4);
	assert_origin(SETTING_CLIENT_SHARE, DROP_IN "20-b.conf", 2);
	assert_true(policy->place != ROLLOUT_LAST); /* of this id: see test-policy-match.c */
}

static void test_lists_add_up(void **state)
{
	const struct policy_item *item;
	const char *letters = "abcd";

	(void)state;
	assert_int_equal(load(), 0);
	item = policy_items(policy, SETTING_INTERFACES);
	for (; item && *letters; item = item->next, letters++)
		assert_int_equal(item->text[0], *letters);
	assert_null(item);
	assert_int_equal(*letters, '\0');
}

static void test_last_good_policy_stays(void **state)
{
	const struct policy *before;

	(void)state;
	assert_int_equal(load(), 0);
	before = policy;
	put(LOCAL, "keep-mib = 7\nclient-share = lots\n");
	assert_int_equal(load(), -EBADMSG);
	assert_ptr_equal(policy, before);
	assert_int_equal(policy_number(policy, SETTING_KEEP_MIB), 2);
	assert_non_null(strstr(told.ptr, "ntlmaudit.conf: line 2: client-share should be"));
	put(LOCAL, "keep-mib = 7\nclient-share = 7\n");
	assert_int_equal(load(), 0);
	assert_int_equal(policy_number(policy, SETTING_KEEP_MIB), 7);
}

/* A machine that starts with a broken file has no last policy: that file counts for nothing, the others do. */
static void test_first_policy_without_the_broken_file(void **state)
{
	(void)state;
	policy_free(policy);
	policy = NULL;
	put(LOCAL, "keep-mib = 9\n=\n");
	assert_int_equal(load(), 0);
	assert_int_equal(problems.errors, 1);
	assert_int_equal(policy_number(policy, SETTING_KEEP_MIB), 1);
	assert_int_equal(policy_number(policy, SETTING_CLIENT_SHARE), 4);
	put(LOCAL, "");
}

static void test_what_is_no_file(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path_of(DROP_IN "40-d.conf"), 0700), 0);
	assert_int_equal(load(), -EBADMSG);
	assert_int_equal(problems.errors, 1);
	assert_int_equal(rmdir(path_of(DROP_IN "40-d.conf")), 0);
	assert_int_equal(mkfifo(path_of(DROP_IN "40-d.conf"), 0600), 0);
	assert_int_equal(load(), -EBADMSG); /* and does not hang */
	drop(DROP_IN "40-d.conf");
	put(DROP_IN "40-d.conf", "");
	assert_int_equal(truncate(path_of(DROP_IN "40-d.conf"), POLICY_FILE_MAX + 1), 0);
	assert_int_equal(load(), -EBADMSG);
	assert_non_null(strstr(told.ptr, "too large"));
	drop(DROP_IN "40-d.conf");
}

static void write_pol(const char *name, const char *value_name, uint32_t number)
{
	uint8_t data[4] = {(uint8_t)number, 0, 0, 0};
	struct text pol;

	text_init(&pol, 0);
	pol_put_header(&pol);
	pol_put_record(&pol, OWN_KEY, value_name, REGISTRY_DWORD, span_make(data, 4));
	assert_int_equal(file_replace(path_of(name), span_make(pol.ptr, pol.len)), 0);
	text_finish(&pol);
}

static int import(const char *a, const char *b)
{
	char path_a[PATH_MAX], path_b[PATH_MAX];
	const char *paths[] = {path_a, path_b};

	snprintf(path_a, sizeof(path_a), "%s%s", root, a ? a : "");
	snprintf(path_b, sizeof(path_b), "%s%s", root, b ? b : "");
	text_reset(&told);
	problems = (struct problems){policy_file_tell, &told, 0, 0};
	return policy_import(root, paths, (a ? 1u : 0u) + (b ? 1u : 0u), &problems);
}

static void assert_share(uint32_t number, const char *origin_end)
{
	const struct place *place;
	size_t n = strlen(origin_end), len;

	assert_int_equal(load(), 0);
	place = &policy->effective.cells[SETTING_CLIENT_SHARE].place;
	len = strlen(place->file);
	assert_int_equal(policy_number(policy, SETTING_CLIENT_SHARE), number);
	assert_true(len >= n && strcmp(place->file + len - n, origin_end) == 0);
}

static void test_import(void **state)
{
	(void)state;
	write_pol("/a.pol", "ClientShare", 40);
	write_pol("/b.pol", "ClientShare", 41);
	write_pol("/bad.pol", "ClientShare", 101);
	write_pol("/removes.pol", "**del.ClientShare", 0);
	put("/conf", "client-share = 1\n");
	assert_int_equal(import("/a.pol", "/b.pol"), 0);
	assert_share(41, "/b.pol: offset 8");
	assert_int_equal(import("/a.pol", NULL), 0);
	assert_share(40, "/a.pol: offset 8");
	assert_int_equal(import("/b.pol", "/bad.pol"), -EBADMSG);
	assert_share(40, "/a.pol: offset 8");
	assert_int_equal(import("/b.pol", "/conf"), -EBADMSG);
	assert_int_equal(import("/b.pol", "/missing"), -ENOENT);
	assert_share(40, "/a.pol: offset 8");
	assert_int_equal(import("/a.pol", "/removes.pol"), 0);
	assert_share(4, "20-b.conf");
	assert_int_equal(import("/a.pol", NULL), 0);
	assert_int_equal(import(NULL, NULL), 0);
	assert_share(4, "20-b.conf");
}

/* What is imported is hostile too once somebody else can write it: cut, it is refused. */
static void test_broken_import_stays_out(void **state)
{
	(void)state;
	assert_int_equal(import("/a.pol", NULL), 0);
	assert_share(40, "/a.pol: offset 8");
	assert_int_equal(truncate(path_of(POLICY_IMPORTED), 50), 0);
	assert_int_equal(load(), -EBADMSG);
	assert_non_null(strstr(told.ptr, "group-policy.pol: offset 50: truncated"));
	assert_int_equal(policy_number(policy, SETTING_CLIENT_SHARE), 40);
	drop(POLICY_IMPORTED);
}

/* Whichever allocation fails, the policy in force is whole, and nothing leaks. */
static void test_out_of_memory(void **state)
{
	size_t in_use;
	int rc = -ENOMEM;

	(void)state;
	assert_int_equal(load(), 0);
	in_use = mem_in_use();
	for (uint64_t nth = 1; rc != 0 && nth < 1000; nth++) {
		const struct policy *before = policy;

		problems = (struct problems){0};
		mem_fail_from(nth);
		rc = policy_reload(root, &problems, &policy);
		mem_fail_from(0);
		assert_true(rc == 0 || policy == before);
		assert_int_equal(mem_in_use(), in_use);
		assert_int_equal(policy_number(policy, SETTING_CLIENT_SHARE), 4);
	}
	assert_int_equal(rc, 0);
}

static int begin(void **state)
{
	(void)state;
	text_init(&told, 0);
	return mkdtemp(root) ? 0 : -1;
}

static int finish(void **state)
{
	static const char *const files[] = {DISTRIBUTION,
					    LOCAL,
					    DROP_IN "20-b.conf",
					    DROP_IN "10-a.conf",
					    DROP_IN ".hidden.conf",
					    DROP_IN "30-c.conf.dpkg-old",
					    "/etc/machine-id",
					    "/a.pol",
					    "/b.pol",
					    "/bad.pol",
					    "/removes.pol",
					    "/conf"};
	static const char *const folders[] = {"/usr/lib/ntlmaudit",
					      "/usr/lib",
					      "/usr",
					      "/etc/ntlmaudit/ntlmaudit.conf.d",
					      "/etc/ntlmaudit",
					      "/etc",
					      "/var/lib/ntlmaudit/policy",
					      "/var/lib/ntlmaudit",
					      "/var/lib",
					      "/var",
					      ""};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(path_of(files[i]));
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (rmdir(path_of(folders[i])) < 0)
			return -1; /* a temporary file stayed behind */
	policy_free(policy);
	text_finish(&told);
	return mem_in_use() != 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_built_in),
		cmocka_unit_test(test_each_layer_over_the_one_below),
		cmocka_unit_test(test_lists_add_up),
		cmocka_unit_test(test_last_good_policy_stays),
		cmocka_unit_test(test_first_policy_without_the_broken_file),
		cmocka_unit_test(test_what_is_no_file),
		cmocka_unit_test(test_import),
		cmocka_unit_test(test_broken_import_stays_out),
		cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
