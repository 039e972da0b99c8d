/*
 * All events of one logon, as its client, its server and domain controllers tell it. Where a log gives no ActivityID
 * that is the logon's alone, events are joined by time and names, and say so.
 */
#ifndef NTLMAUDIT_CMD_STORY_H
#define NTLMAUDIT_CMD_STORY_H

#include "base/arena.h"
#include "store/store.h"

#define STORY_EVENTS_MAX 64
#define STORY_FINDINGS_MAX 16
#define STORY_NEAR_NSEC (2 * INT64_C(1000000000)) /* between events joined by time and names */

enum story_join {
	STORY_ASKED,
	STORY_ACTIVITY,
	STORY_NAMES,
};

struct story_event {
	struct event event;
	enum story_join join;
	unsigned
		fits; /* events of this kind that were joined by time and names: one of them it is */
};

struct story {
	struct story_event events[STORY_EVENTS_MAX]; /* by time */
	size_t n;
	uint64_t left_out; /* over the limit */
	struct finding findings[STORY_FINDINGS_MAX];
	size_t n_findings;
	struct arena arena;
};

/* What is asked for: a record, or all of an ActivityID. */
struct story_key {
	bool by_record;
	uint64_t record;
	uint8_t activity[16];
};

/* Finds the story; n is 0 where there is no such event. 0, or as store.h says. */
int story_find(struct story *story, struct store *s, const struct story_key *key, struct text *why);
void story_finish(struct story *story);

/* "asked for", "ActivityID", "time and name". */
const char *story_join_name(enum story_join join);

#endif
