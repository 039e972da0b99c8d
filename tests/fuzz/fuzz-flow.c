/* Frames to streams: links, tunnels, fragments, reassembly */
#include "fuzz.h"
#include "wirereplay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	wirereplay(span_make(data, size));
	return 0;
}
