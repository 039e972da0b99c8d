/*
 * Stores events and findings for a forwarder to bring:
 *   sink-fill LOG FIRST COUNT [PAUSE-MS [BATCH]]  made-up events; each 100th is followed by a finding; a commit a batch, after
 *                                        which it writes how many are acknowledged
 *   sink-fill LOG hostile                events and a finding whose every text tries to break out of what it stands in
 *   sink-fill LOG retain DAYS            drops the oldest
 */
#include "../store/make-events.h"

#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TOTAL 100000

static int failed(const struct text *why)
{
	printf("error %s\n", why->ptr ? why->ptr : "");
	return 1;
}

static int commit(struct store *s, uint64_t n, struct text *why)
{
	int rc = store_commit(s, why);

	if (rc == 0)
		printf("acknowledged %" PRIu64 "\n", n);
	fflush(stdout);
	return rc;
}

static int add_finding(struct store *s, uint64_t n, uint64_t record, struct text *why)
{
	struct finding f = {.id = (enum finding_id)(n / 100 % FINDING__COUNT),
			    .time = MAKE_BEGIN + (int64_t)n,
			    .sentence = "made up \"for\" [a test]",
			    .source_ip = "192.0.2.7",
			    .user = "user",
			    .count = n,
			    .records = {record},
			    .n_records = 1};

	return store_add_finding(s, &f, why);
}

static int fill(struct store *s, uint64_t first, uint64_t count, long pause_ms, uint64_t batch,
		struct text *why)
{
	const struct timespec pause = {pause_ms / 1000, pause_ms % 1000 * 1000000};
	static struct made_event m;
	uint64_t record;
	int rc = 0;

	for (uint64_t i = first; i < first + count && rc >= 0; i++) {
		make_event(&m, i, TOTAL);
		rc = store_add(s, &m.event, &record, why);
		if (rc > 0 && i % 100 == 99)
			rc = add_finding(s, i, record, why);
		if (rc < 0 || (i + 1 - first) % batch != 0)
			continue;
		rc = commit(s, i + 1, why);
		nanosleep(&pause, NULL);
	}
	return rc < 0 ? rc : commit(s, first + count, why);
}

/* ---- hostile ---- */

static const char *const evils[] = {
	"x\" user=\"forged",
	"x\"] forged [ntlm@32473 user=\"forged\"",
	"x\\\" user=\\\"forged\\",
	"]\\\"]]\\\\",
	"x\nNTLM_FORGED=1\nMESSAGE=forged",
	"x\r\n<81>1 2026-01-01T00:00:00Z forged ntlmaudit - 4020 - forged\r\n",
	"x\n{\"event_id\": 4020, \"user\": \"forged\"}\n",
	"</Data></EventData></Event><Event><forged/>",
	"\xe2\x80\xae"
	"forged\xe2\x80\xac\xe2\x80\xa8\xc2\x85\x1b[31m\x07\x7f",
	"\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x91",
	"=cmd|' /C calc'!A0",
	"",
};
#define N_EVILS (sizeof(evils) / sizeof(evils[0]))

static void make_hostile(struct event *e, size_t n, const char *text)
{
	*e = (struct event){.layout = event_layout_find((uint16_t)(4020 + n % 4)),
			    .time = MAKE_BEGIN + (int64_t)n * 1000,
			    .computer = text};
	e->activity[0] = (uint8_t)(n + 1);
	for (enum fact f = 0; f < FACT__COUNT; f++)
		if (facts[f].type == FACT_TEXT || facts[f].type == FACT_LIST)
			event_set_text(e, f, text);
	event_set_number(e, FACT_PROCESS_ID, n);
}

static int add_one(struct store *s, size_t n, const char *text, struct text *why)
{
	struct event e;
	uint64_t record;

	make_hostile(&e, n, text);
	return store_add(s, &e, &record, why);
}

static int hostile(struct store *s, struct text *why)
{
	static char large[65536];
	struct finding f = {
		.id = FINDING_RELAY, .time = MAKE_BEGIN, .records = {1}, .n_records = 1};
	struct event e;
	uint64_t record;
	int rc = 0;

	for (size_t i = 0; i < N_EVILS && rc >= 0; i++) {
		rc = add_one(s, i, evils[i], why);
		f.sentence = f.source_ip = f.user = f.domain = evils[i];
		f.count = i + 1;
		if (rc >= 0)
			rc = store_add_finding(s, &f, why);
	}
	/* Two of 64 KiB, of two bytes a letter and of what is escaped; then one whose other facts are usual. */
	for (size_t i = 0; i < sizeof(large) - 1; i++)
		large[i] = (i % 2) ? '\xa4' : '\xc3';
	large[sizeof(large) - 2] = '\0';
	make_hostile(&e, 100, "usual");
	event_set_text(&e, FACT_USER, large);
	rc = rc < 0 ? rc : store_add(s, &e, &record, why);
	memset(large, ']', sizeof(large) - 1);
	make_hostile(&e, 101, "usual");
	event_set_text(&e, FACT_USER, large);
	rc = rc < 0 ? rc : store_add(s, &e, &record, why);
	/* More than a datagram holds. */
	make_hostile(&e, 102, "usual");
	for (enum fact fact = FACT_USER; fact < FACT_TARGET_DOMAIN; fact++)
		event_set_text(&e, fact, large);
	rc = rc < 0 ? rc : store_add(s, &e, &record, why);
	rc = rc < 0 ? rc : add_one(s, 103, "last", why);
	return rc < 0 ? rc : commit(s, N_EVILS + 4, why);
}

/* ---- the whole ---- */

static int retain(struct store *s, uint32_t days, struct text *why)
{
	struct store_limits limits = {.max_days = days};

	return store_retain(s, &limits, MAKE_BEGIN + MAKE_DAYS * INT64_C(86400000000000), why);
}

static uint64_t number(int argc, char **argv, int i, uint64_t none)
{
	return i < argc ? strtoull(argv[i], NULL, 10) : none;
}

int main(int argc, char **argv)
{
	struct store *s = NULL;
	struct text why;
	int rc;

	if (argc < 3)
		return 2;
	text_init(&why, 4096);
	rc = store_open(argv[1], STORE_WRITE, &why, &s);
	if (rc == 0 && strcmp(argv[2], "hostile") == 0)
		rc = hostile(s, &why);
	else if (rc == 0 && strcmp(argv[2], "retain") == 0)
		rc = retain(s, (uint32_t)number(argc, argv, 3, 1), &why);
	else if (rc == 0)
		rc = fill(s, number(argc, argv, 2, 0), number(argc, argv, 3, 1),
			  (long)number(argc, argv, 4, 0), number(argc, argv, 5, 100), &why);
	store_close(s);
	if (rc < 0)
		return failed(&why);
	text_finish(&why);
	return 0;
}
