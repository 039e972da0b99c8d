/* What servers say: which command it decides, and how. */
#include "carrier/line.h"

#include <errno.h>

struct reply {
	enum line_means means;
	bool token;
	struct span text; /* after what it begins with */
};

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* RFC 5321 4.2: three digits, then a space or nothing on the reply's last line. */
static bool is_last_numbered(struct span text)
{
	return text.len >= 3 && is_digit(text.ptr[0]) && is_digit(text.ptr[1]) &&
	       is_digit(text.ptr[2]) && (text.len == 3 || text.ptr[3] == ' ');
}

/* RFC 3501 2.2.2: a reply to a command has the command's tag. */
static bool take_tag(const struct line_tag *tag, struct span *text)
{
	struct span word = line_word(text);

	return word.len && word.len == tag->len &&
	       span_equal(span_head(word, LINE_TAG_MAX),
			  span_make(tag->text, span_head(word, LINE_TAG_MAX).len));
}

static struct reply read_reply(const struct line_walk *w, struct span text)
{
	const struct line_dialect *dialect = w->dialect;

	if (text.len == 0 || (dialect->numbered && !is_last_numbered(text)))
		return (struct reply){0};
	if (dialect->tagged && text.ptr[0] != '+' && !take_tag(&w->line->tag, &text))
		return (struct reply){0};
	for (const struct line_status *s = dialect->statuses; s->head; s++) {
		size_t n = dialect->numbered ? 3 : strlen(s->head);

		if (line_starts(text, s->head))
			return (struct reply){s->means, s->token, line_trim(span_from(text, n))};
	}
	return (struct reply){0};
}

static int on_auth(struct line_walk *w, const struct reply *reply)
{
	struct line *line = w->line;

	if (reply->token)
		line_auth_server(w, reply->text);
	/* some say yes to the mechanism first: as in `+OK`, where others have `+` */
	if (reply->means == LINE_GO_ON ||
	    (reply->means == LINE_YES && !line->sent && !line->challenged))
		return 0;
	line_auth_end(w, reply->means);
	return 0;
}

/* Nothing is pending: only what can't be anything but a CHALLENGE counts. */
static int on_nothing(struct line_walk *w, const struct reply *reply)
{
	if (reply->means == LINE_GO_ON && reply->token && line_is_ntlm(reply->text))
		line_auth_server(w, reply->text);
	return 0;
}

/* What follows is TLS, whose carrier tells of it and of the name that the client asks for. */
static int on_tls(struct line_walk *w, const struct reply *reply)
{
	w->line->pending = LINE_NOTHING;
	return reply->means == LINE_YES || reply->means == LINE_GO_ON ? -EBADMSG : 0;
}

static int on_login(struct line_walk *w, const struct reply *reply)
{
	w->line->done = reply->means == LINE_YES;
	if (reply->means != LINE_GO_ON)
		w->line->pending = LINE_NOTHING;
	return 0;
}

/* Does the client send what it announced? */
static int on_offer(struct line_walk *w, const struct reply *reply)
{
	w->line->pending = LINE_NOTHING;
	if (reply->means == LINE_GO_ON)
		return 0;
	w->line->half[w->line->client].at = LINE_AT_LINE;
	w->line->half[w->line->client].continued = false;
	return 0;
}

static int (*const deciders[LINE_DOES__COUNT])(struct line_walk *w, const struct reply *reply) = {
	[LINE_NOTHING] = on_nothing, [LINE_AUTH] = on_auth,	[LINE_TLS] = on_tls,
	[LINE_LOGIN] = on_login,     [LINE_BODY] = on_offer,	[LINE_FEED] = on_nothing,
	[LINE_CHUNK] = on_nothing,   [LINE_LITERAL] = on_offer,
};

int line_reply(struct line_walk *w, struct span text)
{
	struct reply reply = read_reply(w, text);
	struct line_half *client = &w->line->half[w->line->client];

	if (reply.means == LINE_MEANS_NOTHING)
		return 0;
	if (reply.means != LINE_GO_ON && w->line->before) {
		w->line->before--;
		return 0;
	}
	w->line->before = w->line->unanswered = 0;
	if (reply.means == LINE_NO && client->at == LINE_AT_LITERAL) {
		client->at = LINE_AT_LINE;
		client->continued = false;
	}
	return deciders[w->line->pending](w, &reply);
}
