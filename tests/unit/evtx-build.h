/* Logs made by hand, byte by byte as the format's description says: one chunk, templates of any shape. */
#ifndef NTLMAUDIT_TESTS_EVTX_BUILD_H
#define NTLMAUDIT_TESTS_EVTX_BUILD_H

#include "base/crc32.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define CHUNK_AT 4096
#define LOG_SIZE (4096 + 65536)

struct log {
	uint8_t bytes[LOG_SIZE];
	size_t at; /* in the chunk */
	size_t record_at;
	uint64_t id;
};

static void patch(struct log *l, size_t at, uint64_t n, size_t size)
{
	for (size_t i = 0; i < size; i++)
		l->bytes[CHUNK_AT + at + i] = (uint8_t)(n >> 8 * i);
}

static void put(struct log *l, uint64_t n, size_t size)
{
	patch(l, l->at, n, size);
	l->at += size;
}

static void put_bytes(struct log *l, const void *bytes, size_t n)
{
	memcpy(l->bytes + CHUNK_AT + l->at, bytes, n);
	l->at += n;
}

static void put_utf16(struct log *l, const char *ascii)
{
	for (; *ascii; ascii++)
		put(l, (uint8_t)*ascii, 2);
}

/* The offset of a name that follows at once. */
static void put_name(struct log *l, const char *name)
{
	uint32_t hash = 0;

	for (size_t i = 0; name[i]; i++)
		hash = hash * 65599 + (uint8_t)name[i];
	put(l, l->at + 4, 4);
	put(l, 0, 4);
	put(l, hash & 0xffff, 2);
	put(l, strlen(name), 2);
	put_utf16(l, name);
	put(l, 0, 2);
}

static void put_open(struct log *l, bool in_template, const char *name, bool has_attributes)
{
	put(l, has_attributes ? 0x41 : 0x01, 1);
	if (in_template)
		put(l, 0xffff, 2);
	put(l, 0, 4);
	put_name(l, name);
	if (has_attributes)
		put(l, 0, 4);
}

static void put_text(struct log *l, const char *text)
{
	put(l, 0x0105, 2);
	put(l, strlen(text), 2);
	put_utf16(l, text);
}

static void put_value(struct log *l, unsigned number, bool is_optional)
{
	put(l, is_optional ? 0x0e : 0x0d, 1);
	put(l, number, 2);
	put(l, 0, 1);
}

/* <name>%number</name> of a template. */
static void put_element(struct log *l, const char *name, unsigned number)
{
	put_open(l, true, name, false);
	put(l, 0x02, 1);
	put_value(l, number, true);
	put(l, 0x04, 1);
}

/* <Data Name="name">%number</Data> */
static void put_data(struct log *l, const char *name, unsigned number)
{
	put_open(l, true, "Data", true);
	put(l, 0x06, 1);
	put_name(l, "Name");
	put_text(l, name);
	put(l, 0x02, 1);
	put_value(l, number, false);
	put(l, 0x04, 1);
}

static void log_init(struct log *l)
{
	memset(l, 0, sizeof(*l));
	l->at = 512;
	l->id = 1;
}

static void begin_record(struct log *l)
{
	l->record_at = l->at;
	put_bytes(l, "**\0\0", 4);
	put(l, 0, 4);
	put(l, l->id++, 8);
	put(l, UINT64_C(132000000000000000), 8);
	put(l, 0x0001010f, 4);
}

static void end_record(struct log *l)
{
	size_t size = l->at + 4 - l->record_at;

	patch(l, l->record_at + 4, size, 4);
	put(l, size, 4);
}

/* A template instance up to its definition: 0 makes one that follows at once and must be ended. Returns where. */
static size_t begin_instance(struct log *l, size_t definition)
{
	size_t here = l->at + 10;

	put(l, 0x010c, 2);
	put(l, 0x1234, 4);
	put(l, definition ? definition : here, 4);
	if (definition)
		return definition;
	put(l, 0, 4);
	put(l, 0x1234, 8);
	put(l, 0, 8);
	put(l, 0, 4);
	put(l, 0x0001010f, 4);
	return here;
}

static void end_definition(struct log *l, size_t definition)
{
	put(l, 0, 1);
	patch(l, definition + 20, l->at - definition - 24, 4);
}

struct item {
	uint8_t type;
	const void *bytes;
	size_t n;
};

static void put_values(struct log *l, const struct item *items, size_t n)
{
	put(l, n, 4);
	for (size_t i = 0; i < n; i++) {
		put(l, items[i].n, 2);
		put(l, items[i].type, 2);
	}
	for (size_t i = 0; i < n; i++)
		put_bytes(l, items[i].bytes, items[i].n);
}

static void seal_header(struct log *l)
{
	uint8_t *file = l->bytes;
	struct span chunk = span_make(l->bytes + CHUNK_AT, 65536);
	uint32_t sum;

	memcpy(file, "ElfFile", 8);
	file[32] = 128;
	file[36] = 1;
	file[38] = 3;
	file[41] = 16;
	file[42] = 1;
	sum = crc32_add(0, span_make(file, 120));
	memcpy(file + 124, &sum, 4);
	sum = crc32_add(crc32_add(0, span_head(chunk, 120)), span_head(span_from(chunk, 128), 384));
	patch(l, 124, sum, 4);
}

/* The headers, over what was put so far. */
static void seal(struct log *l)
{
	struct span chunk = span_make(l->bytes + CHUNK_AT, 65536);

	memcpy(l->bytes + CHUNK_AT, "ElfChnk", 8);
	patch(l, 40, 128, 4);
	patch(l, 48, l->at, 4);
	patch(l, 52, crc32_add(0, span_head(span_from(chunk, 512), l->at - 512)), 4);
	seal_header(l);
}

#endif
