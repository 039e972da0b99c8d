#include "policy/pol-record.h"

#define VERSION 1
#define NAME_MAX_BYTES ((size_t)64 << 10) /* the registry's own limits are below */

static void take_mark(struct reader *in, char mark, const char *why)
{
	size_t at = in->pos;

	if (reader_u16le(in) == (uint16_t)mark || !reader_ok(in))
		return;
	in->pos = at;
	reader_fail(in, why);
}

/* Up to a NUL unit, which is passed over. */
static struct span take_name(struct reader *in)
{
	size_t begin = in->pos;

	while (reader_ok(in)) {
		if (in->pos - begin > NAME_MAX_BYTES)
			reader_fail(in, "a name without an end");
		else if (reader_u16le(in) == 0 && reader_ok(in))
			return span_make(in->in.ptr + begin, in->pos - begin - 2);
	}
	return (struct span){0};
}

static void record_read(struct reader *in, struct pol_record *ret_record)
{
	uint32_t size;

	ret_record->offset = in->pos;
	take_mark(in, '[', "a record should begin with [");
	ret_record->key = take_name(in);
	take_mark(in, ';', "; should follow the key");
	ret_record->name = take_name(in);
	take_mark(in, ';', "; should follow the value's name");
	ret_record->type = reader_u32le(in);
	take_mark(in, ';', "; should follow the type");
	size = reader_u32le(in);
	take_mark(in, ';', "; should follow the size");
	if (size > reader_left(in))
		reader_fail(in, "the data is longer than the file");
	ret_record->data = reader_bytes(in, size);
	take_mark(in, ']', "a record should end with ]");
}

void pol_begin(struct reader *in)
{
	size_t at;

	if (!span_starts(reader_bytes(in, 4), "PReg", 4))
		reader_fail(in, "no Registry.pol, which begins with PReg");
	at = in->pos;
	if (reader_u32le(in) == VERSION || !reader_ok(in))
		return;
	in->pos = at;
	reader_fail(in, "the version is not 1");
}

bool pol_next(struct reader *in, struct pol_record *ret_record)
{
	struct pol_record record;

	if (reader_left(in) == 0)
		return false;
	record_read(in, &record);
	if (!reader_ok(in))
		return false;
	*ret_record = record;
	return true;
}
