/* The daemon's status for people. Names in it are strangers': each is escaped here. */
#ifndef NTLMAUDIT_CMD_STATUS_PRINT_H
#define NTLMAUDIT_CMD_STATUS_PRINT_H

#include "base/text.h"
#include "format/format.h"

#include <jansson.h>

/* What is not there, or of another type, is left out: the daemon may be of another version. */
void status_print(struct text *out, const struct format_style *style, json_t *status);

/* How many problems it tells of. */
size_t status_n_problems(json_t *status);

#endif
