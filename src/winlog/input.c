#include "winlog/input.h"

#include "winlog/evtx.h"
#include "winlog/json.h"
#include "winlog/xml.h"

#include <errno.h>
#include <unistd.h>

#define EVENT_MAX ((size_t)1 << 20) /* bytes that an event needs beside its record */

struct reading {
	const struct winlog_input *in;
	const struct winlog_input_ops *ops;
	void *ctx;
	const char *unit; /* of what `at` counts */
	struct arena arena;
	struct winlog_counts *counts;
};

static int on_record(void *ctx, const struct winlog_record *r)
{
	struct reading *g = ctx;
	struct event e;
	int rc;

	arena_reset(&g->arena);
	rc = winlog_event(r, &g->arena, &e, g->counts);
	if (rc <= 0)
		return rc;
	if (r->own)
		e.record = r->record_id;
	return g->ops->event(g->ctx, &e);
}

static int on_event(void *ctx, struct event *e)
{
	struct reading *g = ctx;

	g->counts->records++;
	g->counts->events++;
	return g->ops->event(g->ctx, e);
}

static int on_finding(void *ctx, struct finding *f)
{
	struct reading *g = ctx;

	g->counts->findings++;
	return g->ops->finding(g->ctx, f);
}

static void on_problem(void *ctx, const char *where, const char *why, uint64_t offset)
{
	struct reading *g = ctx;

	g->counts->problems++;
	g->ops->problem(g->ctx, g->unit, offset, where, why);
}

static const struct winlog_ops winlog_ops = {
	.record = on_record, .problem = on_problem, .event = on_event, .finding = on_finding};

static int read_evtx(struct reading *g)
{
	struct evtx_options options = {.recover = g->in->recover};
	int fd = dup(g->in->fd), rc;
	FILE *file = fd < 0 ? NULL : fdopen(fd, "rb");

	if (!file) {
		rc = -errno;
		if (fd >= 0)
			close(fd);
		return rc;
	}
	rc = evtx_read(file, &options, &winlog_ops, g);
	fclose(file);
	return rc;
}

static int read_xml(struct reading *g)
{
	return winlog_xml_read(g->in->fd, &winlog_ops, g);
}

static int read_json(struct reading *g)
{
	return winlog_json_read(g->in->fd, &winlog_ops, g);
}

static const struct {
	int (*read)(struct reading *g);
	const char *unit;
} kinds[] = {
	[WINLOG_EVTX] = {read_evtx, "byte"},
	[WINLOG_XML] = {read_xml, "line"},
	[WINLOG_JSON] = {read_json, "line"},
};

int winlog_read(const struct winlog_input *in, const struct winlog_input_ops *ops, void *ctx,
		struct winlog_counts *counts)
{
	struct reading g = {.in = in, .ops = ops, .ctx = ctx, .counts = counts};
	int rc;

	if (in->kind == WINLOG_NONE)
		return -ENOTSUP;
	g.unit = kinds[in->kind].unit;
	arena_init(&g.arena, EVENT_MAX);
	rc = kinds[in->kind].read(&g);
	arena_finish(&g.arena);
	return rc;
}

static bool is_utf16(struct span head)
{
	static const char *const marks[] = {"\xff\xfe", "\xfe\xff"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (span_starts(head, marks[i], 2))
			return true;
	return head.len >= 4 && !head.ptr[0] != !head.ptr[1] && !head.ptr[2] == !head.ptr[0] &&
	       !head.ptr[3] == !head.ptr[1];
}

/* The head as letters: of UTF-16 every other byte. As far as it is text, which a capture is not for long. */
static void take_letters(struct span head, char letters[WINLOG_HEAD + 1])
{
	bool wide = is_utf16(head);
	size_t n = 0;

	if (span_starts(head, "\xef\xbb\xbf", 3))
		head = span_from(head, 3);
	for (size_t i = wide && head.ptr[0] >= 0xfe ? 2 : 0; i < head.len && i < WINLOG_HEAD; i++) {
		uint8_t c = head.ptr[i];

		if (wide && c == 0)
			continue;
		if (c < 0x20 && c != '\t' && c != '\r' && c != '\n')
			break;
		letters[n++] = (char)c;
	}
	letters[n] = '\0';
}

enum winlog_kind winlog_recognise(struct span head)
{
	static const char pcapng[] = "\n\r\r\n"; /* whose length may look like a letter */
	char letters[WINLOG_HEAD + 1];
	const char *first;

	if (head.len >= 8 && evtx_is(head))
		return WINLOG_EVTX;
	if (head.len == 0 || span_starts(head, pcapng, strlen(pcapng)))
		return WINLOG_NONE;
	take_letters(head, letters);
	first = letters + strspn(letters, " \t\r\n");
	if (*first == '{' || *first == '[')
		return WINLOG_JSON;
	/* Tools say their name before the events that they export. */
	return *first == '<' || strstr(letters, "<Event") ? WINLOG_XML : WINLOG_NONE;
}
