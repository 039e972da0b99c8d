/*
 * Binds and STARTTLS. Responses are matched by messageID. Invariant: an answer is reported only for a bind
 * whose AUTHENTICATE was seen, once, and from the other side.
 */
#include "carrier/ldap-bind.h"

#include <strings.h>

#include "carrier/leg.h"
#include "ntlm/ntlmssp.h"

#define RESULT_SUCCESS 0
#define RESULT_SASL_BIND_IN_PROGRESS 14
#define EXTENDED_MAX 4096 /* STARTTLS is far below */
#define TAG_REQUEST_NAME 0x80
#define TAG_REFERRAL 0xa3
#define TAG_SERVER_SASL_CREDS 0x87

/* AuthenticationChoice (RFC 4511 4.2; [MS-ADTS] 5.1.1.1.3 for sicily). */
enum auth_choice {
	AUTH_SASL = 0xa3,
	AUTH_SICILY_DISCOVERY = 0x89,
	AUTH_SICILY_NEGOTIATE = 0x8a,
	AUTH_SICILY_RESPONSE = 0x8b,
};

static const struct {
	const char *name;
	bool direct;
} mechanisms[] = {
	{"GSS-SPNEGO", false},
	{"GSSAPI", false},
	{"NTLM", true},
};

struct scene {
	struct ldap *ldap;
	const struct carrier_env *env;
	enum stream_dir dir;
	const struct ldap_message *m;
	const uint8_t *start; /* of the message */
};

static void remember(struct scene *s, enum ldap_request request)
{
	s->ldap->pending[s->ldap->next] =
		(struct ldap_pending){.id = s->m->id, .request = request, .client = s->dir};
	s->ldap->next = (uint8_t)((s->ldap->next + 1) % LDAP_PENDING_MAX);
}

/* Takes the request that this message answers off the list; LDAP_REQUEST_NONE where none is known. */
static enum ldap_request recall(struct scene *s)
{
	for (size_t i = 0; i < LDAP_PENDING_MAX; i++) {
		struct ldap_pending *p = &s->ldap->pending[i];
		enum ldap_request request = p->request;

		if (request == LDAP_REQUEST_NONE || p->id != s->m->id || p->client == s->dir)
			continue;
		p->request = LDAP_REQUEST_NONE;
		return request;
	}
	return LDAP_REQUEST_NONE;
}

static void malformed(struct scene *s, const char *where, const struct reader *r)
{
	carrier_malformed(s->env, where, r->why, (size_t)(r->in.ptr - s->start) + r->why_pos);
}

static void report_token(struct scene *s, struct span bytes)
{
	struct sighting_token token = {
		.dir = s->dir,
		.bytes = bytes,
		.direct = s->ldap->direct,
	};

	if (bytes.len != 0)
		s->env->ops->token(s->env->ctx, &token);
}

static void client_token(struct scene *s, struct span bytes, bool direct)
{
	struct leg leg = leg_of(bytes);

	s->ldap->direct = direct;
	/* SPNEGO may add a leg with nothing but its mechListMIC (RFC 4178 5): the outcome still is to come */
	s->ldap->awaits = leg.ntlm_type == NTLM_AUTHENTICATE ||
			  (leg.ntlm_type == 0 && bytes.len != 0 && s->ldap->awaits);
	s->ldap->awaited = s->m->id;
	report_token(s, bytes);
}

/* SaslCredentials (RFC 4511 4.2): mechanism, and credentials where it has any. */
static void sasl_request(struct scene *s, struct reader *r)
{
	struct span mechanism = der_expect(r, DER_OCTET_STRING);
	struct span credentials = {0};

	(void)der_optional(r, DER_OCTET_STRING, &credentials);
	if (!reader_ok(r))
		return;
	s->ldap->layer = true;
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++) {
		if (mechanism.len != strlen(mechanisms[i].name) ||
		    strncasecmp((const char *)mechanism.ptr, mechanisms[i].name, mechanism.len) !=
			    0)
			continue;
		remember(s, LDAP_REQUEST_SASL);
		client_token(s, credentials, mechanisms[i].direct);
		return;
	}
	s->ldap->awaits = false;
	remember(s, LDAP_REQUEST_OTHER);
}

