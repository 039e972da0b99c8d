/* Milliseconds of a clock that nobody sets: for waiting. */
#ifndef NTLMAUDIT_SINK_MOMENT_H
#define NTLMAUDIT_SINK_MOMENT_H

#include "base/clock.h"

static inline int64_t moment_now(void)
{
	return clock_monotonic() / (NSEC_PER_SEC / 1000);
}

#endif
