/* IMAP (RFC 3501, RFC 9051) with AUTHENTICATE (RFC 4959, [MS-OXIMAP]): the words of the line engine's dialect. */
#include "carrier/line.h"

#define TAG_TAKEN_MAX 20 /* clients' are far shorter; bounds the probe */

static const struct line_verb verbs[] = {
	{"AUTHENTICATE", LINE_AUTH}, {"STARTTLS", LINE_TLS},	   {"LOGIN", LINE_LOGIN},
	{"SELECT", LINE_LOGIN},	     {"EXAMINE", LINE_LOGIN},	   {"LIST", LINE_LOGIN},
	{"LSUB", LINE_LOGIN},	     {"STATUS", LINE_LOGIN},	   {"NAMESPACE", LINE_LOGIN},
	{"APPEND", LINE_LOGIN},	     {"IDLE", LINE_LOGIN},	   {"FETCH", LINE_LOGIN},
	{"UID", LINE_LOGIN},	     {"CAPABILITY", LINE_NOTHING}, {0},
};

static const struct line_status statuses[] = {
	{"+", LINE_GO_ON, true},
	{"OK", LINE_YES, false},
	{"NO", LINE_NO, false},
	{"BAD", LINE_NO, false},
	{0},
};

/* What begins without a tag. */
static const struct line_head heads[] = {
	{"* OK ", NULL},	{"* OK[", NULL},	 {"* PREAUTH ", NULL},
	{"* BYE ", NULL},	{"* CAPABILITY ", NULL}, {"+ TlRMTVNTUAAC", NULL},
	{"TlRMTVNTUAAB", NULL}, {"TlRMTVNTUAAD", NULL},	 {0},
};

static const struct line_head commands[] = {
	{"AUTHENTICATE ", NULL}, {"CAPABILITY\r", NULL}, {"STARTTLS\r", NULL},
	{"ID (", NULL},		 {"ID NIL", NULL},	 {0},
};

/* These are words of many other protocols: they count after a tag that has a digit alone. */
static const struct line_head answers[] = {
	{"OK ", NULL}, {"NO ", NULL}, {"BAD ", NULL}, {"LOGIN ", NULL}, {0},
};

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_tag_char(uint8_t c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
	       c == '_' || c == '-';
}

/* Three digits are a reply of SMTP, FTP, NNTP. */
static bool is_numbered_tag(struct span tag)
{
	size_t digits = 0;

	for (size_t i = 0; i < tag.len; i++)
		digits += is_digit(tag.ptr[i]);
	return digits != 0 && !(digits == 3 && tag.len == 3);
}

static enum carrier_match probe_tagged(struct span head, size_t *ret_want)
{
	enum carrier_match match;
	size_t n = 0;

	while (n < head.len && n <= TAG_TAKEN_MAX && is_tag_char(head.ptr[n]))
		n++;
	if (n == 0 || n > TAG_TAKEN_MAX || (n < head.len && head.ptr[n] != ' '))
		return CARRIER_NO;
	if (n + 1 >= head.len) {
		*ret_want = head.len + 1;
		return CARRIER_MORE;
	}
	match = line_probe(commands, span_from(head, n + 1), ret_want);
	if (match == CARRIER_NO && is_numbered_tag(span_head(head, n)))
		match = line_probe(answers, span_from(head, n + 1), ret_want);
	if (match == CARRIER_MORE)
		*ret_want = head.len + 1;
	return match;
}

static enum carrier_match probe(struct span head, size_t *ret_want)
{
	enum carrier_match match = line_probe(heads, head, ret_want);

	return match == CARRIER_NO ? probe_tagged(head, ret_want) : match;
}

/* The tag and, after it, a reply's word rather than a command. */
static bool is_server(struct span head)
{
	struct span rest = head;
	size_t want;

	if (head.len && (head.ptr[0] == '*' || head.ptr[0] == '+'))
		return true;
	(void)line_word(&rest);
	return line_probe(answers, rest, &want) == CARRIER_YES && !line_starts(rest, "LOGIN ");
}

static const struct line_dialect dialect = {
	.client = "IMAP command",
	.server = "IMAP response",
	.verbs = verbs,
	.statuses = statuses,
	.tagged = true,
	.is_server = is_server,
};

static int data(void *state, const struct carrier_env *env, enum stream_dir d, struct span view,
		struct appetite *ret_appetite)
{
	return line_data(&dialect, state, env, d, view, ret_appetite);
}

const struct carrier carrier_imap = {
	.name = "IMAP",
	.state_size = sizeof(struct line),
	.ports = {143},
	.probe = probe,
	.data = data,
	.gap = line_gap,
};
