/*
 * Microsoft Network Monitor 2.x captures: a header, frames, and a table of the frames' offsets. Frames are
 * packets of a media type, or ETW events, of which those of the NDIS packet capture provider hold a packet.
 */
#include "source/input.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/reader.h"

#include <errno.h>
#include <pcap/dlt.h>
#include <time.h>

#define HEADER_SIZE 128
#define FRAME_MAX ((size_t)256 << 10)
#define TABLE_CHUNK 512 /* offsets read at a time */

enum media { MEDIA_ETHERNET = 1, MEDIA_RAW_IP = 8, MEDIA_EVENT = 0xffe0 };

struct netmon {
	uint8_t minor;
	uint16_t media; /* of all frames, in versions before 2.1 */
	int64_t start;	/* of the capture, where frames only have an offset from it */
	uint64_t table_at;
	uint32_t n_frames, next_frame;
	uint64_t unread;	     /* bytes that frames may still have: they don't share any */
	uint32_t chunk[TABLE_CHUNK]; /* offsets of the frames from next_frame's chunk on */
	uint8_t frame[FRAME_MAX];
};

/* Windows' FILETIME (100 ns since 1601) as our time; 0 where before 1970. */
static int64_t from_filetime(uint64_t filetime)
{
	const uint64_t epoch = UINT64_C(116444736000000000);

	if (filetime < epoch || filetime - epoch > INT64_MAX / 200)
		return 0;
	return (int64_t)(filetime - epoch) * 100;
}

/* SYSTEMTIME of the header: year, month, day of week, day, hour, minute, second, millisecond. */
static int64_t from_systemtime(struct reader *r)
{
	uint16_t part[8];
	struct tm tm = {0};

	for (int i = 0; i < 8; i++)
		part[i] = reader_u16le(r);
	if (part[0] < 1970 || part[0] > 2200 || part[1] > 12 || part[3] > 31)
		return 0;
	tm.tm_year = part[0] - 1900;
	tm.tm_mon = part[1] - 1;
	tm.tm_mday = part[3];
	tm.tm_hour = part[4];
	tm.tm_min = part[5];
	tm.tm_sec = part[6];
	return (int64_t)timegm(&tm) * NSEC_PER_SEC + part[7] * (NSEC_PER_SEC / 1000);
}

static int read_at(struct input *in, uint64_t at, void *out, size_t len)
{
	if (!window_seek(&in->window, at) || !window_copy(&in->window, out, len))
		return -EBADMSG;
	return 0;
}

static int read_header(struct input *in, struct netmon *nm, struct text *why)
{
	uint8_t bytes[HEADER_SIZE] = {0};
	struct reader r = reader_of(span_make(bytes, sizeof(bytes)));
	uint32_t table_len;
	uint8_t major;

	if (in->size == 0) {
		text_puts(why,
			  "a Network Monitor capture can't be read from a pipe: name the file");
		return -ESPIPE;
	}
	if (read_at(in, 0, bytes, sizeof(bytes)) < 0) {
		text_puts(why, "Network Monitor header: truncated");
		return -EBADMSG;
	}
	reader_skip(&r, 4); /* "GMBU" */
	nm->minor = reader_u8(&r);
	major = reader_u8(&r);
	nm->media = reader_u16le(&r);
	nm->start = from_systemtime(&r);
	nm->table_at = reader_u32le(&r);
	table_len = reader_u32le(&r);
	nm->n_frames = table_len / 4;
	nm->unread = in->size;
	if (major != 2) {
		text_printf(why, "Network Monitor version %u.%u is not supported", major,
			    nm->minor);
		return -ENOTSUP;
	}
	if (nm->table_at > in->size || table_len > in->size - nm->table_at) {
		text_puts(why, "Network Monitor header: the frame table is out of range");
		return -EBADMSG;
	}
	return 0;
}

static int netmon_open(struct input *in, struct text *why)
{
	struct netmon *nm = mem_zalloc(1, sizeof(*nm));

	if (!nm) {
		text_puts(why, "out of memory");
		return -ENOMEM;
	}
	in->state = nm;
	return read_header(in, nm, why);
}

static int frame_offset(struct input *in, struct netmon *nm, uint64_t *ret_at)
{
	uint32_t in_chunk = nm->next_frame % TABLE_CHUNK;
	uint32_t left = nm->n_frames - nm->next_frame;
	uint8_t bytes[TABLE_CHUNK * 4] = {0};
	size_t n = left < TABLE_CHUNK ? left : TABLE_CHUNK;
	struct reader r = reader_of(span_make(bytes, n * 4));

	if (in_chunk == 0) {
		if (read_at(in, nm->table_at + (uint64_t)nm->next_frame * 4, bytes, n * 4) < 0)
			return -EBADMSG;
		for (size_t i = 0; i < n; i++)
			nm->chunk[i] = reader_u32le(&r);
	}
	*ret_at = nm->chunk[in_chunk];
	return 0;
}

