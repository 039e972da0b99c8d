#include "fuzz.h"

#include "policy/imported.h"
#include "policy/reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems problems = {0};
	struct layer layer = {0};
	struct arena arena;
	struct text out;

	arena_init(&arena, 16 << 20);
	text_init(&out, 0);
	imported_read(&(struct reading){"f", &arena, &layer, &problems}, span_make(data, size));
	imported_put(&out, &layer);
	text_finish(&out);
	arena_finish(&arena);
	return 0;
}
