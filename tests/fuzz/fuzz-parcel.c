/* What the keeper and the decoder take from a process that somebody may have taken over. */
#include "fuzz.h"

#include "daemon/parcel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r[5];
	struct arena arena;
	struct event e;
	struct finding f;
	struct holding h;
	struct gap g;
	struct host_addresses a;
	uint64_t number;
	bool again;

	arena_init(&arena, 1 << 20);
	for (int i = 0; i < 5; i++)
		r[i] = reader_of(span_make(data, size));
	(void)!parcel_get_event(&r[0], &arena, &number, &again, &e);
	(void)!parcel_get_finding(&r[1], &arena, &number, &again, &f);
	(void)!parcel_get_holding(&r[2], &arena, &h);
	(void)!parcel_get_gap(&r[3], &arena, &g);
	if (parcel_get_addresses(&r[4], &a) == 0)
		host_addresses_finish(&a);
	arena_finish(&arena);
	return 0;
}
