/* A line of progress on stderr for work that takes a while; nothing where stderr is no terminal. */
#ifndef NTLMAUDIT_CMD_PROGRESS_H
#define NTLMAUDIT_CMD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool on;
	bool shown;
	int64_t next; /* monotonic nanoseconds before which nothing is printed */
};

void progress_init(struct progress *p, bool on);
/* total 0: unknown. */
void progress_show(struct progress *p, uint64_t done, uint64_t total);
/* Takes the line away, before anything else is printed. */
void progress_clear(struct progress *p);

#endif
