/* Heads of HTTP/1.x messages: what their fields say. */
#include "carrier/http.h"

#include <strings.h>

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

static void take_type(struct http_head *head, struct span value)
{
	head->type = value;
}

/* RFC 9110 8.6; a list of one number again and again is tolerated there, and so here. */
static void take_length(struct http_head *head, struct span value)
{
	uint64_t length;
	size_t i = head_number(value, &length);

	if (length > INT64_MAX) {
		fail(head, value.ptr, "Content-Length out of range");
		return;
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
	{"Content-Type", BOTH, take_type},
	{"Transfer-Encoding", BOTH, take_encoding},
};

static void take_field(struct http_head *head, struct span name, struct span value)
{
	unsigned side = head->response ? RESPONSE : REQUEST;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if ((fields[i].side & side) && head_is(name, fields[i].name))
			fields[i].take(head, value);
}

void http_head_parse(struct span bytes, struct http_head *ret_head)
{
	struct http_head head = {.bytes = bytes};
	struct span rest = bytes, line = head_start_line(&rest), name, value;

	head.status = http_status(line);
	head.response = head.status != 0;
	if (!head.response)
		(void)http_split_request(line, &head.method, &head.target);
	while (head_field(&rest, &name, &value))
		take_field(&head, name, value);
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
