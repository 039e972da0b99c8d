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
#define STORY_LOGON_NSEC                                                                           \
	(60 * INT64_C(1000000000)) /* between those of one logon ID: clocks differ */

enum story_join {
	STORY_ASKED,
	STORY_ACTIVITY,
	STORY_LOGON_ID,
	STORY_NAMES,
};

/* The way of a logon: who asks whom. */
enum story_place {
	PLACE_CLIENT,
	PLACE_SERVER,
	PLACE_DC, /* of the server's domain */
	PLACE_FARSIDE, /* a domain controller that another domain's asked: of the account's domain, or on the way */
	PLACE_OTHER,
	PLACE__COUNT
};

struct story_event {
	struct event event;
	enum story_join join;
	unsigned
		fits; /* events of this kind that were joined by time and names: one of them it is */
};

struct story {
	/* Of one logon in its way from client to domain controllers, and by time at each; else by time. */
	struct story_event events[STORY_EVENTS_MAX];
	size_t n;
	bool is_one;	   /* no machine has two events of a kind: they are of one logon */
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

/* Of several events that fit only one is of this logon: they say nothing of it. */
static inline bool story_is_sure(const struct story_event *e)
{
	return e->fits <= 1;
}

/* What the story as a whole says: the first sure event that knows; NULL: none does. */
const char *story_says(const struct story *story, const char *(*what)(const struct event *e));

enum story_place story_place(const struct event *e);
/* The first event's time. */
int64_t story_begin(const struct story *story);

/* "asked for", "ActivityID", "logon ID", "time and name". */
const char *story_join_name(enum story_join join);

#endif
