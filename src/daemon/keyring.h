/*
 * The decoder's keys of domain controllers: read from descriptors that the opener hands over (daemon/key-files.h), and again from the
 * same descriptors where a secure channel has no key yet, as Samba writes to its files in place. Invariant: a key is in
 * memory of the decoder and nowhere else: what is told of the files is how many keys they have and what is wrong with them.
 */
#ifndef NTLMAUDIT_DAEMON_KEYRING_H
#define NTLMAUDIT_DAEMON_KEYRING_H

#include "daemon/station.h"
#include "daemon/status.h"
#include "source/capture.h"

/* What a parcel of keys says: this step, an errno or 0, a path; a descriptor where there is no errno. */
enum keyring_step {
	KEYRING_BEGIN,	 /* files follow, in place of all that were there */
	KEYRING_KEYTAB,	 /* one that should hold keys */
	KEYRING_PRIVATE, /* one of a private folder of Samba: it may hold none; or the folder */
	KEYRING_END,	 /* these are all: read them */
	KEYRING_STEP__COUNT
};

struct keyring_file {
	int fd; /* -1: it could not be opened */
	bool is_keytab;
	struct status_key_file row;
};

struct keyring {
	struct station *st;
	struct capture *capture;
	const struct tally *tally;
	struct keyring_file files[STATUS_KEY_FILES_MAX];
	size_t n;
	bool is_coming;		    /* there was no end yet */
	struct text said;	    /* problems that were told already, a line each */
	struct netlogon_keys *keys; /* the capture's; NULL: none */
	struct status_channels status;
	uint64_t missed;	     /* PDUs without a key until the last reading */
	int64_t next_read, next_say; /* monotonic */
	char line
		[STATUS_LINE_SIZE]; /* of a channel; "" or not told yet: the next reading may have its key */
	uint64_t line_readings; /* that were there when it came */
};

void keyring_init(struct keyring *k, struct station *st, struct capture *capture,
		  const struct tally *tally);
/* A parcel of the opener's, behind its type; *fd is -1 where it was kept. */
void keyring_take(struct keyring *k, struct reader *r, int *fd);
/* After each packet, cheap: reads the files again where a channel lacks a key, every few seconds at most. */
void keyring_look(struct keyring *k);
/* A line about a channel that can't be read: for status, and now and then for people. */
void keyring_sealed(struct keyring *k, const char *line);
/* Numbers for the keeper. */
void keyring_tell(const struct keyring *k);
/* When the capture is gone: wipes. */
void keyring_finish(struct keyring *k);

#endif
