#include "cmd/keep.h"

#include "base/clock.h"
#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/log.h"
#include "cmd/query.h"
#include "store/renumber.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#define BATCH_EVENTS 10000
#define BATCH_NSEC INT64_C(1000000000)
#define ROOM_TRIES 10 /* a full disk may be made room on meanwhile */

struct keep {
	struct store *store;
	struct store_limits limits;
	struct text path, why;
	uint64_t n_new, n_known, n_findings; /* in the log for good */
	uint64_t batch_new, batch_known, batch_findings;
	int64_t committed; /* monotonic */
	bool failed;
	struct renumber numbers; /* of the run's records */
};

const char *keep_set_size(struct store_limits *limits, const char *value)
{
	static const char units[] = "KMGT";
	char digits[24];
	size_t n = strspn(value, "0123456789");
	const char *unit = value[n] ? strchr(units, value[n]) : NULL;
	unsigned shift = unit ? 10 * ((unsigned)(unit - units) + 1) : 0;

	if (n >= sizeof(digits) || (value[n] && (!unit || value[n + 1])))
		return "should be bytes, or a number with K, M, G or T";
	memcpy(digits, value, n);
	digits[n] = '\0';
	if (!query_number(digits, &limits->max_bytes) || limits->max_bytes > UINT64_MAX >> shift)
		return "should be bytes, or a number with K, M, G or T";
	limits->max_bytes <<= shift;
	return NULL;
}

const char *keep_set_age(struct store_limits *limits, const char *value)
{
	uint64_t days;

	if (!query_number(value, &days) || days > UINT32_MAX)
		return "should be days";
	limits->max_days = (uint32_t)days;
	return NULL;
}

int keep_begin(const char *path, const struct store_limits *limits, struct keep **ret_keep)
{
	struct keep *k = mem_zalloc(1, sizeof(*k));
	int rc;

	if (!k) {
		say("the log: not enough memory");
		return EXIT_PARTLY;
	}
	text_init(&k->path, 0);
	text_init(&k->why, 0);
	k->limits =
		limits ? *limits : (struct store_limits){STORE_DEFAULT_BYTES, STORE_DEFAULT_DAYS};
	k->committed = clock_monotonic();
	rc = log_open(path, STORE_WRITE, &k->path, &k->store);
	if (rc == EXIT_DONE) {
		*ret_keep = k;
		return rc;
	}
	text_finish(&k->path);
	mem_free(k);
	return rc;
}

static bool fail(struct keep *k, int rc)
{
	if (!k->failed)
		log_failed(rc, &k->why);
	k->failed = true;
	return false;
}

/* Whoever fills a disk often makes room soon; what is not committed yet waits so long. */
static int commit_with_patience(struct keep *k)
{
	static const struct timespec second = {.tv_sec = 1};
	int rc = store_commit(k->store, &k->why);

	for (int i = 0; rc == -ENOSPC && i < ROOM_TRIES; i++) {
		if (i == 0)
			say("%s: the disk is full; waiting for room", k->path.ptr);
		nanosleep(&second, NULL);
		text_reset(&k->why);
		rc = store_commit(k->store, &k->why);
	}
	return rc;
}

static bool commit(struct keep *k)
{
	int rc = commit_with_patience(k);

	if (rc < 0)
		return fail(k, rc);
	k->n_new += k->batch_new;
	k->n_known += k->batch_known;
	k->n_findings += k->batch_findings;
	k->batch_new = k->batch_known = k->batch_findings = 0;
	k->committed = clock_monotonic();
	return true;
}

bool keep_idle(struct keep *k)
{
	bool due = k->batch_new + k->batch_known + k->batch_findings > 0 &&
		   clock_monotonic() - k->committed >= BATCH_NSEC;

	return !k->failed && (!due || commit(k));
}

bool keep_event(struct keep *k, const struct event *e)
{
	uint64_t record;
	int rc;

	if (k->failed)
		return false;
	rc = store_add(k->store, e, &record, &k->why);
	if (rc < 0)
		return fail(k, rc);
	k->batch_new += rc == 1;
	k->batch_known += rc == 0;
	renumber_note(&k->numbers, e->record, record);
	return k->batch_new + k->batch_known >= BATCH_EVENTS ? commit(k) : keep_idle(k);
}

bool keep_finding(struct keep *k, const struct finding *f)
{
	struct finding kept;
	int rc;

	if (k->failed)
		return false;
	renumber_finding(&k->numbers, f, &kept);
	rc = store_add_finding(k->store, &kept, &k->why);
	if (rc < 0)
		return fail(k, rc);
	k->batch_findings += rc == 1;
	return true;
}

bool keep_kerberos(struct keep *k, const char *user, const char *domain, int64_t time)
{
	int rc = k->failed ? -EIO : store_add_kerberos(k->store, user, domain, time, &k->why);

	return k->failed ? false : rc < 0 ? fail(k, rc) : true;
}

static void say_kept(const struct keep *k)
{
	say("%s: %" PRIu64 " event%s stored, %" PRIu64 " %s there already", k->path.ptr, k->n_new,
	    k->n_new == 1 ? "" : "s", k->n_known, k->n_known == 1 ? "was" : "were");
}

/*
 * Age is counted back from the newest event, not from today: whoever stores the log of an old incident wants to read
 * it. Says what went.
 */
static int retain(struct keep *k)
{
	struct store_summary before, after;
	int64_t now = clock_wall();
	int rc = store_summarise(k->store, &before, &k->why);

	if (rc < 0)
		return rc;
	if (before.events && before.last_time < now)
		now = before.last_time;
	rc = store_retain(k->store, &k->limits, now, &k->why);
	if (rc == 0)
		rc = store_summarise(k->store, &after, &k->why);
	if (rc == 0 && after.dropped > before.dropped)
		say("%s: the %" PRIu64 " oldest events were dropped: the log keeps %" PRIu32
		    " days and "
		    "%" PRIu64 " MiB (0: all); --max-age and --max-size change that",
		    k->path.ptr, after.dropped - before.dropped, k->limits.max_days,
		    k->limits.max_bytes >> 20);
	return rc;
}

int keep_finish(struct keep *k, bool quiet)
{
	int rc;

	if (!k)
		return EXIT_DONE;
	if (!k->failed && commit(k)) {
		rc = retain(k);
		if (rc < 0)
			fail(k, rc);
	}
	if (!quiet || k->failed)
		say_kept(k);
	rc = k->failed ? EXIT_PARTLY : EXIT_DONE;
	store_close(k->store);
	text_finish(&k->path);
	text_finish(&k->why);
	mem_free(k);
	return rc;
}
