#include "fuzz.h"
#include "harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	harness_fuzz(&carrier_smbd, data, size);
	return 0;
}
