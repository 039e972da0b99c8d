/*
 * Credentials and challenges (RFC 9110 11, RFC 4559): the tokens of schemes NTLM and Negotiate. Invariant: what
 * base64 hid is readable only during the callback, then wiped.
 */
#include "carrier/http.h"

#include "carrier/base64.h"
#include "carrier/leg.h"
#include "ntlm/ntlmssp.h"

#include <strings.h>

static const struct scheme {
	const char *name;
	bool direct; /* NTLM by name, where Negotiate was possible */
} schemes[] = {
	{"NTLM", true},
	{"Negotiate", false},
};

/* Where a token stands. */
struct place {
	const struct carrier_env *env;
	const struct http_head *head;
	enum stream_dir dir;
	enum http_key key;
};

const char *http_where(const struct http_head *head)
{
	return head->response ? "HTTP response" : "HTTP request";
}

static void note(struct http_tokens *sum, enum http_key key, struct span bytes)
{
	uint8_t bit = (uint8_t)(1u << key);
	uint32_t type = leg_of(bytes).ntlm_type;

	sum->any |= bit;
	if (type == NTLM_NEGOTIATE)
		sum->negotiates |= bit;
	else if (type == NTLM_CHALLENGE)
		sum->challenges |= bit;
	else if (type == NTLM_AUTHENTICATE)
		sum->authenticates |= bit;
}

static void report_target(const struct place *p)
{
	struct sighting_target target = {.key = p->key, .service = "HTTP"};

	/* the Host field names the origin server: who asks a proxy gives no name for it */
	if (p->head->response || p->key == HTTP_KEY_PROXY)
		return;
	target.host = http_head_host(p->head);
	if (target.host.len)
		p->env->ops->target(p->env->ctx, &target);
}

static void report_token(const struct place *p, bool direct, struct span text,
			 struct http_tokens *sum)
{
	static _Thread_local uint8_t scratch[BASE64_DECODED_MAX(HTTP_HEAD_MAX)];
	struct sighting_token token = {.key = p->key, .dir = p->dir, .direct = direct};
	size_t len;

	if (base64_decode(text, scratch, sizeof(scratch), &len) == 0) {
		token.bytes = span_make(scratch, len);
		note(sum, p->key, token.bytes);
		p->env->ops->token(p->env->ctx, &token);
		report_target(p);
	} else {
		carrier_malformed(p->env, http_where(p->head), "invalid base64",
				  (size_t)(text.ptr - p->head->bytes.ptr) + len);
	}
	explicit_bzero(scratch, BASE64_DECODED_MAX(text.len));
}

static void read_element(const struct place *p, struct span element, struct http_tokens *sum)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t n = strlen(schemes[i].name);
		struct span text = head_trim(span_from(element, n));

		/* a scheme alone only offers */
		if (text.len && head_is_blank(element.ptr[n]) &&
		    strncasecmp((const char *)element.ptr, schemes[i].name, n) == 0)
			report_token(p, schemes[i].direct, text, sum);
	}
}

struct http_tokens http_auth_report(const struct carrier_env *env, enum stream_dir d,
				    const struct http_head *head)
{
	struct http_tokens sum = {0};

	if (head->auths_full)
		tally_one(env->tally, TALLY_CARRIER_LIMIT);
	for (size_t i = 0; i < head->n_auths; i++) {
		struct place p = {.env = env, .head = head, .dir = d, .key = head->auths[i].key};
		struct span rest = head->auths[i].value;

		while (rest.len)
			read_element(&p, head_element(&rest), &sum);
	}
	return sum;
}
