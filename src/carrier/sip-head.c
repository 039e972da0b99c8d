/* Heads of SIP messages: how they begin, and what their fields say. */
#include "carrier/sip.h"

#define VERSION "SIP/2.0"
#define VERSION_LEN (sizeof(VERSION) - 1)
#define STATUS_LEN 3
#define LINE_NEAR 256

/* RFC 3261, 3262, 3311, 3428, 3515, 3903, 6086, 6665, and Microsoft's own ([MS-SIPRE], [MS-SIPCOMP]). */
static const char *const methods[] = {
	"ACK",	   "BENOTIFY",	"BYE",	   "CANCEL",	"INFO",	  "INVITE",
	"MESSAGE", "NEGOTIATE", "NOTIFY",  "OPTIONS",	"PRACK",  "PUBLISH",
	"REFER",   "REGISTER",	"SERVICE", "SUBSCRIBE", "UPDATE",
};

static const char *const schemes[] = {"sip:", "sips:", "tel:", "SIP:", "SIPS:"};

static enum carrier_match match_word(struct span head, const char *word)
{
	size_t n = strlen(word);

	if (head.len >= n)
		return memcmp(head.ptr, word, n) == 0 ? CARRIER_YES : CARRIER_NO;
	return head.len == 0 || memcmp(head.ptr, word, head.len) == 0 ? CARRIER_MORE : CARRIER_NO;
}

/* The best match among some words; `*ret_word` = the one that is there whole. */
static enum carrier_match match_words(struct span head, const char *const words[], size_t n,
				      const char **ret_word)
{
	enum carrier_match best = CARRIER_NO;

	for (size_t i = 0; i < n; i++) {
		enum carrier_match match = match_word(head, words[i]);

		if (match == CARRIER_YES) {
			*ret_word = words[i];
			return match;
		}
		if (match == CARRIER_MORE)
			best = match;
	}
	return best;
}

#define MATCH(head, words, ret_word)                                                               \
	match_words(head, words, sizeof(words) / sizeof((words)[0]), ret_word)

/* Method SP Request-URI (RFC 3261 7.1). */
static enum carrier_match match_request(struct span head)
{
	const char *method = NULL, *scheme;
	enum carrier_match match = MATCH(head, methods, &method);
	struct span rest;

	if (match != CARRIER_YES)
		return match;
	rest = span_from(head, strlen(method));
	if (rest.len && rest.ptr[0] != ' ')
		return CARRIER_NO;
	return rest.len < 2 ? CARRIER_MORE : MATCH(span_from(rest, 1), schemes, &scheme);
}

/* SIP-Version SP Status-Code (RFC 3261 7.2); 0 where it is none. */
static unsigned status_of(struct span line)
{
	unsigned status = 0;

	if (line.len < VERSION_LEN + 1 + STATUS_LEN ||
	    !span_starts(line, VERSION " ", VERSION_LEN + 1))
		return 0;
	for (size_t i = VERSION_LEN + 1; i < VERSION_LEN + 1 + STATUS_LEN; i++) {
		if (!head_is_digit(line.ptr[i]))
			return 0;
		status = status * 10 + (line.ptr[i] - (unsigned)'0');
	}
	return status >= 100 && status < 700 ? status : 0;
}

static bool start_line_ok(struct span line)
{
	return status_of(line) ||
	       (line.len > VERSION_LEN + 1 &&
		memcmp(line.ptr + line.len - VERSION_LEN - 1, " " VERSION, VERSION_LEN + 1) == 0);
}

enum carrier_match sip_probe(struct span head, size_t *ret_want)
{
	enum carrier_match match = match_word(head, VERSION " ");
	struct span near = span_head(head, LINE_NEAR);
	const uint8_t *lf;

	if (match == CARRIER_YES && head.len < VERSION_LEN + 1 + STATUS_LEN)
		match = CARRIER_MORE;
	else if (match == CARRIER_NO)
		match = match_request(head);
	if (match == CARRIER_MORE)
		*ret_want = head.len + 1;
	if (match != CARRIER_YES)
		return match;
	if (head.ptr[3] == '/')
		return status_of(head) ? CARRIER_YES : CARRIER_NO;
	lf = memchr(near.ptr, '\n', near.len);
	if (lf && !start_line_ok(head_trim(span_make(near.ptr, (size_t)(lf - near.ptr)))))
		return CARRIER_NO;
	return CARRIER_YES;
}

const char *sip_where(const struct sip_head *head)
{
	return head->response ? "SIP response" : "SIP request";
}

static void fail(struct sip_head *head, struct span at, const char *why)
{
	if (head->why)
		return;
	head->why = why;
	head->why_pos = at.ptr ? (size_t)(at.ptr - head->bytes.ptr) : 0;
}

static void take_auth(struct sip_head *head, bool proxy, struct span value)
{
	if (head->n_auths == SIP_AUTHS_MAX)
		head->auths_full = true;
	else
		head->auths[head->n_auths++] = (struct sip_auth){.proxy = proxy, .value = value};
}

static void take_www(struct sip_head *head, struct span value)
{
	take_auth(head, false, value);
}

static void take_proxy(struct sip_head *head, struct span value)
{
	take_auth(head, true, value);
}

static void take_call_id(struct sip_head *head, struct span value)
{
	head->call_id = value;
}

/* RFC 3261 20.16: a number and a method. */
static void take_cseq(struct sip_head *head, struct span value)
{
	uint64_t number;
	size_t n = head_number(value, &number);

	if (n == 0 || number > UINT32_MAX)
		fail(head, value, "CSeq senseless");
	head->cseq = (uint32_t)number;
	head->method = head_trim(span_from(value, n));
}

/* RFC 3261 20.14 */
static void take_length(struct sip_head *head, struct span value)
{
	uint64_t length;
	size_t n = head_number(value, &length);

	if (n == 0 || n != value.len || length > UINT32_MAX ||
	    (head->has_length && head->length != length))
		fail(head, value, "Content-Length senseless");
	else
		head->length = length;
	head->has_length = true;
}

enum side { REQUEST = 1, RESPONSE = 2, BOTH = 3 };

/* With their compact forms (RFC 3261 7.3.3). */
static const struct field {
	const char *name;
	enum side side;
	void (*take)(struct sip_head *head, struct span value);
} fields[] = {
	{"Authorization", REQUEST, take_www},
	{"Proxy-Authorization", REQUEST, take_proxy},
	{"WWW-Authenticate", RESPONSE, take_www},
	{"Proxy-Authenticate", RESPONSE, take_proxy},
	{"Call-ID", BOTH, take_call_id},
	{"i", BOTH, take_call_id},
	{"CSeq", BOTH, take_cseq},
	{"Content-Length", BOTH, take_length},
	{"l", BOTH, take_length},
};

static void take_field(struct sip_head *head, struct span name, struct span value)
{
	unsigned side = head->response ? RESPONSE : REQUEST;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if ((fields[i].side & side) && head_is(name, fields[i].name))
			fields[i].take(head, value);
}

bool sip_head_parse(struct span bytes, struct sip_head *ret_head)
{
	struct sip_head head = {.bytes = bytes};
	struct span rest = bytes, line = head_start_line(&rest), name, value;

	if (!start_line_ok(line))
		return false;
	head.status = status_of(line);
	head.response = head.status != 0;
	while (head_field(&rest, &name, &value))
		take_field(&head, name, value);
	*ret_head = head;
	return true;
}
