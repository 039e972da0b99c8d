/*
 * One record of a chunk: carries out the program of its BinXml, and of what is nested in it, into a struct
 * winlog_record. What one record may cost, and what a chunk's together may cost, is limited, whatever they say.
 */
#ifndef NTLMAUDIT_WINLOG_EVTX_RECORD_H
#define NTLMAUDIT_WINLOG_EVTX_RECORD_H

#include "winlog/evtx-field.h"

#define EVTX_VALUES_MAX 2048		  /* of a record's template instances together */
#define EVTX_NESTING_MAX 8		  /* BinXml in BinXml */
#define EVTX_TEMPLATES_MAX 256		  /* of a chunk; a power of two */
#define EVTX_RECORD_STEPS 16384		  /* of one record; Windows' have about a hundred */
#define EVTX_CHUNK_STEPS 262144		  /* of a chunk's records together */
#define EVTX_TEXT_MAX ((size_t)512 << 10) /* of one record's texts */
#define EVTX_RECORD_HEADER 24
#define EVTX_RECORD_MIN 28

struct evtx_template {
	uint32_t offset; /* of the definition in the chunk; 0 = free place */
	uint32_t id;	 /* how the definition begins its GUID */
	const char *why; /* why it can't be read */
	size_t why_pos;
	struct evtx_program program;
};

struct evtx_values {
	const struct evtx_value *values;
	size_t n;
};

struct evtx_engine {
	struct span chunk;
	struct evtx_template templates[EVTX_TEMPLATES_MAX]; /* by hash of the offset */
	size_t n_templates;
	struct evtx_store kept, once; /* programs of templates; of one record */
	struct evtx_value values[EVTX_VALUES_MAX];
	size_t n_values;
	size_t chunk_steps, record_steps; /* that are left */
	unsigned nesting;
	bool is_carved; /* from unused space: a definition must prove to be the record's */
	struct evtx_fields fields;
	const char *why; /* the first thing that was wrong with the record */
	size_t why_pos;	 /* in the chunk */
};

/* A template instance: which definition it should have, where that is, and its values. */
struct evtx_instance {
	uint32_t id, offset;
	size_t pos; /* of the instance itself in the chunk */
	struct evtx_values values;
};

int evtx_engine_init(struct evtx_engine *e) __attribute__((warn_unused_result));
void evtx_engine_finish(struct evtx_engine *e);
/* Records of this chunk come next; it must stay where it is. */
void evtx_engine_chunk(struct evtx_engine *e, struct span chunk);

/*
 * Reads the record at offset, of this size, which lie in the chunk. Returns whether e->fields.record has an event,
 * also where e->why says what of it could not be read.
 */
bool evtx_engine_read(struct evtx_engine *e, size_t offset, size_t size, bool is_carved);

/*
 * For evtx-recover.c. Carries out a program, or a value that is BinXml, in the place where the fields are; false, with
 * e->why, where it can't be done to its end.
 */
bool evtx_run(struct evtx_engine *e, const struct evtx_program *program, struct evtx_values values);
bool evtx_run_nested(struct evtx_engine *e, struct span bytes);
/* Always false. Only the first reason stays. */
bool evtx_engine_fail(struct evtx_engine *e, const char *why, size_t pos);

#endif
