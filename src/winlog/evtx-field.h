/*
 * From an event's elements and attributes, one after the other, to the fields of a record: which place an element is,
 * and which field its text, stand in two tables. It does not matter whether they come from a template, from BinXml
 * nested in it, or from neither.
 */
#ifndef NTLMAUDIT_WINLOG_EVTX_FIELD_H
#define NTLMAUDIT_WINLOG_EVTX_FIELD_H

#include "winlog/evtx-program.h"
#include "winlog/evtx-value.h"
#include "winlog/record.h"

#define EVTX_PLACES_MAX 128 /* elements inside each other, over all nested BinXml */

struct evtx_fields {
	struct winlog_record record;
	struct evtx_out out; /* the record's texts */
	uint8_t places[EVTX_PLACES_MAX];
	size_t depth;
	/* What text goes to now: */
	uint8_t target, slot;
	const char *literal; /* the whole text so far, where it lies in a program; */
	size_t literal_len;
	size_t start; /* else it lies from here in `out` */
	/* The leaf of the event's data that is being read. */
	bool is_leaf;
	const char *leaf_name, *leaf_value;
};

int evtx_fields_init(struct evtx_fields *f, size_t text_max) __attribute__((warn_unused_result));
void evtx_fields_finish(struct evtx_fields *f);
/* An empty record. */
void evtx_fields_reset(struct evtx_fields *f);

/* An element; `name` must last as long as the record. False where it is nested too deep. */
bool evtx_fields_open(struct evtx_fields *f, enum evtx_atom atom, const char *name);
void evtx_fields_attribute(struct evtx_fields *f, enum evtx_atom atom);
/* The end of the attributes. */
void evtx_fields_content(struct evtx_fields *f);
/* UTF-8 that lasts as long as the record, NUL-terminated. */
void evtx_fields_text(struct evtx_fields *f, const char *text, size_t len);
/* A value that is not BinXml; each one of an array that stands for a Data element is one of its own. */
void evtx_fields_value(struct evtx_fields *f, struct evtx_value v);
/* An optional value that is NULL: its element or attribute is not there. */
void evtx_fields_absent(struct evtx_fields *f);
void evtx_fields_close(struct evtx_fields *f);
/* Closes what is open beyond this depth, where reading broke off. */
void evtx_fields_unwind(struct evtx_fields *f, size_t depth);

/* A field of the event's data; for what has no names of its own. */
void evtx_fields_add(struct evtx_fields *f, const char *name, const char *value);
/* The text of a value, as long as the record. */
const char *evtx_fields_print(struct evtx_fields *f, struct evtx_value v);

#endif
