#include "ntlm/ntlmssp.h"

#include <errno.h>

#include "tokens.h"

/* A token being decoded: the message's views point into its bytes. */
struct subject {
	struct span bytes;
	struct reader r;
	struct ntlm_message m;
};

static int decode(struct subject *s, const char *hex)
{
	s->bytes = token(hex);
	s->r = reader_of(s->bytes);
	s->m = (struct ntlm_message){0};
	return ntlm_decode(&s->r, &s->m);
}

/* The same with some of its bytes changed. */
static int decode_patched(struct subject *s, const char *hex, size_t at, const char *patch)
{
	struct span p = token(patch);

	s->bytes = token(hex);
	memcpy(token_bytes(s->bytes) + at, p.ptr, p.len);
	token_free(p);
	s->r = reader_of(s->bytes);
	s->m = (struct ntlm_message){0};
	return ntlm_decode(&s->r, &s->m);
}

static void done(struct subject *s)
{
	token_free(s->bytes);
}

static void refused_patched(const char *hex, size_t at, const char *patch, const char *why)
{
	struct subject s;

	assert_int_equal(decode_patched(&s, hex, at, patch), -EBADMSG);
	assert_string_equal(s.r.why, why);
	assert_int_equal(s.m.flags, 0);
	done(&s);
}

static void test_signature_and_type(void **state)
{
	struct subject s;

	(void)state;
	refused_patched(negotiate_curl, 0, "4f", "no NTLMSSP signature");
	refused_patched(negotiate_curl, 7, "01", "no NTLMSSP signature");
	refused_patched(negotiate_curl, 8, "00", "unknown message type");
	refused_patched(negotiate_curl, 8, "04", "unknown message type");
	refused_patched(negotiate_curl, 8, "01000080", "unknown message type");
	assert_int_equal(decode(&s, ""), -EBADMSG);
	done(&s);
	assert_int_equal(decode(&s, "4e544c4d53535000020000"), -EBADMSG);
	assert_int_equal(s.r.why_pos, 8);
	assert_int_equal(s.m.type, 0);
	done(&s);
	/* the type stays known where the rest fails */
	assert_int_equal(decode(&s, "4e544c4d53535000020000000000"), -EBADMSG);
	assert_int_equal(s.m.type, NTLM_CHALLENGE);
	done(&s);
}

static void test_type_names(void **state)
{
	(void)state;
	assert_string_equal(ntlm_type_name(NTLM_NEGOTIATE), "NEGOTIATE");
	assert_string_equal(ntlm_type_name(NTLM_CHALLENGE), "CHALLENGE");
	assert_string_equal(ntlm_type_name(NTLM_AUTHENTICATE), "AUTHENTICATE");
	assert_string_equal(ntlm_type_name((enum ntlm_type)0), "message");
	assert_string_equal(ntlm_type_name((enum ntlm_type)4), "message");
}

