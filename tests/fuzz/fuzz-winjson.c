/* A log in JSON through the reader and the mapping, into every format, and back. */
#include "fuzz.h"

#include "memory-log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memory_log_check(WINLOG_JSON, data, size);
	return 0;
}
