#include "fuzz.h"

#include "host/syn.h"

static volatile uint16_t sink;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct syn s;

	if (syn_parse(span_make(data, size), &s))
		sink = (uint16_t)(s.local.port ^ s.remote.port ^ s.local.addr.ip[15] ^
				  s.remote.addr.ip[0]);
	return 0;
}
