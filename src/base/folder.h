/* Folders of the file system. */
#ifndef NTLMAUDIT_BASE_FOLDER_H
#define NTLMAUDIT_BASE_FOLDER_H

#include <sys/types.h>

/* Makes the folders above `path` that are not there, with this mode. 0 or a negative errno. */
int folder_make_above(const char *path, mode_t mode) __attribute__((warn_unused_result));

#endif
