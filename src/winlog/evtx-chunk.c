#include "winlog/evtx-chunk.h"

#include "base/crc32.h"

#define HEADER_SIZE 512
#define RECORD_MAGIC "**\0\0"

bool evtx_is_chunk(struct span bytes)
{
	return span_starts(bytes, "ElfChnk", 8);
}

static uint32_t u32_at(struct span s, size_t at)
{
	struct reader r = reader_of(span_from(s, at));

	return reader_u32le(&r);
}

static void problem(const struct evtx_walk *w, const char *where, const char *why, size_t pos)
{
	w->ops->problem(w->ctx, where, why, w->offset + pos);
}

size_t evtx_chunk_used(struct span bytes)
{
	size_t used = u32_at(bytes, 48);

	return used >= HEADER_SIZE && used <= EVTX_CHUNK_SIZE ? used : EVTX_CHUNK_SIZE;
}

/* The header without its own sum and the flags before it. */
static bool header_sum_is_good(struct span c)
{
	uint32_t sum = crc32_add(0, span_head(c, 120));

	return crc32_add(sum, span_head(span_from(c, 128), HEADER_SIZE - 128)) == u32_at(c, 124);
}

static void check_sums(const struct evtx_walk *w)
{
	struct span c = w->chunk;
	size_t used = evtx_chunk_used(c);

	if (u32_at(c, 120) & EVTX_NO_CHECKSUMS)
		return;
	if (!header_sum_is_good(c))
		problem(w, "chunk header", "wrong checksum", 0);
	if (c.len == EVTX_CHUNK_SIZE &&
	    crc32_add(0, span_head(span_from(c, HEADER_SIZE), used - HEADER_SIZE)) != u32_at(c, 52))
		problem(w, "chunk", "wrong checksum of the records", HEADER_SIZE);
}

/* Where the next record's signature is; the end where there is none. */
static size_t find_record(struct span c, size_t from, size_t end)
{
	const uint8_t *at;

	if (from >= end)
		return end;
	at = memmem(c.ptr + from, end - from, RECORD_MAGIC, 4);
	return at ? (size_t)(at - c.ptr) : end;
}

/* The size that a record has at its beginning, where it fits. 0: none. */
static size_t size_at(struct span c, size_t pos, size_t end)
{
	struct span rest = span_from(span_head(c, end), pos);
	size_t size = u32_at(rest, 4);

	if (!span_starts(rest, RECORD_MAGIC, 4) || size < EVTX_RECORD_MIN || size > rest.len)
		return 0;
	return size;
}

/* A record ends with its size once more. */
static bool size_is_confirmed(struct span c, size_t pos, size_t size)
{
	return u32_at(c, pos + size - 4) == size;
}

static bool read_as(struct evtx_walk *w, size_t pos, size_t size, bool is_carved)
{
	struct evtx_engine *e = &w->engine;
	bool has_event = evtx_engine_read(e, pos, size, is_carved);

	if (e->why)
		problem(w, is_carved ? "recovered record" : "record", e->why, e->why_pos);
	return has_event;
}

/*
 * A record of which a part can't be read is not told as a live one: with what is missing it would say something else.
 * To recover means to want it all the same.
 */
static int deliver(struct evtx_walk *w, size_t pos, size_t size, bool is_carved)
{
	struct evtx_engine *e = &w->engine;
	bool has_event = read_as(w, pos, size, is_carved);

	if (e->why && !is_carved)
		has_event = w->recover && read_as(w, pos, size, true);
	if (!has_event)
		return 0;
	e->fields.record.offset = w->offset + pos;
	return w->ops->record(w->ctx, &e->fields.record);
}

/* How long the record is at pos, where its two sizes don't agree: the one that another record follows, or up to it. */
static size_t guess_size(struct evtx_walk *w, size_t pos, size_t size, size_t end)
{
	size_t next;

	if (size && (pos + size == end || size_at(w->chunk, pos + size, end))) {
		problem(w, "record", "its two sizes differ", pos);
		return size;
	}
	next = find_record(w->chunk, pos + 4, end);
	problem(w, "record", end == w->chunk.len && next == end ? "cut short" : "wrong size", pos);
	return next - pos;
}

/* Passes over what is no record: silently where it is only zeros. */
static size_t skip_junk(struct evtx_walk *w, size_t pos, size_t end)
{
	size_t next = find_record(w->chunk, pos, end);

	if (!span_is_zero(span_head(span_from(w->chunk, pos), next - pos)))
		problem(w, "chunk", "no record where one should begin", pos);
	return next;
}

static int read_records(struct evtx_walk *w, size_t end)
{
	struct span c = w->chunk;
	size_t pos = HEADER_SIZE;
	int rc = 0;

	while (rc == 0 && pos < end) {
		size_t size = size_at(c, pos, end);

		if (!span_starts(span_from(c, pos), RECORD_MAGIC, 4)) {
			pos = skip_junk(w, pos, end);
			continue;
		}
		if (!size || !size_is_confirmed(c, pos, size))
			size = guess_size(w, pos, size, end);
		if (size >= EVTX_RECORD_MIN)
			rc = deliver(w, pos, size, false);
		pos += size;
	}
	return rc;
}

static void begin_chunk(struct evtx_walk *w, struct span bytes, uint64_t offset)
{
	w->chunk = bytes;
	w->offset = offset;
	evtx_engine_chunk(&w->engine, bytes);
}

int evtx_read_chunk(struct evtx_walk *w, struct span bytes, uint64_t offset)
{
	size_t used;

	begin_chunk(w, bytes, offset);
	if (bytes.len < HEADER_SIZE) {
		problem(w, "chunk header", "cut short", bytes.len);
		return 0;
	}
	check_sums(w);
	used = evtx_chunk_used(bytes);
	return read_records(w, used < bytes.len ? used : bytes.len);
}

int evtx_carve(struct evtx_walk *w, struct span bytes, uint64_t offset, size_t from)
{
	size_t pos = from;
	int rc = 0;

	begin_chunk(w, bytes, offset);
	while (rc == 0 && (pos = find_record(bytes, pos, bytes.len)) < bytes.len) {
		size_t size = size_at(bytes, pos, bytes.len);

		if (size && size_is_confirmed(bytes, pos, size)) {
			rc = deliver(w, pos, size, true);
			pos += size;
		} else {
			pos++;
		}
	}
	return rc;
}
