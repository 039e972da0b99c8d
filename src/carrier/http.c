/*
 * HTTP/1.x as a carrier: NTLM and Negotiate in the fields of its heads (RFC 4559, [MS-NTHT]). Each direction is
 * walked unit by unit: head, chunk size, trailer; everything between them is passed over unseen.
 */
#include "carrier/http.h"

#include "base/mem.h"

#include <errno.h>

static void report_answers(struct http_walk *w, unsigned keys, uint32_t status)
{
	for (unsigned key = 0; key < HTTP_KEY__COUNT; key++) {
		struct sighting_answer answer = {.key = key, .dir = w->dir, .status = status};

		if (keys >> key & 1)
			w->env->ops->answer(w->env->ctx, &answer);
	}
}

static int on_request(struct http_walk *w, const struct http_head *head)
{
	struct http_pipeline *pipeline = &w->http->pipeline;
	struct http_tokens tokens = http_auth_report(w->env, w->dir, head);
	struct http_pending request = {
		.is_head = span_equal(head->method, span_str("HEAD")),
		.is_connect = span_equal(head->method, span_str("CONNECT")),
		.body = (uint8_t)http_body_kind(head),
		.tokens = tokens.any,
		.authenticates = tokens.authenticates,
	};

	/* its CHALLENGE was there before it */
	if (pipeline->early_challenges & tokens.negotiates)
		pipeline->skewed = true;
	pipeline->early_challenges = 0;
	http_pipeline_push(pipeline, w->env->tally, request);
	return http_enter_body(w, head, (enum http_body)request.body, false);
}

/* Which of the AUTHENTICATEs that a request carried does a response of this status judge? */
static unsigned judged(unsigned authenticates, unsigned status)
{
	/* a proxy that wants its own authentication first did not pass the server's on */
	return status == 407 ? authenticates & ~(1u << HTTP_KEY_WWW) : authenticates;
}

static unsigned refused(unsigned status)
{
	return status == 401 ? 1u << HTTP_KEY_WWW : status == 407 ? 1u << HTTP_KEY_PROXY : 0;
}

/* A final response (RFC 9110 15). */
static int on_response(struct http_walk *w, const struct http_head *head)
{
	struct http_pipeline *pipeline = &w->http->pipeline;
	struct http_pending request = {0};
	bool matched = http_pipeline_pop(pipeline, &request);
	/* where the next attempt is on its way already, the exchange is that one's */
	unsigned judges = request.authenticates & ~http_pipeline_tokens(pipeline);
	unsigned keys = pipeline->skewed ? 0 : judged(judges, head->status);
	unsigned bad = keys & refused(head->status);
	struct http_tokens tokens;

	/* a refusal may begin the next attempt at once; an acceptance may bring the last token */
	report_answers(w, bad, NT_STATUS_LOGON_FAILURE);
	tokens = http_auth_report(w->env, w->dir, head);
	keys |= http_pipeline_accepted(pipeline, &request, head->status, tokens.challenges);
	report_answers(w, keys & ~bad, NT_STATUS_OK);
	http_pipeline_challenged(pipeline, matched ? &request : NULL, tokens.challenges);
	/* from here on a tunnel (RFC 9110 9.3.6), another protocol (15.2.2) */
	w->left = (request.is_connect && head->status < 300) || head->status == 101;
	if (w->left)
		return -EBADMSG;
	return http_enter_body(w, head,
			       head->status == 200 ? (enum http_body)request.body : HTTP_BODY_OTHER,
			       request.is_head || head->status == 204 || head->status == 304);
}

static int on_head(struct http_walk *w, const struct http_head *head)
{
	struct http *http = w->http;
	enum stream_dir client = head->response ? stream_other(w->dir) : w->dir;
	int rc;

	if (http->client_known && http->client != client)
		return -EBADMSG;
	http->client_known = true;
	http->client = client;
	if (!head->response)
		rc = on_request(w, head);
	else if (head->status < 200 && head->status != 101)
		rc = http_enter_body(w, head, HTTP_BODY_OTHER, true); /* interim */
	else
		rc = on_response(w, head);
	if (head->why) {
		carrier_malformed(w->env, http_where(head), head->why, head->why_pos);
		return -EBADMSG;
	}
	return rc;
}

