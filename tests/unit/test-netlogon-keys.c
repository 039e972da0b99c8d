/* Keys of secure channels: cryptography by vectors, keytabs, tdb files. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "netlogon/crypt.h"
#include "netlogon/key-table.h"
#include "netlogon/tdb.h"

static void from_hex(uint8_t *out, const char *hex)
{
	for (size_t i = 0; hex[2 * i]; i++)
		out[i] = (uint8_t)(hex_digit((uint8_t)hex[2 * i]) << 4 |
				   hex_digit((uint8_t)hex[2 * i + 1]));
}

/*
 * Hash, challenges and the strong key are [MS-NRPC] 4.2's. The others of the same were computed by impacket's nrpc.py and
 * PyCryptodome.
 */
static void test_session_keys(void **state)
{
	static const struct {
		enum crypt_kind kind;
		const char *key, *client, *server;
	} cases[] = {
		{CRYPT_AES, "fdc7815fdbdbb1a6a08d0fda749edb18", "c43e8c706184b992",
		 "f2c027dca409fad7"},
		{CRYPT_STRONG, "eefe8f40007a2eeb6843d0d30a5be2e3", "b638958244fceacd",
		 "05cf92a797c48d73"},
		{CRYPT_DES, "d7a9363828c864190000000000000000", "083612f0d331dc7e",
		 "9741ed138950e381"},
	};
	uint8_t hash[16], client[8], server[8], want[16], got[16];

	(void)state;
	from_hex(hash, "31a590170a351fd51148b2a10af2c305");
	from_hex(client, "3a0390a46d0c3d4f");
	from_hex(server, "0c4c13d16041c860");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t session[16];

		crypt_session_key(cases[i].kind, hash, client, server, session);
		from_hex(want, cases[i].key);
		assert_memory_equal(session, want, 16);
		crypt_credential(cases[i].kind, session, client, got);
		from_hex(want, cases[i].client);
		assert_memory_equal(got, want, 8);
		crypt_credential(cases[i].kind, session, server, got);
		from_hex(want, cases[i].server);
		assert_memory_equal(got, want, 8);
	}
}

/* What impacket's nrpc.SEAL made of 64 bytes, 0 to 63: RC4, sequence 4, from the client, headers not signed. */
static void test_unseal_vector(void **state)
{
	static const char *data = "9409144929fb301acb071c5f827a4d1d5ad9320afff56f08e5ad88a1d974c5dd"
				  "9977af8be5c3fb482728ed86"
				  "f1c5909b2cffa61857f673bc6d08c459a31d3808";
	static const char *signature =
		"77007a00ffff0000aaa3d3342ba0dd4af7eed5cc1f48b2b5f767782c428b5879";
	enum crypt_cover cover = CRYPT_COVER_WHOLE;
	uint8_t key[16], whole[24 + 64 + 8] = {0}, token[32], work[sizeof(whole)];
	struct crypt_pdu p = {.whole = span_make(whole, sizeof(whole)),
			      .data = 24,
			      .data_len = 64,
			      .token = span_make(token, sizeof(token)),
			      .from_client = true,
			      .sealed = true};
	uint64_t sequence = 0;

	(void)state;
	from_hex(key, "eefe8f40007a2eeb6843d0d30a5be2e3");
	from_hex(whole + 24, data);
	from_hex(token, signature);
	assert_true(crypt_is_signature(&p, false));
	assert_false(crypt_is_signature(&p, true));
	assert_true(crypt_sequence(&p, false, key, &sequence));
	assert_int_equal(sequence, 4);
	assert_true(crypt_unseal(&p, false, key, work, &cover));
	assert_int_equal(cover, CRYPT_COVER_DATA);
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(work[24 + i], i);
	p.from_client = false;
	assert_false(crypt_sequence(&p, false, key, &sequence));
	p.from_client = true;
	key[3] ^= 1;
	assert_false(crypt_sequence(&p, false, key, &sequence));
	assert_false(crypt_unseal(&p, false, key, work, &cover));
	p.token.len = 31;
	assert_false(crypt_is_signature(&p, false));
	p.token.len = 32;
	p.data_len = SIZE_MAX;
	assert_false(crypt_is_signature(&p, false));
}

