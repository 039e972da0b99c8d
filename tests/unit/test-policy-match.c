/* policy/match.h, exception.h, rollout.h, setting.h: the pieces that touch no file. */
#include "unit.h"

#include <stdio.h>

#include "policy/exception.h"
#include "policy/match.h"
#include "policy/rollout.h"
#include "policy/setting.h"

static bool matches(const char *pattern, const char *name)
{
	return name_matches(span_str(pattern), span_str(name));
}

static void test_wildcards(void **state)
{
	(void)state;
	assert_true(matches("files01", "FILES01"));
	assert_true(matches("print*.CORP.example", "Print17.corp.EXAMPLE"));
	assert_true(matches("*", ""));
	assert_true(matches("*", "anything"));
	assert_true(matches("**a**", "bab"));
	assert_true(matches("a*b*c", "a-b-b-xc"));
	assert_true(matches("", ""));
	assert_false(matches("", "a"));
	assert_false(matches("a*b*c", "a-c-b"));
	assert_false(matches("files01", "files011"));
	assert_false(matches("files01", "files0"));
	assert_false(matches("*.corp", "corp"));
	assert_false(matches("f?les01", "files01")); /* only the star is special */
}

static void test_case_of_other_alphabets(void **state)
{
	(void)state;
	assert_true(matches("J\xc3\x9cRGEN", "j\xc3\xbcrgen"));
	assert_true(
		matches("\xd0\x98\xd0\x92\xd0\x90\xd0\x9d", "\xd0\xb8\xd0\xb2\xd0\xb0\xd0\xbd"));
	assert_true(matches("\xce\xa9*", "\xcf\x89-net"));
	assert_true(matches("\xc4\x8c\xc5\xbd", "\xc4\x8d\xc5\xbe"));
	assert_false(matches("\xc3\x97", "\xc3\xb7")); /* times and divided by are no letters */
	assert_true(name_equal(span_str("\xc3\xbf"), span_str("\xc3\xbf")));
}

/* Stars that all match make steps, not an explosion of them. */
static void test_hostile_pattern_ends(void **state)
{
	char pattern[512], name[512];

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(pattern); i++)
		pattern[i] = i % 2 ? 'a' : '*';
	pattern[sizeof(pattern) - 2] = 'c';
	pattern[sizeof(pattern) - 1] = '\0';
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	name[sizeof(name) - 2] = 'b';
	assert_false(matches(pattern, name));
}

static const char *parse(const char *line, struct exception *e)
{
	return exception_parse(span_str(line), e);
}

static void test_exception(void **state)
{
	struct exception e;

	(void)state;
	assert_null(parse("print*.corp ; owner = x", &e) ? NULL : "owner without end was taken");
	assert_null(parse(" print* .corp; UNTIL=2026-11-22 ;owner=Ms. P, print team;", &e));
	assert_true(span_equal(e.name, span_str("print* .corp")));
	assert_true(span_equal(e.owner, span_str("Ms. P, print team")));
	assert_int_equal(e.until / NSEC_PER_SEC, 1795392000); /* 2026-11-23T00:00:00Z */
	assert_null(parse("a;owner=b;until=never", &e));
	assert_true(e.until == EXCEPTION_FOREVER);
	assert_null(parse("a;owner=b;until=2024-02-29", &e));
	assert_int_equal(e.until / NSEC_PER_SEC, 1709251200);
	assert_null(parse("a;owner=b;until=1970-01-01", &e));
	assert_int_equal(e.until / NSEC_PER_SEC, 86400);
	assert_null(parse("a;owner=b;until=2261-12-31", &e));
	assert_true(e.until > 0 && e.until < EXCEPTION_FOREVER);
}

