/* NNTP (RFC 3977) with AUTHINFO (RFC 4643, RFC 2980 3.1.3, [MS-NNTP]): the words of the line engine's dialect. */
#include "carrier/line.h"

static const struct line_verb verbs[] = {
	{"AUTHINFO GENERIC", LINE_AUTH},
	{"AUTHINFO SASL", LINE_AUTH},
	{"AUTHINFO PASS", LINE_LOGIN},
	{"AUTHINFO SIMPLE", LINE_LOGIN},
	{"STARTTLS", LINE_TLS},
	{"POST", LINE_BODY},
	{"IHAVE", LINE_BODY},
	{"TAKETHIS", LINE_FEED},
	{"MODE READER", LINE_NOTHING},
	{"CAPABILITIES", LINE_NOTHING},
	{"QUIT", LINE_NOTHING},
	{"DATE", LINE_NOTHING},
	{0},
};

/* RFC 4643 2.4: 281, 283 with a last token, 381 and 383 to go on, 481 and 482 refused. */
static const struct line_status statuses[] = {
	{"283", LINE_YES, true},    {"2", LINE_YES, false},
	{"38", LINE_GO_ON, true},   {"3", LINE_GO_ON, false},
	{"400", LINE_LATER, false}, {"4", LINE_NO, false},
	{"5", LINE_NO, false},	    {0},
};

static const struct line_head heads[] = {
	{"200 ", "NNTP"},
	{"200 ", "NNRP"},
	{"200 ", "InterNetNews"},
	{"200 ", " news"},
	{"201 ", "NNTP"},
	{"201 ", "NNRP"},
	{"201 ", "InterNetNews"},
	{"201 ", " news"},
	{"381 TlRMTVNTUAAC", NULL},
	{"381 ", "rotocol"},
	{"383 TlRMTVNTUAAC", NULL},
	{"281 ", "uth"},
	{"481 ", "uth"},
	{"482 ", "uth"},
	{"MODE READER", NULL},
	{"AUTHINFO ", NULL},
	{"CAPABILITIES\r", NULL},
	{"TlRMTVNTUAAB", NULL},
	{"TlRMTVNTUAAD", NULL},
	{0},
};

static const struct line_dialect dialect = {
	.client = "NNTP command",
	.server = "NNTP reply",
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

const struct carrier carrier_nntp = {
	.name = "NNTP",
	.state_size = sizeof(struct line),
	.ports = {119, 433},
	.probe = probe,
	.data = data,
	.gap = line_gap,
};