static int file_of(const void *bytes, size_t len)
{
	int fd = memfd_create("keys", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	return fd;
}

static int read_bytes(struct netlogon_keys *keys, const void *bytes, size_t len,
		      struct netlogon_keys_found *found)
{
	int fd = file_of(bytes, len), rc = netlogon_keys_read(keys, fd, found);

	close(fd);
	return rc;
}

/* Two entries of which one is deleted, one of AES, a person's, and the next key of the same account. */
static const char keytab[] = "\5\2"
			     "\0\0\0\x2c\0\1\0\1R\0\4FS1$\0\0\0\1\0\0\0\0\1\0\x17\0\x10"
			     "0123456789abcdef\0\0\0\0"
			     "\xff\xff\xff\xfc"
			     "dead"
			     "\0\0\0\x28\0\1\0\1R\0\4FS1$\0\0\0\1\0\0\0\0\2\0\x12\0\x10"
			     "0123456789abcdef"
			     "\0\0\0\x29\0\1\0\1R\0\5alice\0\0\0\1\0\0\0\0\2\0\x17\0\x10"
			     "0123456789abcdef"
			     "\0\0\0\x28\0\1\0\1R\0\4fs1$\0\0\0\1\0\0\0\0\2\0\x17\0\x10"
			     "0123456789ABCDEF"
			     "\0\0\0\x29\0\2\0\1R\0\4host\0\7fs9.c.e\0\0\0\1\0\0\0\0\2\0\x17\0\x08"
			     "01234567";

static void test_keytab(void **state)
{
	struct netlogon_keys_found found;
	struct netlogon_keys *keys;
	const struct account_key *k;
	size_t at = 0;

	(void)state;
	assert_int_equal(netlogon_keys_new(&keys), 0);
	assert_int_equal(read_bytes(keys, keytab, sizeof(keytab) - 1, &found), 0);
	assert_string_equal(found.format, "keytab");
	assert_int_equal(found.account_keys, 2);
	assert_int_equal(found.passed_over, 4);
	assert_null(found.why);
	/* both keys of the account, whatever its case; the same file again adds none */
	assert_int_equal(read_bytes(keys, keytab, sizeof(keytab) - 1, &found), 0);
	assert_int_equal(netlogon_keys_accounts(keys), 2);
	k = netlogon_key_named(keys, "Fs1$", &at);
	assert_memory_equal(k->hash, "0123456789ABCDEF", 16);
	k = netlogon_key_named(keys, "Fs1$", &at);
	assert_memory_equal(k->hash, "0123456789abcdef", 16);
	assert_null(netlogon_key_named(keys, "Fs1$", &at));
	netlogon_keys_free(keys);
}

static void test_old_keytab(void **state)
{
	static const char little[] = "\5\1"
				     "\x24\0\0\0\2\0\1\0R\4\0FS1$\0\0\0\0\1\x17\0\x10\0"
				     "0123456789abcdef";
	struct netlogon_keys_found found;
	struct netlogon_keys *keys;

	(void)state;
	assert_int_equal(netlogon_keys_new(&keys), 0);
	assert_int_equal(read_bytes(keys, little, sizeof(little) - 1, &found), 0);
	assert_int_equal(found.account_keys, 1);
	netlogon_keys_free(keys);
}

static void test_cut_keytab(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(keytab) - 1; len++) {
		struct netlogon_keys_found found;
		struct netlogon_keys *keys;

		assert_int_equal(netlogon_keys_new(&keys), 0);
		assert_int_equal(read_bytes(keys, keytab, len, &found), len < 2 ? -EBADMSG : 0);
		assert_true(netlogon_keys_accounts(keys) <= 2);
		netlogon_keys_free(keys);
	}
}

/* A tdb by hand: two chains; the records that libtdb writes are those of tests/netlogon/data. */
static size_t make_tdb(uint8_t *out, uint32_t second_next)
{
	static const char name[] = "SECRETS/SCHANNEL/FS1";
	uint32_t head[] = {0x26011967u + 6, 2};
	uint32_t record[6] = {0, 128, sizeof(name), 52, 0, 0x26011999u};
	uint32_t at = 400, flags = CRYPT_FLAG_AES;

	memset(out, 0, 1024);
	memcpy(out, "TDB file\n", 9);
	memcpy(out + 32, head, sizeof(head));
	memcpy(out + 172, &at, 4);
	record[0] = second_next;
	memcpy(out + at, record, sizeof(record));
	memcpy(out + at + 24, name, sizeof(name));
	memcpy(out + at + 24 + sizeof(name), &flags, 4);
	memcpy(out + at + 24 + sizeof(name) + 4, "0123456789abcdef", 16);
	return 1024;
}

static void test_tdb(void **state)
{
	struct netlogon_keys_found found;
	struct netlogon_keys *keys;
	uint8_t file[1024];
	size_t len = make_tdb(file, 0);

	(void)state;
	assert_int_equal(netlogon_keys_new(&keys), 0);
	assert_int_equal(read_bytes(keys, file, len, &found), 0);
	assert_string_equal(found.format, "schannel_store.tdb");
	assert_int_equal(found.session_keys, 1);
	assert_null(found.why);
	assert_string_equal(netlogon_key_session(keys, 0)->computer, "FS1");
	assert_memory_equal(netlogon_key_session(keys, 0)->key, "0123456789abcdef", 16);
	netlogon_keys_free(keys);
}