static void test_exception_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		";owner=a;until=never",
		"a",
		"a;owner=b",
		"a;until=never",
		"a;owner=;until=never",
		"a;owner=b;until=",
		"a;owner=b;until=2025-02-29",
		"a;owner=b;until=2100-02-29",
		"a;owner=b;until=2025-13-01",
		"a;owner=b;until=2025-00-01",
		"a;owner=b;until=2025-01-00",
		"a;owner=b;until=2025-1-1",
		"a;owner=b;until=2025-01-01Z",
		"a;owner=b;until=2025/01/01",
		"a;owner=b;until=9999-01-01",
		"a;owner=b;until=tomorrow",
		"a;owner=b;until=never;also",
		"a;ownerb;until=never",
	};
	struct exception e;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (!parse(wrong[i], &e))
			fail_msg("taken: %s", wrong[i]);
}

/* By another implementation: sha256sum and Python. A place that moved would switch machines on that were not to be. */
static void test_rollout_places(void **state)
{
	(void)state;
	assert_int_equal(rollout_place(span_str("0123456789abcdef0123456789abcdef")), 38);
	assert_int_equal(rollout_place(span_str("0123456789abcdef0123456789abcdef\n")), 38);
	assert_int_equal(rollout_place(span_str("ffffffffffffffffffffffffffffffff")), 29);
	assert_int_equal(rollout_place(span_str("")), ROLLOUT_LAST);
	assert_int_equal(rollout_place(span_str("uninitialized\n")), ROLLOUT_LAST);
}

/* A tenth is a tenth. */
static void test_rollout_is_even(void **state)
{
	unsigned counts[100] = {0};
	char id[33];

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(id, sizeof(id), "%032x", i * 2654435761u);
		counts[rollout_place(span_str(id))]++;
	}
	for (size_t i = 0; i < 100; i++)
		assert_in_range(counts[i], 130, 270);
}

static void test_table(void **state)
{
	(void)state;
	for (enum setting s = 0; s < SETTING__COUNT; s++) {
		const struct setting_row *row = &settings[s];

		assert_non_null(row->key);
		assert_non_null(row->doc);
		assert_int_equal(setting_by_key(span_str(row->key)), s);
		assert_int_equal(setting_by_registry(span_str(row->registry_key),
						     span_str(row->registry_name)),
				 s);
		assert_true(setting_is_list(s) || setting_allows(s, row->number));
	}
	assert_int_equal(setting_by_key(span_str("no-such")), SETTING__COUNT);
	assert_int_equal(setting_by_registry(span_str("software\\POLICIES\\NtlmAudit"),
					     span_str("clientEVENTS")),
			 SETTING_CLIENT_EVENTS);
}

static void test_numbers(void **state)
{
	uint32_t n = 77;

	(void)state;
	assert_true(setting_number(SETTING_CLIENT_EVENTS, span_str("Warnings"), &n));
	assert_int_equal(n, POLICY_LEVEL_WARNINGS);
	assert_true(setting_number(SETTING_AUDIT_IN_DOMAIN, span_str("5"), &n));
	assert_int_equal(n, 5);
	n = 77;
	assert_false(setting_number(SETTING_AUDIT_IN_DOMAIN, span_str("2"), &n));
	assert_false(setting_number(SETTING_CLIENT_SHARE, span_str("101"), &n));
	assert_false(setting_number(SETTING_CLIENT_SHARE, span_str("4294967346"), &n));
	assert_false(setting_number(SETTING_CLIENT_SHARE, span_str("-1"), &n));
	assert_false(setting_number(SETTING_CLIENT_SHARE, span_str(""), &n));
	assert_false(setting_number(SETTING_FORWARD_QUEUE_MIB, span_str("0"), &n));
	assert_int_equal(n, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wildcards),
		cmocka_unit_test(test_case_of_other_alphabets),
		cmocka_unit_test(test_hostile_pattern_ends),
		cmocka_unit_test(test_exception),
		cmocka_unit_test(test_exception_is_refused),
		cmocka_unit_test(test_rollout_places),
		cmocka_unit_test(test_rollout_is_even),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
