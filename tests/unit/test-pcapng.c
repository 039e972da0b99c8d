/* pcapng files made here byte by byte, in both byte orders: what they say, what they may not, and how they end. */
#include "unit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "source/input.h"

#include <errno.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SECTION = 0x0a0d0d0a, INTERFACE = 1, OLD_PACKET, SIMPLE_PACKET, PACKET = 6, CUSTOM = 0xbad };

struct file {
	uint8_t bytes[64 << 10];
	size_t len;
	size_t block; /* where the block being written begins */
	bool big;
	char path[64];
};

/* A file being read. */
struct reading {
	struct input *in;
	struct packet packet;
	struct text why;
};

static void put(struct file *f, uint64_t v, size_t bytes)
{
	assert_true(f->len + bytes <= sizeof(f->bytes));
	for (size_t i = 0; i < bytes; i++)
		f->bytes[f->len++] = (uint8_t)(v >> 8 * (f->big ? bytes - 1 - i : i));
}

static void put_bytes(struct file *f, const void *bytes, size_t len)
{
	memcpy(f->bytes + f->len, bytes, len);
	f->len += len;
	while (f->len % 4)
		f->bytes[f->len++] = 0;
}

static void begin(struct file *f, uint32_t type)
{
	f->block = f->len;
	put(f, type, 4);
	put(f, 0, 4);
}

static void end(struct file *f)
{
	size_t len = f->len + 4 - f->block;

	put(f, len, 4);
	f->len = f->block + 4;
	put(f, len, 4);
	f->len = f->block + len;
}

static void put_section(struct file *f, uint16_t major)
{
	begin(f, SECTION);
	put(f, 0x1a2b3c4d, 4);
	put(f, major, 2);
	put(f, 0, 2);
	put(f, UINT64_MAX, 8);
	end(f);
}

static void put_interface(struct file *f, uint16_t link_type, uint32_t snaplen)
{
	begin(f, INTERFACE);
	put(f, link_type, 2);
	put(f, 0, 2);
	put(f, snaplen, 4);
	end(f);
}

/* An Ethernet interface with a name, and options that tell of time. */
static void put_clock(struct file *f, uint8_t resolution, int64_t offset)
{
	begin(f, INTERFACE);
	put(f, DLT_EN10MB, 2);
	put(f, 0, 2);
	put(f, 0, 4);
	put(f, 2, 2);
	put(f, 5, 2);
	put_bytes(f, "lan-1", 5);
	put(f, 9, 2);
	put(f, 1, 2);
	put_bytes(f, &resolution, 1);
	put(f, 14, 2);
	put(f, 8, 2);
	put(f, (uint64_t)offset, 8);
	put(f, 0, 4);
	end(f);
}

static void put_packet(struct file *f, uint32_t interface, uint64_t ticks, const char *text)
{
	begin(f, PACKET);
	put(f, interface, 4);
	put(f, ticks >> 32, 4);
	put(f, ticks & 0xffffffff, 4);
	put(f, strlen(text), 4);
	put(f, strlen(text) + 1, 4);
	put_bytes(f, text, strlen(text));
	put(f, 1, 2); /* a comment */
	put(f, 2, 2);
	put_bytes(f, "hi", 2);
	end(f);
}

static void put_custom(struct file *f, size_t len)
{
	begin(f, CUSTOM);
	for (size_t i = 0; i < len; i += 4)
		put(f, 0, 4);
	end(f);
}

static void put_old_packet(struct file *f, uint16_t interface, uint32_t microseconds)
{
	begin(f, OLD_PACKET);
	put(f, interface, 2);
	put(f, 7, 2); /* drops */
	put(f, 0, 4);
	put(f, microseconds, 4);
	put(f, 3, 4);
	put(f, 3, 4);
	put_bytes(f, "old", 3);
	end(f);
}

