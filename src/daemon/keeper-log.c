/* The keeper's log: opened, written, made safe, and opened again when it could not be. */
#include "daemon/keeper.h"

#include "daemon/say.h"
#include "event/gap.h"

#include <errno.h>

#define COMMIT_NSEC (NSEC_PER_SEC / 4)
#define COMMIT_RECORDS 10000
#define RETRY_NSEC NSEC_PER_SEC
#define LOOK_NSEC NSEC_PER_SEC
#define AGAIN_NSEC 1000		      /* the log keeps times of 100 ns */
#define LOGON_NSEC (3 * NSEC_PER_SEC) /* between sightings of one logon */
#define RETAIN_NSEC (600 * NSEC_PER_SEC)

static bool has_log(const struct keeper *k)
{
	return k->st->options->log != NULL;
}

/* What was not acknowledged is with the decoder; gaps are only here. */
static void fail(struct keeper *k)
{
	if (strcmp(k->status.store.problem, k->why.ptr ? k->why.ptr : "") != 0)
		daemon_say("%s", k->why.ptr ? k->why.ptr : "the log failed");
	status_copy(k->status.store.problem, sizeof(k->status.store.problem), k->why.ptr);
	text_reset(&k->why);
	store_close(k->store);
	k->store = NULL;
	k->uncommitted = 0;
	k->next_open = clock_monotonic() + RETRY_NSEC;
	k->is_lost = true;
	k->latest = k->acked;
	waiting_keep_only(&k->waiting, PARCEL_GAP);
	waiting_move_front(&k->waiting, &k->gaps);
}

static void say_gap(struct keeper *k, const char *reason)
{
	struct gap gap = {.reason = reason,
			  .computer = k->status.host.name,
			  .begin = clock_wall(),
			  .end = clock_wall()};
	struct event e;

	event_gap(&e, &gap);
	(void)keeper_log_event(k, &e); /* a failure closes the log, which is seen at once */
}

/* Opening a log shows nothing yet: on a full disk that goes well, each second anew. */
static void works_again(struct keeper *k)
{
	if (k->status.store.problem[0])
		daemon_say("%s: can be written to again", k->st->options->log);
	k->status.store.problem[0] = '\0';
}

static void opened(struct keeper *k)
{
	struct store_head head = {0};
	bool other;

	if (store_head(k->store, &head, &k->why) < 0) {
		fail(k);
		return;
	}
	if (stat(k->st->options->log, &k->file) < 0)
		k->file.st_ino = 0; /* gone already: it will be noticed */
	other = k->identity && head.identity != k->identity;
	k->identity = head.identity;
	status_copy(k->status.store.path, sizeof(k->status.store.path), k->st->options->log);
	k->next_look = k->next_retain = 0;
	keeper_places_load(k);
	if (other)
		say_gap(k, "the channel log was replaced: what it held is not in this one");
	k->next_ask = 0;
	keeper_alive_begin(k);
}

void keeper_log_open(struct keeper *k)
{
	if (k->store || !has_log(k) || clock_monotonic() < k->next_open)
		return;
	if (store_open(k->st->options->log, STORE_WRITE, &k->why, &k->store) < 0) {
		k->store = NULL;
		fail(k);
		return;
	}
	opened(k);
}

void keeper_log_close(struct keeper *k)
{
	store_close(k->store);
	k->store = NULL;
	waiting_clear(&k->gaps);
	waiting_clear(&k->waiting);
}

/* ---- writing ---- */

static int added(struct keeper *k, int rc)
{
	if (rc == -E2BIG) {
		daemon_say("%s", k->why.ptr ? k->why.ptr : "an event is too long");
		text_reset(&k->why);
	} else if (rc < 0) {
		fail(k);
	}
	if (rc < 0)
		return rc;
	if (k->uncommitted++ == 0)
		k->uncommitted_since = clock_monotonic();
	return rc;
}

