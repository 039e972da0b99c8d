/* Whole small files: read with a limit, and written so that they are never there in part. */
#ifndef NTLMAUDIT_POLICY_FILE_H
#define NTLMAUDIT_POLICY_FILE_H

#include "base/span.h"

/*
 * Reads a regular file of at most `max` bytes. The caller frees ret_data->ptr with mem_free (file_free does the cast).
 * -ENOENT, -EFBIG, -EINVAL where it is not a file, or what the system says.
 */
int file_read(const char *path, size_t max, struct span *ret_data)
	__attribute__((warn_unused_result));
void file_free(struct span *data);

/* Replaces a file in one step, and makes its folder where there is none; mode 0644. Survives a crash whole or not. */
int file_replace(const char *path, struct span data) __attribute__((warn_unused_result));

#endif