static void test_negotiate_sizes(void **state)
{
	static const struct {
		const char *hex;
		uint32_t flags;
		bool version;
		const char *domain, *workstation;
	} cases[] = {
		{"4e544c4d53535000"
		 "01000000"
		 "07020002",
		 0x02000207, false, "", ""},
		{negotiate_curl, 0x00088206, false, "", ""},
		{negotiate_gss, 0xe2088217, true, "", ""},
		{negotiate_names, 0xe2888215, false, "LAB", "THEHOSTNAMEHEREX"},
		{negotiate_w10, 0xe218b297, true, "PURP", "GURDIL-PC1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct subject s;

		assert_int_equal(decode(&s, cases[i].hex), 0);
		assert_int_equal(s.m.type, NTLM_NEGOTIATE);
		assert_int_equal(s.m.flags, cases[i].flags);
		assert_false(s.m.unicode);
		assert_int_equal(s.m.version.present, cases[i].version);
		assert_text(s.m.negotiate.domain, cases[i].domain);
		assert_text(s.m.negotiate.workstation, cases[i].workstation);
		done(&s);
	}
}

static void test_negotiate_names_unflagged(void **state)
{
	struct subject s;

	(void)state;
	/* out of range: an error where flagged (Windows 10's is), nothing where not */
	refused_patched(negotiate_w10, 16, "0400040033000000", "domain name out of range");
	refused_patched(negotiate_w10, 24, "0a000a0000000000", "workstation name out of range");
	assert_int_equal(decode_patched(&s, negotiate_names, 16, "0300030033000000"), 0);
	assert_int_equal(s.m.negotiate.domain.len, 0);
	assert_text(s.m.negotiate.workstation, "THEHOSTNAMEHEREX");
	done(&s);
	/* cut within the fields is cut, flags or not */
	assert_int_equal(decode(&s, "4e544c4d535350000100000006820800000000"), -EBADMSG);
	done(&s);
}

static void test_challenge(void **state)
{
	struct subject s;

	(void)state;
	assert_int_equal(decode(&s, challenge_samba), 0);
	assert_int_equal(s.m.type, NTLM_CHALLENGE);
	assert_int_equal(s.m.flags, 0xe2898215);
	assert_true(s.m.unicode);
	assert_wide(s.m.challenge.target_name, "CORP");
	assert_memory_equal(s.m.challenge.server_challenge.ptr, "\x07\x66\x73\x97\x8b\x3d\x68\x17",
			    8);
	assert_int_equal(s.m.challenge.target_info.len, 56);
	assert_true(s.m.version.present);
	assert_int_equal(s.m.version.major, 6);
	assert_int_equal(s.m.version.minor, 2);
	assert_int_equal(s.m.version.build, 0);
	assert_int_equal(s.m.version.revision, 15);
	done(&s);
	assert_int_equal(decode(&s, challenge_bare), 0);
	assert_int_equal(s.m.challenge.target_name.len, 0);
	assert_int_equal(s.m.challenge.target_info.len, 0);
	assert_true(s.m.version.present);
	done(&s);
}

#define CHALLENGE_32                                                                               \
	"4e544c4d5353500002000000"                                                                 \
	"0000000020000000"                                                                         \
	"05828000"                                                                                 \
	"0123456789abcdef"

/* What was added later is not looked for where it can't be. */
static void test_challenge_old(void **state)
{
	static const struct {
		const char *hex, *target;
		size_t info;
	} cases[] = {
		{CHALLENGE_32, "", 0},
		{CHALLENGE_32 "0000000000000000", "", 0},
		{CHALLENGE_32 "0000000000000000"
			      "0000000030000000",
		 "", 0},
		{CHALLENGE_32 "0000000000000000"
			      "0400040030000000"
			      "00000000",
		 "", 4},
		/* the target name begins right after the challenge: the flags promise too much */
		{"4e544c4d5353500002000000"
		 "0400040020000000"
		 "05828002"
		 "0123456789abcdef"
		 "44004300"
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		 "DC", 0},
		{challenge_nt4, "CNAMIS", 36},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct subject s;

		assert_int_equal(decode(&s, cases[i].hex), 0);
		assert_wide(s.m.challenge.target_name, cases[i].target);
		assert_int_equal(s.m.challenge.server_challenge.len, 8);
		assert_int_equal(s.m.challenge.target_info.len, cases[i].info);
		assert_false(s.m.version.present);
		done(&s);
	}
}

static void test_challenge_target_info(void **state)
{
	struct subject s;

	(void)state;
	refused_patched(challenge_samba, 44, "41000000", "target info out of range");
	refused_patched(challenge_samba, 40, "39", "target info out of range");
	refused_patched(challenge_samba, 16, "1f000000", "target name out of range");
	/* without its flag it is nothing, wherever it points */
	assert_int_equal(decode_patched(&s, challenge_samba, 22, "09e2"), 0);
	assert_int_equal(s.m.challenge.target_info.len, 0);
	assert_true(s.m.version.present);
	done(&s);
	assert_int_equal(decode(&s, CHALLENGE_32 "000000000000000000"), -EBADMSG);
	assert_string_equal(s.r.why, "truncated");
	done(&s);
}

struct authenticate_case {
	const char *hex;
	uint32_t flags;
	const char *domain, *user, *workstation; /* as on the wire where `unicode` is not set */
	size_t lm, nt, key;
	enum ntlm_mic mic;
	bool unicode, version;
};

static void assert_name(struct span got, const char *want, bool unicode)
{
	if (unicode)
		assert_wide(got, want);
	else
		assert_text(got, want);
}

static void check_authenticate(const struct authenticate_case *c)
{
	struct subject s;
	const struct ntlm_authenticate *a = &s.m.authenticate;

	assert_int_equal(decode(&s, c->hex), 0);
	assert_int_equal(s.m.type, NTLM_AUTHENTICATE);
	assert_int_equal(s.m.flags, c->flags);
	assert_int_equal(s.m.unicode, c->unicode);
	assert_int_equal(s.m.version.present, c->version);
	assert_name(a->domain, c->domain, c->unicode);
	assert_name(a->user, c->user, c->unicode);
	assert_name(a->workstation, c->workstation, c->unicode);
	assert_int_equal(a->lm_response.len, c->lm);
	assert_int_equal(a->nt_response.len, c->nt);
	assert_int_equal(a->session_key.len, c->key);
	assert_int_equal(a->mic, c->mic);
	done(&s);
}

static void test_authenticate(void **state)
{
	static const struct authenticate_case cases[] = {
		{authenticate_samba3, 0x60080215, "VNET3", "administrator", "BLU", 24, 24, 16,
		 NTLM_MIC_ABSENT, true, false},
		{authenticate_ldap, 0x205, "LOCALHOST", "sasladmin@slapd.ldap", "", 0, 24, 0,
		 NTLM_MIC_ABSENT, true, false},
		{authenticate_xp, 0xa2888205, "DEMO", "MicroSCADA", "DEMO", 24, 24, 0,
		 NTLM_MIC_ABSENT, true, true},
		{authenticate_null, 0x62008a15, "", "", "", 0, 0, 16, NTLM_MIC_PRESENT, true, true},
		{authenticate_one_byte, 0xe0888235, "", "", "", 1, 0, 16, NTLM_MIC_ABSENT, true,
		 false},
		{authenticate_oem, 0xe2088232, "CORP", "alice", "", 24, 52, 16, NTLM_MIC_ABSENT,
		 false, true},
		{authenticate_v2, 0x62088215, "CORP", "alice", "CL1", 24, 260, 16, NTLM_MIC_PRESENT,
		 true, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_authenticate(&cases[i]);
}

/* 52 bytes of fixed part: neither session key nor flags. */
#define OLD(domain, user, workstation)                                                             \
	"4e544c4d53535000"                                                                         \
	"03000000"                                                                                 \
	"0000000034000000"                                                                         \
	"0000000034000000" domain user workstation

static void test_authenticate_52(void **state)
{
	static const struct authenticate_case cases[] = {
		{OLD("0000000034000000", "0000000034000000", "0000000034000000"), 0, "", "", "", 0,
		 0, 0, NTLM_MIC_ABSENT, false, false},
		{OLD("0000000000000000", "0300030034000000", "0200020037000000") "626f625753", 0,
		 "", "bob", "WS", 0, 0, 0, NTLM_MIC_ABSENT, false, false},
		{OLD("0200020034000000", "0600060036000000", "04000400ffffffff") "44006200"
										 "6f006200",
		 0, "D", "bob", "WS", 0, 0, 0, NTLM_MIC_ABSENT, true, false},
		{OLD("0200020034000000", "0600060036000000", "000000003c000000") "44006200"
										 "6f006200",
		 0, "D", "bob", "", 0, 0, 0, NTLM_MIC_ABSENT, true, false},
	};
	struct subject s;

	(void)state;
	check_authenticate(&cases[0]);
	check_authenticate(&cases[1]);
	assert_int_equal(decode(&s, cases[2].hex), -EBADMSG);
	assert_string_equal(s.r.why, "workstation name out of range");
	done(&s);
	check_authenticate(&cases[3]);
}

static void test_authenticate_cut_fixed_part(void **state)
{
	static const size_t lengths[] = {51, 53, 56, 59};

	(void)state;
	/* no payload begins anywhere, so the length alone says that something is missing */
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct span bytes = token_head(authenticate_null, lengths[i]);
		struct reader r = reader_of(bytes);
		struct ntlm_message m;

		assert_int_equal(ntlm_decode(&r, &m), -EBADMSG);
		assert_string_equal(r.why, "truncated");
		token_free(bytes);
	}
}

static void test_mic(void **state)
{
	struct subject s;

	(void)state;
	assert_int_equal(
		decode_patched(&s, authenticate_v2, 72, "00000000000000000000000000000000"), 0);
	assert_int_equal(s.m.authenticate.mic, NTLM_MIC_ZERO);
	done(&s);
	assert_int_equal(
		decode_patched(&s, authenticate_v2, 72, "00000000000000000000000000000001"), 0);
	assert_int_equal(s.m.authenticate.mic, NTLM_MIC_PRESENT);
	done(&s);
	/* Version's bytes are there without its flag, and the MIC after them */
	assert_int_equal(decode_patched(&s, authenticate_v2, 60, "15820860"), 0);
	assert_false(s.m.version.present);
	assert_int_equal(s.m.authenticate.mic, NTLM_MIC_PRESENT);
	done(&s);
	/* one field at byte 87 leaves no room for it */
	assert_int_equal(decode_patched(&s, authenticate_v2, 44, "0100010057000000"), 0);
	assert_int_equal(s.m.authenticate.mic, NTLM_MIC_ABSENT);
	assert_true(s.m.version.present);
	done(&s);
	/* but an empty one there says nothing */
	assert_int_equal(decode_patched(&s, authenticate_v2, 44, "0000010057000000"), 0);
	assert_int_equal(s.m.authenticate.mic, NTLM_MIC_PRESENT);
	done(&s);
}

static void test_out_of_range(void **state)
{
	static const struct {
		size_t at;
		const char *why;
	} fields[] = {
		{12, "LM response out of range"},      {20, "NT response out of range"},
		{28, "domain name out of range"},      {36, "user name out of range"},
		{44, "workstation name out of range"},
	};
	static const char *const senseless[] = {
		"020002009b010000", /* one byte beyond the end (412) */
		"01000100ffffffff", "02000200feffffff", "ffffffffffffffff",
		"ffff000058000000", "0100010033000000", /* within the fixed part */
		"0100010000000000",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		for (size_t k = 0; k < sizeof(senseless) / sizeof(senseless[0]); k++)
			refused_patched(authenticate_v2, fields[i].at, senseless[k], fields[i].why);
}

static void test_tolerated(void **state)
{
	struct subject s;

	(void)state;
	/* empty, pointing nowhere */
	assert_int_equal(decode_patched(&s, authenticate_v2, 12, "00000000ffffffff"), 0);
	assert_int_equal(s.m.authenticate.lm_response.len, 0);
	done(&s);
	/* Len over MaxLen */
	assert_int_equal(decode_patched(&s, authenticate_v2, 36, "0a000000"), 0);
	assert_wide(s.m.authenticate.user, "alice");
	done(&s);
	/* a session key that points nowhere: acceptors do without */
	assert_int_equal(decode_patched(&s, authenticate_v2, 52, "0100010000ffffff"), 0);
	assert_int_equal(s.m.authenticate.session_key.len, 0);
	assert_wide(s.m.authenticate.user, "alice");
	done(&s);
	/* the workstation shares the domain's bytes, and ends in half a character */
	assert_int_equal(decode_patched(&s, authenticate_v2, 44, "0500050074010000"), 0);
	assert_wide(s.m.authenticate.domain, "CORP");
	assert_ptr_equal(s.m.authenticate.workstation.ptr, s.m.authenticate.domain.ptr);
	assert_int_equal(s.m.authenticate.workstation.len, 5);
	done(&s);
	/* the last byte of the message */
	assert_int_equal(decode_patched(&s, authenticate_v2, 44, "010001009b010000"), 0);
	assert_int_equal(s.m.authenticate.workstation.len, 1);
	done(&s);
}

/* Every view of any message; which member the union holds the type says. */
static void assert_views(struct span bytes, const struct ntlm_message *m)
{
	const struct ntlm_authenticate *a = &m->authenticate;
	const struct span negotiate[] = {m->negotiate.domain, m->negotiate.workstation};
	const struct span challenge[] = {m->challenge.target_name, m->challenge.server_challenge,
					 m->challenge.target_info};
	const struct span authenticate[] = {a->lm_response, a->nt_response, a->domain,
					    a->user,	    a->workstation, a->session_key};
	static const size_t counts[] = {0, 2, 3, 6};
	const struct span *const views[] = {NULL, negotiate, challenge, authenticate};

	for (size_t i = 0; i < counts[m->type]; i++)
		assert_inside(bytes, views[m->type][i]);
}

static void probe(struct span bytes)
{
	struct reader r = reader_of(bytes);
	struct ntlm_message m = {0};
	int rc = ntlm_decode(&r, &m);

	assert_int_equal(rc, r.why ? -EBADMSG : 0);
	assert_true(r.why_pos <= bytes.len);
	if (rc == 0)
		assert_views(bytes, &m);
}

static const char *const real[] = {
	negotiate_curl,	       negotiate_gss,	negotiate_names,   negotiate_w10,
	challenge_nt4,	       challenge_bare,	challenge_samba,   authenticate_samba3,
	authenticate_ldap,     authenticate_xp, authenticate_null, authenticate_oem,
	authenticate_one_byte, authenticate_v2,
};

static void test_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(real) / sizeof(real[0]); i++)
		hostile(real[i], probe);
}

/* A message whose payload reaches its end has no whole part, but for the session key that may be done without. */
static void test_cut(void **state)
{
	static const char *const full[] = {challenge_samba, authenticate_samba3, authenticate_xp,
					   authenticate_v2};

	(void)state;
	for (size_t i = 0; i < sizeof(full) / sizeof(full[0]); i++)
		for (size_t n = 0; n < strlen(full[i]) / 2; n++) {
			struct span bytes = token_head(full[i], n);
			struct reader r = reader_of(bytes);
			struct ntlm_message m;
			bool in_key = i > 0 && n + 16 >= strlen(full[i]) / 2;
			int rc = ntlm_decode(&r, &m);

			assert_true(rc == -EBADMSG || (in_key && rc == 0));
			if (rc == 0)
				assert_int_equal(m.authenticate.session_key.len, 0);
			token_free(bytes);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signature_and_type),
		cmocka_unit_test(test_type_names),
		cmocka_unit_test(test_negotiate_sizes),
		cmocka_unit_test(test_negotiate_names_unflagged),
		cmocka_unit_test(test_challenge),
		cmocka_unit_test(test_challenge_old),
		cmocka_unit_test(test_challenge_target_info),
		cmocka_unit_test(test_authenticate),
		cmocka_unit_test(test_authenticate_52),
		cmocka_unit_test(test_authenticate_cut_fixed_part),
		cmocka_unit_test(test_mic),
		cmocka_unit_test(test_out_of_range),
		cmocka_unit_test(test_tolerated),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
