/* Heads of HTTP/1.x messages: delimited, and taken apart into views. */
#include "carrier/http.h"

#include <strings.h>

struct span http_trim(struct span s)
{
	while (s.len && http_is_blank(s.ptr[0]))
		s = span_from(s, 1);
	while (s.len && http_is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

size_t http_head_end(struct span bytes, size_t *scanned)
{
	size_t pos = *scanned;

	while (pos < bytes.len) {
		const uint8_t *lf = memchr(bytes.ptr + pos, '\n', bytes.len - pos);
		size_t next;

		if (!lf)
			break;
		next = (size_t)(lf - bytes.ptr) + 1;
		*scanned = next - 1;
		if (next < bytes.len && bytes.ptr[next] == '\r')
			next++;
		if (next == bytes.len)
			return 0;
		if (bytes.ptr[next] == '\n')
			return next + 1;
		pos = next;
	}
	*scanned = bytes.len;
	return 0;
}

static void fail(struct http_head *head, const uint8_t *at, const char *why)
{
	if (head->why)
		return;
	head->why = why;
	head->why_pos = (size_t)(at - head->bytes.ptr);
}

static void take_auth(struct http_head *head, enum http_key key, struct span value)
{
	if (head->n_auths == HTTP_AUTHS_MAX)
		head->auths_full = true;
	else
		head->auths[head->n_auths++] = (struct http_auth){.key = key, .value = value};
}

static void take_www(struct http_head *head, struct span value)
{
	take_auth(head, HTTP_KEY_WWW, value);
}

static void take_proxy(struct http_head *head, struct span value)
{
	take_auth(head, HTTP_KEY_PROXY, value);
}

static void take_host(struct http_head *head, struct span value)
{
	if (head->host.len == 0)
		head->host = value;
}

/* RFC 9110 8.6; a list of one number again and again is tolerated there, and so here. */
static void take_length(struct http_head *head, struct span value)
{
	uint64_t length = 0;
	size_t i = 0;

	while (i < value.len && http_is_digit(value.ptr[i])) {
		unsigned digit = value.ptr[i++] - (unsigned)'0';

		if (length > ((uint64_t)INT64_MAX - digit) / 10) {
			fail(head, value.ptr, "Content-Length out of range");
			return;
		}
		length = length * 10 + digit;
	}
	if (i == 0 || (i < value.len && value.ptr[i] != ',') ||
	    (head->has_length && head->length != length)) {
		fail(head, value.ptr, "Content-Length senseless");
		return;
	}
	head->has_length = true;
	head->length = length;
}

/* RFC 9112 6.3: only what comes last counts. */
static void take_encoding(struct http_head *head, struct span value)
{
	static const char chunked[] = "chunked";
	size_t n = sizeof(chunked) - 1;

	head->encoded = true;
	head->chunked = value.len >= n &&
			strncasecmp((const char *)value.ptr + value.len - n, chunked, n) == 0;
}

enum side { REQUEST = 1, RESPONSE = 2, BOTH = 3 };

static const struct field {
	const char *name;
	enum side side;
	void (*take)(struct http_head *head, struct span value);
} fields[] = {
	{"Host", REQUEST, take_host},
	{"Authorization", REQUEST, take_www},
	{"Proxy-Authorization", REQUEST, take_proxy},
	{"WWW-Authenticate", RESPONSE, take_www},
	{"Proxy-Authenticate", RESPONSE, take_proxy},
	{"Content-Length", BOTH, take_length},
	{"Transfer-Encoding", BOTH, take_encoding},
};

static void take_field(struct http_head *head, struct span name, struct span value)
{
	unsigned side = head->response ? RESPONSE : REQUEST;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if ((fields[i].side & side) && strlen(fields[i].name) == name.len &&
		    strncasecmp(fields[i].name, (const char *)name.ptr, name.len) == 0)
			fields[i].take(head, value);
}

/* The next line with its continuations (obs-fold, RFC 9112 5.2), without the line end. */
static struct span next_line(struct span *rest, bool folds)
{
	struct span line = *rest;
	size_t n = 0;

	do {
		const uint8_t *lf = memchr(rest->ptr + n, '\n', rest->len - n);

		n = lf ? (size_t)(lf - rest->ptr) + 1 : rest->len;
	} while (folds && n < rest->len && (rest->ptr[n] == ' ' || rest->ptr[n] == '\t'));
	line.len = n;
	*rest = span_from(*rest, n);
	return http_trim(line);
}

void http_head_parse(struct span bytes, struct http_head *ret_head)
{
	struct http_head head = {.bytes = bytes};
	struct span rest = bytes, line = next_line(&rest, false);

	head.status = http_status(line);
	head.response = head.status != 0;
	if (!head.response)
		(void)http_split_request(line, &head.method, &head.target);
	while (rest.len) {
		const uint8_t *colon;

		line = next_line(&rest, true);
		colon = line.len ? memchr(line.ptr, ':', line.len) : NULL;
		if (!colon)
			continue;
		take_field(&head, http_trim(span_make(line.ptr, (size_t)(colon - line.ptr))),
			   http_trim(span_from(line, (size_t)(colon + 1 - line.ptr))));
	}
	*ret_head = head;
}

/* The authority of an absolute-form or authority-form target (RFC 9112 3.2). */
static struct span target_authority(const struct http_head *head)
{
	struct span t = head->target;
	const uint8_t *scheme = t.len ? memmem(t.ptr, t.len, "://", 3) : NULL;
	const uint8_t *end;

	if (t.len == 0 || t.ptr[0] == '/' || t.ptr[0] == '*')
		return (struct span){0};
	if (!scheme)
		return span_equal(head->method, span_str("CONNECT")) ? t : (struct span){0};
	t = span_from(t, (size_t)(scheme + 3 - t.ptr));
	end = t.len ? memchr(t.ptr, '/', t.len) : NULL;
	t = end ? span_head(t, (size_t)(end - t.ptr)) : t;
	end = t.len ? memrchr(t.ptr, '@', t.len) : NULL;
	return end ? span_from(t, (size_t)(end + 1 - t.ptr)) : t;
}

struct span http_head_host(const struct http_head *head)
{
	struct span host = head->host.len ? head->host : target_authority(head);
	const uint8_t *end;

	if (host.len && host.ptr[0] == '[') {
		host = span_from(host, 1);
		end = memchr(host.ptr, ']', host.len);
	} else {
		end = host.len ? memchr(host.ptr, ':', host.len) : NULL;
	}
	return end ? span_head(host, (size_t)(end - host.ptr)) : host;
}
