/*
 * A record of a Windows log as its Event XML says it, whatever it was read from: EVTX, XML, or the JSON of a
 * collector. Its readers know nothing of NTLM; winlog/event.h makes events of it.
 */
#ifndef NTLMAUDIT_WINLOG_RECORD_H
#define NTLMAUDIT_WINLOG_RECORD_H

#include "event/event.h"
#include "event/finding.h"

#define WINLOG_DATA_MAX 128 /* fields of one record; more are counted and not kept */

/* A Data element: values in the text that Windows' XML has for their type. */
struct winlog_data {
	const char *name;  /* "" where it has none */
	const char *value; /* "" where empty */
};

/* What our own XML (format/xml.c) tells beside Windows' fields. */
struct winlog_own {
	const struct winlog_data *facts; /* by the dictionary's keys */
	size_t n_facts;
	const struct winlog_data *foreign; /* fields that have no place in EventData */
	size_t n_foreign;
	const struct evidence *evidence;
	size_t n_evidence;
	bool has_source;
	uint64_t source_record; /* 0: it was not known */
};

/* All texts are valid UTF-8, NUL-terminated, never NULL ("" = not there), and live until the next record. */
struct winlog_record {
	const char *provider, *provider_guid; /* {UPPER-CASE} */
	const char *channel, *computer;
	const char *user_sid; /* Security/@UserID */
	const char *rendered; /* RenderingInfo/Message */
	uint32_t event_id, version, level, task, opcode;
	uint64_t keywords;
	uint64_t record_id;
	int64_t time; /* base/clock.h; TimeCreated/@SystemTime */
	bool has_time;
	uint32_t process_id, thread_id; /* Execution */
	bool has_activity;
	uint8_t activity[16]; /* Correlation/@ActivityID, in the order of its digits */
	struct winlog_data data[WINLOG_DATA_MAX]; /* of EventData or UserData's leaves, in order */
	size_t n_data;
	size_t n_data_lost;
	bool recovered;		      /* carved out of unused space, not a live record */
	uint64_t offset;	      /* where in the input: byte, or line for text */
	const struct winlog_own *own; /* NULL: it is not of our own writing */
};

/* What the readers tell while they read. */
struct winlog_ops {
	/* A record; valid during the call. Not 0 ends the reading with that value. */
	int (*record)(void *ctx, const struct winlog_record *r);
	/* Something could not be read: literals, with the byte (of text: the line) where it is. What is around it is
	 * read on. */
	void (*problem)(void *ctx, const char *where, const char *why, uint64_t offset);
	/* Of our own formats, which hold events and findings as we had them; may be NULL. As `record`. */
	int (*event)(void *ctx, struct event *e);
	int (*finding)(void *ctx, struct finding *f);
};

#endif
