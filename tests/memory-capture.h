/*
 * Reads a capture that lies in memory through the whole pipeline and every format, for fuzzing and for tests that
 * change a byte here and there.
 */
#ifndef NTLMAUDIT_TESTS_MEMORY_CAPTURE_H
#define NTLMAUDIT_TESTS_MEMORY_CAPTURE_H

#include "base/tally.h"
#include "base/text.h"

struct memory_capture_log {
	struct tally tally;
	struct text json;   /* one line an event */
	struct text others; /* of the last event: its text, short and xml forms */
	uint64_t malformed, problems;
};

void memory_capture_init(struct memory_capture_log *log);
void memory_capture_finish(struct memory_capture_log *log);

/* Adds to the log what the capture gives. Aborts where the pipeline breaks its own promises. */
void memory_capture_read(struct memory_capture_log *log, const void *bytes, size_t len);

#endif
