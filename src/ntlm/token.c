/*
 * Tokens. Invariant: one wrapper within a wrapper is opened and no more, and every list ends at a
 * limit, so the work is bounded by the token's length.
 */
#include "ntlm/token.h"

#include <errno.h>

#include "ntlm/der.h"
#include "ntlm/ntlmssp.h"

/* RFC 2743 3.1: [APPLICATION 0]; RFC 4178 4.2: the choices of NegotiationToken. */
#define TAG_GSS 0x60
#define TAG_NEG_TOKEN_INIT 0xa0
#define TAG_NEG_TOKEN_RESP 0xa1
#define TAG_CONTEXT(n) ((uint8_t)(0xa0 + (n)))

/* Offers have up to 5; more than this is no offer. */
#define MECHS_MAX 64

#define OID(...)                                                                                   \
	{                                                                                          \
		(const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})             \
	}

/* 1.3.6.1.5.5.2 */
static const struct span oid_spnego = OID(0x2b, 0x06, 0x01, 0x05, 0x05, 0x02);

static const struct {
	struct span oid;
	uint32_t mech;
} mechs[] = {
	{OID(0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a), MECH_NTLMSSP},
	{OID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02), MECH_KRB5},
	{OID(0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02), MECH_MS_KRB5},
	{OID(0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x1e), MECH_NEGOEX},
};

static uint32_t mech_of(struct span oid)
{
	for (size_t i = 0; i < sizeof(mechs) / sizeof(mechs[0]); i++)
		if (span_equal(mechs[i].oid, oid))
			return mechs[i].mech;
	return MECH_OTHER;
}

/* What a sub-reader found wrong is the outer input's fault, at the place where it lies in it. */
static void adopt_failure(struct reader *r, const struct reader *inner)
{
	if (reader_ok(inner) || !reader_ok(r))
		return;
	reader_fail(r, inner->why);
	if (inner->in.ptr)
		r->why_pos = (size_t)(inner->in.ptr - r->in.ptr) + inner->why_pos;
}

/* An optional element [n] that wraps just one element of this tag. */
static bool tagged(struct reader *r, unsigned n, uint8_t tag, struct span *ret_value)
{
	struct span outer;
	struct reader inner;

	if (!der_optional(r, TAG_CONTEXT(n), &outer))
		return false;
	inner = reader_of(outer);
	*ret_value = der_expect(&inner, tag);
	adopt_failure(r, &inner);
	return reader_ok(r);
}

/* RFC 4178 4.1: MechTypeList ::= SEQUENCE OF MechType, in the initiator's order of preference. */
static void mech_list(struct reader *r, struct token *t)
{
	struct span list;
	struct reader inner;

	if (!tagged(r, 0, DER_SEQUENCE, &list))
		return;
	inner = reader_of(list);
	for (unsigned n = 0; reader_left(&inner) > 0; n++) {
		uint32_t mech = mech_of(der_expect(&inner, DER_OID));

		if (n >= MECHS_MAX)
			reader_fail(&inner, "too many mechanisms");
		if (!reader_ok(&inner))
			break;
		t->first_mech = n == 0 ? mech : t->first_mech;
		t->mechs |= mech;
	}
	adopt_failure(r, &inner);
}

/*
 * RFC 4178 4.2.1, [MS-SPNG] 2.2.1: in NegTokenInit2 [3] are the negHints and mechListMIC is [4]; in
 * NegTokenInit [3] is mechListMIC. The element's own tag tells them apart.
 */
static void mech_list_mic_or_hints(struct reader *r, struct token *t)
{
	struct span value;

	if (der_optional(r, TAG_CONTEXT(3), &value))
		t->has_mech_list_mic = value.len > 0 && value.ptr[0] == DER_OCTET_STRING;
	if (der_optional(r, TAG_CONTEXT(4), &value))
		t->has_mech_list_mic = true;
}

static struct span neg_token_init(struct reader *r, struct token *t)
{
	struct span unused, mech_token = {0};

	t->wrap = TOKEN_SPNEGO_INIT;
	mech_list(r, t);
	(void)der_optional(r, TAG_CONTEXT(1), &unused); /* reqFlags: MUST be ignored */
	(void)tagged(r, 2, DER_OCTET_STRING, &mech_token);
	mech_list_mic_or_hints(r, t);
	return mech_token;
}

