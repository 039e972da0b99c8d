#include "fuzz.h"

#include "ntlm/avpair.h"

static volatile uint8_t sink;

static void touch(int rc, const struct av_pairs *av)
{
	for (size_t i = 0; rc == 0 && i < AV_ID__COUNT; i++)
		if (av->value[i].len > 0)
			sink = (uint8_t)(av->value[i].ptr[0] ^
					 av->value[i].ptr[av->value[i].len - 1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader list = reader_of(span_make(data, size));
	struct reader response = list;
	struct av_pairs av;

	touch(av_pairs_decode(&list, &av), &av);
	touch(ntlmv2_decode(&response, &av), &av);
	return 0;
}
