/* A field of journald's native protocol. */
#ifndef NTLMAUDIT_SINK_JOURNAL_FIELD_H
#define NTLMAUDIT_SINK_JOURNAL_FIELD_H

#include "base/text.h"

/*
 * `NAME=value\n`; where the value has line ends, `NAME\n`, its length in 64 bits little-endian, the value and `\n`. Names come
 * from our tables. Values here have no line ends, as pairs (sink/pair.h) write them; one that had could still not
 * become a field.
 */
void journal_put_field(struct text *out, const char *name, const char *value);

#endif
