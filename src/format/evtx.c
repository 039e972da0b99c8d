#include "format/evtx.h"

#include "base/crc32.h"
#include "base/mem.h"
#include "format/evtx-value.h"
#include "format/mapping.h"
#include "format/rows.h"
#include "format/value.h"

#include <assert.h>
#include <errno.h>

#define FILE_HEADER_SIZE 4096 /* of which 128 bytes are used */
#define CHUNKS_MAX UINT16_MAX
#define FLAG_DIRTY 1
/* A length is 16 bits, and a chunk has little more: what else an event has must fit beside. */
#define TEXT_MAX 60000
#define MESSAGE_MAX (128 * 1024)

struct evtx_writer {
	FILE *out;
	off_t begin; /* of the file's header */
	struct evtx_writer_options options;
	uint64_t n_chunks; /* written */
	uint64_t n_records;
	uint64_t n_cut;
	int error;
	struct text message; /* of the event being written */
	struct evtx_chunk chunk;
};

/* ---- one event ---- */

/* S-1-5-18: Windows logs these events as itself; its audits name nobody. */
static const uint8_t local_system[] = {1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0};

/* 100 ns since 1601. */
static uint64_t filetime_of(int64_t time)
{
	return (uint64_t)(time / 100 - (time % 100 < 0) + INT64_C(116444736000000000));
}

static void put_guid_text(struct evtx_values *v, const char *s)
{
	uint8_t digits[16] = {0};
	size_t n = 0;

	for (; *s && n < 32; s++) {
		int digit = hex_digit((uint8_t)*s);

		if (digit < 0)
			continue;
		digits[n / 2] = (uint8_t)(digits[n / 2] << 4 | digit);
		n++;
	}
	evtx_value_guid(v, digits);
}

static size_t n_foreign_of(const struct event *e)
{
	return e->n_foreign < EVTX_FOREIGN_MAX ? e->n_foreign : EVTX_FOREIGN_MAX;
}

/* Counts what it cuts in those of the event around it. */
static void put_event_data(struct evtx_values *outer, const struct event *e)
{
	struct evtx_values v = {.chunk = outer->chunk, .text_max = outer->text_max};
	size_t begin = evtx_value_begin(outer), n = e->layout->n_fields;
	size_t n_foreign = n_foreign_of(e);

	evtx_begin_data(v.chunk, e, n_foreign);
	evtx_values_begin(&v, n + 2 * n_foreign);
	for (size_t i = 0; i < n; i++)
		evtx_value_field(&v, &e->layout->fields[i], &e->facts[e->layout->fields[i].fact]);
	for (size_t i = 0; i < n_foreign; i++) {
		if (*e->foreign[i].name)
			evtx_value_text(&v, e->foreign[i].name, false);
		else
			evtx_value_null(&v);
		evtx_value_text(&v, e->foreign[i].value, true);
	}
	evtx_put_zeros(v.chunk, 1);
	evtx_value_end(outer, EVTX_BINXML, begin);
	outer->n_cut += v.n_cut + (e->n_foreign - n_foreign);
}

/* Slots 0 to 7: what, and when. */
static void put_identity(struct evtx_values *v, const struct event *e)
{
	const struct event_layout *l = e->layout;

	evtx_value_number(v, EVTX_U8, windows_level(e));
	evtx_value_number(v, EVTX_U8, 0);
	evtx_value_number(v, EVTX_U16, l->task);
	evtx_value_number(v, EVTX_U16, l->id);
	evtx_value_null(v);
	evtx_value_number(v, EVTX_H64, windows_keywords(e));
	evtx_value_number(v, EVTX_FILETIME, filetime_of(e->time));
	if (activity_is_known(e))
		evtx_value_guid(v, e->activity);
	else
		evtx_value_null(v);
}

/* Slots 8 to 16: by whom. */
static void put_origin(struct evtx_values *v, const struct event *e, uint64_t number)
{
	const struct provider *provider = e->layout->provider;

	evtx_value_number(v, EVTX_U32, e->process_id);
	evtx_value_number(v, EVTX_U32, e->thread_id);
	evtx_value_number(v, EVTX_U64, e->record ? e->record : number);
	evtx_value_number(v, EVTX_U8, e->layout->version);
	if (provider->audits)
		evtx_value_null(v);
	else
		evtx_value_bytes(v, EVTX_SID, local_system, sizeof(local_system));
	evtx_value_null(v);
	evtx_value_literal(v, provider->name);
	put_guid_text(v, provider->guid);
	evtx_value_literal(v, provider->channel);
}

static void put_rendering(struct evtx_values *v, const struct event *e, const struct text *message)
{
	evtx_value_text(v, message->ptr ? message->ptr : "", false);
	evtx_value_literal(v, event_level_name(e->layout->level));
	evtx_value_literal(v, e->layout->task ? event_task_name(e->layout->task) : "");
	evtx_value_literal(v, "Info");
}

