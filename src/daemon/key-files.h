/*
 * The opener's files of keys of domain controllers: opened, and handed to the decoder, which reads them (daemon/keyring.h). The
 * opener reads nothing in them, and no other process has their descriptors.
 */
#ifndef NTLMAUDIT_DAEMON_KEY_FILES_H
#define NTLMAUDIT_DAEMON_KEY_FILES_H

#include "daemon/station.h"

/* What of a "private dir" of Samba may hold keys; NULL ends it. */
extern const char *const key_files_private[];

struct key_files {
	struct station *st;
	struct text seen;  /* what they looked like when they were handed over */
	int64_t next_look; /* monotonic; 0: no decoder has asked yet */
};

/* A decoder that is new needs them. */
void key_files_hand_over(struct key_files *k);
/* Opens them anew: all of them, in place of those that the decoder had, if there is one. */
void key_files_again(struct key_files *k);
/* To be called often: hands them over again when one was replaced, changed, made or taken away. */
void key_files_look(struct key_files *k);
void key_files_finish(struct key_files *k);

#endif
