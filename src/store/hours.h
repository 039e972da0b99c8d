/*
 * The hours of a day in which something was counted: for each its count, the first time and the last, to the
 * millisecond. Packed as hour, count, milliseconds into the hour, milliseconds from first to last.
 */
#ifndef NTLMAUDIT_STORE_HOURS_H
#define NTLMAUDIT_STORE_HOURS_H

#include "base/pack.h"

#define HOURS_BYTES_MAX (24 * (1 + 10 + 5 + 5))

struct hour_count {
	uint64_t count;	      /* 0: nothing in this hour */
	uint32_t first, last; /* milliseconds into the hour */
};

struct hours {
	struct hour_count hour[24];
};

void hours_pack(const struct hours *h, struct pack *out);
/* False where the bytes are none of hours_pack()'s. */
bool hours_unpack(struct span bytes, struct hours *ret_hours);
void hours_add(struct hours *h, unsigned hour, uint64_t count, uint32_t first, uint32_t last);

#endif
