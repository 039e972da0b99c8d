#include "format/evtx-chunk.h"

#include "base/crc32.h"

#include <assert.h>

#define NAMES_AT EVTX_TABLES_AT
#define N_NAME_CHAINS 64
#define TEMPLATES_AT (EVTX_TABLES_AT + N_NAME_CHAINS * 4)
#define N_TEMPLATE_CHAINS 32

#define RECORD_MAGIC 0x2a2a
#define TEMPLATE_INSTANCE 0x0c

static void store(uint8_t *at, uint64_t number, size_t n)
{
	for (size_t i = 0; i < n; i++)
		at[i] = (uint8_t)(number >> 8 * i);
}

static uint64_t load(const struct evtx_chunk *c, size_t at, size_t n)
{
	uint64_t number = 0;

	for (size_t i = 0; i < n; i++)
		number |= (uint64_t)c->bytes[at + i] << 8 * i;
	return number;
}

/* Where the next n bytes belong; NULL where there is no room. */
static uint8_t *take(struct evtx_chunk *c, size_t n)
{
	uint8_t *at = c->bytes + c->used;

	if (c->full || n > EVTX_RECORDS_END - c->used) {
		c->full = true;
		return NULL;
	}
	c->used += n;
	return at;
}

void evtx_put(struct evtx_chunk *c, const void *bytes, size_t n)
{
	uint8_t *at = take(c, n);

	if (at && n)
		memcpy(at, bytes, n);
}

void evtx_put_zeros(struct evtx_chunk *c, size_t n)
{
	uint8_t *at = take(c, n);

	if (at)
		memset(at, 0, n);
}

void evtx_put_number(struct evtx_chunk *c, uint64_t number, size_t n)
{
	uint8_t *at = take(c, n);

	if (at)
		store(at, number, n);
}

void evtx_put_ascii(struct evtx_chunk *c, const char *s)
{
	for (; *s; s++)
		evtx_put_number(c, (uint8_t)*s, 2);
}

void evtx_patch_number(struct evtx_chunk *c, size_t at, uint64_t number, size_t n)
{
	if (c->full)
		return;
	assert(at + n <= c->used);
	store(c->bytes + at, number, n);
}

void evtx_patch_size(struct evtx_chunk *c, size_t at)
{
	evtx_patch_number(c, at, c->used - at - 4, 4);
}

/* The hash of EVTX, over 16-bit units. */
static uint32_t hash_unit(uint32_t hash, uint32_t unit)
{
	return hash * 65599 + unit;
}

static uint16_t hash_name(const char *name)
{
	uint32_t hash = 0;

	for (; *name; name++)
		hash = hash_unit(hash, (uint8_t)*name);
	return (uint16_t)hash;
}

static uint32_t hash_guid(const uint8_t guid[16])
{
	uint32_t hash = 0;

	for (size_t i = 0; i < 16; i += 2)
		hash = hash_unit(hash, (uint32_t)(guid[i] | guid[i + 1] << 8));
	return hash;
}

