#include "fuzz.h"

#include "policy/reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems problems = {0};
	struct layer layer = {0};
	struct arena arena;

	arena_init(&arena, 16 << 20);
	policy_read_conf(&(struct reading){"f", &arena, &layer, &problems}, span_make(data, size));
	arena_finish(&arena);
	return 0;
}
