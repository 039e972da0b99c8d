/*
 * What Samba keeps in its private tdb files. Told by the records' names, so that a file may have any name:
 *  SECRETS/SCHANNEL/COMPUTER      schannel_store.tdb: the channels of a domain controller, as their server
 *  CLI[computer/account]/SRV[..]  netlogon_creds_cli.tdb: the channels of a member, as their client
 *  SECRETS/MACHINE_PASSWORD..     secrets.tdb: the password, as text
 *  SECRETS/MACHINE_DOMAIN_INFO/   secrets.tdb: this password and those before and after it, with their NT hashes
 *  DN=FLATNAME=                   secrets.ldb: the password of a domain controller
 * Invariant: what is taken for a key only has to be one. Traffic decides.
 */
#include "base/reader.h"
#include "base/utf.h"
#include "netlogon/crypt.h"
#include "netlogon/key-table.h"
#include "netlogon/tdb.h"

#define PASSWORD_MAX 1024 /* bytes; Samba's have 240 letters and less */
#define LDB_MAGIC 0x26011967u

/* DATA_BLOBs of secrets_domain_info1_password, in bytes. */
#define BLOB_MIN 2u
#define BLOB_MAX 2048u

/* A string as netlogon_creds_CredentialState has it: size, offset, length, bytes with a NUL. */
static struct span counted_string(struct reader *r)
{
	struct span s;

	while (r->pos % 4 && reader_ok(r))
		reader_skip(r, 1);
	reader_skip(r, 8);
	s = reader_bytes(r, reader_u32le(r));
	while (s.len && s.ptr[s.len - 1] == 0)
		s.len--;
	return s;
}

/*
 * netlogon_creds_CredentialState: negotiated flags, session key, sequence, seed, client and server credential,
 * channel type, computer, account. Only the first two must be there.
 */
static void credential_state(struct key_intake *in, struct span computer, struct span data)
{
	struct reader r = reader_of(data);
	uint32_t flags = reader_u32le(&r);
	struct span key = reader_bytes(&r, NETLOGON_KEY_SIZE), account;
	uint16_t type;
	bool ok = reader_ok(&r);

	reader_skip(&r, 28);
	type = reader_u16le(&r);
	(void)counted_string(&r);
	account = counted_string(&r);
	if (!ok || span_is_zero(key)) {
		in->found->passed_over++;
		return;
	}
	netlogon_intake_session(in, computer, reader_ok(&r) ? account : (struct span){0}, flags,
				reader_ok(&r) ? type : 0, key.ptr);
}

static struct span without_nul(struct span s)
{
	const uint8_t *end = s.len ? memchr(s.ptr, 0, s.len) : NULL;

	return end ? span_head(s, (size_t)(end - s.ptr)) : s;
}

static void on_schannel(struct key_intake *in, struct span name, struct span data)
{
	credential_state(in, without_nul(name), data);
}

static void on_creds_cli(struct key_intake *in, struct span name, struct span data)
{
	const uint8_t *end = name.len ? memchr(name.ptr, '/', name.len) : NULL;

	if (end)
		credential_state(in, span_head(name, (size_t)(end - name.ptr)), data);
}

/* A password in UTF-8: its NT hash. */
static void password(struct key_intake *in, struct span account, struct span text)
{
	uint8_t utf16[2 * PASSWORD_MAX], hash[NETLOGON_KEY_SIZE];
	size_t n = 0;

	text = without_nul(text);
	if (text.len == 0 || text.len > PASSWORD_MAX) {
		in->found->passed_over++;
		return;
	}
	while (text.len) {
		uint32_t rune = utf8_next(&text);

		if (rune >= 0x10000) {
			rune -= 0x10000;
			utf16[n++] = (uint8_t)(rune >> 10);
			utf16[n++] = (uint8_t)(0xd8 | rune >> 18);
			rune = 0xdc00 | (rune & 0x3ff);
		}
		utf16[n++] = (uint8_t)rune;
		utf16[n++] = (uint8_t)(rune >> 8);
	}
	crypt_nt_hash(span_make(utf16, n), hash);
	netlogon_intake_account(in, account, hash);
	explicit_bzero(utf16, sizeof(utf16));
	explicit_bzero(hash, sizeof(hash));
}

