/*
 * Memory for one thing's life: allocate piecewise, drop all at once. With a limit, so that a
 * stranger's names can't grow it without end.
 */
#ifndef NTLMAUDIT_BASE_ARENA_H
#define NTLMAUDIT_BASE_ARENA_H

#include "base/span.h"

struct arena_block;

struct arena {
	struct arena_block *head;
	size_t used; /* bytes handed out */
	size_t max;  /* bytes; 0 = no limit */
};

void arena_init(struct arena *a, size_t max);
/* Frees all but one block: what it handed out is invalid from here. */
void arena_reset(struct arena *a);
void arena_finish(struct arena *a);

/* Aligned for any object, not zeroed. NULL where the limit or memory is reached. */
void *arena_alloc(struct arena *a, size_t size) __attribute__((warn_unused_result));
/* A NUL-terminated copy. */
char *arena_string(struct arena *a, struct span bytes) __attribute__((warn_unused_result));

#endif
