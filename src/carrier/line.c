/*
 * Walks lines. Invariant: bytes that can't hold a command, a token or an awaited reply are passed over without a
 * copy, and replies that nobody waits for cost one look a segment.
 */
#include "carrier/line.h"

#include <errno.h>

static bool is_server(const struct line_walk *w)
{
	return w->dir != w->line->client;
}

static void enter(struct line_half *half, enum line_at at)
{
	half->at = (uint8_t)at;
	half->scanned = 0;
}

/* Nothing is pending: looks at the first line for a CHALLENGE whose command was lost, and passes over all. */
static int step_unasked(struct line_walk *w, struct span first)
{
	size_t len = w->rest.len;
	bool first_ever = !w->half->begun;

	w->half->begun = true;
	w->line->unanswered = 0;
	w->used = len;
	enter(w->half, w->rest.ptr[len - 1] == '\n' ? LINE_AT_LINE : LINE_AT_REST);
	return w->line->lost || first_ever ? line_reply(w, first) : 0;
}

static void too_long(struct line_walk *w, size_t len)
{
	tally_one(w->env->tally, TALLY_TOKEN_TOO_LONG);
	line_malformed(w, "line too long", len);
}

static bool may_be_token(const struct line_walk *w, struct span text)
{
	return is_server(w) ? w->line->pending == LINE_AUTH : line_may_be_token(w, text);
}

/* A line without its end: wait for more, or give it up? */
static int step_cut(struct line_walk *w)
{
	bool token = w->rest.len > LINE_PLAIN_MAX && may_be_token(w, w->rest);

	w->half->scanned = w->rest.len;
	if (w->rest.len <= (token ? LINE_TOKEN_MAX : LINE_PLAIN_MAX))
		return -EAGAIN;
	if (token)
		too_long(w, w->rest.len);
	w->used = w->rest.len;
	enter(w->half, LINE_AT_REST);
	return 0;
}

/* Lines are of printable ASCII at least in their first byte: anything else is TLS, or another protocol. */
static bool is_line_start(uint8_t c)
{
	return (c >= 0x20 && c < 0x7f) || line_is_blank(c);
}

static int step_line(struct line_walk *w)
{
	const uint8_t *lf;
	struct span text;

	if (!is_line_start(w->rest.ptr[0]))
		return -EBADMSG;
	lf = memchr(w->rest.ptr + w->half->scanned, '\n', w->rest.len - w->half->scanned);
	if (!lf)
		return step_cut(w);
	text = line_trim(span_make(w->rest.ptr, (size_t)(lf - w->rest.ptr)));
	w->half->scanned = 0;
	w->used = (size_t)(lf - w->rest.ptr) + 1;
	if (text.len > LINE_TOKEN_MAX) {
		if (may_be_token(w, text))
			too_long(w, text.len);
		return 0;
	}
	if (!is_server(w))
		return line_command(w, text);
	return w->line->pending == LINE_NOTHING ? step_unasked(w, text) : line_reply(w, text);
}

static int step_rest(struct line_walk *w)
{
	const uint8_t *lf = memchr(w->rest.ptr, '\n', w->rest.len);

	w->used = lf ? (size_t)(lf - w->rest.ptr) + 1 : w->rest.len;
	if (lf)
		enter(w->half, LINE_AT_LINE);
	return 0;
}

/* RFC 5321 4.5.2, RFC 3977 3.1.1: to the end of the line, as nothing else in it matters. */
static size_t body_line(struct line_half *half, struct span rest)
{
	const uint8_t *lf = memchr(rest.ptr, '\n', rest.len);

	half->dot = lf ? LINE_DOT_START : LINE_DOT_NONE;
	return lf ? (size_t)(lf - rest.ptr) + 1 : rest.len;
}

static int step_body(struct line_walk *w)
{
	struct line_half *half = w->half;
	size_t i = 0;

	while (i < w->rest.len) {
		uint8_t c = w->rest.ptr[i];

		if (half->dot >= LINE_DOT_DOT && c == '\n') {
			w->used = i + 1;
			enter(half, LINE_AT_LINE);
			return 0;
		}
		if (half->dot == LINE_DOT_START && c == '.') {
			half->dot = LINE_DOT_DOT;
			i++;
		} else if (half->dot == LINE_DOT_DOT && c == '\r') {
			half->dot = LINE_DOT_CR;
			i++;
		} else {
			i += body_line(half, span_from(w->rest, i));
		}
	}
	w->used = i;
	return 0;
}

static int step_literal(struct line_walk *w)
{
	w->used = w->half->literal;
	if (w->line->pending == LINE_LITERAL) /* it came, so the server agreed */
		w->line->pending = LINE_NOTHING;
	enter(w->half, LINE_AT_LINE);
	return 0;
}

static int (*const steps[LINE_AT__COUNT])(struct line_walk *w) = {
	[LINE_AT_LINE] = step_line,
	[LINE_AT_REST] = step_rest,
	[LINE_AT_BODY] = step_body,
	[LINE_AT_LITERAL] = step_literal,
};

static void find_client(struct line_walk *w, struct span view)
{
	if (w->line->client_known)
		return;
	w->line->client_known = true;
	w->line->client = w->dialect->is_server(view) ? stream_other(w->dir) : w->dir;
}

int line_data(const struct line_dialect *dialect, struct line *line, const struct carrier_env *env,
	      enum stream_dir d, struct span view, struct appetite *ret_appetite)
{
	struct line_walk w = {dialect, line, env, d, &line->half[d], {0}, 0};
	uint64_t pos = 0;

	find_client(&w, view);
	while (pos < view.len && !line->done) {
		int rc;

		w.rest = span_from(view, (size_t)pos);
		w.used = 0;
		rc = steps[w.half->at](&w);
		if (rc == -EAGAIN) {
			*ret_appetite = (struct appetite){.skip = pos, .want = w.rest.len + 1};
			return 0;
		}
		if (rc)
			return rc;
		pos += w.used;
	}
	*ret_appetite = (struct appetite){.skip = pos, .want = 1, .never = line->done};
	return 0;
}

void line_gap(void *state, const struct carrier_env *env, enum stream_dir d)
{
	struct line *line = state;

	(void)env;
	line->half[d] = (struct line_half){0};
	line->before = line->unanswered = 0;
	line->lost = true;
}
