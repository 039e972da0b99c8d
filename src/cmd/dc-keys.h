/* The keys of domain controllers, from the files that an administrator names: what secure channels are unsealed with. */
#ifndef NTLMAUDIT_CMD_DC_KEYS_H
#define NTLMAUDIT_CMD_DC_KEYS_H

#include "netlogon/keys.h"

#define DC_KEY_FILES_MAX 32

struct dc_key_files {
	const char *keytab[DC_KEY_FILES_MAX];
	size_t n_keytabs;
	const char *folder[DC_KEY_FILES_MAX]; /* Samba's "private dir" */
	size_t n_folders;
};

/* For option tables: NULL, or why not. */
const char *dc_keys_add_keytab(struct dc_key_files *files, const char *path);
const char *dc_keys_add_folder(struct dc_key_files *files, const char *path);

/*
 * Reads them all. `*ret_keys` is NULL where none was named; free it with netlogon_keys_free(). 0; 1 after saying
 * what of a file could not be read; or -1 after saying why: a file that can't be read at all, or that holds nothing of use.
 */
int dc_keys_read(const struct dc_key_files *files, struct netlogon_keys **ret_keys);

#endif
