/* The closing summary on stderr: what was seen, what became of it, and all that was not read, with the reason. */
#ifndef NTLMAUDIT_CMD_SUMMARY_H
#define NTLMAUDIT_CMD_SUMMARY_H

#include "base/tally.h"
#include "source/encrypted.h"
#include "winlog/event.h"

#include <stdio.h>

#define SUMMARY_ENCRYPTED 10 /* servers that are named */

/* A server whose connections could not be read. */
struct summary_encrypted {
	char host[ENCRYPTED_NAME_MAX + 1];
	uint16_t port;
	uint64_t connections;
};

struct summary {
	struct tally tally;
	uint64_t files;			     /* captures */
	uint64_t samba_logs;
	uint64_t logs;			     /* Windows' logs */
	uint64_t files_unread, files_partly; /* of all */
	struct winlog_counts log;
	uint64_t by_id[65536]; /* events printed, by event ID */
	uint64_t printed;
	uint64_t filtered; /* events that --role or --min-level left out */
	struct summary_encrypted encrypted[SUMMARY_ENCRYPTED];
	size_t encrypted_rows;
	uint64_t encrypted_all; /* connections, of these and all other servers */
};

/* Takes in a row of encrypted_each(), in its order. */
void summary_encrypted(struct summary *s, const struct encrypted_row *row);
void summary_print(FILE *out, const struct summary *s);

#endif
