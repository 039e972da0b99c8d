/* POP3 (RFC 1939) with AUTH (RFC 5034, [MS-OXPOP3]): the words of the line engine's dialect. */
#include "carrier/line.h"

static const struct line_verb verbs[] = {
	{"AUTH", LINE_AUTH},	{"STLS", LINE_TLS},	{"PASS", LINE_LOGIN},
	{"APOP", LINE_LOGIN},	{"STAT", LINE_LOGIN},	{"LIST", LINE_LOGIN},
	{"UIDL", LINE_LOGIN},	{"RETR", LINE_LOGIN},	{"TOP", LINE_LOGIN},
	{"DELE", LINE_LOGIN},	{"CAPA", LINE_NOTHING}, {"NOOP", LINE_NOTHING},
	{"QUIT", LINE_NOTHING}, {"USER", LINE_NOTHING}, {0},
};

static const struct line_status statuses[] = {
	{"+OK", LINE_YES, false},
	{"-ERR", LINE_NO, false},
	{"+", LINE_GO_ON, true}, /* [MS-OXPOP3] 2.2.2 has a space after it, [MS-POP3] not always */
	{0},
};

/* Redis says `+OK` and `-ERR` too, but nothing after the first, and of passwords after the second. */
static const struct line_head heads[] = {
	{"+OK ", NULL},		  {"-ERR ", "uthent"},
	{"-ERR ", "ogon"},	  {"-ERR [", NULL},
	{"+ TlRMTVNTUAAC", NULL}, {"AUTH NTLM", NULL},
	{"AUTH GSSAPI", NULL},	  {"AUTH GSS-SPNEGO", NULL},
	{"CAPA\r", NULL},	  {"STLS\r", NULL},
	{"APOP ", NULL},	  {"TlRMTVNTUAAB", NULL},
	{"TlRMTVNTUAAD", NULL},	  {0},
};

static bool is_server(struct span head)
{
	return head.len && (head.ptr[0] == '+' || head.ptr[0] == '-');
}

static const struct line_dialect dialect = {
	.client = "POP3 command",
	.server = "POP3 reply",
	.verbs = verbs,
	.statuses = statuses,
	.is_server = is_server,
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

const struct carrier carrier_pop3 = {
	.name = "POP3",
	.state_size = sizeof(struct line),
	.ports = {110},
	.probe = probe,
	.data = data,
	.gap = line_gap,
};
