#include "store/hours.h"

#define HOUR_MILLISECONDS 3600000u

void hours_pack(const struct hours *h, struct pack *out)
{
	for (unsigned i = 0; i < 24; i++) {
		const struct hour_count *x = &h->hour[i];

		if (!x->count)
			continue;
		pack_u8(out, (uint8_t)i);
		pack_number(out, x->count);
		pack_number(out, x->first);
		pack_number(out, x->last - x->first);
	}
}

bool hours_unpack(struct span bytes, struct hours *ret_hours)
{
	struct reader r = reader_of(bytes);

	*ret_hours = (struct hours){0};
	while (reader_left(&r)) {
		unsigned hour = reader_u8(&r);
		uint64_t count = unpack_number(&r);
		uint64_t first = unpack_number(&r), span = unpack_number(&r);

		if (hour >= 24 || first >= HOUR_MILLISECONDS || span >= HOUR_MILLISECONDS)
			return false;
		hours_add(ret_hours, hour, count, (uint32_t)first, (uint32_t)(first + span));
	}
	return reader_ok(&r);
}

void hours_add(struct hours *h, unsigned hour, uint64_t count, uint32_t first, uint32_t last)
{
	struct hour_count *x = &h->hour[hour];

	if (!x->count || first < x->first)
		x->first = first;
	if (!x->count || last > x->last)
		x->last = last;
	x->count += count;
}