/*
 * The packet inside an ETW event: 16 bytes of sizes and ids, time, the provider's GUID at 24, the event's
 * id at 40; from 89 on the data. Event 1001 of the NDIS capture provider: two interface indices, then length and
 * bytes of an Ethernet fragment.
 */
static struct span event_packet(struct span event)
{
	static const uint8_t ndis_capture[16] = {0x6e, 0x00, 0xd6, 0x2e, 0x29, 0x47, 0x09, 0x46,
						 0xb4, 0x23, 0x3e, 0xe7, 0xbc, 0xd6, 0x78, 0xef};
	struct reader r = reader_of(event);
	struct span provider;
	uint16_t id, n_extended;
	struct span packet;

	reader_skip(&r, 24);
	provider = reader_bytes(&r, 16);
	id = reader_u16le(&r);
	reader_skip(&r, 42); /* the descriptor's rest, processor time, activity, buffer context */
	n_extended = reader_u16le(&r);
	reader_skip(&r, 3); /* length of the user data; reassembled */
	reader_skip(&r, 8); /* interface indices */
	packet = reader_bytes(&r, reader_u32le(&r));
	if (!reader_ok(&r) || id != 1001 || n_extended != 0 ||
	    !span_equal(provider, span_make(ndis_capture, sizeof(ndis_capture))))
		return (struct span){0};
	return packet;
}

/* After a frame's bytes: its media type (from 2.1), process (2.2), UTC time (2.3). */
static void read_trailer(const struct netmon *nm, struct reader *r, struct packet *ret_packet)
{
	uint16_t media = nm->minor >= 1 ? reader_u16le(r) : nm->media;

	if (nm->minor >= 3) {
		reader_skip(r, 4);
		ret_packet->time = from_filetime(reader_u64le(r));
	}
	ret_packet->link_type = media == MEDIA_RAW_IP ? DLT_RAW : DLT_EN10MB;
	if (media == MEDIA_EVENT) {
		ret_packet->data = event_packet(ret_packet->data);
		ret_packet->wire_len = ret_packet->data.len;
	} else if (media != MEDIA_ETHERNET && media != MEDIA_RAW_IP) {
		ret_packet->data.len = 0; /* trace information, other media: no packet for us */
	}
}

static int read_frame(struct input *in, struct netmon *nm, uint64_t at, struct packet *ret_packet)
{
	uint8_t head[16] = {0};
	struct reader r = reader_of(span_make(head, sizeof(head)));
	size_t trailer = nm->minor >= 3 ? 15 : nm->minor >= 1 ? 2 : 0;
	uint64_t delta;
	uint32_t wire_len, len;

	if (read_at(in, at, head, sizeof(head)) < 0)
		return -EBADMSG;
	delta = reader_u64le(&r); /* microseconds since the start */
	wire_len = reader_u32le(&r);
	len = reader_u32le(&r);
	if (len > FRAME_MAX - trailer || sizeof(head) + len + trailer > nm->unread ||
	    read_at(in, at + sizeof(head), nm->frame, len + trailer) < 0)
		return -EBADMSG;
	nm->unread -= sizeof(head) + len + trailer;
	ret_packet->time = delta < INT64_MAX / 4000 ? nm->start + (int64_t)delta * 1000 : nm->start;
	ret_packet->data = span_make(nm->frame, len);
	ret_packet->wire_len = wire_len < len ? len : wire_len;
	r = reader_of(span_make(nm->frame + len, trailer));
	read_trailer(nm, &r, ret_packet);
	return 0;
}

static int netmon_next(struct input *in, struct packet *ret_packet, struct text *why)
{
	struct netmon *nm = in->state;
	uint64_t at;

	if (nm->next_frame >= nm->n_frames)
		return 0;
	if (frame_offset(in, nm, &at) < 0 || read_frame(in, nm, at, ret_packet) < 0) {
		text_printf(why, "frame %u: truncated, out of range, or over others",
			    nm->next_frame + 1);
		return -EBADMSG;
	}
	nm->next_frame++;
	return 1;
}

static void netmon_close(struct input *in)
{
	mem_free(in->state);
}

const struct input_ops input_netmon = {
	.open = netmon_open,
	.next = netmon_next,
	.close = netmon_close,
};
