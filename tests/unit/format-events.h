/* Events and a finding that the tests of single formats share, and what a format makes of them. */
#ifndef NTLMAUDIT_TESTS_FORMAT_EVENTS_H
#define NTLMAUDIT_TESTS_FORMAT_EVENTS_H

#include "unit.h"

#include "base/mem.h"
#include "format/format.h"

/* 2026-11-22T14:00:00.1234567Z and 89 ns */
#define NOON INT64_C(1795356000123456789)

/* What tries to end a cell, a string, a pair, a line, and to look like what it is not; the last byte is no UTF-8. */
#define HOSTILE "\"',;|=\\\r\n\t}]<>&\xe2\x80\xae\xf0\x9f\x98\x80\xff"

static inline struct event server_failure(void)
{
	struct event e = {.layout = event_layout_find(4022),
			  .record = 7,
			  .time = NOON,
			  .computer = "FS1",
			  .activity = {1, 2, 3}};

	event_set_text(&e, FACT_USER, "alice");
	event_set_text(&e, FACT_DOMAIN, "CORP");
	event_set_text(&e, FACT_CLIENT_IP, "10.0.0.5");
	event_set_number(&e, FACT_CLIENT_PORT, 49152);
	event_set_number(&e, FACT_FLAGS, 0xe2888215);
	event_set_status(&e, 0xc000006a);
	event_set_text(&e, FACT_CARRIER, "SMB2");
	event_set_text(&e, FACT_MECHANISMS, "NTLMSSP,Kerberos");
	return e;
}

static inline struct finding relay_finding(void)
{
	return (struct finding){.id = FINDING_RELAY,
				.time = NOON,
				.sentence = "a relay",
				.source_ip = "10.0.0.5",
				.target_ip = "fd00::7",
				.user = "alice",
				.count = 2,
				.records = {3, 4},
				.n_records = 2,
				.capture = "a.pcap",
				.frame = 99};
}

/* Everything that can be a stranger's is this text. */
static inline void fill_event(struct event *e, const char *s, struct foreign_field *foreign)
{
	e->computer = s;
	for (enum fact f = 0; f < FACT__COUNT; f++)
		event_set_text(e, f, s);
	*foreign = (struct foreign_field){s, s};
	e->foreign = foreign;
	e->n_foreign = 1;
}

/* The caller frees it. */
static inline char *event_as(const char *format, const struct event *e)
{
	struct format_style style = {0};
	struct text out;

	text_init(&out, 0);
	format_find(format)->event(&out, &style, e);
	assert_false(out.failed);
	return out.ptr;
}

static inline char *finding_as(const char *format, const struct finding *f)
{
	struct format_style style = {0};
	struct text out;

	text_init(&out, 0);
	format_find(format)->finding(&out, &style, f);
	assert_false(out.failed);
	return out.ptr;
}

/* Frees got. */
static inline void has(char *got, const char *part)
{
	if (!strstr(got, part))
		fail_msg("no %s in %s", part, got);
	mem_free(got);
}

static inline void lacks(char *got, const char *part)
{
	if (strstr(got, part))
		fail_msg("%s in %s", part, got);
	mem_free(got);
}

#endif
