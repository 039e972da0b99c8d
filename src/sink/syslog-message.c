/*
 * A record as a message of RFC 5424: the facts as structured data, the `short` line as the message; or any format as the
 * message. One that is too long loses, in this order: the end of the message, the message, and those parameters of the structured
 * data that don't fit; never half a parameter. `truncated="1"` says so.
 */
#include "sink/syslog.h"

#include "base/clock.h"
#include "sink/pair.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define TRUNCATED " truncated=\"1\""
#define BOM "\xef\xbb\xbf"

/* PRINTUSASCII, at most 255 of them: else it is not known (section 6.2.4). */
static void take_host_name(struct syslog_message *m)
{
	if (gethostname(m->host, sizeof(m->host) - 1) < 0)
		m->host[0] = '\0';
	m->host[sizeof(m->host) - 1] = '\0';
	for (const char *p = m->host; *p; p++)
		if (*p <= ' ' || *p > '~')
			m->host[0] = '\0';
	if (!m->host[0])
		m->host[0] = '-';
}

void syslog_message_init(struct syslog_message *m, const struct syslog_settings *c)
{
	*m = (struct syslog_message){.settings = c};
	take_host_name(m);
}

void syslog_message_finish(struct syslog_message *m)
{
	text_finish(&m->out);
	text_finish(&m->sd);
	text_finish(&m->body);
	text_finish(&m->value);
}

/* ---- the parts ---- */

/* Microseconds at the finest, and four digits of the year (section 6.2.3); else it is not known. */
static void put_time(struct syslog_message *m, int64_t time)
{
	static const size_t to_us = sizeof("2026-11-22T14:00:00.123456") - 1;

	text_reset(&m->value);
	clock_format(&m->value, time);
	if (m->value.len == to_us + 2 && m->value.ptr[4] == '-')
		text_printf(&m->out, "%.*sZ", (int)to_us, m->value.ptr);
	else
		text_putc(&m->out, '-');
}

static void put_header(struct syslog_message *m, unsigned severity, int64_t time, const char *msgid)
{
	text_reset(&m->out);
	text_printf(&m->out, "<%u>1 ", m->settings->facility * 8 + severity);
	put_time(m, time);
	text_printf(&m->out, " %s ntlmaudit - %s ", m->host, msgid);
	text_reset(&m->sd);
	text_puts(&m->sd, "[" SYSLOG_SD_ID);
	text_reset(&m->body);
	text_puts(&m->body, "");
	m->is_cut = false;
}

/* Room for all that must come after a parameter. */
static bool fits(const struct syslog_message *m, size_t more)
{
	return m->out.len + m->sd.len + more + strlen(TRUNCATED "]") <= m->settings->max_bytes;
}

/* Section 6.3.3: '"', '\' and ']' get a '\' before them. */
static void put_parameter(void *ctx, const char *key, const char *value)
{
	struct syslog_message *m = ctx;
	size_t before = m->sd.len, more;

	text_printf(&m->sd, " %s=\"", key);
	for (; *value; value++) {
		if (strchr("\"\\]", *value))
			text_putc(&m->sd, '\\');
		text_putc(&m->sd, *value);
	}
	text_putc(&m->sd, '"');
	more = m->sd.len - before;
	m->sd.len = before;
	if (m->sd.failed)
		return;
	if (fits(m, more))
		m->sd.len += more;
	else
		m->is_cut = true;
	m->sd.ptr[m->sd.len] = '\0';
}

static size_t rune_start(const struct text *t, size_t at)
{
	while (at && at < t->len && (t->ptr[at] & 0xc0) == 0x80)
		at--;
	return at;
}

static bool is_ascii(const struct text *t)
{
	for (size_t i = 0; i < t->len; i++)
		if (t->ptr[i] & 0x80)
			return false;
	return true;
}

/* Section 6.4: a message in UTF-8 begins with the BOM; one in ASCII need not, and parsers of JSON and CEF want none. */
static void put_body(struct syslog_message *m)
{
	const char *start = is_ascii(&m->body) ? " " : " " BOM;
	size_t used = m->out.len + strlen(start), room;

	room = used < m->settings->max_bytes ? m->settings->max_bytes - used : 0;
	if (!m->body.len || !room)
		return;
	text_puts(&m->out, start);
	text_add(&m->out, m->body.ptr,
		 m->body.len <= room ? m->body.len : rune_start(&m->body, room));
}

static int finish(struct syslog_message *m)
{
	size_t n;

	while (m->body.len && m->body.ptr[m->body.len - 1] == '\n')
		m->body.len--;
	n = m->out.len + m->sd.len + strlen("] " BOM) + m->body.len;
	m->is_cut |= n > m->settings->max_bytes;
	text_add(&m->out, m->sd.ptr, m->sd.len);
	text_puts(&m->out, m->is_cut ? TRUNCATED "]" : "]");
	put_body(m);
	return m->out.failed || m->sd.failed || m->body.failed || m->value.failed ? -ENOMEM : 0;
}

/* ---- the whole ---- */

int syslog_message_event(struct syslog_message *m, const struct event *e)
{
	static const struct format_style plain;
	struct pairs pairs = {.put = put_parameter, .ctx = m};
	char msgid[8];

	snprintf(msgid, sizeof(msgid), "%u", e->layout->id);
	put_header(m, severity_of_event(e), e->time, msgid);
	pairs_event_head(&pairs, e);
	if (m->settings->format) {
		m->settings->format->event(&m->body, &plain, e);
	} else {
		pairs_event_facts(&pairs, e);
		short_line_event(&m->body, e);
	}
	m->sd.failed |= pairs.value.failed;
	text_finish(&pairs.value);
	return finish(m);
}

int syslog_message_finding(struct syslog_message *m, const struct finding *f)
{
	static const struct format_style plain;
	struct pairs pairs = {.put = put_parameter, .ctx = m};

	put_header(m, severity_of_finding(f), f->time, finding_kinds[f->id].key);
	pairs_finding_head(&pairs, f);
	if (m->settings->format) {
		m->settings->format->finding(&m->body, &plain, f);
	} else {
		pairs_finding_rest(&pairs, f);
		short_line_finding(&m->body, f);
	}
	m->sd.failed |= pairs.value.failed;
	text_finish(&pairs.value);
	return finish(m);
}
