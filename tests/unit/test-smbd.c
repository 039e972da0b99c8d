#include <errno.h>

#include "carrier/smbd.h"
#include "smb-streams.h"

#define CLIENT STREAM_A_TO_B
#define SERVER STREAM_B_TO_A
#define REQUEST "MPA ID Req Frame"
#define REPLY "MPA ID Rep Frame"
#define BYTES(literal)                                                                             \
	{                                                                                          \
		.ptr = (const uint8_t *)(literal), .len = sizeof(literal) - 1                      \
	}

/* How the bytes of a connection are put on the wire. */
struct shape {
	size_t fragment; /* most bytes of SMB2 in a send */
	size_t segment;	 /* most bytes of a send in a frame */
	bool marked;
	size_t piece; /* most bytes of the stream at a time */
};

/* A side that sends: the carrier under test behind its framing. */
struct rig {
	struct harness h;
	struct shape shape;
	size_t pos[STREAM_DIR__COUNT]; /* of the stream since the first frame */
};

static void put_le(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static void put_be(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void feed(struct rig *r, enum stream_dir d, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i += r->shape.piece)
		harness_feed(&r->h, d, bytes + i,
			     r->shape.piece < len - i ? r->shape.piece : len - i);
}

/* A frame (RFC 5044 3), with markers where they are due. */
static void send_frame(struct rig *r, enum stream_dir d, struct span ulpdu)
{
	size_t len = (2 + ulpdu.len + 3) / 4 * 4 + 4, n = 0;
	uint8_t *content = calloc(1, len), *out = malloc(len + len / 100 * 4 + 16);

	assert_true(content && out);
	content[0] = (uint8_t)(ulpdu.len >> 8);
	content[1] = (uint8_t)ulpdu.len;
	memcpy(content + 2, ulpdu.ptr, ulpdu.len);
	for (size_t i = 0; i < len; i += 4) {
		if (r->shape.marked && (r->pos[d] + n) % 512 == 0) {
			memcpy(out + n, "\0\0\xee\xee", 4);
			n += 4;
		}
		memcpy(out + n, content + i, 4);
		n += 4;
	}
	r->pos[d] += n;
	feed(r, d, out, n);
	free(content);
	free(out);
}

/* A send in segments (RFC 5041 4.3, RFC 5040 4.3). */
static void send_send(struct rig *r, enum stream_dir d, struct span bytes)
{
	uint32_t off = 0;

	do {
		struct span part = span_head(bytes, r->shape.segment);
		uint8_t *ddp = calloc(1, 18 + part.len);

		assert_non_null(ddp);
		bytes = span_from(bytes, part.len);
		ddp[0] = bytes.len ? 0x01 : 0x41;
		ddp[1] = 0x43;
		put_be(ddp + 14, off);
		memcpy(ddp + 18, part.ptr, part.len);
		send_frame(r, d, span_make(ddp, 18 + part.len));
		off += (uint32_t)part.len;
		free(ddp);
	} while (bytes.len);
}

/* An SMB2 message in data transfers ([MS-SMBD] 2.2.3). */
static void send_message(struct rig *r, enum stream_dir d, struct span bytes)
{
	do {
		struct span part = span_head(bytes, r->shape.fragment);
		uint8_t *transfer = calloc(1, 24 + part.len);

		assert_non_null(transfer);
		bytes = span_from(bytes, part.len);
		transfer[0] = 1;
		put_le(transfer + 8, (uint32_t)bytes.len);
		put_le(transfer + 12, 24);
		put_le(transfer + 16, (uint32_t)part.len);
		memcpy(transfer + 24, part.ptr, part.len);
		send_send(r, d, span_make(transfer, 24 + part.len));
		free(transfer);
	} while (bytes.len);
}

/* A connection that SMB Direct was negotiated on, before its first message. */
static void rig_init(struct rig *r, struct shape shape)
{
	static const struct span negotiate[] = {
		BYTES("\0\1\0\1\0\0\x0a\0\0\4\0\0\0\4\0\0\0\0\2\0"),
		BYTES("\0\1\0\1\0\1\0\0\xff\0\xff\0\0\0\0\0\0\0\x80\0\0\4\0\0\0\x20\0\0\0\0\2\0"),
	};
	uint8_t first[20 + 3] = {0};

	*r = (struct rig){.shape = shape};
	harness_init(&r->h, &carrier_smbd);
	for (int d = 0; d < STREAM_DIR__COUNT; d++) {
		memcpy(first, d == CLIENT ? REQUEST : REPLY, 16);
		first[16] = (uint8_t)(shape.marked ? 0xc0 : 0x40);
		first[17] = 1;
		first[19] = 3; /* private data */
		feed(r, (enum stream_dir)d, first, sizeof(first));
	}
	send_send(r, CLIENT, negotiate[0]);
	send_send(r, SERVER, negotiate[1]);
}

static void rig_finish(struct rig *r)
{
	harness_finish(&r->h);
}

static const char *log_of(const struct harness *h)
{
	return h->log.ptr ? h->log.ptr : "";
}

/* The session's frames of a real connection over TCP, one after the other. */
static void send_stream(struct rig *r, const struct segment *segments, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len;
		uint8_t *bytes = segment_bytes(segments[i].hex, &len);
		struct span rest = span_make(bytes, len);

		while (rest.len >= 4) {
			size_t size = (size_t)(rest.ptr[2] << 8 | rest.ptr[3]);

			assert_true(size <= rest.len - 4);
			send_message(r, segments[i].dir, span_head(span_from(rest, 4), size));
			rest = span_from(rest, 4 + size);
		}
		free(bytes);
	}
}

