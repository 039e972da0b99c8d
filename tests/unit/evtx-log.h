/* Logs that tests write into memory and have read by our own reader. */
#ifndef NTLMAUDIT_TESTS_EVTX_LOG_H
#define NTLMAUDIT_TESTS_EVTX_LOG_H

#include "unit.h"

#include "format/evtx.h"
#include "winlog/event.h"
#include "winlog/evtx.h"

#include <stdio.h>
#include <stdlib.h>

/* 2026-11-22T14:00:00.1234567Z and 89 ns */
#define NOON INT64_C(1795356000123456789)
#define CHUNK_AT 4096
#define CHUNK_SIZE 65536
#define RECORDS_AT 512

static inline struct event an_event(uint16_t id)
{
	struct event e = {.layout = event_layout_find(id),
			  .record = 7,
			  .time = NOON,
			  .computer = "WS02",
			  .activity = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc,
				       0xba, 0x98, 0x76, 0x54, 0x32, 0x10},
			  .process_id = 744,
			  .thread_id = 12};

	event_set_text(&e, FACT_USER, "afenwick");
	event_set_text(&e, FACT_DOMAIN, "DIOCORE");
	event_set_number(&e, FACT_PROCESS_ID, 0x1798);
	event_set_number(&e, FACT_REASON_ID, 7);
	event_set_text(&e, FACT_REASON, event_reason_text(7));
	return e;
}

/* ---- a file in memory ---- */

struct log {
	FILE *file;
	uint8_t *bytes;
	size_t len;
	uint64_t cut;
};

static inline struct log write_log(const struct event *events, size_t n, bool rendered)
{
	const struct evtx_writer_options options = {.rendered = rendered};
	struct log log = {.file = tmpfile()};
	struct evtx_writer *w;

	assert_non_null(log.file);
	assert_int_equal(evtx_writer_new(log.file, &options, &w), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(evtx_writer_event(w, &events[i]), 0);
	assert_int_equal(evtx_writer_finish(w), 0);
	log.cut = evtx_writer_cut(w);
	evtx_writer_free(w);
	log.len = (size_t)ftell(log.file);
	log.bytes = malloc(log.len);
	rewind(log.file);
	assert_int_equal(fread(log.bytes, 1, log.len, log.file), log.len);
	rewind(log.file);
	return log;
}

static inline void log_finish(struct log *log)
{
	fclose(log->file);
	free(log->bytes);
}

static inline uint64_t number_at(const uint8_t *at, size_t n)
{
	uint64_t number = 0;

	for (size_t i = 0; i < n; i++)
		number |= (uint64_t)at[i] << 8 * i;
	return number;
}

/* The nth chunk's record of an index. */
static inline const uint8_t *record_at(const struct log *log, size_t chunk, size_t index)
{
	const uint8_t *at = log->bytes + CHUNK_AT + chunk * CHUNK_SIZE + RECORDS_AT;

	while (index--)
		at += number_at(at + 4, 4);
	return at;
}

/* ---- our own reader ---- */

struct reading {
	void (*check)(const struct event *read, const struct winlog_record *r, size_t index,
		      const void *ctx);
	const void *ctx;
	size_t n;
};

static inline int on_record(void *ctx, const struct winlog_record *r)
{
	struct reading *reading = ctx;
	struct winlog_counts counts = {0};
	struct arena arena;
	struct event e;

	arena_init(&arena, 0);
	assert_int_equal(winlog_event(r, &arena, &e, &counts), 1);
	assert_int_equal(counts.values_odd, 0);
	reading->check(&e, r, reading->n++, reading->ctx);
	arena_finish(&arena);
	return 0;
}

static inline void on_problem(void *ctx, const char *where, const char *why, uint64_t offset)
{
	(void)ctx;
	fail_msg("%s: %s at %llu", where, why, (unsigned long long)offset);
}

/* Every record, without a single problem; returns how many. */
static inline size_t read_log(const struct log *log,
			      void (*check)(const struct event *, const struct winlog_record *,
					    size_t, const void *),
			      const void *ctx)
{
	static const struct winlog_ops ops = {.record = on_record, .problem = on_problem};
	struct reading reading = {.check = check, .ctx = ctx};

	assert_int_equal(evtx_read(log->file, NULL, &ops, &reading), 0);
	return reading.n;
}

static inline void assert_same_value(const struct value *got, const struct value *wanted,
				     enum fact f)
{
	if (got->kind != wanted->kind)
		fail_msg("%s: kind %d, not %d", facts[f].key, (int)got->kind, (int)wanted->kind);
	if (wanted->kind == VALUE_TEXT)
		assert_string_equal(got->text, wanted->text);
	else if (wanted->kind == VALUE_NUMBER)
		assert_int_equal(got->number, wanted->number);
}

static inline void assert_same(const struct event *got, const struct winlog_record *r, size_t index,
			       const void *ctx)
{
	const struct event *wanted = (const struct event *)ctx + index;

	(void)r;
	assert_ptr_equal(got->layout, wanted->layout);
	assert_int_equal(got->time, wanted->time - (wanted->time % 100 + 100) % 100);
	assert_int_equal(got->source_record, wanted->record);
	assert_int_equal(got->process_id, wanted->process_id);
	assert_int_equal(got->thread_id, wanted->thread_id);
	assert_memory_equal(got->activity, wanted->activity, 16);
	assert_string_equal(got->computer, wanted->computer);
	for (size_t i = 0; i < wanted->layout->n_fields; i++) {
		enum fact f = wanted->layout->fields[i].fact;

		assert_same_value(&got->facts[f], &wanted->facts[f], f);
	}
	assert_int_equal(got->n_foreign, wanted->n_foreign);
	for (size_t i = 0; i < wanted->n_foreign; i++) {
		assert_string_equal(got->foreign[i].name, wanted->foreign[i].name);
		assert_string_equal(got->foreign[i].value, wanted->foreign[i].value);
	}
}

#endif
