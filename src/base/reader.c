#include "base/reader.h"

void reader_seek(struct reader *r, size_t pos)
{
	if (r->why)
		return;
	if (pos > r->in.len)
		reader_fail(r, "offset out of range");
	else
		r->pos = pos;
}

struct span reader_at(struct reader *r, size_t off, size_t len, const char *why)
{
	if (r->why)
		return (struct span){0};
	if (off > r->in.len || len > r->in.len - off) {
		reader_fail(r, why);
		return (struct span){0};
	}
	return span_make(r->in.ptr + off, len);
}
