/*
 * pcapng (draft-ietf-opsawg-pcapng): sections of either byte order, each with its interfaces, and packets of
 * theirs. Each packet has its own interface's link type and clock; no more is ever kept than one packet needs.
 */
#include "source/input.h"

#include "base/clock.h"
#include "base/mem.h"
#include "source/pcapng-block.h"
#include "wire/link.h"

#include <errno.h>
#include <stdio.h>

#define INTERFACES_MAX 1024
#define PACKET_MAX ((size_t)256 << 10) /* longer ones are cut, as by a snapshot length */
#define FIXED_MAX 20		       /* before an enhanced packet's bytes */

enum option { OPTION_END = 0, OPTION_TSRESOL = 9, OPTION_TSOFFSET = 14 };

/* How an interface counts time: nanoseconds are ticks * mul / div; with a shift, seconds are ticks / 2^shift. */
struct ticks {
	uint64_t mul, div;
	uint8_t shift;
	int64_t offset; /* nanoseconds to add */
};

struct interface {
	int link_type;
	uint32_t snaplen; /* 0 = none */
	struct ticks ticks;
};

struct pcapng {
	struct block block;
	bool at_packet; /* the block is a packet's, its body unread */
	size_t n_interfaces;
	struct interface interface[INTERFACES_MAX]; /* of this section */
	int64_t time;				    /* of the last packet that had one */
	uint8_t *head; /* of a packet that is too long; NULL before the first */
	char why[64];  /* room for a reason with a number in it */
};

static int fail(struct pcapng *ng, const char *why)
{
	ng->block.why = why;
	return -EBADMSG;
}

/* 4.2, if_tsresol: "negative power of 10 [...] if the Most Significant Bit is equal to one, [...] of 2" */
static void set_resolution(struct ticks *t, uint8_t resolution)
{
	uint8_t power = resolution & 0x7f;

	t->mul = t->div = 1;
	t->shift = resolution & 0x80 ? power : 0;
	if (resolution & 0x80) {
		t->mul = power ? 1 : (uint64_t)NSEC_PER_SEC;
		return;
	}
	for (; power < 9; power++)
		t->mul *= 10;
	for (; power > 9 && t->div; power--)
		t->div = t->div > UINT64_MAX / 10 ? 0 : t->div * 10; /* 0: no number is as large */
}

/* if_tsoffset: seconds to add to the time of each packet */
static void set_offset(struct ticks *t, uint64_t seconds)
{
	if (__builtin_mul_overflow((int64_t)seconds, NSEC_PER_SEC, &t->offset))
		t->offset = (int64_t)seconds < 0 ? INT64_MIN : INT64_MAX;
}

/* A count of 2^-shift seconds, as nanoseconds. */
static uint64_t from_binary(uint64_t n, uint8_t shift)
{
	uint64_t seconds;

	if (shift > 32) { /* below a nanosecond anyway */
		n = shift - 32 < 64 ? n >> (shift - 32) : 0;
		shift = 32;
	}
	seconds = n >> shift;
	if (seconds > INT64_MAX / (uint64_t)NSEC_PER_SEC - 1)
		return INT64_MAX;
	n &= (UINT64_C(1) << shift) - 1;
	return seconds * (uint64_t)NSEC_PER_SEC + (n * (uint64_t)NSEC_PER_SEC >> shift);
}

static int64_t ticks_time(const struct ticks *t, uint64_t n)
{
	uint64_t nsec;
	int64_t time;

	if (t->shift)
		nsec = from_binary(n, t->shift);
	else if (t->div != 1)
		nsec = t->div ? n / t->div : 0;
	else if (__builtin_mul_overflow(n, t->mul, &nsec))
		nsec = INT64_MAX;
	if (nsec > INT64_MAX)
		nsec = INT64_MAX;
	if (__builtin_add_overflow((int64_t)nsec, t->offset, &time))
		time = INT64_MAX; /* only upwards: the count is not negative */
	return time;
}

/* 4.1: version 1.0, which some wrote as 1.2; a section forgets the interfaces of the one before. */
static int read_section(struct pcapng *ng)
{
	struct block *b = &ng->block;
	uint8_t bytes[12];
	struct reader r = reader_of(span_make(bytes, sizeof(bytes)));
	uint16_t major, minor;

	if (block_read(b, bytes, sizeof(bytes)) < 0)
		return -EBADMSG;
	major = block_u16(b, &r);
	minor = block_u16(b, &r);
	ng->n_interfaces = 0;
	if (major == 1)
		return block_end(b);
	snprintf(ng->why, sizeof(ng->why), "pcapng version %u.%u is not supported", major, minor);
	fail(ng, ng->why);
	return -ENOTSUP;
}

