/* What follows a head (RFC 9112 6, 7): bodies passed over, chunk by chunk where they come so. */
#include "carrier/http.h"

#include "base/text.h"

#include <errno.h>

#define LINE_MAX_LEN ((size_t)16 * 1024) /* of a chunk's size or a trailer field */

void http_enter(struct http_half *half, enum http_at at)
{
	*half = (struct http_half){.at = (uint8_t)at};
}

int http_too_long(struct http_walk *w, const char *where, const char *why)
{
	tally_one(w->env->tally, TALLY_CARRIER_LIMIT);
	carrier_malformed(w->env, where, why, w->rest.len);
	return -EBADMSG;
}

int http_enter_body(struct http_walk *w, const struct http_head *head, enum http_body body,
		    bool bodiless)
{
	if (bodiless) {
		http_enter(w->half, HTTP_AT_HEAD);
	} else if (head->encoded && head->chunked) {
		http_enter(w->half, HTTP_AT_CHUNK);
	} else if (!head->encoded && head->has_length) {
		http_enter_inside(w, body, head->length);
	} else if (head->response) {
		http_enter(w->half, HTTP_AT_BODY_TO_END);
	} else if (head->encoded) {
		return -EBADMSG; /* RFC 9112 6.3: its end can't be known */
	} else {
		http_enter(w->half, HTTP_AT_HEAD);
	}
	return 0;
}

/* The next line with its end is used; without its end it is *ret_line. */
static int take_line(struct http_walk *w, struct span *ret_line)
{
	size_t from = w->half->scanned;
	const uint8_t *lf = memchr(w->rest.ptr + from, '\n', w->rest.len - from);

	if (!lf) {
		w->half->scanned = w->rest.len;
		return w->rest.len > LINE_MAX_LEN
			       ? http_too_long(w, "HTTP chunked body", "line too long")
			       : -EAGAIN;
	}
	w->half->scanned = 0;
	w->used = (size_t)(lf - w->rest.ptr) + 1;
	*ret_line = head_trim(span_head(w->rest, (size_t)w->used));
	return 0;
}

/* RFC 9112 7.1: hexadecimal, then perhaps extensions. */
static int chunk_size(struct span line, uint64_t *ret_size)
{
	uint64_t size = 0;
	size_t i;

	for (i = 0; i < line.len && hex_digit(line.ptr[i]) >= 0; i++) {
		if (size > (uint64_t)INT64_MAX >> 4)
			return -EBADMSG;
		size = size << 4 | (uint64_t)hex_digit(line.ptr[i]);
	}
	if (i == 0 || (i < line.len && line.ptr[i] != ';' && !head_is_blank(line.ptr[i])))
		return -EBADMSG;
	*ret_size = size;
	return 0;
}

int http_step_chunk(struct http_walk *w)
{
	struct span line;
	uint64_t size;
	int rc = take_line(w, &line);

	if (rc)
		return rc;
	rc = chunk_size(line, &size);
	if (rc) {
		carrier_malformed(w->env, "HTTP chunked body", "chunk size senseless", 0);
		return rc;
	}
	http_enter(w->half, size ? HTTP_AT_CHUNK_END : HTTP_AT_TRAILER);
	w->used += size;
	return 0;
}

int http_step_chunk_end(struct http_walk *w)
{
	struct span line;
	int rc = take_line(w, &line);

	if (rc)
		return rc;
	if (line.len) {
		carrier_malformed(w->env, "HTTP chunked body", "chunk longer than its size", 0);
		return -EBADMSG;
	}
	http_enter(w->half, HTTP_AT_CHUNK);
	return 0;
}

int http_step_trailer(struct http_walk *w)
{
	struct span line;
	int rc = take_line(w, &line);

	if (rc == 0 && line.len == 0)
		http_enter(w->half, HTTP_AT_HEAD);
	return rc;
}

/* Ends with the connection, or where that was an error, with a segment that begins with a response. */
int http_step_body_to_end(struct http_walk *w)
{
	size_t want;

	if (w->at_segment_start) {
		enum carrier_match match = http_probe(w->rest, &want);

		if (match == CARRIER_MORE)
			return -EAGAIN;
		if (match == CARRIER_YES && http_status(w->rest)) {
			http_enter(w->half, HTTP_AT_HEAD);
			return 0;
		}
	}
	/* a response may pass unseen here: what waits for one can't be matched any more */
	http_pipeline_clear(&w->http->pipeline);
	w->used = w->rest.len;
	return 0;
}