static void put_simple_packet(struct file *f, uint32_t len, const char *text)
{
	begin(f, SIMPLE_PACKET);
	put(f, len, 4);
	put_bytes(f, text, strlen(text));
	end(f);
}

static void save(struct file *f)
{
	int fd;

	strcpy(f->path, "/tmp/test-pcapng-XXXXXX");
	fd = mkstemp(f->path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, f->bytes, f->len), (ssize_t)f->len);
	close(fd);
}

static int start(struct reading *r, const char *path)
{
	*r = (struct reading){0};
	text_init(&r->why, 0);
	return input_open(path, &r->why, &r->in);
}

static int next(struct reading *r)
{
	return input_next(r->in, &r->packet, &r->why);
}

static void stop(struct reading *r, const char *path)
{
	input_close(r->in);
	text_finish(&r->why);
	unlink(path);
}

static void expect_packet(struct reading *r, int link_type, int64_t time, const char *text,
			  size_t wire_len)
{
	if (next(r) != 1)
		fail_msg("%s: no packet: %s", text, r->why.ptr);
	assert_int_equal(r->packet.link_type, link_type);
	assert_int_equal(r->packet.time, time);
	assert_int_equal(r->packet.data.len, strlen(text));
	assert_memory_equal(r->packet.data.ptr, text, strlen(text));
	assert_int_equal(r->packet.wire_len, wire_len);
}

/* A section with all there is. */
static void make_mixed(struct file *f, bool big)
{
	f->big = big;
	put_section(f, 1);
	put_interface(f, DLT_EN10MB, 65535);
	put_interface(f, DLT_NULL, 4);
	put_interface(f, 189, 0); /* USB */
	put_packet(f, 0, 5, "ether");
	put_custom(f, 40);
	put_packet(f, 1, UINT64_C(3) << 32, "loopback");
	put_old_packet(f, 1, 9);
	put_packet(f, 2, 10, "usb");
	put_simple_packet(f, 6, "simple");
}

static void expect_mixed(struct reading *r)
{
	expect_packet(r, DLT_EN10MB, 5000, "ether", 6);
	expect_packet(r, DLT_NULL, (INT64_C(3) << 32) * 1000, "loopback", 9);
	expect_packet(r, DLT_NULL, 9000, "old", 3);
	expect_packet(r, 189, 10000, "usb", 4);
	expect_packet(r, DLT_EN10MB, 10000, "simple",
		      6); /* without a time: that of the one before */
}

static void each_packet_is_of_its_interface(void **state)
{
	struct file f = {0};
	struct reading r;

	(void)state;
	make_mixed(&f, false);
	make_mixed(&f, true); /* a section of the other order in the same file */
	save(&f);
	assert_int_equal(start(&r, f.path), 0);
	expect_mixed(&r);
	expect_mixed(&r);
	assert_int_equal(r.packet.number, 10);
	assert_int_equal(next(&r), 0);
	stop(&r, f.path);
}

static void a_pipe_is_as_good(void **state)
{
	struct file f = {0};
	struct reading r;
	int ends[2], input = dup(0);

	(void)state;
	put_section(&f, 1);
	put_custom(&f, 40000);
	make_mixed(&f, true);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], f.bytes, f.len), (ssize_t)f.len);
	close(ends[1]);
	assert_int_equal(dup2(ends[0], 0), 0);
	close(ends[0]);
	assert_int_equal(start(&r, "-"), 0);
	expect_mixed(&r);
	assert_int_equal(next(&r), 0);
	stop(&r, "");
	assert_int_equal(dup2(input, 0), 0);
	close(input);
}

