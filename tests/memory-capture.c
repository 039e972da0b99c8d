#include "memory-capture.h"

#include "format/format.h"
#include "source/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void memory_capture_init(struct memory_capture_log *log)
{
	*log = (struct memory_capture_log){0};
	text_init(&log->json, 0);
	text_init(&log->others, 0);
}

void memory_capture_finish(struct memory_capture_log *log)
{
	text_finish(&log->json);
	text_finish(&log->others);
}

static void on_event(void *ctx, const struct event *e)
{
	static const struct format_style style = {.colour = true, .explain = true};
	struct memory_capture_log *log = ctx;

	format_find("json")->event(&log->json, &style, e);
	text_reset(&log->others);
	for (const struct format *f = formats; f->name; f++)
		f->event(&log->others, &style, e);
	if (log->json.failed || log->others.failed)
		abort();
}

static void on_finding(void *ctx, const struct finding *finding)
{
	static const struct format_style style = {.colour = true, .explain = true};
	struct memory_capture_log *log = ctx;

	text_reset(&log->others);
	for (const struct format *f = formats; f->name; f++)
		f->finding(&log->others, &style, finding);
	if (log->others.failed)
		abort();
}

static void on_malformed(void *ctx, const char *source, uint64_t frame, const char *where,
			 const char *why, size_t pos)
{
	struct memory_capture_log *log = ctx;

	(void)pos;
	if (!source || !frame || !*where || !why || !*why)
		abort(); /* an error must name file, place and reason */
	log->malformed++;
}

static void on_problem(void *ctx, const char *source, const char *why, bool partly)
{
	struct memory_capture_log *log = ctx;

	(void)partly;
	if (!source || !*why)
		abort();
	log->problems++;
}

static void on_progress(void *ctx, uint64_t done, uint64_t total)
{
	(void)ctx;
	(void)done;
	(void)total;
}

void memory_capture_read(struct memory_capture_log *log, const void *bytes, size_t len)
{
	static const struct capture_ops ops = {
		.event = on_event,
		.finding = on_finding,
		.malformed = on_malformed,
		.problem = on_problem,
		.progress = on_progress,
	};
	static const uint8_t key[AUDIT_KEY_SIZE] = {1};
	int fd = memfd_create("capture", MFD_CLOEXEC);
	char path[64];
	const char *names[] = {path};

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
		abort();
	if (capture_read(names, 1, key, &ops, log, &log->tally) < 0)
		abort();
	close(fd);
}
