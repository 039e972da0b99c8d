/*
 * evtx-make [-r] COUNT SEED OUT.evtx: writes made-up events of every id to an .evtx file, and to stdout two lines of
 * JSON each: the event as our own format has it, and what that format does not have of it. tests/format/evtx.py
 * compares the two. -r: rendered. The same seed makes the same file.
 */
#include "base/text.h"
#include "format/escape.h"
#include "format/evtx.h"
#include "format/format.h"
#include "format/rows.h"

#include <inttypes.h>
#include <stdlib.h>

#define N_FOREIGN 4
#define N_TEXTS (FACT__COUNT + 1 + N_FOREIGN)

static uint64_t state;

/* SplitMix64. */
static uint64_t next(void)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint64_t below(uint64_t n)
{
	return next() % n;
}

static const char *const pieces[] = {
	"a",
	"B",
	"7",
	"$",
	"-",
	".",
	"\\",
	"/",
	" ",
	"@",
	"<",
	">",
	"&",
	"\"",
	"'",
	"{",
	"}",
	"%1",
	"\xc3\xa4",
	"\xc3\x9f",
	"\xd0\x96",
	"\xe4\xb8\xad",
	"\xe2\x80\xae" /* turns the direction */,
	"\xf0\x9f\x94\x91" /* beyond 16 bits */,
	"e\xcc\x81",
	"\t",
	"\n",
	"\x01",
	"\x1f",
	"\x7f",
	"\xc2\x85",
	"\xef\xbf\xbe" /* U+FFFE */,
	"]]>",
	"Null",
};
#define N_PIECES (sizeof(pieces) / sizeof(pieces[0]))

static struct text texts[N_TEXTS];
static size_t n_texts;

/* Lives until the next event. */
static const char *make_text(void)
{
	struct text *t = &texts[n_texts++];
	uint64_t kind = below(40), n = kind == 0 ? 0 : kind == 1 ? below(1500) : below(24);

	text_reset(t);
	text_puts(t, "");
	while (n--)
		text_puts(t, pieces[kind < 4 ? below(N_PIECES) : below(10)]);
	return t->ptr;
}

static uint64_t make_number(const struct field *f)
{
	static const uint64_t statuses[] = {0, 0xc000006a, 0xc0000064, 0xc000006d, 0xdeadbeef};

	if (facts[f->fact].type == FACT_NTSTATUS)
		return statuses[below(sizeof(statuses) / sizeof(statuses[0]))];
	if (f->type == WIN_BOOL)
		return below(2);
	return f->type == WIN_H64 ? next() : next() >> (32 + below(32));
}

/* Plain ones: libevtx and python-evtx write attributes without escaping them. */
static const char *make_name(void)
{
	static const char *const names[] = {"", "Foreign", "Sch\xc3\xb6n 2", "\xe4\xb8\xad"};

	return names[below(sizeof(names) / sizeof(names[0]))];
}

static void make_facts(struct event *e)
{
	for (size_t i = 0; i < e->layout->n_fields; i++) {
		const struct field *f = &e->layout->fields[i];

		if (below(8) == 0)
			continue;
		if (f->type == WIN_STRING)
			event_set_text(e, f->fact, make_text());
		else
			event_set_number(e, f->fact, make_number(f));
	}
}

static void make_event(struct event *e, struct foreign_field *foreign, uint64_t i)
{
	n_texts = 0;
	*e = (struct event){.layout = &event_layouts[i % n_event_layouts], .record = i + 1};
	/* From 1601 on to long after us; most of them now. */
	e->time = INT64_C(1795356000123456789) + (int64_t)below(UINT64_C(1) << 50);
	if (below(100) == 0)
		e->time = -(int64_t)below(UINT64_C(1) << 62);
	e->computer = below(20) ? make_text() : NULL;
	for (size_t n = 0; i % 3 && n < sizeof(e->activity); n++)
		e->activity[n] = (uint8_t)next();
	make_facts(e);
	e->process_id = (uint32_t)next();
	e->thread_id = (uint32_t)below(9);
	e->foreign = foreign;
	e->n_foreign = below(10) ? 0 : below(N_FOREIGN + 1);
	for (size_t n = 0; n < e->n_foreign; n++)
		foreign[n] = (struct foreign_field){make_name(), make_text()};
}

static void put_quoted(struct text *out, const char *s)
{
	text_putc(out, '"');
	text_json(out, span_str(s));
	text_putc(out, '"');
}

static void put_rest(struct text *out, const struct event *e)
{
	struct text message;

	text_init(&message, 0);
	text_description(&message, e);
	text_printf(out, "{\"process_id\":%" PRIu32 ",\"thread_id\":%" PRIu32 ",\"message\":",
		    e->process_id, e->thread_id);
	put_quoted(out, message.ptr);
	text_puts(out, ",\"foreign\":[");
	for (size_t i = 0; i < e->n_foreign; i++) {
		text_puts(out, i ? ",[" : "[");
		put_quoted(out, e->foreign[i].name);
		text_putc(out, ',');
		put_quoted(out, e->foreign[i].value);
		text_putc(out, ']');
	}
	text_puts(out, "]}\n");
	text_finish(&message);
}

static int make(struct evtx_writer *w, uint64_t count)
{
	const struct format *json = format_find("json");
	const struct format_style plain = {0};
	struct foreign_field foreign[N_FOREIGN];
	struct text out;
	int rc = 0;

	text_init(&out, 0);
	for (uint64_t i = 0; rc == 0 && i < count; i++) {
		struct event e;

		make_event(&e, foreign, i);
		text_reset(&out);
		json->event(&out, &plain, &e);
		put_rest(&out, &e);
		fwrite(out.ptr, 1, out.len, stdout);
		rc = evtx_writer_event(w, &e);
	}
	text_finish(&out);
	return rc;
}

int main(int argc, char **argv)
{
	struct evtx_writer_options options = {.rendered = argc > 1 && strcmp(argv[1], "-r") == 0};
	struct evtx_writer *w = NULL;
	FILE *out;
	int rc;

	argv += options.rendered;
	if (argc - options.rendered != 4)
		return 2;
	state = strtoull(argv[2], NULL, 10);
	out = fopen(argv[3], "wb");
	rc = out ? evtx_writer_new(out, &options, &w) : -1;
	if (rc == 0)
		rc = make(w, strtoull(argv[1], NULL, 10));
	if (rc == 0)
		rc = evtx_writer_finish(w);
	if (rc == 0 && evtx_writer_cut(w))
		fprintf(stderr, "%" PRIu64 " cut\n", evtx_writer_cut(w));
	evtx_writer_free(w);
	for (size_t i = 0; i < N_TEXTS; i++)
		text_finish(&texts[i]);
	return rc != 0 || fclose(out) != 0;
}
