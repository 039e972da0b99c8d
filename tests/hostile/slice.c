#include "slice.h"

#include <stdio.h>
#include <stdlib.h>

#define FILE_HEADER 24
#define PACKET_HEADER 16

struct bytes bytes_load(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct bytes b = {0};
	long size;

	if (!f || fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0) {
		perror(path);
		exit(2);
	}
	rewind(f);
	b.len = (size_t)size;
	b.ptr = malloc(b.len + 1);
	if (!b.ptr || fread(b.ptr, 1, b.len, f) != b.len)
		abort();
	fclose(f);
	return b;
}

void bytes_free(struct bytes *b)
{
	free(b->ptr);
	*b = (struct bytes){0};
}

static bool is_pcap(struct span file)
{
	return file.len >= FILE_HEADER && (span_starts(file, "\xd4\xc3\xb2\xa1", 4) ||
					   span_starts(file, "\x4d\x3c\xb2\xa1", 4));
}

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

bool slice_packet(struct span file, size_t *pos, struct packet_at *ret_packet)
{
	size_t at = *pos ? *pos : FILE_HEADER, len;

	if (!is_pcap(file) || at > file.len || file.len - at < PACKET_HEADER)
		return false;
	len = u32(file.ptr + at + 8);
	if (len > file.len - at - PACKET_HEADER)
		return false;
	*ret_packet = (struct packet_at){.header = at, .data = at + PACKET_HEADER, .len = len};
	*pos = at + PACKET_HEADER + len;
	return true;
}

struct bytes slice_next(struct span file, size_t max, size_t *pos)
{
	size_t start = *pos ? *pos : FILE_HEADER, end = start;
	struct packet_at p;
	struct bytes out;

	if (!is_pcap(file) || file.len <= max) {
		start = *pos;
		end = *pos = file.len;
	} else {
		*pos = start;
		while (slice_packet(file, pos, &p) && (*pos - start <= max || end == start))
			end = *pos;
		*pos = end;
	}
	if (start >= end)
		return (struct bytes){0};
	out.len = end - start + (start ? FILE_HEADER : 0);
	out.ptr = malloc(out.len);
	if (!out.ptr)
		abort();
	if (start)
		memcpy(out.ptr, file.ptr, FILE_HEADER);
	memcpy(out.ptr + (start ? FILE_HEADER : 0), file.ptr + start, end - start);
	return out;
}