/* False where it did not fit in what the chunk has left, with texts cut at so many bytes. */
static bool put_event(struct evtx_writer *w, const struct event *e, size_t text_max)
{
	struct evtx_values v = {.chunk = &w->chunk, .text_max = text_max};
	bool rendered = w->options.rendered;

	evtx_record_begin(v.chunk, filetime_of(e->time));
	evtx_begin_event(v.chunk, rendered);
	evtx_values_begin(&v, rendered ? EVTX_SLOT_RENDERED__COUNT : EVTX_SLOT__COUNT);
	put_identity(&v, e);
	put_origin(&v, e, w->n_records + 1);
	put_event_data(&v, e);
	evtx_value_text(&v, e->computer ? e->computer : "Null", false);
	if (rendered)
		put_rendering(&v, e, &w->message);
	evtx_put_zeros(v.chunk, 1);
	if (!evtx_record_end(v.chunk))
		return false;
	w->n_records++;
	w->n_cut += v.n_cut + w->message.failed;
	return true;
}

/* Windows ends the lines of messages with CR LF, and the last one not at all. */
static void put_message(struct text *out, const struct event *e)
{
	struct text lines;
	struct span left;

	text_init(&lines, out->max);
	text_description(&lines, e);
	left = span_make(lines.ptr, lines.len);
	while (left.len) {
		const uint8_t *end = memchr(left.ptr, '\n', left.len);
		size_t n = end ? (size_t)(end - left.ptr) : left.len;

		text_add(out, left.ptr, n);
		left = span_from(left, n + 1);
		if (left.len)
			text_puts(out, "\r\n");
	}
	out->failed |= lines.failed;
	text_finish(&lines);
}

/* ---- the file ---- */

static int write_bytes(struct evtx_writer *w, const void *bytes, size_t n)
{
	errno = 0;
	if (fwrite(bytes, 1, n, w->out) != n)
		w->error = errno ? -errno : -EIO;
	return w->error;
}

static void store(uint8_t *at, uint64_t number, size_t n)
{
	for (size_t i = 0; i < n; i++)
		at[i] = (uint8_t)(number >> 8 * i);
}

/* libevtx, "Windows XML Event Log (EVTX) format", 2. */
static int write_header(struct evtx_writer *w, uint32_t flags)
{
	uint8_t head[FILE_HEADER_SIZE] = {0};

	memcpy(head, "ElfFile", 8);
	store(head + 16, w->n_chunks ? w->n_chunks - 1 : 0, 8);
	store(head + 24, w->n_records + 1, 8);
	store(head + 32, 128, 4);
	store(head + 36, 1, 2); /* version 3.1 */
	store(head + 38, 3, 2);
	store(head + 40, FILE_HEADER_SIZE, 2);
	store(head + 42, w->n_chunks, 2);
	store(head + 120, flags, 4);
	store(head + 124, crc32_add(0, span_make(head, 120)), 4);
	return write_bytes(w, head, sizeof(head));
}

static int write_chunk(struct evtx_writer *w)
{
	if (w->n_chunks == CHUNKS_MAX)
		return w->error = -EFBIG;
	evtx_chunk_seal(&w->chunk);
	if (write_bytes(w, w->chunk.bytes, sizeof(w->chunk.bytes)) != 0)
		return w->error;
	w->n_chunks++;
	evtx_chunk_init(&w->chunk, w->n_records + 1);
	return 0;
}

static int seek(struct evtx_writer *w, off_t offset, int whence)
{
	if (fseeko(w->out, offset, whence) != 0)
		w->error = -errno;
	return w->error;
}

int evtx_writer_new(FILE *out, const struct evtx_writer_options *options,
		    struct evtx_writer **ret_writer)
{
	off_t begin = ftello(out);
	struct evtx_writer *w;
	int rc;

	if (begin < 0)
		return -errno;
	w = mem_zalloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->out = out;
	w->begin = begin;
	if (options)
		w->options = *options;
	text_init(&w->message, MESSAGE_MAX);
	evtx_chunk_init(&w->chunk, 1);
	rc = write_header(w, FLAG_DIRTY);
	if (rc != 0) {
		evtx_writer_free(w);
		return rc;
	}
	*ret_writer = w;
	return 0;
}

int evtx_writer_event(struct evtx_writer *w, const struct event *e)
{
	size_t text_max = TEXT_MAX;

	if (w->error)
		return w->error;
	text_reset(&w->message);
	if (w->options.rendered)
		put_message(&w->message, e);
	while (!put_event(w, e, text_max)) {
		if (w->chunk.n_records == 0) {
			text_max /= 2;
			assert(text_max); /* names and numbers of all its fields fit */
		} else if (write_chunk(w) != 0) {
			return w->error;
		}
	}
	return 0;
}

int evtx_writer_finish(struct evtx_writer *w)
{
	if (w->error)
		return w->error;
	/* A log without records has a chunk, too. */
	if ((w->chunk.n_records || w->n_chunks == 0) && write_chunk(w) != 0)
		return w->error;
	if (seek(w, w->begin, SEEK_SET) != 0 || write_header(w, 0) != 0 ||
	    seek(w, 0, SEEK_END) != 0)
		return w->error;
	if (fflush(w->out) != 0)
		w->error = -errno;
	return w->error;
}

void evtx_writer_free(struct evtx_writer *w)
{
	if (!w)
		return;
	text_finish(&w->message);
	mem_free(w);
}

uint64_t evtx_writer_cut(const struct evtx_writer *w)
{
	return w->n_cut;
}