static void clocks_tick_as_they_say(void **state)
{
	const int64_t max = INT64_MAX / 2;
	const struct {
		uint8_t resolution;
		int64_t offset;
		uint64_t ticks;
		int64_t expect;
	} cases[] = {
		{3, 0, 1500, 1500000000},
		{6, 0, 1500, 1500000},
		{9, 0, 1500, 1500},
		{12, 0, 1500, 1},
		{0, 0, 2, 2 * NSEC_PER_SEC},
		{0, 0, UINT64_MAX, max},
		{6, 0, UINT64_MAX, max},
		{9, 0, UINT64_MAX, max},
		{28, 0, UINT64_C(10000000000000000000), 1},
		{29, 0, UINT64_MAX, 0},
		{127, 0, UINT64_MAX, 0},
		{0x80, 0, 2, 2 * NSEC_PER_SEC},
		{0x8a, 0, 1536, 1500000000},
		{0x8a, 0, UINT64_MAX, max},
		{0x80 | 32, 0, UINT64_C(3) << 31, 1500000000},
		{0x80 | 33, 0, UINT64_C(3) << 32, 1500000000},
		{0x80 | 63, 0, UINT64_C(3) << 62, 1500000000},
		{0x80 | 64, 0, UINT64_C(1) << 63, 500000000},
		{0x80 | 95, 0, UINT64_MAX, 0},
		{0x80 | 96, 0, UINT64_MAX, 0},
		{0xff, 0, UINT64_MAX, 0},
		{6, 7, 1, 7 * NSEC_PER_SEC + 1000},
		{6, -1, 1000001, 1000},
		{6, -2, 1000001, 0}, /* before 1970 */
		{6, INT64_MAX, 1, max},
		{6, INT64_MAX, UINT64_MAX, max},
		{6, INT64_MIN, UINT64_MAX, 0},
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		size_t c = i / 2;
		struct file f = {.big = i % 2 != 0};
		struct reading r;

		put_section(&f, 1);
		put_clock(&f, cases[c].resolution, cases[c].offset);
		put_packet(&f, 0, cases[c].ticks, "tick");
		save(&f);
		assert_int_equal(start(&r, f.path), 0);
		assert_int_equal(next(&r), 1);
		if (r.packet.time != cases[c].expect)
			fail_msg("case %zu: %lld", c, (long long)r.packet.time);
		stop(&r, f.path);
	}
}

static void a_simple_packet_is_cut_as_its_interface_says(void **state)
{
	struct file f = {0};
	struct reading r;

	(void)state;
	put_section(&f, 1);
	put_interface(&f, DLT_EN10MB, 4);
	put_simple_packet(&f, 1500, "four");
	put_simple_packet(&f, 3, "two");
	put_simple_packet(&f, 1500, ""); /* fewer than four */
	save(&f);
	assert_int_equal(start(&r, f.path), 0);
	expect_packet(&r, DLT_EN10MB, 0, "four", 1500);
	expect_packet(&r, DLT_EN10MB, 0, "two", 3);
	assert_true(next(&r) < 0);
	assert_non_null(strstr(r.why.ptr, "longer than its block"));
	stop(&r, f.path);
}

/* What a block may be has no end: a file must not make us hold it. */
static void large_blocks_cost_no_memory(void **state)
{
	const uint32_t types[] = {CUSTOM, PACKET, SECTION};
	size_t before = mem_in_use(), most = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const uint32_t len = UINT32_C(15) << 20;
		struct file f = {0}, tail = {0};
		struct reading r;
		size_t at;

		put_section(&f, 1);
		put_interface(&f, DLT_EN10MB, 0);
		at = f.len;
		if (types[i] == SECTION)
			put_section(&f, 1);
		else
			put_packet(&f, 0, 1, "first");
		f.len = at;
		put(&f, types[i], 4);
		put(&f, len, 4);
		f.len = at + 40;
		save(&f);
		put(&tail, len, 4);
		put_interface(&tail, DLT_EN10MB, 0);
		put_packet(&tail, 0, 1, "last");
		{
			FILE *out = fopen(f.path, "r+b");

			assert_int_equal(fseek(out, (long)(at + len - 4), SEEK_SET), 0);
			assert_int_equal(fwrite(tail.bytes, 1, tail.len, out), tail.len);
			fclose(out);
		}
		assert_int_equal(start(&r, f.path), 0);
		if (types[i] == PACKET)
			expect_packet(&r, DLT_EN10MB, 1000, "first", 6);
		expect_packet(&r, DLT_EN10MB, 1000, "last", 5);
		most = mem_in_use() - before > most ? mem_in_use() - before : most;
		assert_int_equal(next(&r), 0);
		stop(&r, f.path);
	}
	assert_true(most < 512 << 10);
}

