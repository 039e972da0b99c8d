/* Time: int64_t nanoseconds since 1970-01-01T00:00:00Z, as captures have it. */
#ifndef NTLMAUDIT_BASE_CLOCK_H
#define NTLMAUDIT_BASE_CLOCK_H

#include "base/text.h"

#define NSEC_PER_SEC INT64_C(1000000000)

/* `2026-11-22T14:00:00.1234567Z`: UTC, 100 ns, as Windows' SystemTime. */
void clock_format(struct text *out, int64_t nsec);

/* What the wall's clock says, which can be set, also back. */
int64_t clock_wall(void);
/* Nanoseconds of a clock that nobody sets: for waiting, and for how long something took. */
int64_t clock_monotonic(void);

#endif
