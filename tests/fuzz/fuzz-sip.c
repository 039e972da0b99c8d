/* SIP heads, bodies and calls from segments of both directions. */
#include "fuzz.h"

#include "harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	harness_fuzz(&carrier_sip, data, size);
	return 0;
}
