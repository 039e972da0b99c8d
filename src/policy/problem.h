/* What is wrong with a file, and where. Readers go on after an error where they can, so that all of them are told. */
#ifndef NTLMAUDIT_POLICY_PROBLEM_H
#define NTLMAUDIT_POLICY_PROBLEM_H

#include "base/text.h"

enum place_kind {
	PLACE_WHOLE,  /* the file itself */
	PLACE_LINE,   /* from 1 */
	PLACE_OFFSET, /* bytes from 0 */
};

/* Where something stands. */
struct place {
	const char *file; /* NULL: built in */
	enum place_kind kind;
	uint64_t at;
};

/* "/etc/ntlmaudit/ntlmaudit.conf: line 3", "built-in". */
void place_put(struct text *out, const struct place *place);

struct problem {
	struct place place;
	bool is_warning; /* the file holds for what it is, but perhaps not what was meant */
	const char *what;
};

/* Told at most, in one problems; the others are only counted. */
#define PROBLEMS_MAX 100

struct problems {
	void (*tell)(void *context, const struct problem *problem); /* may be NULL */
	void *context;
	size_t errors, warnings;
};

void problem_error(struct problems *p, const struct place *place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void problem_warning(struct problems *p, const struct place *place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
