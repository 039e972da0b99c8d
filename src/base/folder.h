/* Folders of the file system. */
#ifndef NTLMAUDIT_BASE_FOLDER_H
#define NTLMAUDIT_BASE_FOLDER_H

#include "base/text.h"

#include <sys/types.h>

/* Makes the folders above `path` that are not there, with this mode. 0 or a negative errno. */
int folder_make_above(const char *path, mode_t mode) __attribute__((warn_unused_result));

/*
 * Where a file of the installation lies: in /var/lib/ntlmaudit as root, else below $XDG_STATE_HOME or ~/.local/state. -ENOENT
 * where the environment names neither, or -ENOMEM.
 */
int folder_state(const char *file, struct text *ret_path) __attribute__((warn_unused_result));

#endif
