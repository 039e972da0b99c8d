/*
 * The values of a template's instance: an array of lengths and types, then the values. An array is begun with its
 * count, and so many values must follow.
 */
#ifndef NTLMAUDIT_FORMAT_EVTX_VALUE_H
#define NTLMAUDIT_FORMAT_EVTX_VALUE_H

#include "event/event.h"
#include "format/evtx-template.h"

struct evtx_values {
	struct evtx_chunk *chunk;
	size_t next;	 /* where length and type of the next value stand */
	size_t text_max; /* bytes of UTF-16 of one text */
	uint64_t n_cut;	 /* texts that were longer */
};

void evtx_values_begin(struct evtx_values *v, size_t n);

void evtx_value_null(struct evtx_values *v);
/* Cut off where it is larger than the type. */
void evtx_value_number(struct evtx_values *v, enum evtx_type type, uint64_t number);
void evtx_value_bytes(struct evtx_values *v, enum evtx_type type, const void *bytes, size_t n);
/* UTF-8. What XML 1.0 has no way to say becomes `\u0007`. Windows ends the strings of EventData with a NUL. */
void evtx_value_text(struct evtx_values *v, const char *s, bool ended);
/* A literal of ours in plain ASCII, which is never cut. */
void evtx_value_literal(struct evtx_values *v, const char *s);
/* 16 bytes in the order of their digits, as Windows keeps a GUID. */
void evtx_value_guid(struct evtx_values *v, const uint8_t digits[16]);
/* In the type that evtx_type_of() says; the literal `Null` where absent, as in the other formats. */
void evtx_value_field(struct evtx_values *v, const struct field *field, const struct value *value);

/* A value that is put between the two calls. */
size_t evtx_value_begin(struct evtx_values *v);
void evtx_value_end(struct evtx_values *v, enum evtx_type type, size_t begin);

#endif
