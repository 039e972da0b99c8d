/* Events for the tests of the store, one of each kind, and a log that goes when the test does. */
#ifndef NTLMAUDIT_TESTS_STORE_EVENTS_H
#define NTLMAUDIT_TESTS_STORE_EVENTS_H

#include "unit.h"

#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY (INT64_C(86400) * 1000000000)
#define HOUR (INT64_C(3600) * 1000000000)
#define BEGIN (INT64_C(20000) * DAY) /* 2024-10-04 */

struct log {
	char folder[64], path[96];
	struct store *s;
	struct text why;
};

static inline int log_setup(void **state)
{
	struct log *l = calloc(1, sizeof(*l));

	if (!l)
		return -1;
	snprintf(l->folder, sizeof(l->folder), "/tmp/ntlmaudit-store-XXXXXX");
	if (!mkdtemp(l->folder))
		return -1;
	snprintf(l->path, sizeof(l->path), "%s/log.db", l->folder);
	text_init(&l->why, 4096);
	*state = l;
	return store_open(l->path, STORE_WRITE, &l->why, &l->s);
}

static inline int log_teardown(void **state)
{
	static const char *const endings[] = {"", "-lock", "-wal", "-shm", "-journal"};
	struct log *l = *state;
	char name[128];

	store_close(l->s);
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", l->path, endings[i]);
		unlink(name);
	}
	rmdir(l->folder);
	text_finish(&l->why);
	free(l);
	return 0;
}

/* Closes it, and opens it again. */
static inline void log_again(struct log *l, enum store_mode mode)
{
	store_close(l->s);
	l->s = NULL;
	assert_int_equal(store_open(l->path, mode, &l->why, &l->s), 0);
}

static inline struct event simple_event(uint16_t id, int64_t time, const char *user)
{
	struct event e = {.layout = event_layout_find(id), .time = time, .computer = "CL1"};

	e.activity[0] = 1;
	e.activity[15] = (uint8_t)(time / 1000);
	event_set_text(&e, FACT_USER, user);
	event_set_text(&e, FACT_DOMAIN, "CORP");
	event_set_text(&e, FACT_HOST, "CL1");
	event_set_text(&e, FACT_CLIENT_IP, "192.0.2.7");
	event_set_text(&e, FACT_TARGET_MACHINE, "FS1");
	event_set_text(&e, FACT_TARGET_SERVICE, "cifs/fs1.corp.example");
	event_set_text(&e, FACT_NTLM_VERSION, "NTLMv2");
	event_set_number(&e, FACT_REASON_ID, 6);
	event_set_status(&e, 0);
	return e;
}

static inline uint64_t add(struct log *l, const struct event *e, int expected)
{
	uint64_t record = 0;
	int rc = store_add(l->s, e, &record, &l->why);

	if (rc < 0)
		print_error("%s\n", l->why.ptr ? l->why.ptr : "");
	assert_int_equal(rc, expected);
	return record;
}

#endif
