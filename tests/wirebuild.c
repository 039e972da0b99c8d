#include "wirebuild.h"

#include <assert.h>

void wirebuild_payload(struct wirebuild *b, const void *bytes, size_t len)
{
	b->start = WIREBUILD_MAX;
	wirebuild_push(b, bytes, len);
}

void wirebuild_push(struct wirebuild *b, const void *bytes, size_t len)
{
	assert(len <= b->start);
	b->start -= len;
	if (len)
		memcpy(b->bytes + b->start, bytes, len);
}

static void put16(uint8_t *p, size_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value)
{
	put16(p, value >> 16);
	put16(p + 2, value & 0xffff);
}

void wirebuild_tcp(struct wirebuild *b, const struct wirebuild_tcp *tcp)
{
	uint8_t h[20] = {[12] = 0x50, [13] = tcp->flags, [14] = 0xff};

	put16(h, tcp->from);
	put16(h + 2, tcp->to);
	put32(h + 4, tcp->seq);
	put32(h + 8, tcp->ack);
	wirebuild_push(b, h, sizeof(h));
}

void wirebuild_udp(struct wirebuild *b, uint16_t from, uint16_t to)
{
	uint8_t h[8] = {0};

	put16(h, from);
	put16(h + 2, to);
	put16(h + 4, WIREBUILD_MAX - b->start + sizeof(h));
	wirebuild_push(b, h, sizeof(h));
}

static void push_v4(struct wirebuild *b, const uint8_t ends[2], uint8_t protocol, uint16_t id,
		    uint16_t where)
{
	uint8_t h[20] = {[0] = 0x45, [8] = 64, [9] = protocol};

	put16(h + 2, WIREBUILD_MAX - b->start + sizeof(h));
	put16(h + 4, id);
	put16(h + 6, where);
	h[12] = h[16] = 10;
	h[15] = ends[0];
	h[19] = ends[1];
	wirebuild_push(b, h, sizeof(h));
}

void wirebuild_v4(struct wirebuild *b, uint8_t from, uint8_t to, uint8_t protocol)
{
	push_v4(b, (uint8_t[2]){from, to}, protocol, 0, 0x4000);
}

void wirebuild_v6(struct wirebuild *b, uint8_t from, uint8_t to, uint8_t protocol)
{
	uint8_t h[40] = {[0] = 0x60, [6] = protocol, [7] = 64};

	put16(h + 4, WIREBUILD_MAX - b->start);
	h[8] = h[24] = 0xfd;
	h[23] = from;
	h[39] = to;
	wirebuild_push(b, h, sizeof(h));
}

void wirebuild_ether(struct wirebuild *b, uint16_t type)
{
	uint8_t h[14] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};

	put16(h + 12, type);
	wirebuild_push(b, h, sizeof(h));
}

void wirebuild_fragment_v4(struct wirebuild *b, uint16_t id, size_t off, bool more,
			   uint8_t protocol)
{
	push_v4(b, (uint8_t[2]){1, 2}, protocol, id, (uint16_t)(off / 8 | (more ? 0x2000u : 0)));
}

void wirebuild_fragment_v6(struct wirebuild *b, uint32_t id, size_t off, bool more,
			   uint8_t protocol)
{
	uint8_t h[8] = {protocol};

	put16(h + 2, off | more);
	put32(h + 4, id);
	wirebuild_push(b, h, sizeof(h));
	wirebuild_v6(b, 1, 2, 44);
}

struct span wirebuild_frame(const struct wirebuild *b)
{
	return span_make(b->bytes + b->start, WIREBUILD_MAX - b->start);
}

struct packet wirebuild_packet(const struct wirebuild *b, int link_type, int64_t time)
{
	struct span frame = wirebuild_frame(b);

	return (struct packet){
		.time = time,
		.number = 1,
		.source = "built",
		.link_type = link_type,
		.data = frame,
		.wire_len = frame.len,
	};
}
