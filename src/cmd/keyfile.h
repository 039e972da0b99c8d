/* The installation's key, from which ActivityIDs derive. Share the file among machines to join their events. */
#ifndef NTLMAUDIT_CMD_KEYFILE_H
#define NTLMAUDIT_CMD_KEYFILE_H

#include "audit/audit.h"

/*
 * Reads the key from a file of 64 hex digits and a line end. `path` NULL means the default: $NTLMAUDIT_KEY, else
 * /var/lib/ntlmaudit/key for root, else $XDG_STATE_HOME/ntlmaudit/key (~/.local/state/...); that one is made with a
 * random key, readable by its owner alone, where it is missing. Returns 0, or -1 after saying why: a named
 * file that is missing or malformed. Where only the default can't be made, a random key serves this run, and a
 * message says so.
 */
int keyfile_read(const char *path, uint8_t ret_key[AUDIT_KEY_SIZE]);

/* A key of a named file. 0, or a negative errno: -ENOENT where there is none, -EBADMSG where it is no key. */
int keyfile_load(const char *path, uint8_t ret_key[AUDIT_KEY_SIZE]);
/* Makes a key's file, for its owner alone, and its folders. 0, or a negative errno: -EEXIST where it is there. */
int keyfile_store(const char *path, const uint8_t key[AUDIT_KEY_SIZE]);

#endif
