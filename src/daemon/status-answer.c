/* The status socket's two little protocols: a word and a line end, or HTTP/1.x. Both end with the answer. */
#include "daemon/status.h"

#include "format/json-write.h"

#include <errno.h>

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define TEXT_TYPE "text/plain; charset=utf-8"

static const char help_text[] = "/metrics  Prometheus' text format\n"
				"/status   JSON, as ntlmaudit status -o json prints it\n";

static void put_help(const struct daemon_status *s, struct text *out)
{
	(void)s;
	text_puts(out, help_text);
}

static const struct page {
	const char *path, *type;
	void (*put)(const struct daemon_status *s, struct text *out);
} pages[] = {
	{"/", TEXT_TYPE, put_help},
	{"/metrics", METRICS_TYPE, status_metrics},
	{"/status", "application/json", status_json},
};

static struct span take_word(struct span *line)
{
	const uint8_t *blank = line->len ? memchr(line->ptr, ' ', line->len) : NULL;
	struct span word = span_head(*line, blank ? (size_t)(blank - line->ptr) : line->len);

	*line = span_from(*line, word.len + 1);
	return word;
}

/* "http://x/metrics?y" is "/metrics", too. */
static struct span path_of(struct span target)
{
	static const char scheme[] = "http://";
	const uint8_t *at;

	if (span_starts(target, scheme, strlen(scheme))) {
		target = span_from(target, strlen(scheme));
		at = target.len ? memchr(target.ptr, '/', target.len) : NULL;
		target = at ? span_from(target, (size_t)(at - target.ptr)) : span_str("/");
	}
	at = target.len ? memchr(target.ptr, '?', target.len) : NULL;
	return span_head(target, at ? (size_t)(at - target.ptr) : target.len);
}

static void put_http(struct text *out, const char *status, const char *type,
		     const struct text *body)
{
	text_printf(out,
		    "HTTP/1.0 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
		    "Connection: close\r\n\r\n",
		    status, type, body->len);
	text_add(out, body->ptr ? body->ptr : "", body->len);
}

static void put_error(struct text *out, const char *status)
{
	struct text body;

	text_init(&body, 0);
	text_printf(&body, "%s\n%s", status, help_text);
	put_http(out, status, TEXT_TYPE, &body);
	out->failed |= body.failed;
	text_finish(&body);
}

static void put_page(struct text *out, const struct page *page, const struct daemon_status *s)
{
	struct text body;

	text_init(&body, STATUS_ANSWER_MAX);
	page->put(s, &body);
	if (body.failed)
		out->failed = true;
	else
		put_http(out, "200 OK", page->type, &body);
	text_finish(&body);
}

static void answer_http(struct text *out, struct span method, struct span target,
			const struct daemon_status *s)
{
	struct span path = path_of(target);

	if (!span_equal(method, span_str("GET"))) {
		put_error(out, "405 Method Not Allowed");
		return;
	}
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (span_equal(path, span_str(pages[i].path))) {
			put_page(out, &pages[i], s);
			return;
		}
	put_error(out, "404 Not Found");
}

static void put_refusal(struct text *out, const char *sentence)
{
	struct json j;

	json_begin(&j, out);
	json_text(&j, "error", sentence);
	json_end(&j);
	text_putc(out, '\n');
}

/* Does an empty line end the head? */
static bool head_ends(struct span request)
{
	return memmem(request.ptr, request.len, "\n\r\n", 3) ||
	       memmem(request.ptr, request.len, "\n\n", 2);
}

static bool is_http(struct span version)
{
	return version.len == strlen("HTTP/1.x") && span_starts(version, "HTTP/1.", 7);
}

static int finish(const struct text *out)
{
	return out->failed ? -ENOMEM : 0;
}

static int answer_line(struct span line, struct span request, const struct daemon_status *s,
		       struct text *out)
{
	struct span rest = line;
	struct span method = take_word(&rest), target = take_word(&rest);

	if (span_equal(line, span_str("status"))) {
		status_json(s, out);
	} else if (!is_http(rest)) {
		put_refusal(out, "ask: status, or GET /metrics HTTP/1.0");
	} else if (!head_ends(request)) {
		if (request.len < STATUS_REQUEST_MAX)
			return -EAGAIN;
		put_error(out, "431 Request Header Fields Too Large");
	} else {
		answer_http(out, method, target, s);
	}
	return finish(out);
}

int status_answer(struct span request, const struct daemon_status *s, struct text *out)
{
	const uint8_t *end;
	struct span line;

	request = span_head(request, STATUS_REQUEST_MAX);
	end = request.len ? memchr(request.ptr, '\n', request.len) : NULL;
	if (!end && request.len < STATUS_REQUEST_MAX)
		return -EAGAIN;
	if (!end) {
		put_refusal(out, "the request is too long");
		return finish(out);
	}
	line = span_head(request, (size_t)(end - request.ptr));
	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	return answer_line(line, request, s, out);
}
