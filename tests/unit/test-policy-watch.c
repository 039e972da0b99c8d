/* policy/watch.h: against the kernel, in a folder of its own. */
#include "unit.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/file.h"
#include "policy/watch.h"

static char root[] = "/tmp/ntlmaudit-watch-XXXXXX";
static struct policy_watch watch;

static const char *path_of(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", root, name);
	return path;
}

static void put(const char *name)
{
	assert_int_equal(file_replace(path_of(name), span_str("x")), 0);
}

static void assert_changed(bool wanted)
{
	assert_int_equal(policy_watch_changed(&watch), wanted);
	assert_false(policy_watch_changed(&watch)); /* told once */
}

static void test_folders_come(void **state)
{
	(void)state;
	assert_changed(false);
	put("/etc/ntlmaudit/ntlmaudit.conf");
	assert_changed(true);
	put("/etc/ntlmaudit/ntlmaudit.conf.d/a.conf");
	assert_changed(true);
	put("/var/lib/ntlmaudit/policy/group-policy.pol");
	assert_changed(true);
	put("/usr/lib/ntlmaudit/ntlmaudit.conf");
	assert_changed(true);
}

static void test_files_change(void **state)
{
	FILE *f;

	(void)state;
	f = fopen(path_of("/etc/ntlmaudit/ntlmaudit.conf"), "a");
	assert_non_null(f);
	assert_changed(false);
	assert_true(fputs("y", f) > 0);
	assert_int_equal(fclose(f), 0);
	assert_changed(true);
	assert_int_equal(rename(path_of("/etc/ntlmaudit/ntlmaudit.conf.d/a.conf"), root), -1);
	assert_changed(false);
	put("/etc/ntlmaudit/ntlmaudit.conf.d/a.conf");
	assert_changed(true);
	assert_int_equal(unlink(path_of("/etc/ntlmaudit/ntlmaudit.conf.d/a.conf")), 0);
	assert_changed(true);
	put("/usr/lib/ntlmaudit/ntlmaudit.conf");
	assert_changed(true);
}

static void test_others_do_not_matter(void **state)
{
	(void)state;
	put("/etc/passwd");
	put("/var/lib/other");
	assert_changed(false);
}

static void test_folders_go_and_come_back(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(unlink(path_of("/var/lib/ntlmaudit/policy/group-policy.pol")), 0);
		assert_int_equal(rmdir(path_of("/var/lib/ntlmaudit/policy")), 0);
		assert_int_equal(rmdir(path_of("/var/lib/ntlmaudit")), 0);
		assert_changed(true);
		put("/var/lib/unrelated");
		assert_changed(false);
		put("/var/lib/ntlmaudit/policy/group-policy.pol");
		assert_changed(true);
	}
}

/* An administrator who works on a copy and then swaps the folders. */
static void test_folder_is_replaced(void **state)
{
	char other[PATH_MAX], old[PATH_MAX];

	(void)state;
	put("/etc/new/ntlmaudit.conf");
	assert_changed(false);
	snprintf(other, sizeof(other), "%s/etc/new", root);
	snprintf(old, sizeof(old), "%s/etc/old", root);
	assert_int_equal(rename(path_of("/etc/ntlmaudit"), old), 0);
	assert_int_equal(rename(other, path_of("/etc/ntlmaudit")), 0);
	assert_changed(true);
	put("/etc/ntlmaudit/ntlmaudit.conf");
	assert_changed(true);
	put("/etc/old/ntlmaudit.conf");
	assert_changed(false);
}

static int begin(void **state)
{
	(void)state;
	return mkdtemp(root) ? policy_watch_init(&watch, root) : -1;
}

static int finish(void **state)
{
	static const char *const paths[] = {"/etc/old/ntlmaudit.conf.d/a.conf",
					    "/etc/old/ntlmaudit.conf.d",
					    "/etc/old/ntlmaudit.conf",
					    "/etc/old",
					    "/etc/ntlmaudit/ntlmaudit.conf",
					    "/etc/ntlmaudit",
					    "/etc/passwd",
					    "/etc",
					    "/usr/lib/ntlmaudit/ntlmaudit.conf",
					    "/usr/lib/ntlmaudit",
					    "/usr/lib",
					    "/usr",
					    "/var/lib/ntlmaudit/policy/group-policy.pol",
					    "/var/lib/ntlmaudit/policy",
					    "/var/lib/ntlmaudit",
					    "/var/lib/other",
					    "/var/lib/unrelated",
					    "/var/lib",
					    "/var",
					    ""};

	(void)state;
	policy_watch_finish(&watch);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		(void)remove(path_of(paths[i]));
	return access(root, F_OK) == 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folders_come),
		cmocka_unit_test(test_files_change),
		cmocka_unit_test(test_others_do_not_matter),
		cmocka_unit_test(test_folders_go_and_come_back),
		cmocka_unit_test(test_folder_is_replaced),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
