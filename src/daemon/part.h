/*
 * What of the daemon one supervisor starts: all of it, or, so that a service manager can give to each no more than it needs,
 * one of four parts. The one that captures has the channels between all processes, and hands the others their ends
 * (daemon/link.h).
 */
#ifndef NTLMAUDIT_DAEMON_PART_H
#define NTLMAUDIT_DAEMON_PART_H

#include "daemon/station.h"

#define PARTS 4

struct part {
	const char *name;      /* "decode"; NULL: all in one */
	enum member opener;    /* its supervisor */
	unsigned members;      /* that it starts: bits */
	unsigned joins;	       /* whose channels it makes: bits; 0: none */
	uint64_t capabilities; /* that its supervisor keeps, CAP_BIT() */
};

extern const struct part part_whole, parts[PARTS];

/* NULL where there is none of that name. */
const struct part *part_find(const char *name);

static inline bool part_has(const struct part *p, enum member m)
{
	return p->members & 1u << m;
}

static inline bool part_captures(const struct part *p)
{
	return p->opener == MEMBER_OPENER;
}

#endif
