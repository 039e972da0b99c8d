/*
 * status_sections[]: what of a daemon_status is shown, and how. JSON and metrics both walk it, so that neither knows a
 * field: a new one is a row.
 */
#ifndef NTLMAUDIT_DAEMON_STATUS_TABLE_H
#define NTLMAUDIT_DAEMON_STATUS_TABLE_H

#include "daemon/status.h"

enum status_kind {
	STATUS_TEXT,   /* an array of char */
	STATUS_COUNT,  /* uint64_t */
	STATUS_SMALL,  /* uint32_t, unsigned, a pid: never negative */
	STATUS_FLAG,   /* bool */
	STATUS_TIME,   /* int64_t; 0 is not known */
	STATUS_STATE,  /* enum status_state */
	STATUS_METHOD, /* enum host_method */
};

struct status_field {
	const char *key; /* in JSON; NULL ends a table */
	enum status_kind kind;
	size_t offset;	    /* in the section's struct */
	const char *metric; /* behind "ntlmaudit_"; NULL: none. A counter ends in _total */
	const char *help;   /* of the metric */
};

struct status_section {
	const char *key;     /* in JSON; NULL ends the table */
	size_t offset;	     /* of the struct, or the first of the array, in daemon_status */
	size_t stride;	     /* of an array; 0: there is one */
	size_t count_offset; /* of an array: where its size_t stands */
	const char *label;   /* of an array: what its metrics call the first field */
	const struct status_field *fields;
};

extern const struct status_section status_sections[];

/* policy_answer_name() in one word, for machines. */
const char *status_answer_key(enum policy_answer answer);

/* The nth struct of a section. */
const void *status_section_row(const struct daemon_status *s, const struct status_section *section,
			       size_t n);
size_t status_section_n(const struct daemon_status *s, const struct status_section *section);

#endif