int keeper_log_event(struct keeper *k, const struct event *e)
{
	uint64_t record = 0;
	int rc;

	if (!k->store)
		return has_log(k) ? -EAGAIN : 1;
	rc = added(k, store_add(k->store, e, &record, &k->why));
	if (rc < 0)
		return rc;
	renumber_note(&k->numbers, e->record, record);
	k->status.store.stored += rc == 1;
	k->status.store.known += rc == 0;
	if (record > k->status.store.last_record) {
		k->status.store.last_record = record;
		k->status.store.last_time = e->time;
	}
	return rc;
}

int keeper_log_finding(struct keeper *k, const struct finding *f)
{
	struct finding kept;
	int rc;

	if (!k->store)
		return has_log(k) ? -EAGAIN : 1;
	renumber_finding(&k->numbers, f, &kept);
	rc = added(k, store_add_finding(k->store, &kept, &k->why));
	k->status.store.findings += rc == 1;
	return rc;
}

int keeper_log_kerberos(struct keeper *k, const char *user, const char *domain, int64_t time)
{
	if (!k->store)
		return has_log(k) ? -EAGAIN : 0;
	return added(k, store_add_kerberos(k->store, user, domain, time, &k->why));
}

struct sought {
	const struct event *event;
	bool found;
};

static int compare(void *ctx, const struct event *e)
{
	struct sought *s = ctx;

	s->found = e->layout->id == s->event->layout->id && e->time / 100 == s->event->time / 100;
	return s->found;
}

static bool same_text(const struct event *a, const struct event *b, enum fact f)
{
	const char *x = event_text(a, f), *y = event_text(b, f);

	return x && y && strcmp(x, y) == 0;
}

static bool same_number(const struct event *a, const struct event *b, enum fact f)
{
	return event_has(a, f) && event_has(b, f) && a->facts[f].number == b->facts[f].number;
}

/* By how it ended alone: what a server answers says less of why than its log does. */
static bool differ(const struct event *a, const struct event *b)
{
	enum event_outcome x = event_outcome(a), y = event_outcome(b);

	return x && y && x != y;
}

/* An account may log on by it again, and at once only where that failed otherwise. */
static bool same_connection(const struct event *a, const struct event *b)
{
	return !differ(a, b) && same_text(a, b, FACT_CLIENT_IP) &&
	       same_text(a, b, FACT_TARGET_IP) && same_number(a, b, FACT_CLIENT_PORT) &&
	       same_number(a, b, FACT_TARGET_PORT);
}

/* By another decoder it may have been told of with other sightings: then time and activity are those. */
static int compare_logon(void *ctx, const struct event *e)
{
	struct sought *s = ctx;
	bool numbered = event_has(e, FACT_LOGON_ID) && event_has(s->event, FACT_LOGON_ID);

	s->found =
		(e->layout->id & 0xfffe) == (s->event->layout->id & 0xfffe) &&
		(numbered ? same_number(e, s->event, FACT_LOGON_ID) : same_connection(e, s->event));
	return s->found;
}

/* What may be looked through is of these times alone: without them it were all of the log, for each of what may be thousands. */
static bool search_about(struct keeper *k, struct store_query *q, int64_t about,
			 int (*each)(void *ctx, const struct event *e), struct sought *sought)
{
	int64_t time = sought->event->time;

	q->since = time > INT64_MIN + about ? time - about : INT64_MIN;
	q->until = time < INT64_MAX - about ? time + about : INT64_MAX;
	if (store_search(k->store, q, each, sought, &k->why) < 0)
		text_reset(&k->why);
	return sought->found;
}

static bool has_logon(struct keeper *k, struct sought *sought)
{
	const char *sightings = event_text(sought->event, FACT_SIGHTINGS);
	struct store_query q;

	if (!sightings || !strstr(sightings, "samba-log"))
		return false;
	store_query_init(&q);
	q.user = event_text(sought->event, FACT_USER);
	return search_about(k, &q, LOGON_NSEC, compare_logon, sought);
}

