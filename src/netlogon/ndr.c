#include "netlogon/ndr.h"

struct span ndr_varying(struct reader *r, size_t size)
{
	uint32_t max = ndr_u32(r), offset = ndr_u32(r), actual = ndr_u32(r);

	if (offset != 0 || actual > max) {
		reader_fail(r, "array out of its bounds");
		return (struct span){0};
	}
	if (actual > r->in.len / size) {
		reader_fail(r, "truncated");
		return (struct span){0};
	}
	return reader_bytes(r, actual * size);
}

struct span ndr_array(struct reader *r, size_t size)
{
	uint32_t max = ndr_u32(r);

	if (max > r->in.len / size) {
		reader_fail(r, "truncated");
		return (struct span){0};
	}
	return reader_bytes(r, max * size);
}

struct span ndr_string(struct reader *r)
{
	struct span s = ndr_varying(r, 2);

	while (s.len >= 2 && s.ptr[s.len - 1] == 0 && s.ptr[s.len - 2] == 0)
		s.len -= 2;
	return s;
}

struct span ndr_unique_string(struct reader *r)
{
	return ndr_pointer(r) ? ndr_string(r) : (struct span){0};
}

struct ndr_counted ndr_counted(struct reader *r)
{
	struct ndr_counted c;

	ndr_align(r, 4); /* as its pointer */
	c.length = ndr_u16(r);
	(void)ndr_u16(r); /* MaximumLength */
	c.present = ndr_pointer(r);
	return c;
}

struct span ndr_counted_bytes(struct reader *r, struct ndr_counted c, size_t size)
{
	struct span s;

	if (!c.present) {
		if (c.length)
			reader_fail(r, "a string without its letters");
		return (struct span){0};
	}
	s = ndr_varying(r, size);
	if (c.length > s.len)
		reader_fail(r, "a string longer than its letters");
	return span_head(s, c.length);
}
