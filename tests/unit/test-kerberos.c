#include "why/kerberos.h"

#include <errno.h>
#include <stdlib.h>

#include "kerberos-messages.h"
#include "segments.h"
#include "why/why.h"

static int decode(const char *hex, struct kerberos_message *ret_message, struct label *ret_name)
{
	size_t len;
	uint8_t *bytes = segment_bytes(hex, &len);
	struct reader r;
	int rc = kerberos_decode(span_make(bytes, len), ret_message, &r);

	label_reset(ret_name);
	if (rc == 0)
		kerberos_principal(ret_message->server, ret_name);
	free(bytes);
	return rc;
}

static void test_real(void **state)
{
	static const struct {
		const char *hex;
		enum kerberos_type type;
		uint32_t error;
		const char *name;
		size_t realm_len;
	} rows[] = {
		{as_req, KERBEROS_AS_REQ, 0, "krbtgt/CORP.EXAMPLE", 12},
		{as_rep, KERBEROS_AS_REP, 0, "krbtgt/CORP.EXAMPLE", 12},
		{tgs_req, KERBEROS_TGS_REQ, 0, "cifs/alias.corp.example", 12},
		{tgs_rep, KERBEROS_TGS_REP, 0, "cifs/fs1.corp.example", 12},
		{error_preauth, KERBEROS_ERROR, 25, "krbtgt/CORP.EXAMPLE", 12},
		{error_too_big, KERBEROS_ERROR, 52, "krbtgt/CORP.EXAMPLE", 12},
		{error_unknown, KERBEROS_ERROR, 7, "", 19}, /* <unspecified realm> */
		{error_unknown_ip, KERBEROS_ERROR, 7, "HTTP/10.77.0.30", 12},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct kerberos_message m;
		struct label name;

		assert_int_equal(decode(rows[i].hex, &m, &name), 0);
		assert_int_equal(m.type, rows[i].type);
		assert_int_equal(m.error, rows[i].error);
		assert_string_equal(name.s, rows[i].name);
		assert_int_equal(m.realm.len, rows[i].realm_len);
	}
}

/* A message cut anywhere is malformed, never another one. */
static void test_cut(void **state)
{
	static const char *const messages[] = {as_req, as_rep, tgs_req, error_preauth};

	(void)state;
	for (size_t i = 0; i < N(messages); i++) {
		size_t len;
		uint8_t *whole = segment_bytes(messages[i], &len);

		for (size_t n = 0; n < len; n++) {
			struct kerberos_message m;
			struct reader r;
			uint8_t *cut = malloc(n ? n : 1);

			assert_non_null(cut);
			memcpy(cut, whole, n);
			assert_int_equal(kerberos_decode(span_make(cut, n), &m, &r), -EBADMSG);
			assert_non_null(r.why);
			free(cut);
		}
		free(whole);
	}
}

/* Whatever bits are turned over, the decoder stays inside; and it still says no to most. */
static void test_damaged(void **state)
{
	size_t len, refused = 0;
	uint8_t *bytes = segment_bytes(error_preauth, &len);

	(void)state;
	for (size_t i = 0; i < len * 8; i++) {
		struct kerberos_message m;
		struct reader r;

		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		refused += kerberos_decode(span_make(bytes, len), &m, &r) != 0;
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_true(refused > 300);
	free(bytes);
}

static void test_refused(void **state)
{
	static const struct {
		const char *hex;
		int rc;
	} rows[] = {
		{"", -EBADMSG},
		{"00", -EBADMSG},
		{"6e03020105", -ENOTSUP}, /* AP-REQ */
		{"7503020105", -ENOTSUP}, /* KRB-PRIV */
		{"6003020105", -EBADMSG},
		{"7f03020105", -EBADMSG}, /* multi-byte tag */
		{"4a03020105", -EBADMSG}, /* primitive */
		{"6a053003020105", -EBADMSG},
		/* version 4; then msg-type 12 in an AS-REQ */
		{"6a0c300aa103020104a20302010a", -EBADMSG},
		{"6a0c300aa103020105a20302010c", -EBADMSG},
		{"6a80300aa103020105a20302010a0000", -EBADMSG}, /* indefinite */
		{"6affffffffffffffffff", -EBADMSG},
		{"6a84ffffffff3084ffffffff", -EBADMSG},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct kerberos_message m;
		struct label name;

		assert_int_equal(decode(rows[i].hex, &m, &name), rows[i].rc);
	}
}

/* What strangers put into names: NUL, bytes that are no UTF-8, empty components, more than there is room for. */
static void test_principal(void **state)
{
	static const uint8_t odd[] = {0x1b, 4,	 'c',  'i', 0,	  's', 0x1b, 2,
				      0xff, 'x', 0x1b, 0,   0x1b, 1,   'y'};
	uint8_t longest[4 + 60000] = {0x1b, 0x82, 60000 >> 8, 60000 & 0xff};
	struct label l;

	(void)state;
	kerberos_principal(span_make(odd, sizeof(odd)), &l);
	assert_string_equal(l.s, "ci\xef\xbf\xbds/\xef\xbf\xbdx//y");
	assert_false(l.cut);
	memset(longest + 4, 'a', sizeof(longest) - 4);
	kerberos_principal(span_make(longest, sizeof(longest)), &l);
	assert_true(l.cut);
	assert_int_equal(strlen(l.s), LABEL_MAX - 1);
	/* a rune is not cut in the middle */
	memset(longest + 4, 0xff, sizeof(longest) - 4);
	kerberos_principal(span_make(longest, sizeof(longest)), &l);
	assert_int_equal(l.len % 3, 0);
}

static void test_names_of_codes(void **state)
{
	(void)state;
	assert_string_equal(why_krb_error_name(7), "KDC_ERR_S_PRINCIPAL_UNKNOWN");
	assert_string_equal(why_krb_error_name(8), "KDC_ERR_PRINCIPAL_NOT_UNIQUE");
	assert_string_equal(why_krb_error_name(24), "KDC_ERR_PREAUTH_FAILED");
	assert_string_equal(why_krb_error_name(25), "KDC_ERR_PREAUTH_REQUIRED");
	assert_string_equal(why_krb_error_name(37), "KRB_AP_ERR_SKEW");
	assert_string_equal(why_krb_error_name(52), "KRB_ERR_RESPONSE_TOO_BIG");
	assert_string_equal(why_krb_error_name(76), "KDC_ERR_KDC_NAME_MISMATCH");
	assert_null(why_krb_error_name(30));
	assert_null(why_krb_error_name(77));
	assert_null(why_krb_error_name(UINT32_MAX));
	assert_string_equal(why_dns_rcode_name(3), "NXDOMAIN");
	assert_string_equal(why_dns_rcode_name(5), "REFUSED");
	assert_null(why_dns_rcode_name(11));
	for (int kind = 0; kind < WHY_KIND__COUNT; kind++)
		assert_non_null(why_kind_name((enum why_kind)kind));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real),	  cmocka_unit_test(test_cut),
		cmocka_unit_test(test_damaged),	  cmocka_unit_test(test_refused),
		cmocka_unit_test(test_principal), cmocka_unit_test(test_names_of_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
