/* What clients say: commands, tokens and, announced by them, bytes to pass over. */
#include "carrier/line.h"

#define SIZE_DIGITS 20
#define SIZE_MAX_OK ((uint64_t)1 << 48) /* more is nothing that anybody sends */

/* A decimal number that is all of `text`. */
static bool read_size(struct span text, uint64_t *ret_size)
{
	uint64_t n = 0;

	if (text.len == 0 || text.len > SIZE_DIGITS)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9' || n > SIZE_MAX_OK)
			return false;
		n = n * 10 + (text.ptr[i] - (unsigned)'0');
	}
	*ret_size = n;
	return true;
}

static const struct line_verb *find_verb(const struct line_dialect *dialect, struct span *text)
{
	for (const struct line_verb *v = dialect->verbs; v->name; v++) {
		struct span args = span_from(*text, strlen(v->name));

		if (!line_starts(*text, v->name) || (args.len && !line_is_blank(args.ptr[0])))
			continue;
		*text = line_trim(args);
		return v;
	}
	return NULL;
}

static void keep_tag(struct line_tag *tag, struct span text)
{
	tag->len = text.len;
	if (text.len)
		memcpy(tag->text, text.ptr, span_head(text, LINE_TAG_MAX).len);
}

/* RFC 3501 4.3, RFC 7888: does the line end with {size} or {size+}? */
static bool literal_of(struct span text, uint64_t *ret_size, bool *ret_at_once)
{
	const uint8_t *open;

	if (text.len < 3 || text.ptr[text.len - 1] != '}')
		return false;
	text.len--;
	if (text.len > SIZE_DIGITS + 2)
		text = span_from(text, text.len - SIZE_DIGITS - 2);
	open = memrchr(text.ptr, '{', text.len);
	if (!open)
		return false;
	text = span_from(text, (size_t)(open + 1 - text.ptr));
	*ret_at_once = text.len && text.ptr[text.len - 1] == '+';
	text.len -= *ret_at_once;
	return read_size(text, ret_size);
}

static void read_literal(struct line_walk *w, struct span text)
{
	struct line *line = w->line;
	uint64_t size = 0;
	bool at_once = false;

	w->half->continued = literal_of(text, &size, &at_once);
	if (!w->half->continued)
		return;
	if (at_once) {
		w->used += size;
		return;
	}
	w->half->at = LINE_AT_LITERAL;
	w->half->literal = size;
	if (line->pending == LINE_NOTHING)
		line->pending = LINE_LITERAL;
}

static void do_auth(struct line_walk *w, struct span args)
{
	line_auth_begin(w, args);
}

static void do_pending_body(struct line_walk *w, struct span args)
{
	(void)args;
	w->half->at = LINE_AT_BODY;
	w->half->dot = LINE_DOT_START;
}

static void do_feed(struct line_walk *w, struct span args)
{
	do_pending_body(w, args);
	w->line->pending = LINE_NOTHING;
}

static void do_chunk(struct line_walk *w, struct span args)
{
	uint64_t size = 0;

	if (read_size(line_word(&args), &size))
		w->used += size;
	w->line->pending = LINE_NOTHING;
}

static void (*const doings[LINE_DOES__COUNT])(struct line_walk *w, struct span args) = {
	[LINE_AUTH] = do_auth,
	[LINE_BODY] = do_pending_body,
	[LINE_FEED] = do_feed,
	[LINE_CHUNK] = do_chunk,
};

static void run(struct line_walk *w, enum line_does does, struct span tag, struct span args)
{
	struct line *line = w->line;

	if (does != LINE_NOTHING) {
		if (does != LINE_AUTH) /* which may go on with the one that is pending */
			line->pending = (uint8_t)does;
		line->before = w->dialect->tagged ? 0 : line->unanswered;
	}
	if (does != LINE_NOTHING || line->pending == LINE_NOTHING)
		keep_tag(&line->tag, tag);
	if (line->unanswered < 1024)
		line->unanswered++;
	if (doings[does])
		doings[does](w, args);
}

/* Its verb, after the tag that a tagged dialect has; NULL where it is no command that we know. */
static const struct line_verb *parse(const struct line_dialect *dialect, struct span *text,
				     struct span *ret_tag)
{
	struct span rest = *text, tag = {0};
	const struct line_verb *verb;

	if (dialect->tagged)
		tag = line_word(&rest);
	verb = find_verb(dialect, &rest);
	if (verb)
		*text = rest;
	*ret_tag = tag;
	return verb;
}

bool line_may_be_token(const struct line_walk *w, struct span text)
{
	struct span tag;
	const struct line_verb *verb;

	if (w->line->pending == LINE_AUTH || line_is_ntlm(text))
		return true;
	verb = parse(w->dialect, &text, &tag);
	return verb && verb->does == LINE_AUTH;
}

int line_command(struct line_walk *w, struct span text)
{
	struct line *line = w->line;
	bool continued = w->half->continued;
	bool word = text.len && !memchr(text.ptr, ' ', text.len);
	struct span args = text, tag = {0};
	const struct line_verb *verb = continued ? NULL : parse(w->dialect, &args, &tag);

	if (verb)
		run(w, verb->does, tag, args);
	else if (!continued && word && (line->pending == LINE_AUTH || line_is_ntlm(text)))
		line_auth_client(w, text);
	else if (!continued && line->pending != LINE_LOGIN && line->pending != LINE_AUTH)
		run(w, LINE_NOTHING, tag, args);
	if (w->dialect->tagged && !w->line->done)
		read_literal(w, text);
	return 0;
}
