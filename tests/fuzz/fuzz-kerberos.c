#include "fuzz.h"
#include "harness.h"
#include "whyreplay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	harness_fuzz(&carrier_kerberos, data, size);
	whyreplay(span_make(data, size));
	return 0;
}
