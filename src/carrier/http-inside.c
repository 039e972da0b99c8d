/*
 * Bodies that are looked into: the channels of RPC over HTTP v2 ([MS-RPCH] 2.2.2), whose PDUs carry NTLM of their own
 * beside that of the heads, and messages to a KDC through a proxy ([MS-KKDCP] 2.2.2), which say why there was NTLM.
 * Invariant: a body ends where its Content-Length says, whatever its PDUs claim.
 */
#include "carrier/http.h"

#include "base/mem.h"
#include "ntlm/der.h"

#include <errno.h>

#define KDC_MESSAGE_MAX ((uint64_t)64 * 1024)
#define KDC_LENGTH_SIZE 4u /* before the message, as over TCP (RFC 4120 7.2.2) */
#define DER_CONTEXT_0 0xa0

/* The RPC channels are named by their method (2.1.2.1); a KDC proxy's clients all post to one path. */
enum http_body http_body_kind(const struct http_head *request)
{
	if (span_equal(request->method, span_str("RPC_IN_DATA")) ||
	    span_equal(request->method, span_str("RPC_OUT_DATA")))
		return HTTP_BODY_RPC;
	if (head_is(request->type, "application/kerberos") || head_is(request->target, "/KdcProxy"))
		return HTTP_BODY_KDC;
	return HTTP_BODY_OTHER;
}

static bool have_rpc(struct http_walk *w)
{
	if (!w->http->rpc)
		w->http->rpc = mem_zalloc(1, sizeof(*w->http->rpc));
	if (!w->http->rpc)
		tally_one(w->env->tally, TALLY_NO_MEMORY);
	return w->http->rpc != NULL;
}

void http_enter_inside(struct http_walk *w, enum http_body body, uint64_t length)
{
	http_enter(w->half, HTTP_AT_HEAD);
	if (body == HTTP_BODY_RPC && length && have_rpc(w))
		http_enter(w->half, HTTP_AT_RPC);
	else if (body == HTTP_BODY_KDC && length && length <= KDC_MESSAGE_MAX)
		http_enter(w->half, HTTP_AT_KDC);
	else
		w->used += length;
	w->half->left = length;
}

/* So many bytes of the body are done with; at its end the next head begins. */
static int advance(struct http_walk *w, uint64_t n)
{
	n = n < w->half->left ? n : w->half->left;
	w->used = n;
	w->half->left -= n;
	if (w->half->left == 0)
		http_enter(w->half, HTTP_AT_HEAD);
	return 0;
}

int http_step_rpc(struct http_walk *w)
{
	uint64_t left = w->half->left;
	struct span body = left < w->rest.len ? span_head(w->rest, (size_t)left) : w->rest;
	struct appetite a = {0};

	int rc = dcerpc_data(w->http->rpc, w->env, HTTP_KEY__COUNT, w->dir, body, &a);

	if (rc != 0)
		return rc; /* a refused client may begin its request anew, before the body's end */
	if (a.skip == 0 && body.len == left)
		return advance(w, left); /* what is cut off by the end concerns nobody */
	return a.skip ? advance(w, a.skip) : -EAGAIN;
}

/* KDC-PROXY-MESSAGE ::= SEQUENCE { kerb-message [0] OCTET STRING, ... } */
static struct span kerb_message(struct span body)
{
	struct reader outer = reader_of(body), fields, field;

	fields = reader_of(der_expect(&outer, DER_SEQUENCE));
	field = reader_of(der_expect(&fields, DER_CONTEXT_0));
	return span_from(der_expect(&field, DER_OCTET_STRING), KDC_LENGTH_SIZE);
}

int http_step_kdc(struct http_walk *w)
{
	struct span message;

	if (w->rest.len < w->half->left)
		return -EAGAIN;
	message = kerb_message(span_head(w->rest, (size_t)w->half->left));
	if (message.len)
		carrier_message(w->env, MESSAGE_KERBEROS, w->dir, message);
	return advance(w, w->half->left);
}
