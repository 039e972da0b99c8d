/*
 * One chunk of a Windows event log while it is filled: 64 KiB of records that stand for themselves, since names and
 * templates are shared within a chunk only. Sticky: what does not fit sets `full`, and a record that did not fit
 * is taken back whole. Layout: libevtx, "Windows XML Event Log (EVTX) format", 3.
 */
#ifndef NTLMAUDIT_FORMAT_EVTX_CHUNK_H
#define NTLMAUDIT_FORMAT_EVTX_CHUNK_H

#include "base/span.h"

#define EVTX_CHUNK_SIZE ((size_t)65536)
/* Records end before it: libevtx overlooks one that ends with its chunk. */
#define EVTX_RECORDS_END (EVTX_CHUNK_SIZE - 8)
#define EVTX_TABLES_AT ((size_t)128) /* 64 heads of chains of names, then 32 of templates */
#define EVTX_TABLES_SIZE ((size_t)(64 + 32) * 4)
#define EVTX_RECORDS_AT (EVTX_TABLES_AT + EVTX_TABLES_SIZE)

struct evtx_chunk {
	uint8_t bytes[EVTX_CHUNK_SIZE];
	size_t used;
	size_t record;	    /* where the last record begins; 0 = there is none */
	size_t last_record; /* the one before it, while it is written */
	uint64_t first;	    /* number of the first record */
	uint64_t n_records;
	uint8_t tables[EVTX_TABLES_SIZE]; /* as they were before this record */
	bool full;
};

/* An empty one, whose first record will have this number. */
void evtx_chunk_init(struct evtx_chunk *c, uint64_t first);
/* Makes it whole: counts, offsets and checksums. */
void evtx_chunk_seal(struct evtx_chunk *c);

/* Between begin and end the record's BinXml is put. False where it did not fit: nothing is left of it. */
void evtx_record_begin(struct evtx_chunk *c, uint64_t filetime);
bool evtx_record_end(struct evtx_chunk *c) __attribute__((warn_unused_result));

void evtx_put(struct evtx_chunk *c, const void *bytes, size_t n);
void evtx_put_zeros(struct evtx_chunk *c, size_t n);
/* Little-endian in so many bytes, at most 8. */
void evtx_put_number(struct evtx_chunk *c, uint64_t number, size_t n);
/* The same at an offset that was put already. */
void evtx_patch_number(struct evtx_chunk *c, size_t at, uint64_t number, size_t n);
/* The length of what was put after the 4 bytes at `at`, into them. */
void evtx_patch_size(struct evtx_chunk *c, size_t at);
/* As UTF-16LE; a literal of ours. */
void evtx_put_ascii(struct evtx_chunk *c, const char *s);

/* Refers to a name of an element or attribute, which is put here where the chunk lacks it. Plain ASCII. */
void evtx_put_name(struct evtx_chunk *c, const char *name);

/*
 * Begins an instance of a template. True where the chunk lacks the definition: then it must be put here, and
 * *ret_size_at be given to evtx_patch_size() after it.
 */
bool evtx_template_begin(struct evtx_chunk *c, const uint8_t guid[16], size_t *ret_size_at);

#endif
