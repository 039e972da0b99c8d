/*
 * Findings: signs of an attack that follow from several events or connections. They are records of their own, never
 * mixed into the KB's events. The kinds are a table; who decides them is audit/.
 */
#ifndef NTLMAUDIT_EVENT_FINDING_H
#define NTLMAUDIT_EVENT_FINDING_H

#include <stddef.h>
#include <stdint.h>

enum finding_id {
	FINDING_RELAY, /* the same server challenge on two connections */
	FINDING_TWO_SERVERS, /* one client address answers two servers' challenges at once, as one account */
	FINDING_SPRAY,		  /* one source fails many accounts */
	FINDING_GUESSING,	  /* one source fails one account often */
	FINDING_COERCED,	  /* a machine is authenticated to, and soon authenticates back */
	FINDING_DOWNGRADE,	  /* flags the client offered are missing from what was agreed */
	FINDING_MIC_STRIPPED,	  /* MsvAvFlags announces a MIC, and there is none */
	FINDING_SIGNING_STRIPPED, /* signing was offered by both and is missing from the AUTHENTICATE */
	FINDING__COUNT
};

enum finding_severity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH };

struct finding_kind {
	const char *key; /* "relay" */
	enum finding_severity severity;
	const char *title; /* "NTLM relay" */
	const char *about; /* what it is and what to do, a few sentences */
	const char *wrong; /* what would make it a false alarm */
};

extern const struct finding_kind finding_kinds[FINDING__COUNT];

/* "low", "medium", "high". */
const char *finding_severity_name(enum finding_severity severity);

#define FINDING_RECORDS_MAX 16

/* Texts are UTF-8, NULL where unknown; valid during the call that hands the finding out. */
struct finding {
	enum finding_id id;
	int64_t time;	       /* of the last thing that made it */
	const char *sentence;  /* what was seen: who, where, when */
	const char *source_ip; /* the client, relay or attacker */
	const char *target_ip;
	const char *user, *domain;
	uint64_t count;			       /* of accounts, failures, connections */
	uint64_t records[FINDING_RECORDS_MAX]; /* EventRecordIDs of the events it rests on */
	size_t n_records;
	const char *capture; /* source file or interface */
	uint64_t frame;	     /* packet of the last thing that made it */
	uint64_t number;     /* in the log that it is read from, from 1; else 0 */
};

/* How many of its records are there: never more than the array has. */
static inline size_t finding_n_records(const struct finding *f)
{
	return f->n_records < FINDING_RECORDS_MAX ? f->n_records : FINDING_RECORDS_MAX;
}

#endif