/* Chains that go in circles or out of the file end, and say so. */
static void test_hostile_tdb(void **state)
{
	static const uint32_t nexts[] = {400, 3, 1010, 0xffffffff};
	uint8_t file[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(nexts) / sizeof(nexts[0]); i++) {
		struct netlogon_keys_found found;
		struct netlogon_keys *keys;
		size_t len = make_tdb(file, nexts[i]);

		assert_int_equal(netlogon_keys_new(&keys), 0);
		assert_int_equal(read_bytes(keys, file, len, &found), 0);
		assert_non_null(found.why);
		assert_int_equal(netlogon_keys_sessions(keys), 1);
		netlogon_keys_free(keys);
	}
}

static void test_cut_tdb(void **state)
{
	uint8_t file[1024];
	size_t len = make_tdb(file, 0);

	(void)state;
	for (size_t n = 10; n < len; n++) {
		struct netlogon_keys_found found;
		struct netlogon_keys *keys;

		assert_int_equal(netlogon_keys_new(&keys), 0);
		assert_int_equal(read_bytes(keys, file, n, &found), 0);
		assert_true(netlogon_keys_sessions(keys) <= 1);
		netlogon_keys_free(keys);
	}
}

/* Somebody writes while we read: whatever was read, it is bounded, and a key is whole or not there. */
static void test_changing(void **state)
{
	uint8_t file[1024];
	size_t len = make_tdb(file, 0);
	int fd = file_of(file, len);
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		for (unsigned i = 0;; i++)
			if (pwrite(fd, &i, sizeof(i), (off_t)(i * 7 % (sizeof(file) - 4))) < 0)
				_exit(1);
	}
	for (int i = 0; i < 300; i++) {
		struct netlogon_keys_found found;
		struct netlogon_keys *keys;
		int rc;

		assert_int_equal(netlogon_keys_new(&keys), 0);
		rc = netlogon_keys_read(keys, fd, &found);
		assert_true(rc == 0 || rc == -EBADMSG);
		assert_true(netlogon_keys_sessions(keys) <= 64);
		netlogon_keys_free(keys);
	}
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(fd);
}

static void test_neither(void **state)
{
	struct netlogon_keys_found found;
	struct netlogon_keys *keys;
	uint8_t *large = mem_zalloc(1, NETLOGON_FILE_MAX + 1);

	(void)state;
	assert_int_equal(netlogon_keys_new(&keys), 0);
	assert_int_equal(read_bytes(keys, "hello", 5, &found), -EBADMSG);
	assert_int_equal(read_bytes(keys, "", 0, &found), -EBADMSG);
	memcpy(large, "\5\2", 2);
	assert_int_equal(read_bytes(keys, large, NETLOGON_FILE_MAX + 1, &found), -EFBIG);
	assert_int_equal(netlogon_keys_read(keys, -1, &found), -EBADF);
	mem_free(large);
	netlogon_keys_free(keys);
}

static void test_limits(void **state)
{
	struct netlogon_keys_found found = {0};
	struct key_intake in = {.found = &found};

	(void)state;
	assert_int_equal(netlogon_keys_new(&in.keys), 0);
	for (uint32_t i = 0; i < NETLOGON_ACCOUNT_KEYS_MAX + 5; i++) {
		uint8_t hash[16] = {0};
		char name[16];

		memcpy(hash, &i, sizeof(i));
		snprintf(name, sizeof(name), "H%u$", i);
		netlogon_intake_account(&in, span_str(name), hash);
	}
	assert_int_equal(netlogon_keys_accounts(in.keys), NETLOGON_ACCOUNT_KEYS_MAX);
	assert_int_equal(found.over_limit, 5);
	netlogon_keys_free(in.keys);
	mem_fail_from(1);
	assert_int_equal(netlogon_keys_new(&in.keys), -ENOMEM);
	mem_fail_from(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session_keys), cmocka_unit_test(test_unseal_vector),
		cmocka_unit_test(test_keytab),	     cmocka_unit_test(test_old_keytab),
		cmocka_unit_test(test_cut_keytab),   cmocka_unit_test(test_tdb),
		cmocka_unit_test(test_hostile_tdb),  cmocka_unit_test(test_cut_tdb),
		cmocka_unit_test(test_changing),     cmocka_unit_test(test_neither),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