/* However it is cut and framed, a logon is what it is over TCP. */
static void test_same_as_over_tcp(void **state)
{
	static const struct shape shapes[] = {
		{4096, 4096, false, 4096}, {4096, 4096, true, 4096}, {4096, 4096, true, 1},
		{100, 4096, false, 4096},  {100, 4096, true, 7},     {4096, 33, false, 4096},
		{4096, 33, true, 4096},	   {50, 17, true, 511},	     {1, 1, true, 512},
	};
	struct harness tcp;

	(void)state;
	harness_init(&tcp, &carrier_smb);
	for (size_t i = 0; i < N(smb2_ok); i++)
		segment_feed(&tcp, smb2_ok[i].dir, smb2_ok[i].hex, 0);
	assert_non_null(strstr(log_of(&tcp), "status=0x00000000"));
	for (size_t i = 0; i < N(shapes); i++) {
		struct rig r;

		rig_init(&r, shapes[i]);
		send_stream(&r, smb2_ok, N(smb2_ok));
		assert_int_equal(r.h.rc, 0);
		assert_string_equal(log_of(&r.h), log_of(&tcp));
		rig_finish(&r);
	}
	harness_finish(&tcp);
}

/* Messages too long to be kept are passed over whole; what comes after them is seen. */
static void test_long_message(void **state)
{
	static uint8_t write[100000] = {0xfe, 'S', 'M', 'B', 64, 0, 0, 0, 0, 0, 0, 0, 9};
	struct rig r;

	(void)state;
	write[64] = 49; /* [MS-SMB2] 2.2.21 */
	write[66] = 112;
	put_le(write + 68, sizeof(write) - 112);
	rig_init(&r, (struct shape){1364, 1364, false, 4096});
	send_message(&r, CLIENT, span_make(write, sizeof(write)));
	send_stream(&r, smb2_ok, N(smb2_ok));
	assert_non_null(strstr(log_of(&r.h), "status=0x00000000"));
	assert_null(strstr(log_of(&r.h), "malformed"));
	rig_finish(&r);
}

/* What goes to memory directly is passed over unseen, and empty frames are nothing. */
static void test_tagged(void **state)
{
	static uint8_t tagged[40000] = {0xc1, 0x40};
	struct rig r;

	(void)state;
	rig_init(&r, (struct shape){4096, 4096, true, 4096});
	send_frame(&r, SERVER, span_make(tagged, sizeof(tagged)));
	send_frame(&r, SERVER, span_make(tagged, 0));
	assert_true(r.h.half[SERVER].skip == 0);
	send_stream(&r, smb2_ok, N(smb2_ok));
	assert_non_null(strstr(log_of(&r.h), "status=0x00000000"));
	rig_finish(&r);
}

/* Others use iWARP too. */
static void test_other_protocols(void **state)
{
	static const char other[] = "an iSCSI login, or whatever";
	struct rig r = {.shape = {4096, 4096, false, 4096}};

	(void)state;
	harness_init(&r.h, &carrier_smbd);
	feed(&r, CLIENT, (const uint8_t *)REQUEST "\0\1\0", 20);
	send_send(&r, CLIENT, span_str(other));
	assert_true(r.h.half[CLIENT].never);
	rig_finish(&r);

	harness_init(&r.h, &carrier_smbd);
	feed(&r, SERVER, (const uint8_t *)REPLY "\x20\1\0", 20); /* rejected */
	assert_true(r.h.half[SERVER].never);
	rig_finish(&r);
}