/* A packet longer than we hold is one that a snapshot length cut. */
static void a_large_packet_is_cut(void **state)
{
	static const size_t large = 300 << 10;
	static uint8_t zeros[300 << 10];
	struct file f = {0};
	struct reading r;
	FILE *out;

	(void)state;
	put_section(&f, 1);
	put_interface(&f, DLT_EN10MB, 0);
	put(&f, PACKET, 4);
	put(&f, 32 + large, 4);
	put(&f, 0, 4);
	put(&f, 0, 8);
	put(&f, large, 4);
	put(&f, large, 4);
	save(&f);
	out = fopen(f.path, "ab");
	assert_int_equal(fwrite(zeros, 1, large, out), large);
	f.len = 0;
	put(&f, 32 + large, 4);
	put_packet(&f, 0, 1, "next");
	assert_int_equal(fwrite(f.bytes, 1, f.len, out), f.len);
	fclose(out);
	assert_int_equal(start(&r, f.path), 0);
	assert_int_equal(next(&r), 1);
	assert_int_equal(r.packet.data.len, 256 << 10);
	assert_int_equal(r.packet.wire_len, large);
	expect_packet(&r, DLT_EN10MB, 1000, "next", 5);
	stop(&r, f.path);
}

static void interfaces_have_a_limit(void **state)
{
	(void)state;
	for (uint32_t n = 1024; n <= 1025; n++) {
		static struct file f;
		struct reading r;

		f = (struct file){0};
		put_section(&f, 1);
		for (uint32_t i = 0; i < n; i++)
			put_interface(&f, DLT_EN10MB, 0);
		put_packet(&f, 1023, 1, "last");
		save(&f);
		assert_int_equal(start(&r, f.path), n == 1024 ? 0 : -EBADMSG);
		if (n == 1024)
			expect_packet(&r, DLT_EN10MB, 1000, "last", 5);
		else
			assert_non_null(strstr(r.why.ptr, "more than 1,024 interfaces"));
		stop(&r, f.path);
	}
}

static void what_cannot_be_read_is_named(void **state)
{
	(void)state;
	for (int packets = 0; packets < 2; packets++) {
		struct file f = {0};
		struct reading r;

		put_section(&f, 1);
		put_interface(&f, 189, 0);
		if (packets)
			put_packet(&f, 0, 1, "usb");
		save(&f);
		assert_int_equal(start(&r, f.path), -ENOTSUP);
		assert_non_null(strstr(r.why.ptr, "link type 189 (USB_LINUX) is not supported"));
		stop(&r, f.path);
	}
}