static void neg_state(struct reader *r, struct token *t)
{
	struct span value;
	uint32_t state;

	if (!tagged(r, 0, DER_ENUMERATED, &value))
		return;
	state = der_uint(r, value);
	if (state >= NEG_STATE_ABSENT)
		reader_fail(r, "unknown negState");
	if (reader_ok(r))
		t->neg_state = (enum neg_state)state;
}

/* RFC 4178 4.2.2 */
static struct span neg_token_resp(struct reader *r, struct token *t)
{
	struct span mech, mic, response_token = {0};

	t->wrap = TOKEN_SPNEGO_RESP;
	neg_state(r, t);
	if (tagged(r, 1, DER_OID, &mech))
		t->mechs = mech_of(mech);
	(void)tagged(r, 2, DER_OCTET_STRING, &response_token);
	t->has_mech_list_mic = tagged(r, 3, DER_OCTET_STRING, &mic);
	return response_token;
}

/* RFC 4178 4.2: NegotiationToken. Returns the mechanism's token inside. */
static struct span negotiation_token(struct reader *r, struct token *t)
{
	struct der choice = der_next(r);
	struct reader inner = reader_of(choice.value);
	struct reader fields;
	struct span mech_token = {0};

	if (!reader_ok(r))
		return mech_token;
	fields = reader_of(der_expect(&inner, DER_SEQUENCE));
	adopt_failure(r, &inner);
	if (!reader_ok(r))
		return mech_token;
	if (choice.tag == TAG_NEG_TOKEN_INIT)
		mech_token = neg_token_init(&fields, t);
	else if (choice.tag == TAG_NEG_TOKEN_RESP)
		mech_token = neg_token_resp(&fields, t);
	else
		reader_fail(&fields, "unknown NegotiationToken");
	adopt_failure(r, &fields);
	return mech_token;
}

/* RFC 2743 3.1: the mechanism's OID, then what the mechanism defines, SPNEGO among them. */
static struct span gss_token(struct reader *r, struct token *t)
{
	struct reader inner = reader_of(der_expect(r, TAG_GSS));
	struct span oid, token = {0};

	if (!reader_ok(r))
		return token;
	t->wrap = TOKEN_GSS;
	oid = der_expect(&inner, DER_OID);
	if (!reader_ok(&inner)) {
		adopt_failure(r, &inner);
		return token;
	}
	if (span_equal(oid, oid_spnego)) {
		token = negotiation_token(&inner, t);
		adopt_failure(r, &inner);
		return token;
	}
	t->mechs = mech_of(oid);
	return reader_rest(&inner);
}

/* One level of wrapping: returns what is inside, which is empty for what has no wrapping. */
static struct span unwrap(struct reader *r, struct token *t)
{
	uint8_t first = reader_left(r) > 0 ? r->in.ptr[r->pos] : 0;

	if (first == TAG_GSS)
		return gss_token(r, t);
	if (first == TAG_NEG_TOKEN_INIT || first == TAG_NEG_TOKEN_RESP)
		return negotiation_token(r, t);
	return (struct span){0};
}

/*
 * The NTLMSSP message in a mechanism's token, whatever mechanism was named first: the optimistic
 * token of one that named Kerberos may be NTLMSSP. Some initiators wrap it once more. A token of
 * another mechanism is no business of ours, hence no error where it makes no sense.
 */
static struct span ntlm_inside(struct span mech_token)
{
	struct reader r = reader_of(mech_token);
	struct token t = {0};
	struct span inner;

	if (ntlm_is_message(mech_token))
		return mech_token;
	inner = unwrap(&r, &t);
	return reader_ok(&r) && ntlm_is_message(inner) ? inner : (struct span){0};
}

int token_decode(struct reader *r, struct token *ret_token)
{
	struct token t = {.wrap = TOKEN_OTHER, .neg_state = NEG_STATE_ABSENT};
	struct span all = span_from(r->in, r->pos);

	if (ntlm_is_message(all)) {
		t.wrap = TOKEN_RAW;
		t.ntlm = reader_rest(r);
	} else {
		t.ntlm = ntlm_inside(unwrap(r, &t));
	}
	if (!reader_ok(r))
		return -EBADMSG;
	*ret_token = t;
	return 0;
}
