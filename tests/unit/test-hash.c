/* base/hash.h */
#include "unit.h"

#include "base/hash.h"

static const struct hash_key key = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u};

/* SipHash-1-3 of 00, 00 01, ... under the key 00 01 .. 0f: the values its authors' code gives. */
static void test_known_values(void **state)
{
	static const struct {
		size_t len;
		uint64_t want;
	} rows[] = {
		{0, 0xabac0158050fc4dcu},  {1, 0xc9f49bf37d57ca93u},  {7, 0xd3927d989bb11140u},
		{8, 0x369095118d299a8eu},  {15, 0xd320d86d2a519956u}, {16, 0xcc4fdd1a7d908b66u},
		{37, 0xb6101c2da3c33057u}, {63, 0x9d199062b7bbb3a8u},
	};
	uint8_t in[64];

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(hash_bytes(&key, span_make(in, rows[i].len)) == rows[i].want);
}

static void test_length_counts(void **state)
{
	static const uint8_t zeros[24];
	uint64_t seen[24];

	(void)state;
	for (size_t n = 0; n < 24; n++) {
		seen[n] = hash_bytes(&key, span_make(zeros, n));
		for (size_t k = 0; k < n; k++)
			assert_false(seen[k] == seen[n]);
	}
}

static void test_key_counts(void **state)
{
	struct hash_key other = key, one = hash_key_random(), two = hash_key_random();
	struct span in = span_str("10.77.0.40");

	(void)state;
	other.k1 ^= 1;
	assert_false(hash_bytes(&key, in) == hash_bytes(&other, in));
	assert_false(one.k0 == two.k0 && one.k1 == two.k1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_values),
		cmocka_unit_test(test_length_counts),
		cmocka_unit_test(test_key_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
