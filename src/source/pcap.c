/*
 * pcap (draft-ietf-opsawg-pcap): a header, and packets with a short header each, in the byte order of who wrote them.
 * What is taken and what is refused is as with libpcap, which had to copy each packet twice.
 */
#include "source/input.h"

#include "base/clock.h"
#include "base/mem.h"

#include <byteswap.h>
#include <errno.h>

#define FILE_HEADER 24
#define PACKET_HEADER 16
#define PACKET_HEADER_LONG 24	       /* with index, protocol and type of the interface */
#define PACKET_MAX ((size_t)256 << 10) /* what libpcap takes for sane */
#define ETHERNET 1
#define ETHERNET_HEADER 14

/* Old versions have the lengths of a packet, and of what was captured of it, the other way round. */
enum lengths { LENGTHS_AS_NOW, LENGTHS_TURNED, LENGTHS_EITHER };

struct header { /* of a packet */
	uint32_t seconds, ticks, len, wire_len;
};

struct pcap {
	bool foreign;	/* the other order of bytes than this machine's */
	size_t header;	/* bytes before each packet */
	uint32_t tick;	/* nanoseconds of the unit of time */
	size_t snaplen; /* packets are cut to that, whatever they claim */
	enum lengths lengths;
	int link_type;
};

static const struct {
	uint32_t magic, tick;
	size_t header;
} variants[] = {
	{0xa1b2c3d4, 1000, PACKET_HEADER},
	{0xa1b23c4d, 1, PACKET_HEADER},
	{0xa1b2cd34, 1000, PACKET_HEADER_LONG}, /* of an old, modified libpcap on Linux */
};

/* Fields of headers, which window_take() has granted whole. */
static uint32_t get_u32(const struct pcap *f, const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return f->foreign ? bswap_32(v) : v;
}

static uint16_t get_u16(const struct pcap *f, const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return f->foreign ? bswap_16(v) : v;
}

static int set_variant(struct pcap *f, const uint8_t *magic)
{
	for (size_t i = 0; i < 2 * sizeof(variants) / sizeof(variants[0]); i++) {
		f->foreign = i % 2;
		f->tick = variants[i / 2].tick;
		f->header = variants[i / 2].header;
		if (get_u32(f, magic) == variants[i / 2].magic)
			return 0;
	}
	return -EBADMSG;
}

/* Versions 2.0 to 2.4, and 543.0 as DG/UX wrote it. */
static int set_version(struct pcap *f, uint16_t major, uint16_t minor, struct text *why)
{
	bool dg_ux = major == 543 && minor == 0;

	if (!dg_ux && (major != 2 || minor > 4)) {
		text_printf(why, "pcap version %u.%u is not supported", major, minor);
		return -ENOTSUP;
	}
	f->lengths = dg_ux || minor < 3 ? LENGTHS_TURNED
		     : minor == 3	? LENGTHS_EITHER
					: LENGTHS_AS_NOW;
	return 0;
}

/* 0 and numbers that are none mean that there is no limit. */
static void set_snaplen(struct pcap *f, uint32_t snaplen)
{
	f->snaplen = snaplen == 0 || snaplen > INT32_MAX ? PACKET_MAX : snaplen;
	/* such packets can have got an Ethernet header after they were cut */
	if (f->header == PACKET_HEADER_LONG && f->link_type == ETHERNET)
		f->snaplen += ETHERNET_HEADER;
}

/* The few numbers that files have for other ones of libpcap's. */
static int link_type_of(uint16_t number)
{
	static const struct {
		uint16_t number, dlt;
	} rows[] = {{100, 11}, {101, 12}, {102, 15}, {103, 16}, {106, 19}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].number == number)
			return rows[i].dlt;
	return number;
}

/* 4: the link type in 16 bits; the upper six are about frame check sequences, those between are reserved */
static int set_link_type(struct pcap *f, uint32_t bits, struct text *why)
{
	if (bits & 0x03ff0000) {
		text_printf(why, "reserved bits of the link type are set: 0x%08x", bits);
		return -EBADMSG;
	}
	f->link_type = link_type_of((uint16_t)bits);
	return input_check_link(f->link_type, why);
}

static int read_header(struct input *in, struct pcap *f, struct text *why)
{
	const uint8_t *header = window_take(&in->window, FILE_HEADER);
	int rc;

	if (!header)
		return input_cut_short(in, "file header", FILE_HEADER, why);
	rc = set_variant(f, header);
	if (rc == 0)
		rc = set_version(f, get_u16(f, header + 4), get_u16(f, header + 6), why);
	if (rc == 0) /* between are time zone and accuracy, never used */
		rc = set_link_type(f, get_u32(f, header + 20), why);
	if (rc == 0)
		set_snaplen(f, get_u32(f, header + 16));
	return rc;
}

static int pcap_input_open(struct input *in, struct text *why)
{
	struct pcap *f = mem_zalloc(1, sizeof(*f));

	if (!f) {
		text_puts(why, "out of memory");
		return -ENOMEM;
	}
	in->state = f;
	return read_header(in, f, why);
}

static struct header packet_header(const struct pcap *f, const uint8_t bytes[PACKET_HEADER])
{
	struct header h = {get_u32(f, bytes), get_u32(f, bytes + 4), get_u32(f, bytes + 8),
			   get_u32(f, bytes + 12)};

	if (f->lengths != LENGTHS_AS_NOW && (f->lengths == LENGTHS_TURNED || h.len > h.wire_len))
		h = (struct header){h.seconds, h.ticks, h.wire_len, h.len};
	return h;
}

static int no_header(const struct input *in, const struct pcap *f, struct text *why)
{
	if (window_left(&in->window) == 0 && !in->window.error)
		return 0;
	return input_cut_short(in, "packet header", f->header, why);
}

static int no_packet(const struct input *in, uint32_t len, struct text *why)
{
	if (len <= PACKET_MAX)
		return input_cut_short(in, "packet", len, why);
	text_printf(why, "a packet claims %u bytes, more than there can be", len);
	return -EBADMSG;
}

static int pcap_input_next(struct input *in, struct packet *ret_packet, struct text *why)
{
	const struct pcap *f = in->state;
	const uint8_t *bytes = window_take(&in->window, f->header);
	struct header h;
	size_t kept;

	if (!bytes)
		return no_header(in, f, why);
	h = packet_header(f, bytes);
	bytes = h.len <= PACKET_MAX ? window_take(&in->window, h.len) : NULL;
	if (!bytes)
		return no_packet(in, h.len, why);
	kept = h.len < f->snaplen ? h.len : f->snaplen;
	ret_packet->link_type = f->link_type;
	ret_packet->data = span_make(bytes, kept);
	ret_packet->wire_len = h.wire_len < kept ? kept : h.wire_len;
	ret_packet->time = h.seconds * NSEC_PER_SEC + (int64_t)h.ticks * f->tick;
	return 1;
}

static void pcap_input_close(struct input *in)
{
	mem_free(in->state);
}

const struct input_ops input_pcap = {
	.open = pcap_input_open,
	.next = pcap_input_next,
	.close = pcap_input_close,
};
