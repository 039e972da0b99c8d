/*
 * evtx-dump [--recover] [--count] FILE: the records of a log as JSON lines, problems as lines of standard error; for
 * the tests and the benchmark. --count only counts them.
 */
#include "winlog/evtx.h"

#include "base/text.h"
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static bool counts;
static uint64_t n_records;

static void print_string(const char *s)
{
	putchar_unlocked('"');
	for (const unsigned char *c = (const unsigned char *)s; *c; c++) {
		if (*c < 0x20 || *c == '"' || *c == '\\')
			printf("\\u%04x", *c);
		else
			putchar_unlocked(*c);
	}
	putchar_unlocked('"');
}

static void print_named(const char *name, const char *value)
{
	printf(", \"%s\": ", name);
	print_string(value);
}

static void print_time(const struct winlog_record *r)
{
	struct text when;

	text_init(&when, 0);
	if (r->has_time)
		clock_format(&when, r->time);
	print_named("time", when.ptr ? when.ptr : "");
	text_finish(&when);
}

static void print_activity(const struct winlog_record *r)
{
	printf(", \"activity\": \"");
	for (size_t i = 0; r->has_activity && i < sizeof(r->activity); i++)
		printf("%02X", r->activity[i]);
	printf("\"");
}

static void print_data(const struct winlog_record *r)
{
	printf(", \"data\": [");
	for (size_t i = 0; i < r->n_data; i++) {
		printf("%s[", i ? ", " : "");
		print_string(r->data[i].name);
		printf(", ");
		print_string(r->data[i].value);
		printf("]");
	}
	printf("], \"lost\": %zu}\n", r->n_data_lost);
}

static int print_record(void *ctx, const struct winlog_record *r)
{
	(void)ctx;
	n_records++;
	if (counts)
		return 0;
	printf("{\"offset\": %" PRIu64 ", \"recovered\": %s, \"record_id\": %" PRIu64, r->offset,
	       r->recovered ? "true" : "false", r->record_id);
	printf(", \"event_id\": %" PRIu32 ", \"version\": %" PRIu32 ", \"level\": %" PRIu32
	       ", \"task\": %" PRIu32 ", \"opcode\": %" PRIu32 ", \"keywords\": \"0x%" PRIx64 "\"",
	       r->event_id, r->version, r->level, r->task, r->opcode, r->keywords);
	printf(", \"process_id\": %" PRIu32 ", \"thread_id\": %" PRIu32, r->process_id,
	       r->thread_id);
	print_time(r);
	print_activity(r);
	print_named("provider", r->provider);
	print_named("guid", r->provider_guid);
	print_named("channel", r->channel);
	print_named("computer", r->computer);
	print_named("sid", r->user_sid);
	print_named("rendered", r->rendered);
	print_data(r);
	return 0;
}

static void print_problem(void *ctx, const char *where, const char *why, uint64_t offset)
{
	(void)ctx;
	fprintf(stderr, "%s: %s at byte %" PRIu64 "\n", where, why, offset);
}

int main(int argc, char **argv)
{
	static const struct winlog_ops ops = {.record = print_record, .problem = print_problem};
	struct evtx_options options = {false};
	const char *name = NULL;
	FILE *in;
	int rc;

	for (int i = 1; i < argc; i++) {
		options.recover |= strcmp(argv[i], "--recover") == 0;
		counts |= strcmp(argv[i], "--count") == 0;
		name = argv[i];
	}
	in = name && strcmp(name, "-") != 0 ? fopen(name, "rb") : stdin;
	if (!in) {
		perror(name);
		return 1;
	}
	rc = evtx_read(in, &options, &ops, NULL);
	fclose(in);
	if (counts)
		printf("%" PRIu64 "\n", n_records);
	return rc == 0 ? 0 : 1;
}