static void test_malformed(void **state)
{
	static const struct {
		struct span transfer;
		const char *why;
	} rows[] = {
		{BYTES("\1\0\0\0\0\0\0\0\0\0\0\0\x18\0\0\0\5\0\0\0\0\0\0\0abcd"),
		 "data out of range"},
		{BYTES("\1\0\0\0\0\0\0\0\0\0\0\0\x14\0\0\0\4\0\0\0abcd"), "senseless lengths"},
		{BYTES("\1\0\0\0\0\0\0\0\0\0\0\2\x18\0\0\0\4\0\0\0\0\0\0\0abcd"),
		 "senseless lengths"},
		{BYTES("\1\0\0\0\0\0\0\0\0\0\0\0\x18\0\0"), "truncated"},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct rig r;

		rig_init(&r, (struct shape){4096, 4096, false, 4096});
		send_send(&r, CLIENT, rows[i].transfer);
		assert_non_null(strstr(log_of(&r.h), "malformed SMB Direct data transfer"));
		assert_non_null(strstr(log_of(&r.h), rows[i].why));
		assert_int_equal(r.h.tally.n[TALLY_CARRIER_MALFORMED], 1);
		rig_finish(&r);
	}
}

/* Segments that don't follow each other are no message. */
static void test_segments_out_of_order(void **state)
{
	uint8_t ddp[18 + 24] = {0x01, 0x43};
	struct rig r;

	(void)state;
	rig_init(&r, (struct shape){4096, 4096, false, 4096});
	send_frame(&r, CLIENT, span_make(ddp, sizeof(ddp)));
	ddp[0] = 0x41;
	put_be(ddp + 14, 25);
	send_frame(&r, CLIENT, span_make(ddp, sizeof(ddp)));
	put_be(ddp + 14, 0xffffffff);
	send_frame(&r, CLIENT, span_make(ddp, sizeof(ddp)));
	assert_string_equal(log_of(&r.h), "");
	send_stream(&r, smb2_ok, N(smb2_ok));
	assert_non_null(strstr(log_of(&r.h), "status=0x00000000"));
	rig_finish(&r);
}

static void test_not_iwarp(void **state)
{
	static const struct span frames[] = {
		BYTES("\0\x20\x3d\x43"), /* reserved bits */
		BYTES("\0\x11\x41\x43"), /* shorter than its header */
		BYTES("\0\x0d\xc1\x40"),
	};

	(void)state;
	for (size_t i = 0; i < N(frames); i++) {
		struct rig r;

		rig_init(&r, (struct shape){4096, 4096, false, 4096});
		feed(&r, CLIENT, frames[i].ptr, frames[i].len);
		assert_int_equal(r.h.rc, -EBADMSG);
		rig_finish(&r);
	}
}

static void test_probe(void **state)
{
	static const struct {
		struct span head;
		enum carrier_match match;
	} rows[] = {
		{BYTES(REQUEST "\x40\1\0\0"), CARRIER_YES},
		{BYTES(REPLY "\xd0\2\2\0"), CARRIER_YES},
		{BYTES(REPLY "\xd1\2\2\0"), CARRIER_NO},
		{BYTES(REPLY "\xd0\3\2\0"), CARRIER_NO},
		{BYTES(REPLY "\xd0\2\2\1"), CARRIER_NO},
		{BYTES("MPA ID R"), CARRIER_MORE},
		{BYTES("MPA ID Ref"), CARRIER_NO},
		{BYTES("MAIL FROM"), CARRIER_NO},
		{BYTES(REQUEST), CARRIER_MORE},
		{BYTES(""), CARRIER_MORE},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		size_t want = 0;

		if (carrier_smbd.probe(rows[i].head, &want) != rows[i].match)
			fail_msg("row %zu", i);
		assert_true(rows[i].match != CARRIER_MORE ||
			    (want > rows[i].head.len && want <= 64));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_as_over_tcp),
		cmocka_unit_test(test_long_message),
		cmocka_unit_test(test_tagged),
		cmocka_unit_test(test_other_protocols),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_segments_out_of_order),
		cmocka_unit_test(test_not_iwarp),
		cmocka_unit_test(test_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