static void on_password(struct key_intake *in, struct span name, struct span data)
{
	(void)name; /* the domain: whose account it is, the record doesn't say */
	password(in, (struct span){0}, data);
}

/*
 * secrets_domain_info1 (NDR) has passwords as a counted blob right before its NT hash. A blob whose MD4 follows it proves
 * itself, wherever it stands; so versions of the structure need not be known.
 */
static void on_domain_info(struct key_intake *in, struct span name, struct span data)
{
	uint8_t hash[NETLOGON_KEY_SIZE];

	(void)name;
	for (size_t at = 0; at + 4 < data.len; at += 4) {
		struct reader r = reader_of(data);
		struct span blob, expected;
		uint32_t len;

		reader_seek(&r, at);
		len = reader_u32le(&r);
		if (len < BLOB_MIN || len > BLOB_MAX || len % 2)
			continue;
		blob = reader_bytes(&r, len);
		expected = reader_bytes(&r, sizeof(hash));
		if (!reader_ok(&r))
			continue;
		crypt_nt_hash(blob, hash);
		if (memcmp(hash, expected.ptr, sizeof(hash)) == 0)
			netlogon_intake_account(in, (struct span){0}, hash);
	}
	explicit_bzero(hash, sizeof(hash));
}

static struct span string_of(struct reader *r)
{
	struct span rest = span_from(r->in, r->pos);
	struct span s = without_nul(rest);

	reader_skip(r, s.len + 1);
	return s;
}

static bool is_attribute(struct span name, const char *want)
{
	return name.len == strlen(want) && strncasecmp((const char *)name.ptr, want, name.len) == 0;
}

/*
 * ldb's packing of version 1: magic, number of attributes, DN; an attribute is its name, the number of its values, and
 * each of these a counted string with a NUL behind.
 */
static void on_ldb(struct key_intake *in, struct span name, struct span data)
{
	struct reader r = reader_of(data);
	struct span account = {0}, secret[2] = {0};
	uint32_t n;

	(void)name;
	if (reader_u32le(&r) != LDB_MAGIC) {
		in->found->passed_over++;
		return;
	}
	n = reader_u32le(&r);
	(void)string_of(&r);
	for (uint32_t i = 0; i < n && reader_ok(&r); i++) {
		struct span attribute = string_of(&r), value = {0};
		uint32_t values = reader_u32le(&r);

		for (uint32_t v = 0; v < values && reader_ok(&r); v++) {
			value = reader_bytes(&r, reader_u32le(&r));
			reader_skip(&r, 1);
		}
		if (is_attribute(attribute, "sAMAccountName"))
			account = value;
		else if (is_attribute(attribute, "secret"))
			secret[0] = value;
		else if (is_attribute(attribute, "priorSecret"))
			secret[1] = value;
	}
	for (int i = 0; i < 2 && reader_ok(&r); i++)
		if (secret[i].len)
			password(in, account, secret[i]);
}

static const struct {
	const char *prefix, *format;
	void (*take)(struct key_intake *in, struct span rest_of_name, struct span data);
} kinds[] = {
	{"SECRETS/SCHANNEL/", "schannel_store.tdb", on_schannel},
	{"CLI[", "netlogon_creds_cli.tdb", on_creds_cli},
	{"SECRETS/MACHINE_PASSWORD/", "secrets.tdb", on_password},
	{"SECRETS/MACHINE_PASSWORD.PREV/", "secrets.tdb", on_password},
	{"SECRETS/MACHINE_DOMAIN_INFO/", "secrets.tdb", on_domain_info},
	{"DN=FLATNAME=", "secrets.ldb", on_ldb},
};

static void record(void *ctx, struct span key, struct span data)
{
	struct key_intake *in = ctx;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].prefix);

		if (!span_starts(key, kinds[i].prefix, n))
			continue;
		in->found->format = kinds[i].format;
		kinds[i].take(in, span_from(key, n), data);
		return;
	}
	in->found->passed_over++;
}

void samba_keys_read(struct key_intake *in, struct span file)
{
	in->found->why = tdb_each(file, record, in);
}