/* Each changes one number of a good file of a section, an interface with a clock, and two packets. */
static void senseless_blocks_are_refused(void **state)
{
	enum { IN_SECTION = 0, IN_INTERFACE = 28, IN_PACKET = 28 + 56, IN_LAST = 28 + 56 + 44 };
	const struct {
		size_t at;
		uint8_t value;
		const char *why;
	} cases[] = {
		{IN_SECTION + 4, 27, "its length is senseless"},
		{IN_SECTION + 4, 12, "its length is senseless"},
		{IN_SECTION + 4, 24, "its contents are longer than itself"},
		{IN_SECTION + 9, 0, "without its magic number"},
		{IN_SECTION + 12, 2, "version 2.0 is not supported"},
		{IN_SECTION + 24, 32, "its two lengths differ"},
		{IN_INTERFACE + 4, 8, "its length is senseless"},
		{IN_INTERFACE + 4, 16, "its contents are longer than itself"},
		{IN_INTERFACE + 18, 44, "its contents are longer than itself"},
		{IN_INTERFACE + 30, 2, "a time option of the wrong length"},
		{IN_INTERFACE + 38, 0, "a time option of the wrong length"},
		{IN_PACKET + 8, 1, "interface 1, which is not described"},
		{IN_PACKET + 4, 24, "its two lengths differ"},
		{IN_PACKET + 20, 17, "a packet longer than its block"},
		{IN_PACKET + 23, 255, "a packet longer than its block"},
		{IN_LAST + 6, 255, "truncated"},
		{IN_LAST + 7, 255, "truncated"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct file f = {0};
		struct reading r;

		put_section(&f, 1);
		put_clock(&f, 6, 0);
		assert_int_equal(f.len, IN_PACKET);
		put_packet(&f, 0, 1, "full");
		assert_int_equal(f.len, IN_LAST);
		put_packet(&f, 0, 2, "last");
		f.bytes[cases[i].at] = cases[i].value;
		save(&f);
		if (start(&r, f.path) == 0)
			while (next(&r) > 0)
				;
		if (!r.why.len || !strstr(r.why.ptr, cases[i].why))
			fail_msg("case %zu: %s", i, r.why.len ? r.why.ptr : "read");
		stop(&r, f.path);
	}
}

/* The number of packets, negative where there was an error after them. */
static int count_packets(const char *path)
{
	struct reading r;
	int n = 0, rc = start(&r, path);

	if (rc == 0) {
		while ((rc = next(&r)) > 0) {
			assert_true(r.packet.data.len <= 4096);
			n++;
		}
	}
	assert_int_equal(rc<0, r.why.len> 0);
	stop(&r, path);
	return rc < 0 ? -n - 1 : n;
}

static void every_cut_is_told(void **state)
{
	struct file whole = {0};
	bool ends[1024] = {false}; /* a block does there */

	(void)state;
	put_section(&whole, 1);
	put_clock(&whole, 6, 0);
	ends[28] = ends[whole.len] = true;
	for (int i = 0; i < 3; i++) {
		put_packet(&whole, 0, 1, "cut me");
		ends[whole.len] = true;
	}
	for (size_t len = 1; len <= whole.len; len++) {
		struct file f = whole;
		int n, expect = len < 28 + 56 ? 0 : (int)(len - 28 - 56) / 48;

		f.len = len;
		save(&f);
		n = count_packets(f.path);
		if (n != (ends[len] ? expect : -expect - 1))
			fail_msg("cut at %zu: %d", len, n);
	}
}

static void every_wrong_byte_is_survived(void **state)
{
	struct file whole = {0};

	(void)state;
	make_mixed(&whole, true);
	put_clock(&whole, 0x8a, -5);
	put_packet(&whole, 3, 1, "clock");
	for (size_t i = 0; i < 2 * whole.len; i++) {
		struct file f = whole;
		int n;

		f.bytes[i / 2] = i % 2 ? 0xff : 0;
		save(&f);
		n = count_packets(f.path);
		assert_true(n <= 6 && n >= -7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_packet_is_of_its_interface),
		cmocka_unit_test(a_pipe_is_as_good),
		cmocka_unit_test(clocks_tick_as_they_say),
		cmocka_unit_test(a_simple_packet_is_cut_as_its_interface_says),
		cmocka_unit_test(large_blocks_cost_no_memory),
		cmocka_unit_test(a_large_packet_is_cut),
		cmocka_unit_test(interfaces_have_a_limit),
		cmocka_unit_test(what_cannot_be_read_is_named),
		cmocka_unit_test(senseless_blocks_are_refused),
		cmocka_unit_test(every_cut_is_told),
		cmocka_unit_test(every_wrong_byte_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
