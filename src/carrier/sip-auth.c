/*
 * NTLM in SIP ([MS-SIPAE] 2.2): scheme NTLM, the token base64 in gssapi-data. NTLM is used without a connection
 * there: empty gssapi-data asks for the CHALLENGE, and a NEGOTIATE need not come. Invariant: what base64 hid is
 * readable only during the callback, then wiped.
 */
#include "carrier/sip.h"

#include "carrier/base64.h"
#include "carrier/leg.h"
#include "ntlm/ntlmssp.h"

#include <strings.h>

#define SCHEME "NTLM"
#define SCHEME_LEN (sizeof(SCHEME) - 1)

/* The parameters that matter; empty where they are not there. */
struct params {
	struct span token, target;
};

/* What sip_auth() was called with. */
struct place {
	struct sip *sip;
	const struct carrier_env *env;
	const struct sip_head *head;
	enum stream_dir dir;
	uint64_t call;
};

static struct span unquote(struct span s)
{
	s = head_trim(s);
	if (s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"')
		s = span_make(s.ptr + 1, s.len - 2);
	return s;
}

/* False where the scheme is another. */
static bool read_params(struct span value, struct params *ret_params)
{
	struct params params = {0};

	if (value.len <= SCHEME_LEN || !head_is_blank(value.ptr[SCHEME_LEN]) ||
	    strncasecmp((const char *)value.ptr, SCHEME, SCHEME_LEN) != 0)
		return false;
	value = span_from(value, SCHEME_LEN);
	while (value.len) {
		struct span element = head_element(&value);
		const uint8_t *equals = element.len ? memchr(element.ptr, '=', element.len) : NULL;
		struct span name, text;

		if (!equals)
			continue;
		name = head_trim(span_make(element.ptr, (size_t)(equals - element.ptr)));
		text = unquote(span_from(element, (size_t)(equals + 1 - element.ptr)));
		if (head_is(name, "gssapi-data"))
			params.token = text;
		else if (head_is(name, "targetname"))
			params.target = text;
	}
	*ret_params = params;
	return true;
}

static struct sip_call *find(const struct place *p, enum stream_dir client, bool proxy)
{
	for (size_t i = 0; i < SIP_CALLS_MAX; i++) {
		struct sip_call *c = &p->sip->calls[i];

		if (c->used && c->call == p->call && c->client == client && c->proxy == proxy)
			return c;
	}
	return NULL;
}

/* The least recently used one is given up where there are too many. */
static struct sip_call *find_or_add(const struct place *p, enum stream_dir client, bool proxy)
{
	struct sip_call *c = find(p, client, proxy);

	if (!c) {
		c = &p->sip->calls[0];
		for (size_t i = 1; i < SIP_CALLS_MAX; i++)
			if (p->sip->calls[i].touched < c->touched)
				c = &p->sip->calls[i];
		if (c->awaits)
			tally_one(p->env->tally, TALLY_CARRIER_LIMIT);
		*c = (struct sip_call){.used = true,
				       .proxy = proxy,
				       .client = (uint8_t)client,
				       .call = p->call,
				       .key = p->sip->next_key++};
	}
	c->touched = ++p->sip->clock;
	return c;
}

/* [MS-SIPAE] 2.2.1: targetname is the server's name, perhaps as an SPN. */
static void report_target(const struct place *p, uint64_t key, struct span name)
{
	struct sighting_target target = {.key = key, .service = "sip"};

	if (name.len > 4 && strncasecmp((const char *)name.ptr, "sip/", 4) == 0)
		name = span_from(name, 4);
	target.host = name;
	if (!p->head->response && name.len)
		p->env->ops->target(p->env->ctx, &target);
}

/* The call that a token of this type belongs to; NULL where it comes too late to belong to any. */
static struct sip_call *call_of(const struct place *p, bool proxy, uint32_t type)
{
	enum stream_dir client = p->head->response ? stream_other(p->dir) : p->dir;
	struct sip_call *c = find_or_add(p, client, proxy);

	if (type == NTLM_AUTHENTICATE) {
		c->spent = c->awaits = true;
		c->cseq = p->head->cseq;
	} else if (c->spent) {
		/* a response sent again, for a step that is long over */
		if (p->head->cseq < c->cseq)
			return NULL;
		c->spent = c->awaits = false;
		c->key = p->sip->next_key++;
	}
	return c;
}

static void report_token(const struct place *p, bool proxy, const struct params *params)
{
	static _Thread_local uint8_t scratch[BASE64_DECODED_MAX(SIP_HEAD_MAX)];
	struct sighting_token token = {.dir = p->dir, .direct = true};
	const struct sip_call *c;
	size_t len;

	if (base64_decode(params->token, scratch, sizeof(scratch), &len) == 0) {
		token.bytes = span_make(scratch, len);
		c = call_of(p, proxy, leg_of(token.bytes).ntlm_type);
		if (c) {
			token.key = c->key;
			p->env->ops->token(p->env->ctx, &token);
			report_target(p, c->key, params->target);
		}
	} else {
		carrier_malformed(p->env, sip_where(p->head), "invalid base64",
				  (size_t)(params->token.ptr - p->head->bytes.ptr) + len);
	}
	explicit_bzero(scratch, BASE64_DECODED_MAX(params->token.len));
}

/* Does a final response judge an AUTHENTICATE to the server, to the proxy? */
static void report_answer(const struct place *p, bool proxy)
{
	unsigned refusal = proxy ? 407 : 401;
	struct sip_call *c = find(p, stream_other(p->dir), proxy);
	struct sighting_answer answer = {.dir = p->dir};

	if (!c || !c->awaits || c->cseq != p->head->cseq)
		return;
	c->awaits = false;
	/* a proxy that wants its own authentication first did not pass the server's on */
	if (!proxy && p->head->status == 407)
		return;
	answer.key = c->key;
	answer.status = p->head->status == refusal ? NT_STATUS_LOGON_FAILURE : NT_STATUS_OK;
	p->env->ops->answer(p->env->ctx, &answer);
}

/* RFC 3261 22.1: nobody answers an ACK or challenges a CANCEL; both repeat what the request had. */
static bool is_of_interest(const struct sip_head *head)
{
	return head->call_id.len && (!head->response || head->status >= 200) &&
	       !span_equal(head->method, span_str("ACK")) &&
	       !span_equal(head->method, span_str("CANCEL"));
}

void sip_auth(struct sip *sip, const struct carrier_env *env, enum stream_dir d,
	      const struct sip_head *head)
{
	struct place p = {.sip = sip, .env = env, .head = head, .dir = d};
	struct params params;

	if (head->auths_full)
		tally_one(env->tally, TALLY_CARRIER_LIMIT);
	if (!is_of_interest(head) || (head->n_auths == 0 && sip->next_key == 0))
		return;
	if (!sip->keyed)
		sip->hash = hash_key_random();
	sip->keyed = true;
	p.call = hash_bytes(&sip->hash, head->call_id);
	/* a refusal may bring the next CHALLENGE */
	for (int proxy = 0; head->response && proxy < 2; proxy++)
		report_answer(&p, proxy != 0);
	for (size_t i = 0; i < head->n_auths; i++)
		if (read_params(head->auths[i].value, &params) && params.token.len)
			report_token(&p, head->auths[i].proxy, &params);
}