static bool name_is(const struct evtx_chunk *c, size_t at, uint16_t hash, const char *name)
{
	size_t n = strlen(name);

	if (load(c, at + 4, 2) != hash || load(c, at + 6, 2) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (load(c, at + 8 + 2 * i, 2) != (uint8_t)name[i])
			return false;
	return true;
}

/* Puts a new link of a chain here, before its older ones as Windows does. */
static void put_link(struct evtx_chunk *c, size_t head)
{
	size_t at = c->used;

	evtx_put_number(c, load(c, head, 4), 4);
	evtx_patch_number(c, head, at, 4);
}

void evtx_put_name(struct evtx_chunk *c, const char *name)
{
	uint16_t hash = hash_name(name);
	size_t head = NAMES_AT + hash % N_NAME_CHAINS * 4, at = load(c, head, 4);

	while (at && !name_is(c, at, hash, name))
		at = load(c, at, 4);
	evtx_put_number(c, at ? at : c->used + 4, 4);
	if (at)
		return;
	put_link(c, head);
	evtx_put_number(c, hash, 2);
	evtx_put_number(c, strlen(name), 2);
	evtx_put_ascii(c, name);
	evtx_put_number(c, 0, 2);
}

bool evtx_template_begin(struct evtx_chunk *c, const uint8_t guid[16], size_t *ret_size_at)
{
	size_t head = TEMPLATES_AT + hash_guid(guid) % N_TEMPLATE_CHAINS * 4;
	size_t at = load(c, head, 4);

	while (at && memcmp(c->bytes + at + 4, guid, 16) != 0)
		at = load(c, at, 4);
	evtx_put_number(c, TEMPLATE_INSTANCE, 1);
	evtx_put_number(c, 1, 1);
	evtx_put(c, guid, 4);
	evtx_put_number(c, at ? at : c->used + 4, 4);
	if (at)
		return false;
	put_link(c, head);
	evtx_put(c, guid, 16);
	*ret_size_at = c->used;
	evtx_put_number(c, 0, 4);
	return true;
}

void evtx_record_begin(struct evtx_chunk *c, uint64_t filetime)
{
	memcpy(c->tables, c->bytes + EVTX_TABLES_AT, EVTX_TABLES_SIZE);
	c->last_record = c->record;
	c->record = c->used;
	evtx_put_number(c, RECORD_MAGIC, 4);
	evtx_put_number(c, 0, 4);
	evtx_put_number(c, c->first + c->n_records, 8);
	evtx_put_number(c, filetime, 8);
}

/* Names and templates of the record are unlinked with it: chains only ever grow at their heads. */
static void take_back(struct evtx_chunk *c)
{
	memcpy(c->bytes + EVTX_TABLES_AT, c->tables, EVTX_TABLES_SIZE);
	memset(c->bytes + c->record, 0, c->used - c->record);
	c->used = c->record;
	c->record = c->last_record;
	c->full = false;
}

bool evtx_record_end(struct evtx_chunk *c)
{
	size_t length;

	/* Records are aligned to 8 bytes; the last 4 are the length again. */
	evtx_put_zeros(c, (4 - (c->used & 7)) & 7);
	length = c->used + 4 - c->record;
	evtx_put_number(c, length, 4);
	evtx_patch_number(c, c->record + 4, length, 4);
	if (c->full) {
		take_back(c);
		return false;
	}
	c->n_records++;
	return true;
}

void evtx_chunk_init(struct evtx_chunk *c, uint64_t first)
{
	memset(c, 0, sizeof(*c));
	c->used = EVTX_RECORDS_AT;
	c->first = first;
}

static uint32_t sum_header(const struct evtx_chunk *c)
{
	uint32_t sum = crc32_add(0, span_make(c->bytes, 120));

	return crc32_add(sum, span_make(c->bytes + EVTX_TABLES_AT, EVTX_TABLES_SIZE));
}

void evtx_chunk_seal(struct evtx_chunk *c)
{
	/* Of an empty log's chunk Windows knows the first number only. */
	uint64_t last = c->n_records ? c->first + c->n_records - 1 : UINT64_MAX;
	uint64_t first_id = c->n_records ? c->first : UINT64_MAX;
	uint32_t sum =
		crc32_add(0, span_make(c->bytes + EVTX_RECORDS_AT, c->used - EVTX_RECORDS_AT));
	uint8_t *b = c->bytes;

	memcpy(b, "ElfChnk", 8);
	store(b + 8, c->first, 8);
	store(b + 16, last, 8);
	store(b + 24, first_id, 8);
	store(b + 32, last, 8);
	store(b + 40, EVTX_TABLES_AT, 4);
	store(b + 44, c->record, 4);
	store(b + 48, c->used, 4);
	store(b + 52, sum, 4);
	store(b + 120, 1, 4); /* as in Windows' own files, clean or not */
	store(b + 124, sum_header(c), 4);
}
