#include "source/samba.h"

#include "base/mem.h"

#include <errno.h>

/* The longest line that samba_line_decode() takes, and its line feed. */
#define LINE_ROOM (SAMBA_LINE_MAX + 1)

struct state {
	struct samba_scratch scratch;
	struct log_line line;
	struct packet first; /* found when the file was opened */
	bool has_first;
	uint64_t number;
	int64_t time; /* of the last line that had one */
};

static bool contains(struct span s, const char *what)
{
	return memmem(s.ptr, s.len, what, strlen(what)) != NULL;
}

bool samba_recognise(struct span head)
{
	if (contains(head, "\"__REALTIME_TIMESTAMP\""))
		return true;
	return contains(head, "\"timestamp\": \"") && contains(head, "\"type\": \"") &&
	       !contains(head, "\"@timestamp\"");
}

bool samba_kerberos(const struct samba_line *line, struct span *ret_user, struct span *ret_domain)
{
	bool at_kdc = line->type == SAMBA_AUTHENTICATION && line->kind == SAMBA_LINE_KERBEROS &&
		      line->has_status && line->status == 0;
	bool at_server =
		line->type == SAMBA_AUTHORIZATION && span_equal(line->auth_type, span_str("krb5"));

	*ret_user = at_kdc ? line->became_account : line->account;
	*ret_domain = at_kdc ? line->became_domain : line->domain;
	return (at_kdc || at_server) && ret_user->len;
}

/*
 * The next line without its line feed, valid until the next call. 1; 0 at the end; -EMSGSIZE where it is too long: it was passed over;
 * or -EIO, -ENOMEM.
 */
static int next_line(struct window *w, struct span *ret_line)
{
	size_t looked = 0;

	for (;;) {
		const uint8_t *at = w->ptr + w->at;
		size_t left = window_left(w);
		const uint8_t *end = memchr(at + looked, '\n', left - looked);
		bool whole = end || left > LINE_ROOM || !window_fill(w, left + 1);

		if (!whole) {
			looked = left;
			continue;
		}
		at = w->ptr + w->at;
		if (w->error)
			return w->error == ENOMEM ? -ENOMEM : -EIO;
		if (!end && left > LINE_ROOM)
			return -EMSGSIZE;
		*ret_line = span_make(at, end ? (size_t)(end - at) : left);
		w->at += ret_line->len + (end != NULL);
		return ret_line->len || end;
	}
}

/* The rest of a line that is too long. */
static void pass_line(struct window *w)
{
	for (;;) {
		const uint8_t *at = w->ptr + w->at;
		const uint8_t *end = memchr(at, '\n', window_left(w));

		if (end) {
			w->at += (size_t)(end - at) + 1;
			return;
		}
		w->at = w->len;
		if (!window_fill(w, 1))
			return;
	}
}

static void tell(struct state *s, struct span line, const char *why, size_t pos,
		 struct packet *ret_packet)
{
	s->line.why = why;
	s->line.why_pos = pos;
	if (!why && s->line.line.has_time)
		s->time = s->line.line.time;
	*ret_packet = (struct packet){
		.time = s->time,
		.number = s->number,
		.line = &s->line,
		.data = line,
		.wire_len = line.len,
	};
}

/* The next line that is Samba's. */
static int next_record(struct input *in, struct packet *ret_packet, struct text *why)
{
	struct state *s = in->state;
	struct span line = {0};
	int rc;

	while ((rc = next_line(&in->window, &line)) != 0) {
		s->number++;
		if (rc == -EMSGSIZE)
			pass_line(&in->window);
		if (rc == -EMSGSIZE || line.len > SAMBA_LINE_MAX) {
			tell(s, (struct span){0}, "a line is too long", SAMBA_LINE_MAX, ret_packet);
			return 1;
		}
		if (rc < 0) {
			text_puts(why, strerror(in->window.error));
			return rc;
		}
		rc = samba_line_decode(line, &s->scratch, &s->line.line);
		if (rc == 0 || rc == -EBADMSG) {
			tell(s, line, rc ? s->scratch.why : NULL, s->scratch.why_pos, ret_packet);
			return 1;
		}
	}
	return 0;
}

static int next(struct input *in, struct packet *ret_packet, struct text *why)
{
	struct state *s = in->state;
	int rc = 1;

	if (s->has_first)
		*ret_packet = s->first;
	else
		rc = next_record(in, ret_packet, why);
	s->has_first = false;
	in->number = ret_packet->number - 1; /* a packet's number is here that of its line */
	return rc;
}

/* A text without a line of Samba's is none of its logs. */
static int open_log(struct input *in, struct text *why)
{
	struct state *s = mem_zalloc(1, sizeof(*s));
	int rc;

	if (!s) {
		text_puts(why, "out of memory");
		return -ENOMEM;
	}
	in->state = s;
	rc = next_record(in, &s->first, why);
	s->has_first = true;
	if (rc == 0)
		text_puts(why, INPUT_UNKNOWN);
	return rc > 0 ? 0 : rc ? rc : -ENOTSUP;
}

static void close_log(struct input *in)
{
	mem_free(in->state);
	in->state = NULL;
}

const struct input_ops input_samba = {open_log, next, close_log};