/* Is the start of a head here, with a sane first line? 0, -EAGAIN or -EBADMSG. */
static int check_start(struct http_walk *w)
{
	struct http_half *half = w->half;
	const uint8_t *lf;
	size_t want;

	if (!half->started) {
		enum carrier_match match = http_probe(w->rest, &want);

		if (match != CARRIER_YES)
			return match == CARRIER_MORE ? -EAGAIN : -EBADMSG;
		half->started = true;
	}
	if (half->line_ok)
		return 0;
	lf = memchr(w->rest.ptr + half->scanned, '\n', w->rest.len - half->scanned);
	if (!lf) {
		half->scanned = w->rest.len;
		return w->rest.len > HTTP_HEAD_MAX ? http_too_long(w, "HTTP", "start line too long")
						   : -EAGAIN;
	}
	if (!http_start_line_ok(span_make(w->rest.ptr, (size_t)(lf - w->rest.ptr))))
		return -EBADMSG;
	half->line_ok = true;
	return 0;
}

static int step_head(struct http_walk *w)
{
	struct http_head head;
	size_t end;
	int rc;

	/* RFC 9112 2.2: an empty line before a head is to be ignored */
	while (w->used < w->rest.len && !w->half->started &&
	       (w->rest.ptr[w->used] == '\r' || w->rest.ptr[w->used] == '\n'))
		w->used++;
	if (w->used)
		return 0;
	rc = check_start(w);
	if (rc)
		return rc;
	end = head_end(w->rest, &w->half->scanned);
	if (end == 0 && w->rest.len <= HTTP_HEAD_MAX)
		return -EAGAIN;
	if (end == 0 || end > HTTP_HEAD_MAX)
		return http_too_long(w, "HTTP", "head too long");
	http_head_parse(span_head(w->rest, end), &head);
	w->used = end;
	return on_head(w, &head);
}

static int (*const steps[HTTP_AT__COUNT])(struct http_walk *w) = {
	[HTTP_AT_HEAD] = step_head,
	[HTTP_AT_CHUNK] = http_step_chunk,
	[HTTP_AT_CHUNK_END] = http_step_chunk_end,
	[HTTP_AT_TRAILER] = http_step_trailer,
	[HTTP_AT_BODY_TO_END] = http_step_body_to_end,
	[HTTP_AT_RPC] = http_step_rpc,
	[HTTP_AT_KDC] = http_step_kdc,
};

static int http_data(void *state, const struct carrier_env *env, enum stream_dir d,
		     struct span view, struct appetite *ret_appetite)
{
	struct http *http = state;
	struct http_walk w = {.http = http, .env = env, .dir = d, .half = &http->half[d]};
	uint64_t pos = 0;

	while (pos < view.len) {
		int rc;

		w.rest = span_from(view, (size_t)pos);
		w.at_segment_start = pos == 0;
		w.used = 0;
		rc = steps[w.half->at](&w);
		if (rc == -EAGAIN) {
			*ret_appetite = (struct appetite){.skip = pos, .want = w.rest.len + 1};
			return 0;
		}
		if (rc) {
			ret_appetite->skip = w.left ? pos + w.used : 0;
			return rc;
		}
		pos += w.used;
	}
	*ret_appetite = (struct appetite){.skip = pos, .want = 1};
	return 0;
}

static void http_gap(void *state, const struct carrier_env *env, enum stream_dir d)
{
	struct http *http = state;

	(void)env;
	http_enter(&http->half[d], HTTP_AT_HEAD);
	http_pipeline_clear(&http->pipeline);
}

static void http_finish(void *state)
{
	struct http *http = state;

	dcerpc_finish(http->rpc);
	mem_free(http->rpc);
}

const struct carrier carrier_http = {
	.name = "HTTP",
	.state_size = sizeof(struct http),
	.ports = {80, 8080, 3128, 5985, 8000, 8530},
	.probe = http_probe,
	.data = http_data,
	.gap = http_gap,
	.finish = http_finish,
};
