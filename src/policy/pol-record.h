/*
 * Registry.pol (MS-GPREG 2.2.1): a header, then records `[key;value;type;size;data]` whose brackets and semicolons are
 * UTF-16 units. A broken record ends the reading: nothing says where the next one begins.
 */
#ifndef NTLMAUDIT_POLICY_POL_RECORD_H
#define NTLMAUDIT_POLICY_POL_RECORD_H

#include "base/reader.h"
#include "base/text.h"

/* Views into the file. */
struct pol_record {
	size_t offset;
	struct span key, name; /* UTF-16LE, without NUL; the key without its hive */
	uint32_t type;
	struct span data;
};

/* Reads the header. */
void pol_begin(struct reader *in);
/* The next record. False: no more, or the reader failed. */
bool pol_next(struct reader *in, struct pol_record *ret_record);

/* The other way round: header and records. Names are UTF-8, the data as it is to stand there. */
void pol_put_header(struct text *out);
void pol_put_record(struct text *out, const char *key, const char *name, uint32_t type,
		    struct span data);
/* UTF-8 as UTF-16LE, with a NUL unit at its end. */
void pol_put_string(struct text *out, const char *s);

#endif
