/* The whole path: bytes as a capture file, through everything, into every format. */
#include "fuzz.h"

#include "memory-capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory_capture_log log;

	memory_capture_init(&log);
	memory_capture_read(&log, data, size);
	memory_capture_finish(&log);
	return 0;
}