/* The value of an option that tells of time; others are passed over. */
static int read_option(struct block *b, uint16_t code, uint16_t len, struct ticks *t)
{
	uint8_t bytes[8];
	struct reader r = reader_of(span_make(bytes, sizeof(bytes)));
	uint64_t high, low;
	size_t known = code == OPTION_TSRESOL ? 1 : code == OPTION_TSOFFSET ? 8 : 0;

	if (!known)
		return block_skip(b, ((size_t)len + 3) & ~(size_t)3);
	if (len != known) {
		b->why = "a time option of the wrong length";
		return -EBADMSG;
	}
	if (block_read(b, bytes, (known + 3) & ~(size_t)3) < 0)
		return -EBADMSG;
	if (code == OPTION_TSRESOL) {
		set_resolution(t, bytes[0]);
		return 0;
	}
	high = block_u32(b, &r);
	low = block_u32(b, &r);
	set_offset(t, b->big ? high << 32 | low : low << 32 | high);
	return 0;
}

/* 3.5: code and length of 16 bits, the value padded to 32; the end may be left out */
static int read_options(struct block *b, struct ticks *t)
{
	while (b->left >= 4) {
		uint8_t head[4];
		struct reader r = reader_of(span_make(head, sizeof(head)));
		uint16_t code, len;

		if (block_read(b, head, sizeof(head)) < 0)
			return -EBADMSG;
		code = block_u16(b, &r);
		len = block_u16(b, &r);
		if (code == OPTION_END)
			break;
		if (read_option(b, code, len, t) < 0)
			return -EBADMSG;
	}
	return block_end(b);
}

/* 4.2 */
static int read_interface(struct pcapng *ng)
{
	struct block *b = &ng->block;
	struct interface i = {0};
	uint8_t bytes[8];
	struct reader r = reader_of(span_make(bytes, sizeof(bytes)));

	if (ng->n_interfaces == INTERFACES_MAX)
		return fail(ng, "more than 1,024 interfaces");
	if (block_read(b, bytes, sizeof(bytes)) < 0)
		return -EBADMSG;
	i.link_type = block_u16(b, &r);
	reader_skip(&r, 2);
	i.snaplen = block_u32(b, &r);
	set_resolution(&i.ticks, 6);
	if (read_options(b, &i.ticks) < 0)
		return -EBADMSG;
	ng->interface[ng->n_interfaces++] = i;
	return 0;
}

/* What leads to a packet is read, what doesn't is passed over. 1 at a packet, 0 at the end, or a negative errno. */
static int find_packet(struct pcapng *ng)
{
	struct block *b = &ng->block;
	int rc;

	while ((rc = block_next(b)) > 0) {
		switch (b->type) {
		case BLOCK_ENHANCED_PACKET:
		case BLOCK_SIMPLE_PACKET:
		case BLOCK_PACKET:
			return 1;
		case BLOCK_SECTION:
			rc = read_section(ng);
			break;
		case BLOCK_INTERFACE:
			rc = read_interface(ng);
			break;
		default:
			rc = block_end(b);
		}
		if (rc < 0)
			return rc;
	}
	return rc;
}

/* The body of a packet's block, or as much of it as a packet can have. */
static int read_body(struct pcapng *ng, struct span *ret_body)
{
	struct block *b = &ng->block;
	size_t all = b->left, len = all < FIXED_MAX + PACKET_MAX ? all : FIXED_MAX + PACKET_MAX;

	if (len == all)
		return block_read_end(b, ret_body);
	if (!ng->head)
		ng->head = mem_alloc(len);
	if (!ng->head) {
		fail(ng, "out of memory");
		return -ENOMEM;
	}
	*ret_body = span_make(ng->head, len);
	if (block_read(b, ng->head, len) < 0)
		return -EBADMSG;
	return block_end(b);
}

static const struct interface *find_interface(struct pcapng *ng, uint32_t id)
{
	if (id < ng->n_interfaces)
		return &ng->interface[id];
	snprintf(ng->why, sizeof(ng->why), "a packet of interface %u, which is not described", id);
	fail(ng, ng->why);
	return NULL;
}

