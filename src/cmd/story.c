#include "cmd/story.h"

#include "event/copy.h"
#include "cmd/party.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define STORY_BYTES_MAX ((size_t)8 << 20)
/* A finding is of the time of its last sign, which may be a CHALLENGE: sooner than the event, or long after. */
#define FINDING_BEFORE (60 * INT64_C(1000000000))

struct search {
	struct story *story;
	const struct event *from; /* what is joined to; NULL: everything is asked for */
	enum story_join join;
};

static bool has_record(const struct story *story, uint64_t record)
{
	for (size_t i = 0; i < story->n; i++)
		if (story->events[i].event.record == record)
			return true;
	return false;
}

static void keep_event(struct story *story, const struct event *e, enum story_join join)
{
	struct story_event *to = &story->events[story->n];

	if (story->n == STORY_EVENTS_MAX) {
		story->left_out++;
		return;
	}
	story->n++;
	to->join = join;
	event_copy(&story->arena, e, &to->event);
}

static bool is_near(const struct event *a, const struct event *b)
{
	int64_t apart;

	return !__builtin_sub_overflow(a->time, b->time, &apart) && apart <= STORY_NEAR_NSEC &&
	       apart >= -STORY_NEAR_NSEC;
}

static bool same_computer(const struct event *a, const struct event *b)
{
	return a->computer && b->computer && strcasecmp(a->computer, b->computer) == 0;
}

/*
 * Two events that one machine writes once a logon each: then they are of two logons. Domain controllers may be several in
 * a row, one asking the next.
 */
static bool same_kind(const struct event *a, const struct event *b)
{
	return a->layout->role == b->layout->role && a->layout->fields == b->layout->fields &&
	       a->origin == b->origin && (story_place(a) != PLACE_FARSIDE || same_computer(a, b));
}

/* [MS-NRPC] IDENTITY_INFO.LogonId; 0 stands for none. */
static uint64_t logon_id(const struct event *e)
{
	const struct value *v = &e->facts[FACT_LOGON_ID];

	return v->kind == VALUE_NUMBER ? v->number : 0;
}

/* Samba's log alone does not tell the challenge, so that its ActivityID is of that log. */
static bool has_challenge(const struct event *e)
{
	const char *sightings = event_text(e, FACT_SIGHTINGS);

	return e->origin == ORIGIN_CAPTURE && !(sightings && strcmp(sightings, "samba-log") == 0);
}

/*
 * Ours derive from the logon's challenge. Windows gives the ActivityID of whatever LSA was doing: the same one for
 * hours, so that alone it joins nothing that time and kind don't.
 */
static bool joins_by_activity(const struct event *a, const struct event *b)
{
	if (a->origin == ORIGIN_CAPTURE && b->origin == ORIGIN_CAPTURE)
		return true;
	return is_near(a, b) && !same_kind(a, b) &&
	       (!party_user(a) || !party_user(b) || party_fits(a, b));
}

static bool joins_by_names(const struct event *a, const struct event *b)
{
	if (has_challenge(a) && has_challenge(b))
		return false;
	return is_near(a, b) && !same_kind(a, b) && party_fits(a, b);
}

/* Where both know the logon's number nothing else is asked. */
static bool joins_otherwise(const struct event *a, const struct event *b, enum story_join *ret_join)
{
	if (!logon_id(a) || !logon_id(b))
		return joins_by_names(a, b);
	*ret_join = STORY_LOGON_ID;
	return logon_id(a) == logon_id(b);
}

static int on_event(void *ctx, const struct event *e)
{
	struct search *search = ctx;
	enum story_join join = search->join;
	bool joins = true;

	if (has_record(search->story, e->record))
		return 0;
	if (join == STORY_ACTIVITY)
		joins = joins_by_activity(search->from, e);
	else if (join == STORY_NAMES)
		joins = joins_otherwise(search->from, e, &join);
	if (joins)
		keep_event(search->story, e, join);
	return 0;
}

static int find_asked(struct story *story, struct store *s, const struct story_key *key,
		      struct text *why)
{
	struct search search = {.story = story, .join = STORY_ASKED};
	struct store_query q;

	store_query_init(&q);
	q.has_record = key->by_record;
	q.record = key->record;
	q.has_activity = !key->by_record;
	memcpy(q.activity, key->activity, sizeof(q.activity));
	return store_search(s, &q, on_event, &search, why);
}

static void set_near(struct store_query *q, int64_t time, int64_t apart)
{
	if (__builtin_sub_overflow(time, apart, &q->since))
		q->since = INT64_MIN;
	if (__builtin_add_overflow(time, apart + 1, &q->until))
		q->until = INT64_MAX;
}

