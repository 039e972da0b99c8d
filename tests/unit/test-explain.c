/* Nothing that an event can say is left without an explanation. */
#include "unit.h"

#include "audit/level.h"
#include "event/explain.h"
#include "ntlm/avpair.h"
#include "ntlm/ntlmssp.h"
#include "why/why.h"

/* Sentences of printable ASCII, which no format has to escape, with an end. */
static void check_prose(const char *s)
{
	assert_non_null(s);
	assert_true(strlen(s) >= 10);
	for (const char *c = s; *c; c++)
		assert_true(*c >= 0x20 && *c < 0x7f);
	assert_null(strstr(s, "  "));
	assert_non_null(strchr(".?", s[strlen(s) - 1]));
}

static void check_explanation(const struct explanation *e)
{
	assert_non_null(e);
	check_prose(e->means);
	if (e->todo)
		check_prose(e->todo);
}

static void test_reasons(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < REASON_ID__COUNT; i++) {
		check_explanation(&explained_reasons[i]);
		assert_true(i == 3 || explained_reasons[i].todo);
		for (uint32_t k = 0; k < i; k++)
			assert_string_not_equal(event_reason_word(i), event_reason_word(k));
	}
	assert_string_equal(event_reason_word(7), "IP address");
	assert_string_equal(event_reason_word(REASON_ID__COUNT), event_reason_word(0));
}

static void test_facts(void **state)
{
	(void)state;
	for (size_t i = 0; i < FACT__COUNT; i++)
		check_explanation(&explained_facts[i]);
}

static void check_sorted(const struct explained_code *table, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		check_explanation(&table[i].text);
		assert_true(i == 0 || table[i - 1].code < table[i].code);
		assert_ptr_equal(explained_code_find(table, n, table[i].code), &table[i].text);
	}
	assert_null(explained_code_find(table, n, 0xdeadbeef));
	assert_null(explained_code_find(table, 0, table[0].code));
}

static void test_statuses(void **state)
{
	(void)state;
	check_sorted(explained_statuses, n_explained_statuses);
	assert_int_equal(n_explained_statuses, n_status_rows);
	for (size_t i = 0; i < n_status_rows; i++)
		assert_int_equal(explained_statuses[i].code, status_rows[i].status);
}

static void test_events(void **state)
{
	(void)state;
	check_sorted(explained_events, n_explained_events);
	for (size_t i = 0; i < n_event_layouts; i++)
		assert_non_null(explained_code_find(explained_events, n_explained_events,
						    event_layouts[i].id));
	for (size_t i = 0; i < n_explained_events; i++)
		assert_non_null(event_layout_find((uint16_t)explained_events[i].code));
}

static void test_kerberos(void **state)
{
	(void)state;
	check_sorted(explained_kerberos, n_explained_kerberos);
	for (size_t i = 0; i < n_explained_kerberos; i++)
		assert_non_null(why_krb_error_name(explained_kerberos[i].code));
}

static bool is_explained(const struct explained_word *table, size_t n, const char *word, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(table[i].word) == len && strncmp(table[i].word, word, len) == 0)
			return true;
	return false;
}

static size_t check_warnings_of(const struct exchange *x)
{
	struct text words;
	size_t n = 0;

	text_init(&words, 0);
	level_warnings(&words, x);
	for (const char *s = words.ptr; s && *s; n++) {
		size_t len = strcspn(s, ",");

		if (!is_explained(explained_warnings, n_explained_warnings, s, len))
			fail_msg("%.*s is not explained", (int)len, s);
		s += len + (s[len] == ',');
	}
	text_finish(&words);
	return n;
}

/* Two exchanges that are as unsafe as can be have all keywords there are. */
static void test_warnings(void **state)
{
	static struct exchange old, anonymous;

	(void)state;
	old.response = RESPONSE_NTLMV1;
	old.av_flags = AV_FLAG_UNTRUSTED_SPN;
	anonymous.response = RESPONSE_NULL_SESSION;
	assert_int_equal(check_warnings_of(&old), 5);
	assert_int_equal(check_warnings_of(&anonymous), 4);
	assert_int_equal(n_explained_warnings, 6);
	for (size_t i = 0; i < n_explained_warnings; i++) {
		check_explanation(&explained_warnings[i].text);
		assert_non_null(explained_warnings[i].text.todo);
	}
}

