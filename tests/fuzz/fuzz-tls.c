/* TLS' records and hellos from segments of both directions. */
#include "fuzz.h"

#include "harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	harness_fuzz(&carrier_tls, data, size);
	return 0;
}