/* What has the same ActivityID, then what has the same logon ID, or names, at that time. */
static int find_joined(struct story *story, struct store *s, const struct event *from,
		       struct text *why)
{
	struct search search = {story, from, STORY_ACTIVITY};
	struct store_query q;
	int rc = 0;

	store_query_init(&q);
	if (from->origin != ORIGIN_CAPTURE)
		set_near(&q, from->time, STORY_NEAR_NSEC);
	q.has_activity = true;
	memcpy(q.activity, from->activity, sizeof(q.activity));
	if (!span_is_zero(span_make(q.activity, sizeof(q.activity))))
		rc = store_search(s, &q, on_event, &search, why);
	if (rc < 0 || (!party_user(from) && !logon_id(from)))
		return rc;
	search.join = STORY_NAMES;
	store_query_init(&q);
	set_near(&q, from->time, logon_id(from) ? STORY_LOGON_NSEC : STORY_NEAR_NSEC);
	return store_search(s, &q, on_event, &search, why);
}

static int by_time(const void *a, const void *b)
{
	const struct event *x = &((const struct story_event *)a)->event;
	const struct event *y = &((const struct story_event *)b)->event;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->record < y->record ? -1 : x->record > y->record;
}

static int by_way(const void *a, const void *b)
{
	enum story_place x = story_place(&((const struct story_event *)a)->event);
	enum story_place y = story_place(&((const struct story_event *)b)->event);

	return x != y ? (x < y ? -1 : 1) : by_time(a, b);
}

enum story_place story_place(const struct event *e)
{
	static const enum story_place places[EVENT_ROLE__COUNT] = {
		[ROLE_OTHER] = PLACE_OTHER,
		[ROLE_CLIENT] = PLACE_CLIENT,
		[ROLE_SERVER] = PLACE_SERVER,
		[ROLE_DOMAIN] = PLACE_DC,
	};
	bool is_farside = event_layout_has(e->layout, FACT_FORWARDER_DOMAIN) ||
			  e->layout->id == 4006 || e->layout->id == 8006;

	return is_farside ? PLACE_FARSIDE : places[e->layout->role];
}

int64_t story_begin(const struct story *story)
{
	int64_t begin = INT64_MAX;

	for (size_t i = 0; i < story->n; i++)
		if (story->events[i].event.time < begin)
			begin = story->events[i].event.time;
	return begin;
}

const char *story_says(const struct story *story, const char *(*what)(const struct event *e))
{
	for (size_t i = 0; i < story->n; i++) {
		const struct story_event *e = &story->events[i];

		if (story_is_sure(e) && what(&e->event))
			return what(&e->event);
	}
	return NULL;
}

static bool is_one_logon(const struct story *story)
{
	for (size_t i = 0; i < story->n; i++)
		for (size_t k = 0; k < i; k++)
			if (story->events[i].fits <= 1 && story->events[k].fits <= 1 &&
			    same_kind(&story->events[i].event, &story->events[k].event))
				return false;
	return true;
}

static void count_fits(struct story *story)
{
	for (size_t i = 0; i < story->n; i++) {
		struct story_event *e = &story->events[i];

		for (size_t k = 0; k < story->n; k++)
			e->fits += e->join == STORY_NAMES && story->events[k].join == STORY_NAMES &&
				   same_kind(&e->event, &story->events[k].event);
	}
}

static bool rests_on(const struct finding *f, const struct story *story)
{
	for (size_t i = 0; i < finding_n_records(f); i++)
		if (has_record(story, f->records[i]))
			return true;
	return false;
}

static int on_finding(void *ctx, const struct finding *f)
{
	struct story *story = ctx;

	if (story->n_findings == STORY_FINDINGS_MAX || !rests_on(f, story))
		return 0;
	finding_copy(&story->arena, f, &story->findings[story->n_findings++]);
	return 0;
}

int story_find(struct story *story, struct store *s, const struct story_key *key, struct text *why)
{
	int64_t since;
	size_t asked;
	int rc;

	*story = (struct story){0};
	arena_init(&story->arena, STORY_BYTES_MAX);
	rc = find_asked(story, s, key, why);
	asked = story->n;
	for (size_t i = 0; rc == 0 && i < asked; i++)
		rc = find_joined(story, s, &story->events[i].event, why);
	if (rc < 0 || !story->n)
		return rc;
	count_fits(story);
	story->is_one = is_one_logon(story);
	qsort(story->events, story->n, sizeof(story->events[0]), story->is_one ? by_way : by_time);
	if (__builtin_sub_overflow(story_begin(story), FINDING_BEFORE, &since))
		since = INT64_MIN;
	return store_findings(s, since, INT64_MAX, on_finding, story, why);
}

void story_finish(struct story *story)
{
	arena_finish(&story->arena);
}

const char *story_join_name(enum story_join join)
{
	static const char *const names[] = {"asked for", "ActivityID", "logon ID", "time and name"};

	return names[join];
}