static void test_versions(void **state)
{
	size_t n = 0;

	(void)state;
	for (int kind = 0; kind < RESPONSE__COUNT; kind++) {
		const char *name = response_kind_name((enum response_kind)kind);

		if (!name)
			continue;
		n++;
		assert_true(
			is_explained(explained_versions, n_explained_versions, name, strlen(name)));
	}
	assert_int_equal(n, n_explained_versions);
}

/* The decoders' bits and the explained ones are the same. */
static void test_flags(void **state)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} rows[] = {
		{NTLMSSP_NEGOTIATE_UNICODE, "NTLMSSP_NEGOTIATE_UNICODE"},
		{NTLM_NEGOTIATE_OEM, "NTLM_NEGOTIATE_OEM"},
		{NTLMSSP_REQUEST_TARGET, "NTLMSSP_REQUEST_TARGET"},
		{NTLMSSP_NEGOTIATE_SIGN, "NTLMSSP_NEGOTIATE_SIGN"},
		{NTLMSSP_NEGOTIATE_SEAL, "NTLMSSP_NEGOTIATE_SEAL"},
		{NTLMSSP_NEGOTIATE_DATAGRAM, "NTLMSSP_NEGOTIATE_DATAGRAM"},
		{NTLMSSP_NEGOTIATE_LM_KEY, "NTLMSSP_NEGOTIATE_LM_KEY"},
		{NTLMSSP_NEGOTIATE_NTLM, "NTLMSSP_NEGOTIATE_NTLM"},
		{NTLMSSP_ANONYMOUS, "NTLMSSP_ANONYMOUS"},
		{NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED, "NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED"},
		{NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED,
		 "NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED"},
		{NTLMSSP_NEGOTIATE_ALWAYS_SIGN, "NTLMSSP_NEGOTIATE_ALWAYS_SIGN"},
		{NTLMSSP_TARGET_TYPE_DOMAIN, "NTLMSSP_TARGET_TYPE_DOMAIN"},
		{NTLMSSP_TARGET_TYPE_SERVER, "NTLMSSP_TARGET_TYPE_SERVER"},
		{NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY,
		 "NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY"},
		{NTLMSSP_NEGOTIATE_IDENTIFY, "NTLMSSP_NEGOTIATE_IDENTIFY"},
		{NTLMSSP_REQUEST_NON_NT_SESSION_KEY, "NTLMSSP_REQUEST_NON_NT_SESSION_KEY"},
		{NTLMSSP_NEGOTIATE_TARGET_INFO, "NTLMSSP_NEGOTIATE_TARGET_INFO"},
		{NTLMSSP_NEGOTIATE_VERSION, "NTLMSSP_NEGOTIATE_VERSION"},
		{NTLMSSP_NEGOTIATE_128, "NTLMSSP_NEGOTIATE_128"},
		{NTLMSSP_NEGOTIATE_KEY_EXCH, "NTLMSSP_NEGOTIATE_KEY_EXCH"},
		{NTLMSSP_NEGOTIATE_56, "NTLMSSP_NEGOTIATE_56"},
	};
	size_t named = 0;

	(void)state;
	assert_int_equal(n_explained_flags, 32);
	for (size_t i = 0, k = 0; i < 32; i++) {
		assert_int_equal(explained_flags[i].bit, 1u << i);
		assert_true(*explained_flags[i].set);
		if (explained_flags[i].name[0] == 'r')
			continue;
		assert_int_equal(explained_flags[i].bit, rows[k].bit);
		assert_string_equal(explained_flags[i].name, rows[k++].name);
		named = k;
	}
	assert_int_equal(named, sizeof(rows) / sizeof(rows[0]));
	assert_int_equal(n_explained_av_flags, 3);
	assert_int_equal(explained_av_flags[0].bit, AV_FLAG_CONSTRAINED);
	assert_int_equal(explained_av_flags[1].bit, AV_FLAG_MIC);
	assert_int_equal(explained_av_flags[2].bit, AV_FLAG_UNTRUSTED_SPN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reasons),	 cmocka_unit_test(test_facts),
		cmocka_unit_test(test_statuses), cmocka_unit_test(test_events),
		cmocka_unit_test(test_kerberos), cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_versions), cmocka_unit_test(test_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
