/*
 * The opener's rings: one for all interfaces, or one for each that is named or fits a pattern, opened when there is such an
 * interface and again when it comes back.
 */
#ifndef NTLMAUDIT_DAEMON_LIVE_RING_H
#define NTLMAUDIT_DAEMON_LIVE_RING_H

#include "daemon/station.h"
#include "daemon/status.h"
#include "source/ring.h"

struct live_ring {
	char name[STATUS_NAME_SIZE]; /* the interface; RING_OF_ALL */
	int fd;			     /* -1: closed */
	bool is_there;		     /* the row is in use */
	int64_t closed; /* base/clock.h: since when there is nothing from it; 0: never was */
	char problem[STATUS_LINE_SIZE];
};

struct live_rings {
	struct station *st;
	struct live_ring rows[STATUS_RINGS_MAX];
	uint32_t mib;
	struct text what;  /* all that decides which there are */
	int64_t next_look; /* monotonic */
};

/* Rows for what is to be watched; opens what is there. Sets st->is_tap. Returns how many are open, or will be when they are up. */
size_t live_rings_begin(struct live_rings *rings, struct station *st);
/* Has the policy come to want others, or another decoder? */
bool live_rings_differ(const struct live_rings *rings);
/* Tells a new keeper which can't be opened. */
void live_rings_tell(const struct live_rings *rings);
/* Closes all: other interfaces are to be watched. */
void live_rings_end(struct live_rings *rings);
/* A decoder that is new needs them all. */
void live_rings_hand_over(const struct live_rings *rings);
/* The decoder lost that one. */
void live_rings_lost(struct live_rings *rings, uint64_t number);
/* To be called often: opens what has come or come back, and tells decoder and keeper. */
void live_rings_look(struct live_rings *rings);

#endif
