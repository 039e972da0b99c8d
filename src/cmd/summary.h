/* The closing summary on stderr: what was seen, what became of it, and all that was not read, with the reason. */
#ifndef NTLMAUDIT_CMD_SUMMARY_H
#define NTLMAUDIT_CMD_SUMMARY_H

#include "base/tally.h"

#include <stdio.h>

struct summary {
	struct tally tally;
	uint64_t files, files_unread, files_partly;
	uint64_t by_id[65536]; /* events printed, by event ID */
	uint64_t printed;
	uint64_t filtered; /* events that --role or --min-level left out */
};

void summary_print(FILE *out, const struct summary *s);

#endif
