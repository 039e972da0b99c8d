/* Milliseconds of a clock that nobody sets: for waiting. */
#ifndef NTLMAUDIT_SINK_MOMENT_H
#define NTLMAUDIT_SINK_MOMENT_H

#include <stdint.h>
#include <time.h>

static inline int64_t moment_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#endif
