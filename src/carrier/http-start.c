/* Start lines of HTTP/1.x: what tells it from other protocols. */
#include "carrier/http.h"

/* RFC 9110 9.3, RFC 5789, WebDAV (RFC 4918, 3253, 3648, 3744, 5323, 5842), and Microsoft's own. */
static const char *const methods[] = {
	"ACL",
	"BASELINE-CONTROL",
	"BCOPY",
	"BDELETE",
	"BIND",
	"BITS_POST",
	"BMOVE",
	"BPROPFIND",
	"BPROPPATCH",
	"CCM_POST",
	"CHECKIN",
	"CHECKOUT",
	"CONNECT",
	"COPY",
	"DELETE",
	"GET",
	"HEAD",
	"LABEL",
	"LINK",
	"LOCK",
	"MERGE",
	"MKACTIVITY",
	"MKCALENDAR",
	"MKCOL",
	"MKWORKSPACE",
	"MOVE",
	"NOTIFY",
	"OPTIONS",
	"ORDERPATCH",
	"PATCH",
	"POLL",
	"POST",
	"PROPFIND",
	"PROPPATCH",
	"PURGE",
	"PUT",
	"REBIND",
	"REPORT",
	"RPC_IN_DATA",
	"RPC_OUT_DATA",
	"SEARCH",
	"SUBSCRIBE",
	"TRACE",
	"UNBIND",
	"UNCHECKOUT",
	"UNLINK",
	"UNLOCK",
	"UNSUBSCRIBE",
	"UPDATE",
	"UPDATEREDIRECTREF",
	"VERSION-CONTROL",
	"X-MS-ENUMATTS",
};

#define METHOD_MAX 32 /* none that is in use is longer */
#define LINE_MAX_SEEN 256
#define EMPTY_LINES_MAX 4 /* bytes */
#define VERSION "HTTP/1."
#define VERSION_LEN (sizeof(VERSION) - 1)
#define STATUS_MIN (VERSION_LEN + 5) /* HTTP/1.1 200 */

static bool is_letter(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* tchar of RFC 9110 5.6.2 */
static bool is_method_char(uint8_t c)
{
	return is_letter(c) || (c && strchr("0123456789!#$%&'*+-.^_`|~", c));
}

/* `HTTP/1.1 200`, as much as is there (RFC 9112 4). */
static enum carrier_match match_status(struct span head)
{
	static const char form[] = VERSION "9 999"; /* a 9 stands for any digit */

	for (size_t i = 0; i < STATUS_MIN; i++) {
		if (i == head.len)
			return CARRIER_MORE;
		if (form[i] == '9' ? !head_is_digit(head.ptr[i]) : head.ptr[i] != (uint8_t)form[i])
			return CARRIER_NO;
	}
	return CARRIER_YES;
}

static enum carrier_match match_method(struct span word, bool whole)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct span method = span_str(methods[i]);

		if (whole && span_equal(method, word))
			return CARRIER_YES;
		if (!whole && span_starts(method, word.ptr, word.len))
			return CARRIER_MORE;
	}
	return CARRIER_NO;
}

unsigned http_status(struct span line)
{
	const uint8_t *digits;

	if (match_status(line) != CARRIER_YES)
		return 0;
	digits = line.ptr + STATUS_MIN - 3;
	return (digits[0] - 48u) * 100 + (digits[1] - 48u) * 10 + (digits[2] - 48u);
}

/* The start line near the front of these bytes, without its end; empty where the end is not there. */
static struct span near_line(struct span head)
{
	const uint8_t *lf;

	head = span_head(head, LINE_MAX_SEEN);
	lf = memchr(head.ptr, '\n', head.len);
	return lf ? span_make(head.ptr, (size_t)(lf - head.ptr)) : (struct span){0};
}

/* A method that nobody knows: servers take any, and ask for authentication first. The line must be whole. */
static enum carrier_match match_any_method(struct span head)
{
	if (head.len == 1)
		return CARRIER_MORE;
	return http_start_line_ok(near_line(head)) ? CARRIER_YES : CARRIER_NO;
}

/* A method, a space and the first character of a target (RFC 9112 3). */
static enum carrier_match match_request(struct span head)
{
	enum carrier_match match;
	size_t n = 0;

	if (head.len && !is_letter(head.ptr[0]))
		return CARRIER_NO;
	while (n < head.len && n <= METHOD_MAX && is_method_char(head.ptr[n]))
		n++;
	if (n == 0 || n > METHOD_MAX || (n < head.len && head.ptr[n] != ' '))
		return CARRIER_NO;
	match = match_method(span_head(head, n), n < head.len);
	if (match == CARRIER_NO)
		return match_any_method(head);
	if (match == CARRIER_MORE)
		return match;
	if (n + 1 == head.len)
		return CARRIER_MORE;
	return head.ptr[n + 1] > ' ' && head.ptr[n + 1] < 0x7f ? CARRIER_YES : CARRIER_NO;
}

/* METHOD SP target SP HTTP/1.x; the target may hold spaces that should not be there. */
bool http_split_request(struct span line, struct span *ret_method, struct span *ret_target)
{
	const uint8_t *first, *last;

	line = head_trim(line);
	first = line.len ? memchr(line.ptr, ' ', line.len) : NULL;
	last = line.len ? memrchr(line.ptr, ' ', line.len) : NULL;
	if (!first || first == last)
		return false;
	*ret_method = span_make(line.ptr, (size_t)(first - line.ptr));
	*ret_target = head_trim(span_make(first, (size_t)(last - first)));
	line = span_from(line, (size_t)(last + 1 - line.ptr));
	return line.len == VERSION_LEN + 1 && span_starts(line, VERSION, VERSION_LEN) &&
	       head_is_digit(line.ptr[VERSION_LEN]);
}

bool http_start_line_ok(struct span line)
{
	struct span method, target;

	if (match_status(line) == CARRIER_YES)
		return line.len == STATUS_MIN || head_is_blank(line.ptr[STATUS_MIN]);
	return http_split_request(line, &method, &target);
}

static bool is_line_end(uint8_t c)
{
	return c == '\r' || c == '\n';
}

enum carrier_match http_probe(struct span head, size_t *ret_want)
{
	enum carrier_match match;
	struct span line;
	size_t empty = 0;

	while (empty < head.len && empty < EMPTY_LINES_MAX && is_line_end(head.ptr[empty]))
		empty++; /* RFC 9112 2.2: to be ignored before a head */
	head = span_from(head, empty);
	match = match_status(head);
	if (match == CARRIER_NO)
		match = match_request(head);
	if (match == CARRIER_MORE)
		*ret_want = empty + head.len + 1;
	if (match != CARRIER_YES)
		return match;
	/* SIP, RTSP and their like have the same methods: where the line's end is near, it must fit */
	line = near_line(head);
	return line.len && !http_start_line_ok(line) ? CARRIER_NO : CARRIER_YES;
}
