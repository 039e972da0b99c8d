/* Holdings: what is told of an end stays until it is asked for, within limits of time and number. */
#include "unit.h"

#include "base/mem.h"
#include "host/holdings.h"

#include <errno.h>
#include <stdio.h>

#define DAY (INT64_C(86400) * NSEC_PER_SEC)
#define MINUTE (INT64_C(60) * NSEC_PER_SEC)
#define NOW (INT64_C(1795383092) * NSEC_PER_SEC)

static struct endpoint end(uint32_t host, uint16_t port)
{
	uint8_t ip[4] = {10, (uint8_t)(host >> 16), (uint8_t)(host >> 8), (uint8_t)host};

	return (struct endpoint){.addr = addr_v4(ip), .port = port};
}

static struct holding holding(uint32_t n, enum held_by how, int64_t time, const char *name)
{
	return (struct holding){.local = end(1, (uint16_t)(n % 60000 + 1024)),
				.remote = end(n / 60000 + 2, 445),
				.how = how,
				.time = time,
				.process = {.pid = n + 1, .name = name, .path = "/usr/bin/x"}};
}

static const struct holding *find(const struct holdings *t, uint32_t n, int64_t time)
{
	struct holding h = holding(n, HELD_UNKNOWN, 0, NULL);

	return holdings_find(t, &h.local, &h.remote, time);
}

static void put(struct holdings *t, const struct holding *h)
{
	assert_int_equal(holdings_put(t, h), 0);
}

static void test_round(void **state)
{
	char name[] = "smbclient", unit[] = "session-3.scope";
	struct holding h = holding(7, HELD_CONNECTED, NOW, name);
	const struct holding *found;
	struct holdings *t;

	(void)state;
	assert_int_equal(holdings_new(16, &t), 0);
	h.process.unit = unit;
	h.process.has_uid = true;
	h.process.uid = 1000;
	put(t, &h);
	memset(name, 'x', sizeof(name) - 1); /* it has copies */
	memset(unit, 'x', sizeof(unit) - 1);
	found = find(t, 7, NOW);
	assert_non_null(found);
	assert_string_equal(found->process.name, "smbclient");
	assert_string_equal(found->process.unit, "session-3.scope");
	assert_null(found->process.user);
	assert_int_equal(found->process.uid, 1000);
	assert_int_equal(found->how, HELD_CONNECTED);
	assert_null(find(t, 8, NOW));
	/* The other end of it is another. */
	assert_null(holdings_find(t, &h.remote, &h.local, NOW));
	holdings_free(t);
	assert_int_equal(mem_in_use(), 0);
}

static void test_time(void **state)
{
	struct holding h = holding(1, HELD_ACCEPTED, NOW, "smbd");
	struct holdings *t;

	(void)state;
	assert_int_equal(holdings_new(16, &t), 0);
	put(t, &h);
	assert_non_null(find(t, 1, NOW + DAY));
	assert_null(find(t, 1, NOW + DAY + 1));
	assert_non_null(find(t, 1, NOW - MINUTE));
	assert_null(find(t, 1, NOW - MINUTE - 1));
	assert_null(find(t, 1, INT64_MIN));
	assert_null(find(t, 1, INT64_MAX));
	holdings_free(t);
}

static void test_listener(void **state)
{
	struct holding accepted = holding(1, HELD_ACCEPTED, NOW, "child");
	struct holding listener = holding(1, HELD_LISTENER, NOW, "parent");
	struct holding other = holding(1, HELD_LISTENER, NOW, "other");
	struct holdings *t;

	(void)state;
	assert_int_equal(holdings_new(16, &t), 0);
	put(t, &listener);
	assert_string_equal(find(t, 1, NOW)->process.name, "parent");
	put(t, &other);
	assert_string_equal(find(t, 1, NOW)->process.name, "other");
	put(t, &accepted);
	assert_string_equal(find(t, 1, NOW)->process.name, "child");
	put(t, &listener);
	assert_string_equal(find(t, 1, NOW)->process.name, "child");
	/* What is known is of a connection long ago. */
	listener.time = NOW + DAY + 1;
	put(t, &listener);
	assert_string_equal(find(t, 1, listener.time)->process.name, "parent");
	holdings_free(t);
}

static void count(void *ctx, const struct holding *h)
{
	uint32_t *next = ctx;

	assert_int_equal(h->process.pid, *next + 1);
	++*next;
}

