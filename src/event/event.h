/* An event: a row of the event table and its values. What reaches outputs is this and nothing else. */
#ifndef NTLMAUDIT_EVENT_EVENT_H
#define NTLMAUDIT_EVENT_EVENT_H

#include "event/evidence.h"
#include "event/schema.h"

enum value_kind { VALUE_ABSENT, VALUE_TEXT, VALUE_NUMBER };

struct value {
	enum value_kind kind;
	uint64_t number;
	const char *
		text; /* UTF-8, valid, NUL-terminated; may hold unsafe runes: formats escape them */
};

/* Where an event comes from: what we saw ourselves, or what another log says. */
enum event_origin {
	ORIGIN_CAPTURE, /* made by audit/ from traffic */
	ORIGIN_LOG,	/* read from a Windows log, in whatever form */
	ORIGIN__COUNT
};

/* A field of a record read from elsewhere that no layout of ours knows; kept as it was. */
struct foreign_field {
	const char *name, *value; /* UTF-8, never NULL */
};

struct event {
	const struct event_layout *layout;
	enum event_origin origin;
	uint64_t record;      /* EventRecordID, from 1 */
	int64_t time;	      /* base/clock.h: when the AUTHENTICATE was seen */
	const char *computer; /* the host that this event is about */
	uint8_t activity[16]; /* ActivityID, the bytes in the order they are printed */
	struct value facts[FACT__COUNT];
	const struct evidence
		*evidence; /* what shows the reason, oldest first; FACT_EVIDENCE in words */
	size_t n_evidence;
	/* ORIGIN_LOG only */
	uint64_t source_record;		/* EventRecordID in the log it was read from; 0 = unknown */
	uint32_t process_id, thread_id; /* System/Execution: who wrote it; 0 = unknown */
	const struct foreign_field *foreign;
	size_t n_foreign;
};

/* "capture", "log". */
const char *event_origin_name(enum event_origin origin);

static inline bool event_has(const struct event *e, enum fact f)
{
	return e->facts[f].kind != VALUE_ABSENT;
}

/* The text of a fact that has one, NULL where it is absent or a number. */
static inline const char *event_text(const struct event *e, enum fact f)
{
	return e->facts[f].kind == VALUE_TEXT ? e->facts[f].text : NULL;
}

/* NULL text leaves the fact absent; an empty one is a value. The text must outlive the event. */
void event_set_text(struct event *e, enum fact f, const char *text);
void event_set_number(struct event *e, enum fact f, uint64_t number);
/* What is absent in `from` stays as it is in `to`; texts are shared. */
void event_copy_fact(const struct event *from, enum fact f, struct event *to, enum fact as);
/* The acceptor's answer: Windows has it in two fields, Status and StatusMsg, both the number. */
void event_set_status(struct event *e, uint32_t status);

/* [MS-ERREF] 2.3: the highest bit of an NTSTATUS is that of warnings and errors. */
static inline bool status_is_failure(uint64_t status)
{
	return (status & 0x80000000) != 0;
}

/* What the acceptor said, or the event itself where it is one of a refusal. */
enum event_outcome { OUTCOME_UNKNOWN, OUTCOME_OK, OUTCOME_FAILED, OUTCOME__COUNT };
enum event_outcome event_outcome(const struct event *e);
/* "unknown", "ok", "failed". */
const char *event_outcome_name(enum event_outcome outcome);

#endif
