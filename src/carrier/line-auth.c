/*
 * One SASL exchange (RFC 4422; [MS-SMTPNTLM], [MS-OXIMAP], [MS-OXPOP3], [MS-NNTP]) in lines. Invariant: what base64 hid
 * is readable only during the callback, then wiped; an answer is reported once, and only for an AUTHENTICATE.
 */
#include "carrier/line.h"

#include "carrier/base64.h"
#include "carrier/leg.h"
#include "ntlm/ntlmssp.h"

#include <strings.h>

static const struct {
	const char *name;
	bool direct; /* NTLM by name, where Negotiate was possible */
} mechanisms[] = {
	{"NTLM", true},
	{"GSSAPI", false},
	{"GSS-SPNEGO", false},
};
#define N_MECHANISMS (sizeof(mechanisms) / sizeof(mechanisms[0]))

void line_malformed(struct line_walk *w, const char *why, size_t pos)
{
	const char *where = w->dir == w->line->client ? w->dialect->client : w->dialect->server;

	tally_one(w->env->tally, TALLY_CARRIER_MALFORMED);
	w->env->ops->malformed(w->env->ctx, where, why, pos);
}

/* Reports the token in base64; the type of the NTLMSSP message in it, 0 where there is none. */
static uint32_t report(struct line_walk *w, struct span text)
{
	static _Thread_local uint8_t scratch[BASE64_DECODED_MAX(LINE_TOKEN_MAX)];
	struct sighting_token token = {.dir = w->dir, .direct = w->line->direct};
	uint32_t type = 0;
	size_t len;

	if (base64_decode(text, scratch, sizeof(scratch), &len) != 0) {
		line_malformed(w, "invalid base64", len);
	} else if (len) {
		token.bytes = span_make(scratch, len);
		type = leg_of(token.bytes).ntlm_type;
		w->env->ops->token(w->env->ctx, &token);
	}
	explicit_bzero(scratch, BASE64_DECODED_MAX(text.len));
	return type;
}

static void start(struct line_walk *w, bool direct)
{
	struct line *line = w->line;

	line->pending = LINE_AUTH;
	line->direct = direct;
	line->sent = line->challenged = line->awaits = line->early = line->lost = false;
}

void line_auth_begin(struct line_walk *w, struct span args)
{
	struct span first = line_word(&args);

	/* [MS-NNTP] 2.2.2: AUTHINFO GENERIC precedes each token too */
	if (line_is_ntlm(first)) {
		line_auth_client(w, first);
		return;
	}
	w->line->pending = first.len ? LINE_LOGIN : LINE_NOTHING; /* none: asks for a list */
	for (size_t i = 0; i < N_MECHANISMS; i++)
		if (strlen(mechanisms[i].name) == first.len &&
		    line_starts(first, mechanisms[i].name))
			start(w, mechanisms[i].direct);
	if (w->line->pending == LINE_AUTH && args.len)
		line_auth_client(w, args);
}

static void answer(struct line_walk *w, enum stream_dir dir, uint32_t status)
{
	struct sighting_answer s = {.dir = dir, .status = status};

	w->env->ops->answer(w->env->ctx, &s);
	w->line->awaits = w->line->early = false;
	w->line->pending = LINE_NOTHING;
	/* RFC 4954 4, RFC 3501 6.2, RFC 5034 4, RFC 4643 2.2: who is authenticated can't do it again */
	w->line->done = status == NT_STATUS_OK;
}

void line_auth_client(struct line_walk *w, struct span text)
{
	struct line *line = w->line;
	uint32_t type;

	if (line->pending != LINE_AUTH)
		start(w, true);		       /* the command was not seen, but this is NTLM */
	if (span_equal(text, span_str("*"))) { /* RFC 4954 4, RFC 3501 6.2.2: the client gives up */
		line->challenged = line->awaits = line->early = false;
		return;
	}
	line->sent = true;
	if (span_equal(text, span_str("="))) /* RFC 4954 4: an empty token */
		return;
	type = report(w, text);
	/* SPNEGO may add a leg with nothing but its mechListMIC (RFC 4178 5): the outcome still is to come */
	line->awaits = type == NTLM_AUTHENTICATE || (type == 0 && line->awaits);
	if (line->awaits)
		line->challenged = false;
	if (line->awaits && line->early)
		answer(w, stream_other(w->dir), line->early_status);
}

void line_auth_server(struct line_walk *w, struct span text)
{
	struct line *line = w->line;

	/* what comes before the client's first token is for people: `334 NTLM supported` */
	if (text.len == 0 || (!line->sent && !line_is_ntlm(text)))
		return;
	if (line->pending != LINE_AUTH)
		start(w, true);
	if (report(w, text) == NTLM_CHALLENGE)
		line->challenged = true;
}

void line_auth_end(struct line_walk *w, enum line_means means)
{
	struct line *line = w->line;
	uint32_t status = means == LINE_YES ? NT_STATUS_OK : NT_STATUS_LOGON_FAILURE;

	if (line->awaits && means != LINE_LATER) {
		answer(w, w->dir, status);
	} else if (line->challenged && means != LINE_LATER) {
		/* nobody is accepted after a CHALLENGE alone: the capture has the two in the wrong order */
		line->early = true;
		line->early_status = status;
	} else {
		line->pending = LINE_NOTHING;
		line->done = means == LINE_YES;
	}
}
