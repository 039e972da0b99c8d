/* Reason 4: which domains are those of cloud accounts. The other reasons are held to captures (tests/truth). */
#include "unit.h"

#include "audit/reason.h"

static uint32_t reason_of(const char *user, const char *domain, const char *const suffixes[],
			  size_t n)
{
	struct exchange x = {.user = user, .domain = domain, .response = RESPONSE_NTLMV2};
	struct reason_settings settings = {suffixes, n};
	struct reason_proof proof = {0};
	struct arena arena;
	struct text sentence;
	uint32_t reason;

	addr_parse("192.0.2.1", &x.client.addr);
	addr_parse("192.0.2.2", &x.server.addr);
	arena_init(&arena, 4096);
	text_init(&sentence, 0);
	proof.arena = &arena;
	proof.sentence = &sentence;
	reason = reason_decide(&x, NULL, &settings, &proof);
	if (reason == 4) {
		assert_string_equal(proof.item[0].kind, "cloud-account");
		assert_non_null(strstr(sentence.ptr, proof.item[0].name));
	}
	arena_finish(&arena);
	text_finish(&sentence);
	return reason;
}

static void always_cloud(void **state)
{
	(void)state;
	assert_int_equal(reason_of("jane", "AzureAD", NULL, 0), 4);
	assert_int_equal(reason_of("jane", "azuread", NULL, 0), 4);
	assert_int_equal(reason_of("jane@outlook.com", "MicrosoftAccount", NULL, 0), 4);
	assert_int_equal(reason_of("jane", "AzureAD.example", NULL, 0), 0);
	assert_int_equal(reason_of("jane", "CORP", NULL, 0), 0);
}

static void suffixes(void **state)
{
	static const char *const list[] = {"onmicrosoft.com", ".cloud.corp.example", "", "."};
	static const struct {
		const char *user, *domain;
		uint32_t reason;
	} rows[] = {
		{"jane", "onmicrosoft.com", 4},
		{"jane", "Contoso.OnMicrosoft.com", 4},
		{"jane", "notonmicrosoft.com", 0},
		{"jane", "onmicrosoft.com.example", 0},
		{"jane", "com", 0},
		{"jane", "cloud.corp.example", 4},
		{"jane", "a.cloud.corp.example", 4},
		{"jane", "corp.example", 0},
		{"jane@contoso.onmicrosoft.com", NULL, 4},
		{"jane@contoso.onmicrosoft.com", "", 4},
		{"jane@contoso.onmicrosoft.com", "CORP", 0}, /* the domain it says decides */
		{"jane@corp.example", "", 0},
		{"jane@", "", 0},
		{"jane", "", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t reason = reason_of(rows[i].user, rows[i].domain, list, 4);

		if (reason != rows[i].reason)
			fail_msg("row %zu: %u", i, reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(always_cloud),
		cmocka_unit_test(suffixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
