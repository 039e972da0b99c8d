/*
 * The gaps that a process has told the keeper of lately. A keeper that dies may not have put them into the log yet, so the next
 * one is told again: the log takes what it has for what it is.
 */
#ifndef NTLMAUDIT_DAEMON_TOLD_H
#define NTLMAUDIT_DAEMON_TOLD_H

#include "event/gap.h"

#include <stddef.h>

#define TOLD_MAX 16 /* beyond it the oldest is taken for stored */
#define TOLD_REASON_SIZE 256
#define TOLD_SOURCE_SIZE 64

struct told_gap {
	int64_t begin, end;
	uint64_t packets;
	char reason[TOLD_REASON_SIZE], source[TOLD_SOURCE_SIZE]; /* source "": all of them */
};

/* Zeroed to begin with. */
struct told {
	struct told_gap rows[TOLD_MAX];
	size_t n; /* in all */
};

struct station;

/* Tells the keeper, and remembers it. What is longer than a row is cut. */
void told_gap(struct station *st, const struct gap *gap);
/* To a keeper that is new, or lost its place. */
void told_again(struct station *st);

#endif
