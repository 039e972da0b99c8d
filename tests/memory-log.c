#include "memory-log.h"

#include "format/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* What was read again. */
struct again {
	struct text text;
	uint64_t events;
};

int memory_log_open(const void *bytes, size_t len)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) != 0)
		abort();
	return fd;
}

static void put(struct text *out, const char *format, const struct event *e)
{
	static const struct format_style style;

	format_find(format)->event(out, &style, e);
}

static int on_event_again(void *ctx, struct event *e)
{
	struct again *again = ctx;

	again->events++;
	put(&again->text, "json", e);
	return 0;
}

static int on_finding(void *ctx, struct finding *f)
{
	struct text out;

	(void)ctx;
	text_init(&out, 0);
	for (const struct format *format = formats; format->name; format++)
		format->finding(&out, &(struct format_style){0}, f);
	text_finish(&out);
	return 0;
}

static void on_problem(void *ctx, const char *unit, uint64_t at, const char *where, const char *why)
{
	(void)ctx;
	if (!unit || !*unit || !where || !*where || !why || !*why || (at == 0 && *unit == 'l'))
		abort();
}

static void read_as(enum winlog_kind kind, const void *bytes, size_t len,
		    int (*event)(void *, struct event *), void *ctx)
{
	struct winlog_input_ops ops = {
		.event = event, .finding = on_finding, .problem = on_problem};
	struct winlog_input in = {.fd = memory_log_open(bytes, len), .kind = kind};
	struct winlog_counts counts = {0};

	if (winlog_read(&in, &ops, ctx, &counts) != 0)
		abort();
	if (counts.events + counts.other != counts.records)
		abort();
	close(in.fd);
}

static void check_again(const struct event *e, const char *format, enum winlog_kind kind, bool same)
{
	struct again again = {0};
	struct text json, out;

	text_init(&again.text, 0);
	text_init(&json, 0);
	text_init(&out, 0);
	put(&json, "json", e);
	put(&out, format, e);
	if (out.len < 1000000) {
		read_as(kind, out.ptr, out.len, on_event_again, &again);
		if (again.events != 1 || (same && strcmp(again.text.ptr, json.ptr) != 0)) {
			fprintf(stderr, "%s%s", json.ptr, again.text.ptr ? again.text.ptr : "");
			abort();
		}
	}
	text_finish(&out);
	text_finish(&json);
	text_finish(&again.text);
}

static int on_event(void *ctx, struct event *e)
{
	struct text out;

	(void)ctx;
	text_init(&out, 0);
	for (const struct format *format = formats; format->name; format++)
		put(&out, format->name, e);
	text_finish(&out);
	check_again(e, "json", WINLOG_JSON, true);
	check_again(e, "xml", WINLOG_XML, false);
	return 0;
}

void memory_log_check(enum winlog_kind kind, const uint8_t *data, size_t size)
{
	(void)winlog_recognise(span_make(data, size));
	read_as(kind, data, size, on_event, NULL);
}