/* `r` is at the packet's bytes, of which the block has `body` in all, kept or not. */
static int set_packet(struct pcapng *ng, struct reader *r, size_t body, uint32_t len,
		      uint32_t wire_len, struct packet *ret_packet)
{
	size_t kept = len < PACKET_MAX ? len : PACKET_MAX;

	if (!reader_ok(r) || r->pos > body || len > body - r->pos)
		return fail(ng, "a packet longer than its block");
	ret_packet->data = reader_bytes(r, kept);
	ret_packet->wire_len = wire_len < len ? len : wire_len;
	ret_packet->time = ng->time;
	return 1;
}

/* 4.4: no time, so that of the packet before; interface 0, whose snapshot length may have cut it */
static int simple_packet(struct pcapng *ng, struct reader *r, size_t body,
			 struct packet *ret_packet)
{
	uint32_t wire_len = block_u32(&ng->block, r), len = wire_len;
	const struct interface *i = find_interface(ng, 0);

	if (!i)
		return -EBADMSG;
	if (i->snaplen && len > i->snaplen)
		len = i->snaplen;
	ret_packet->link_type = i->link_type;
	return set_packet(ng, r, body, len, wire_len, ret_packet);
}

/* 4.3, and appendix A: the obsolete one differs in how wide the interface's number is */
static int timed_packet(struct pcapng *ng, struct reader *r, size_t body, struct packet *ret_packet)
{
	const struct block *b = &ng->block;
	const struct interface *i;
	uint32_t id, len, wire_len;
	uint64_t ticks;

	if (b->type == BLOCK_ENHANCED_PACKET) {
		id = block_u32(b, r);
	} else {
		id = block_u16(b, r);
		reader_skip(r, 2); /* packets dropped */
	}
	ticks = (uint64_t)block_u32(b, r) << 32;
	ticks |= block_u32(b, r);
	len = block_u32(b, r);
	wire_len = block_u32(b, r);
	i = find_interface(ng, id);
	if (!i)
		return -EBADMSG;
	ng->time = ticks_time(&i->ticks, ticks);
	ret_packet->link_type = i->link_type;
	return set_packet(ng, r, body, len, wire_len, ret_packet);
}

static int read_packet(struct pcapng *ng, struct packet *ret_packet)
{
	size_t all = ng->block.left;
	struct span body;
	struct reader r;
	int rc = read_body(ng, &body);

	if (rc < 0)
		return rc;
	r = reader_of(body);
	return ng->block.type == BLOCK_SIMPLE_PACKET ? simple_packet(ng, &r, all, ret_packet)
						     : timed_packet(ng, &r, all, ret_packet);
}

static int explain(const struct pcapng *ng, int rc, struct text *why)
{
	if (rc < 0)
		text_printf(why, "block at byte %llu: %s", (unsigned long long)ng->block.at,
			    ng->block.why);
	return rc;
}

/* A file is worth reading where one of its interfaces is; packets of the others are counted. */
static int check_links(const struct pcapng *ng, struct text *why)
{
	for (size_t i = 0; i < ng->n_interfaces; i++)
		if (link_supported(ng->interface[i].link_type))
			return 0;
	return ng->n_interfaces ? input_check_link(ng->interface[0].link_type, why) : 0;
}

static int pcapng_open(struct input *in, struct text *why)
{
	struct pcapng *ng = mem_zalloc(1, sizeof(*ng));
	int rc;

	if (!ng) {
		text_puts(why, "out of memory");
		return -ENOMEM;
	}
	in->state = ng;
	ng->block = (struct block){.window = &in->window};
	rc = find_packet(ng);
	if (rc < 0)
		return explain(ng, rc, why);
	ng->at_packet = rc > 0;
	return check_links(ng, why);
}

static int pcapng_next(struct input *in, struct packet *ret_packet, struct text *why)
{
	struct pcapng *ng = in->state;
	int rc = ng->at_packet ? 1 : find_packet(ng);

	ng->at_packet = false;
	if (rc > 0)
		rc = read_packet(ng, ret_packet);
	return explain(ng, rc, why);
}

static void pcapng_close(struct input *in)
{
	struct pcapng *ng = in->state;

	mem_free(ng->head);
	mem_free(ng);
}

const struct input_ops input_pcapng = {
	.open = pcapng_open,
	.next = pcapng_next,
	.close = pcapng_close,
};