static void test_limit(void **state)
{
	const uint32_t max = 100, told = 250;
	struct holding again;
	struct holdings *t;
	uint32_t next = told - max;

	(void)state;
	assert_int_equal(holdings_new(max, &t), 0);
	for (uint32_t i = 0; i < told; i++) {
		char name[16];
		struct holding h;

		snprintf(name, sizeof(name), "p%u", i);
		h = holding(i, HELD_CONNECTED, NOW, name);
		put(t, &h);
	}
	assert_int_equal(holdings_evicted(t), told - max);
	assert_null(find(t, told - max - 1, NOW));
	assert_non_null(find(t, told - max, NOW));
	holdings_each(t, count, &next);
	assert_int_equal(next, told);
	/* Told again, the oldest is the youngest. */
	again = holding(told - max, HELD_CONNECTED, NOW, "again");
	put(t, &again);
	again = holding(told, HELD_CONNECTED, NOW, "new");
	put(t, &again);
	assert_non_null(find(t, told - max, NOW));
	assert_null(find(t, told - max + 1, NOW));
	holdings_free(t);
	assert_int_equal(mem_in_use(), 0);
}

/* Long texts that are all different must not take all memory. */
static void test_text_limit(void **state)
{
	static char path[PROCESS_TEXT_MAX + 1000];
	struct holdings *t;

	(void)state;
	assert_int_equal(holdings_new(HOLDINGS_MAX, &t), 0);
	memset(path, 'x', sizeof(path) - 1);
	for (uint32_t i = 0; i < HOLDINGS_MAX; i++) {
		struct holding h = holding(i, HELD_CONNECTED, NOW, "p");

		path[3] = (char)('a' + i % 26);
		path[0] = (char)('a' + i / 26 % 26);
		path[1] = (char)('a' + i / 676 % 26);
		h.process.path = path;
		put(t, &h);
	}
	assert_true(holdings_evicted(t) > 0);
	assert_true(mem_in_use() < 32u << 20);
	assert_int_equal(strlen(find(t, HOLDINGS_MAX - 1, NOW)->process.path), PROCESS_TEXT_MAX);
	holdings_free(t);
	assert_int_equal(mem_in_use(), 0);
}

/* A failed allocation loses the new one at most. */
static void test_no_memory(void **state)
{
	struct holding h = holding(1, HELD_CONNECTED, NOW, "one"), other;
	struct holdings *t;

	(void)state;
	for (uint64_t nth = 1; nth <= 5; nth++) {
		mem_fail_from(nth);
		if (holdings_new(16, &t) == 0)
			holdings_free(t);
		mem_fail_from(0);
		assert_int_equal(mem_in_use(), 0);
	}
	assert_int_equal(holdings_new(16, &t), 0);
	put(t, &h);
	other = holding(1, HELD_CONNECTED, NOW, "another");
	other.process.path = "/another";
	for (uint64_t nth = 1; nth <= 2; nth++) {
		mem_fail_from(nth);
		assert_int_equal(holdings_put(t, &other), -ENOMEM);
		mem_fail_from(0);
		assert_string_equal(find(t, 1, NOW)->process.name, "one");
	}
	put(t, &other);
	assert_string_equal(find(t, 1, NOW)->process.path, "/another");
	holdings_free(t);
	assert_int_equal(mem_in_use(), 0);
}

/* Against a plain array, in many random turns. */
static void test_random(void **state)
{
	enum { KEYS = 64, MAX = 32, TURNS = 20000 };
	uint32_t stamp[KEYS] = {0}, value[KEYS] = {0}, seed = 12345;
	struct holdings *t;

	(void)state;
	assert_int_equal(holdings_new(MAX, &t), 0);
	for (uint32_t turn = 1; turn <= TURNS; turn++) {
		uint32_t key, newer = 0;
		struct holding h;

		seed = seed * 1103515245u + 12345u;
		key = seed >> 16 & (KEYS - 1);
		h = holding(key, HELD_CONNECTED, NOW, "p");
		h.process.uid = value[key] = turn;
		stamp[key] = turn;
		put(t, &h);
		key = seed >> 22 & (KEYS - 1);
		for (uint32_t i = 0; i < KEYS; i++)
			newer += stamp[i] > stamp[key];
		if (stamp[key] && newer < MAX)
			assert_int_equal(find(t, key, NOW)->process.uid, value[key]);
		else
			assert_null(find(t, key, NOW));
	}
	holdings_free(t);
	assert_int_equal(mem_in_use(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),	   cmocka_unit_test(test_time),
		cmocka_unit_test(test_listener),   cmocka_unit_test(test_limit),
		cmocka_unit_test(test_text_limit), cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
