#include "base/span.h"

bool span_is_zero(struct span s)
{
	uint8_t seen = 0;

	for (size_t i = 0; i < s.len; i++)
		seen |= s.ptr[i];
	return seen == 0;
}
