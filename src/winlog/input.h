/* One log file, whatever its form: told apart by its first bytes, read to its end, events out. */
#ifndef NTLMAUDIT_WINLOG_INPUT_H
#define NTLMAUDIT_WINLOG_INPUT_H

#include "base/span.h"
#include "winlog/event.h"

enum winlog_kind { WINLOG_NONE, WINLOG_EVTX, WINLOG_XML, WINLOG_JSON };

#define WINLOG_HEAD ((size_t)512) /* bytes that winlog_recognise() wants to see; fewer will do */

/* Of the first bytes of a file; WINLOG_NONE: no log, maybe a capture. */
enum winlog_kind winlog_recognise(struct span head);

struct winlog_input {
	int fd; /* at its first byte; stays the caller's */
	enum winlog_kind kind;
	bool recover; /* EVTX: what unused space still holds, too */
};

struct winlog_input_ops {
	/* An event; valid during the call. `record` is 0, or what an own event had. Not 0 ends the reading. */
	int (*event)(void *ctx, struct event *e);
	/* An own finding; its records are those of the events as they were. */
	int (*finding)(void *ctx, struct finding *f);
	/* Something could not be read, at a "byte" or "line". All but `at` are literals. */
	void (*problem)(void *ctx, const char *unit, uint64_t at, const char *where,
			const char *why);
};

/*
 * Reads a log to its end, and whatever of it is readable. 0; what an operation ended it with; or a negative errno:
 * reading failed there. Adds to the counts.
 */
int winlog_read(const struct winlog_input *in, const struct winlog_input_ops *ops, void *ctx,
		struct winlog_counts *counts) __attribute__((warn_unused_result));

#endif
