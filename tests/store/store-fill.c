/*
 * Fills a log with made-up events, and asks it: what the tests and the bench of the store drive.
 *   store-fill fill LOG FIRST COUNT TOTAL [BATCH]  stores events; after each commit writes how many are acknowledged
 */
#include "make-events.h"

#include "store/store.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct words {
	int n;
	char **word;
};

static uint64_t number(const struct words *w, int i, uint64_t none)
{
	return i < w->n ? strtoull(w->word[i], NULL, 10) : none;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int failed(int rc, const struct text *why)
{
	printf("error %d %s\n", rc, why->ptr ? why->ptr : strerror(-rc));
	fflush(stdout);
	return 1;
}

static int fill(struct store *s, const struct words *w, struct text *why)
{
	uint64_t first = number(w, 0, 0), count = number(w, 1, 1000);
	uint64_t total = number(w, 2, count), batch = number(w, 3, 0), record, added = 0;
	static struct made_event m;
	int rc = 0;

	for (uint64_t i = first; i < first + count && rc >= 0; i++) {
		make_event(&m, i, total);
		rc = store_add(s, &m.event, &record, why);
		added += rc > 0;
		if (rc >= 0 && batch && (i + 1 - first) % batch == 0) {
			rc = store_commit(s, why);
			if (rc == 0)
				printf("acknowledged %" PRIu64 "\n", i + 1);
			fflush(stdout);
		}
	}
	if (rc >= 0)
		rc = store_commit(s, why);
	if (rc < 0)
		return failed(rc, why);
	printf("added %" PRIu64 "\n", added);
	return 0;
}

static int count_event(void *ctx, const struct event *e)
{
	(void)e;
	++*(uint64_t *)ctx;
	return 0;
}

static int count_row(void *ctx, const struct usage_row *row)
{
	(void)row;
	++*(uint64_t *)ctx;
	return 0;
}

/* search LIMIT [user|client|server|... TEXT] */
static int search(struct store *s, const struct words *w, struct text *why)
{
	struct store_query q;
	uint64_t n = 0;
	int rc;

	store_query_init(&q);
	q.limit = number(w, 0, 0);
	for (int i = 1; i + 1 < w->n; i += 2) {
		const char *text = w->word[i + 1];

		if (strcmp(w->word[i], "user") == 0)
			q.user = text;
		else if (strcmp(w->word[i], "client") == 0)
			q.client = text;
		else if (strcmp(w->word[i], "server") == 0)
			q.server = text;
		else if (strcmp(w->word[i], "spn") == 0)
			q.spn = text;
		else if (strcmp(w->word[i], "text") == 0)
			q.text = text;
		else if (strcmp(w->word[i], "newest") == 0)
			q.newest_first = true;
	}
	rc = store_search(s, &q, count_event, &n, why);
	printf("found %" PRIu64 "\n", n);
	return rc < 0 ? failed(rc, why) : 0;
}

/* usage DIMS [DAYS]: the last DAYS of the 60 */
static int usage(struct store *s, const struct words *w, struct text *why)
{
	struct usage_query q = {
		.dims = (uint32_t)number(w, 0, 0), .since = INT64_MIN, .until = INT64_MAX};
	uint64_t n = 0, days = number(w, 1, 0);
	int rc;

	if (days)
		q.since = MAKE_BEGIN + (int64_t)(MAKE_DAYS - days) * 86400 * 1000000000;
	rc = store_usage(s, &q, count_row, &n, why);
	printf("rows %" PRIu64 "\n", n);
	return rc < 0 ? failed(rc, why) : 0;
}

static int summary(struct store *s, const struct words *w, struct text *why)
{
	struct store_summary x;
	int rc = store_summarise(s, &x, why);

	(void)w;
	if (rc < 0)
		return failed(rc, why);
	printf("events %" PRIu64 " first %" PRIu64 " last %" PRIu64 " bytes %" PRIu64
	       " dropped %" PRIu64 " seals %" PRIu64 "\n",
	       x.events, x.first_record, x.last_record, x.bytes, x.dropped, x.seals);
	return 0;
}

static void tell_fault(void *ctx, const struct store_fault *f)
{
	static const char *const kinds[] = {"broken", "gap", "clock", "seal", "rollup"};

	(void)ctx;
	printf("fault %s %" PRIu64 " %s\n", kinds[f->kind], f->record, f->sentence);
}

static int verify(struct store *s, const struct words *w, struct text *why)
{
	uint64_t faults = 0;
	int rc = store_verify(s, tell_fault, NULL, &faults, why);

	(void)w;
	printf("faults %" PRIu64 "\n", faults);
	return rc < 0 ? failed(rc, why) : 0;
}

/* retain BYTES DAYS */
static int retain(struct store *s, const struct words *w, struct text *why)
{
	struct store_limits limits = {number(w, 0, 0), (uint32_t)number(w, 1, 0)};
	int rc = store_retain(s, &limits, MAKE_BEGIN + MAKE_DAYS * INT64_C(86400000000000), why);

	return rc < 0 ? failed(rc, why) : 0;
}

/* seal SEED: a key of 32 times that byte */
static int seal(struct store *s, const struct words *w, struct text *why)
{
	uint8_t key[32];
	int rc;

	memset(key, (int)number(w, 0, 1), sizeof(key));
	rc = store_seal(s, key, MAKE_BEGIN, why);
	return rc < 0 ? failed(rc, why) : 0;
}

/* hold SECONDS: keeps the log open */
static int hold(struct store *s, const struct words *w, struct text *why)
{
	(void)s;
	(void)why;
	printf("open\n");
	fflush(stdout);
	sleep((unsigned)number(w, 0, 1));
	return 0;
}

struct verb {
	const char *name;
	enum store_mode mode;
	int (*run)(struct store *s, const struct words *w, struct text *why);
};

static const struct verb verbs[] = {
	{"fill", STORE_WRITE, fill},	{"search", STORE_READ, search},
	{"usage", STORE_READ, usage},	{"summary", STORE_READ, summary},
	{"verify", STORE_READ, verify}, {"retain", STORE_WRITE, retain},
	{"seal", STORE_WRITE, seal},	{"hold", STORE_WRITE, hold},
};

static int open_and_run(const struct verb *verb, const char *path, const struct words *w,
			struct text *why)
{
	struct store *s = NULL;
	double begin = seconds();
	int rc = store_open(path, verb->mode, why, &s);

	if (rc < 0)
		return failed(rc, why);
	printf("opened %.3f\n", seconds() - begin);
	begin = seconds();
	rc = verb->run(s, w, why);
	printf("seconds %.3f\n", seconds() - begin);
	store_close(s);
	return rc;
}

static int run(const struct verb *verb, const char *path, const struct words *w)
{
	struct rusage use;
	struct text why;
	int rc;

	text_init(&why, 4096);
	rc = open_and_run(verb, path, w, &why);
	getrusage(RUSAGE_SELF, &use);
	printf("cpu %.3f kilobytes %ld\n",
	       (double)use.ru_utime.tv_sec + (double)use.ru_utime.tv_usec / 1e6 +
		       (double)use.ru_stime.tv_sec + (double)use.ru_stime.tv_usec / 1e6,
	       use.ru_maxrss);
	text_finish(&why);
	return rc;
}

int main(int argc, char **argv)
{
	struct words w = {argc - 3, argv + 3};

	signal(SIGXFSZ, SIG_IGN);
	for (size_t i = 0; argc > 2 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return run(&verbs[i], argv[2], &w);
	fprintf(stderr,
		"usage: store-fill fill|search|usage|summary|verify|retain|seal|hold LOG ...\n");
	return 2;
}
