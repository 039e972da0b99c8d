/*
 * From a record of a Windows log to an event of ours. Fields are found by name, never by place; what no layout
 * knows stays as a foreign field. Invariant: what the record says is never lost: where a value is read otherwise than
 * it was written, the original stays beside it.
 */
#ifndef NTLMAUDIT_WINLOG_EVENT_H
#define NTLMAUDIT_WINLOG_EVENT_H

#include "base/arena.h"
#include "winlog/record.h"

/* What became of the records, for the summary. */
struct winlog_counts {
	uint64_t records;   /* read, of whatever kind */
	uint64_t recovered; /* of them out of unused space */
	uint64_t other;	    /* of them of no kind that tells of NTLM */
	uint64_t events;    /* made of the rest, and own events read back */
	uint64_t findings;  /* own ones read back */
	uint64_t
		reasons; /* events whose reason's number and sentence disagreed: the sentence was taken */
	uint64_t anonymous;  /* null sessions that the log calls NTLMv1 */
	uint64_t values_odd; /* values that are not of their field's type: kept as foreign fields */
	uint64_t fields_lost; /* beyond the limit of a record */
	uint64_t times_lost;  /* events without a time that can be read: 1970 */
	uint64_t problems;    /* places that could not be read */
};

/*
 * Makes an event of a record, origin ORIGIN_LOG, record 0. Texts are the record's or lie in the arena: it lives as
 * long as both. 1: an event; 0: the record is of another kind (counted); -ENOMEM.
 */
int winlog_event(const struct winlog_record *r, struct arena *a, struct event *ret_event,
		 struct winlog_counts *counts) __attribute__((warn_unused_result));

#endif
