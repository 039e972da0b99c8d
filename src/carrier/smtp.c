/* SMTP (RFC 5321) with AUTH (RFC 4954, [MS-SMTPNTLM]): the words of the line engine's dialect. */
#include "carrier/line.h"

static const struct line_verb verbs[] = {
	{"AUTH", LINE_AUTH},	{"X-EXPS", LINE_AUTH}, /* the same, between Exchange servers */
	{"STARTTLS", LINE_TLS}, {"X-ANONYMOUSTLS", LINE_TLS},
	{"DATA", LINE_BODY},	{"BDAT", LINE_CHUNK},
	{"EHLO", LINE_NOTHING}, {"HELO", LINE_NOTHING},
	{"NOOP", LINE_NOTHING}, {"QUIT", LINE_NOTHING},
	{"RSET", LINE_NOTHING}, {0},
};

/* RFC 4954 6: 454 is a temporary failure of the authentication itself; other 4yz say nothing of it. */
static const struct line_status statuses[] = {
	{"334", LINE_GO_ON, true},
	{"3", LINE_GO_ON, false},
	{"2", LINE_YES, false},
	{"454", LINE_NO, false},
	{"4", LINE_LATER, false},
	{"5", LINE_NO, false},
	{0},
};

static const struct line_head heads[] = {
	{"220 ", "SMTP"},
	{"220-", "SMTP"},
	{"220 ", "LMTP"},
	{"EHLO ", NULL},
	{"HELO ", NULL},
	{"LHLO ", NULL},
	{"MAIL FROM:", NULL},
	{"AUTH NTLM", NULL},
	{"AUTH GSSAPI", NULL},
	{"AUTH GSS-SPNEGO", NULL},
	{"X-EXPS ", NULL},
	{"250-", "250-SIZE"},
	{"250-", "250-PIPELINING"},
	{"250-", "250-8BITMIME"},
	{"250-", "250-AUTH"},
	{"250-", "250 AUTH"},
	{"334 TlRMTVNTUAAC", NULL},
	{"235 ", "uthent"},
	{"235 2.7.0", NULL},
	{"535 ", "uthent"},
	{"535 5.7.", NULL},
	{"TlRMTVNTUAAB", NULL},
	{"TlRMTVNTUAAD", NULL},
	{0},
};

static const struct line_dialect dialect = {
	.client = "SMTP command",
	.server = "SMTP reply",
	.verbs = verbs,
	.statuses = statuses,
	.numbered = true,
	.is_server = line_is_numbered,
};

static enum carrier_match probe(struct span head, size_t *ret_want)
{
	return line_probe(heads, head, ret_want);
}

static int data(void *state, const struct carrier_env *env, enum stream_dir d, struct span view,
		struct appetite *ret_appetite)
{
	return line_data(&dialect, state, env, d, view, ret_appetite);
}

const struct carrier carrier_smtp = {
	.name = "SMTP",
	.state_size = sizeof(struct line),
	.ports = {25, 587, 2525},
	.probe = probe,
	.data = data,
	.gap = line_gap,
};