static void bind_request(struct scene *s, struct reader *r)
{
	struct der auth;
	struct reader sasl;

	(void)der_expect(r, DER_INTEGER);
	(void)der_expect(r, DER_OCTET_STRING);
	auth = der_next(r);
	if (!reader_ok(r)) {
		malformed(s, "LDAP bindRequest", r);
		return;
	}
	switch (auth.tag) {
	case AUTH_SASL:
		sasl = reader_of(auth.value);
		sasl_request(s, &sasl);
		if (!reader_ok(&sasl))
			malformed(s, "LDAP SaslCredentials", &sasl);
		break;
	case AUTH_SICILY_NEGOTIATE:
	case AUTH_SICILY_RESPONSE:
		s->ldap->layer = true;
		remember(s, LDAP_REQUEST_SICILY);
		client_token(s, auth.value, true);
		break;
	default:
		s->ldap->awaits = false;
		remember(s, auth.tag == AUTH_SICILY_DISCOVERY ? LDAP_REQUEST_SICILY_DISCOVERY
							      : LDAP_REQUEST_OTHER);
		break;
	}
}

/* LDAPResult (RFC 4511 4.1.9), as far as it matters here. */
struct result {
	uint32_t code;
	struct span matched_dn, diagnostic, sasl_creds;
};

static struct result result_decode(struct reader *r)
{
	struct result result = {0};
	struct span referral;

	result.code = der_uint(r, der_expect(r, DER_ENUMERATED));
	result.matched_dn = der_expect(r, DER_OCTET_STRING);
	result.diagnostic = der_expect(r, DER_OCTET_STRING);
	(void)der_optional(r, TAG_REFERRAL, &referral);
	(void)der_optional(r, TAG_SERVER_SASL_CREDS, &result.sasl_creds);
	return result;
}

/*
 * [MS-ADTS] 5.1.1.1.3: the answer to a sicilyNegotiate has the challenge in matchedDN and the result success,
 * though nothing is decided yet.
 */
static void bind_response(struct scene *s, struct reader *r)
{
	struct result result = result_decode(r);
	enum ldap_request request = recall(s);
	struct sighting_answer answer = {.dir = s->dir};

	if (!reader_ok(r))
		malformed(s, "LDAP bindResponse", r);
	if (!reader_ok(r) || request == LDAP_REQUEST_OTHER)
		return;
	report_token(s, ntlm_is_message(result.matched_dn) ? result.matched_dn : result.sasl_creds);
	if (!s->ldap->awaits || s->m->id != s->ldap->awaited || request == LDAP_REQUEST_NONE ||
	    result.code == RESULT_SASL_BIND_IN_PROGRESS)
		return;
	s->ldap->awaits = false;
	answer.status = ldap_status(result.code, result.diagnostic);
	s->env->ops->answer(s->env->ctx, &answer);
}

/* RFC 4511 4.14.1 */
static void extended_request(struct scene *s, struct reader *r)
{
	struct span name = der_expect(r, TAG_REQUEST_NAME);

	if (span_equal(name, span_str("1.3.6.1.4.1.1466.20037")))
		remember(s, LDAP_REQUEST_STARTTLS);
}

static void extended_response(struct scene *s, struct reader *r)
{
	struct result result = result_decode(r);

	if (recall(s) == LDAP_REQUEST_STARTTLS && reader_ok(r) && result.code == RESULT_SUCCESS)
		s->ldap->tls = true;
}

static const struct {
	uint8_t op;
	size_t max;
	void (*read)(struct scene *s, struct reader *r);
} readers[] = {
	{LDAP_BIND_REQUEST, STREAM_WANT_MAX, bind_request},
	{LDAP_BIND_RESPONSE, STREAM_WANT_MAX, bind_response},
	{LDAP_EXTENDED_REQUEST, EXTENDED_MAX, extended_request},
	{LDAP_EXTENDED_RESPONSE, EXTENDED_MAX, extended_response},
};
#define N_READERS (sizeof(readers) / sizeof(readers[0]))

size_t ldap_bind_max(uint8_t op)
{
	for (size_t i = 0; i < N_READERS; i++) {
		if (readers[i].op == op)
			return readers[i].max;
	}
	return 0;
}

void ldap_bind_message(struct ldap *ldap, const struct carrier_env *env, enum stream_dir d,
		       const struct ldap_message *m, struct span bytes)
{
	struct scene s = {.ldap = ldap, .env = env, .dir = d, .m = m, .start = bytes.ptr};
	struct reader r = reader_of(span_head(span_from(bytes, m->op_at), m->op_len));

	for (size_t i = 0; i < N_READERS; i++) {
		if (readers[i].op == m->op)
			readers[i].read(&s, &r);
	}
}
