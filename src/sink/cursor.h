/*
 * How far one target has got, kept on disk: a small file of text, replaced in one step. Invariant: what it says the target
 * has, it has; it may have more.
 */
#ifndef NTLMAUDIT_SINK_CURSOR_H
#define NTLMAUDIT_SINK_CURSOR_H

#include "base/text.h"

struct place {
	uint64_t log;	  /* identity of the log (store/store.h); 0: there was none yet */
	uint64_t record;  /* the last EventRecordID that the target has, or never gets */
	uint64_t finding; /* likewise of findings */
	uint64_t dropped; /* how many up to there it never got, since ever */
	uint64_t sent;	  /* since the start; not kept */
};

struct cursor {
	const char *target; /* the caller's */
	char *path;
};

/* The file of a target in a folder. -ENOMEM. */
int cursor_init(struct cursor *c, const char *folder, const char *target)
	__attribute__((warn_unused_result));
void cursor_finish(struct cursor *c);
/* -ENOENT: the target is new. -EUCLEAN: the file is none of ours, or another target's; nothing is known then. */
int cursor_read(const struct cursor *c, struct place *ret_place, struct text *why)
	__attribute__((warn_unused_result));
int cursor_write(const struct cursor *c, const struct place *place, struct text *why)
	__attribute__((warn_unused_result));

#endif
