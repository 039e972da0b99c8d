#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "source/encrypted.h"
#include "unit.h"

static void show(void *ctx, const struct encrypted_row *row)
{
	text_printf(ctx, "%s %u %llu\n", row->host ? row->host : "others", (unsigned)row->port,
		    (unsigned long long)row->connections);
}

static struct flow flow_to(uint8_t last, uint16_t port)
{
	const uint8_t client[4] = {10, 0, 0, 9}, server[4] = {10, 0, 0, last};
	struct flow f = {.end = {{addr_v4(client), 49152}, {addr_v4(server), port}}};

	return f;
}

static void note(struct encrypted_table *t, const struct flow *f, const char *name)
{
	struct sighting_encrypted s = {.protocol = "TLS", .server_name = span_str(name)};

	encrypted_note(t, f, &s);
}

static void check(struct encrypted_table *t, const char *want)
{
	struct text out;

	text_init(&out, 0);
	encrypted_each(t, show, &out);
	assert_string_equal(out.ptr ? out.ptr : "", want);
	text_finish(&out);
}

static void test_counts_by_name_and_port(void **state)
{
	struct encrypted_table *t;
	struct flow web = flow_to(1, 443), other = flow_to(2, 443), ldap = flow_to(1, 636);

	(void)state;
	assert_int_equal(encrypted_new(&t), 0);
	check(t, "");
	note(t, &web, "Mail.Corp.Example");
	note(t, &other, "mail.corp.example");
	note(t, &ldap, "mail.corp.example");
	note(t, &ldap, "");
	note(t, &ldap, "");
	note(t, &ldap, "");
	check(t, "10.0.0.1 636 3\nmail.corp.example 443 2\nmail.corp.example 636 1\n");
	encrypted_free(t);
	encrypted_free(NULL);
}

/* Names that would forge a line, or that no host has, are replaced by the address. */
static void test_names_are_names(void **state)
{
	static const char *const bad[] = {"a\nb", "a b", "\xe2\x80\xae", "a\x1b[31m", "a/b", "a%b"};
	char longer[ENCRYPTED_NAME_MAX + 2];
	struct encrypted_table *t;
	struct flow f = flow_to(1, 443);

	(void)state;
	assert_int_equal(encrypted_new(&t), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		note(t, &f, bad[i]);
	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	note(t, &f, longer);
	check(t, "10.0.0.1 443 7\n");
	encrypted_free(t);
}

static void test_which_end_is_the_server(void **state)
{
	struct encrypted_table *t;
	struct flow f = flow_to(1, 443);
	struct endpoint client = f.end[0];

	(void)state;
	f.end[0] = f.end[1];
	f.end[1] = client;
	assert_int_equal(encrypted_new(&t), 0);
	note(t, &f, "");
	f.midstream = true;
	note(t, &f, "");
	check(t, "10.0.0.1 443 1\n10.0.0.9 49152 1\n");
	encrypted_free(t);
}

static void test_bounded(void **state)
{
	struct encrypted_table *t;
	struct flow f = flow_to(1, 443);
	struct text out;
	size_t lines = 0;

	(void)state;
	assert_int_equal(encrypted_new(&t), 0);
	for (int i = 0; i < 100000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "host%d.example", i);
		note(t, &f, name);
		note(t, &f, "often.example");
	}
	text_init(&out, 0);
	encrypted_each(t, show, &out);
	for (size_t i = 0; i < out.len; i++)
		lines += out.ptr[i] == '\n';
	assert_int_equal(lines, ENCRYPTED_ROWS + 1);
	assert_memory_equal(out.ptr, "often.example 443 100000\n", 25);
	assert_non_null(strstr(out.ptr, "\nothers 0 99745\n"));
	text_finish(&out);
	encrypted_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_by_name_and_port),
		cmocka_unit_test(test_names_are_names),
		cmocka_unit_test(test_which_end_is_the_server),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