/*
 * An event that the decoder tells again may be there, with a process that is known better or worse by now: the log would
 * take that for another event.
 */
bool keeper_log_has(struct keeper *k, const struct event *e)
{
	struct sought sought = {.event = e};
	struct store_query q;

	if (!k->store)
		return false;
	store_query_init(&q);
	q.has_activity = true;
	memcpy(q.activity, e->activity, sizeof(q.activity));
	return search_about(k, &q, AGAIN_NSEC, compare, &sought) || has_logon(k, &sought);
}

static void acknowledge(struct keeper *k)
{
	struct pack out;

	if (k->latest == k->acked)
		return;
	parcel_begin(&out, k->st->out, PARCEL_ACK);
	pack_number(&out, k->latest);
	station_send(k->st, MEMBER_DECODER, &out);
	k->acked = k->latest;
}

/* Somebody may have put another file, or none, where the log was. */
static bool is_same_file(const struct keeper *k)
{
	struct stat st;

	return stat(k->st->options->log, &st) == 0 && st.st_dev == k->file.st_dev &&
	       st.st_ino == k->file.st_ino;
}

/* True: whatever is written goes nowhere. */
static bool is_replaced(struct keeper *k)
{
	if (is_same_file(k))
		return false;
	text_printf(&k->why, "%s: the log was removed or replaced", k->st->options->log);
	fail(k);
	k->next_open = 0;
	return true;
}

void keeper_log_commit(struct keeper *k, bool now)
{
	if (!k->uncommitted && keeper_places_are_due(k, now)) {
		k->uncommitted = 1;
		now = true;
	}
	if (k->uncommitted) {
		if (!now && k->uncommitted < COMMIT_RECORDS &&
		    clock_monotonic() - k->uncommitted_since < COMMIT_NSEC)
			return;
		if (is_replaced(k))
			return; /* what is not committed comes again, and goes to the other one */
		if (keeper_places_put(k) < 0 || store_commit(k->store, &k->why) < 0) {
			fail(k);
			return;
		}
		k->uncommitted = 0;
		keeper_places_committed(k);
		k->status.store.commits++;
		k->status.store.last_commit = clock_wall();
		works_again(k);
		waiting_clear(&k->gaps);
	}
	if (k->store || !has_log(k))
		acknowledge(k);
}

/* ---- now and then ---- */

static void retain(struct keeper *k)
{
	struct store_summary summary;
	struct store_limits limits = {
		.max_bytes = (uint64_t)policy_number(k->policy, SETTING_KEEP_MIB) << 20,
		.max_days = policy_number(k->policy, SETTING_KEEP_DAYS),
	};
	int64_t now = clock_wall();
	int rc = store_summarise(k->store, &summary, &k->why);

	/* A clock that runs ahead must not drop everything. */
	if (rc == 0 && summary.events && summary.last_time < now)
		now = summary.last_time;
	if (rc == 0)
		rc = store_retain(k->store, &limits, now, &k->why);
	if (rc == 0)
		rc = store_summarise(k->store, &summary, &k->why);
	if (rc < 0) {
		fail(k);
		return;
	}
	k->status.store.bytes = summary.bytes;
	if (!k->status.store.last_record) {
		k->status.store.last_record = summary.last_record;
		k->status.store.last_time = summary.last_time;
	}
}

void keeper_log_look(struct keeper *k)
{
	int64_t now = clock_monotonic();

	if (!k->store || k->uncommitted)
		return;
	/* all was told again, and nothing was left to write */
	if (!k->is_lost && !k->waiting.first)
		works_again(k);
	if (now < k->next_look)
		return;
	k->next_look = now + LOOK_NSEC;
	if (!is_replaced(k) && now >= k->next_retain) {
		k->next_retain = now + RETAIN_NSEC;
		retain(k);
	}
}
