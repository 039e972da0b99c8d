/* Inputs: Network Monitor files made here byte by byte, several files merged, and what is no capture. */
#include "unit.h"

#include "base/clock.h"
#include "source/input.h"
#include "source/merge.h"

#include <errno.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

struct file {
	uint8_t bytes[4096];
	size_t len;
	char path[64];
};

static void put(struct file *f, const void *bytes, size_t len)
{
	memcpy(f->bytes + f->len, bytes, len);
	f->len += len;
}

static void put_le(struct file *f, uint64_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		f->bytes[f->len++] = (uint8_t)(v >> 8 * i);
}

static void save(struct file *f)
{
	int fd;
	FILE *out;

	strcpy(f->path, "/tmp/test-input-XXXXXX");
	fd = mkstemp(f->path);
	assert_true(fd >= 0);
	out = fdopen(fd, "wb");
	assert_int_equal(fwrite(f->bytes, 1, f->len, out), f->len);
	fclose(out);
}

/* A Network Monitor 2.3 file with one frame of a media type. */
static void make_netmon(struct file *f, uint16_t media, const void *frame, size_t len)
{
	*f = (struct file){0};
	put(f, "GMBU\3\2\1\0", 8);
	for (int i = 0; i < 8; i++)
		put_le(f, (uint64_t[]){2020, 6, 2, 9, 12, 54, 0, 132}[i], 2);
	put_le(f, 128 + 16 + len + 15, 4); /* the frame table's offset */
	put_le(f, 4, 4);
	f->len = 128;
	put_le(f, 0, 8);
	put_le(f, len, 4);
	put_le(f, len, 4);
	put(f, frame, len);
	put_le(f, media, 2);
	put_le(f, 0xffffffff, 4);
	put_le(f, UINT64_C(116444736000000000) + 10000000, 8); /* one second after our epoch */
	put_le(f, 0, 1);
	put_le(f, 128, 4);
	save(f);
}

static void a_frame_comes_with_its_time(void **state)
{
	struct file f;
	struct input *in;
	struct packet p;
	struct text why;

	(void)state;
	text_init(&why, 0);
	make_netmon(&f, 1, "frame", 5);
	assert_int_equal(input_open(f.path, &why, &in), 0);
	assert_int_equal(input_next(in, &p, &why), 1);
	assert_int_equal(p.data.len, 5);
	assert_memory_equal(p.data.ptr, "frame", 5);
	assert_int_equal(p.time, NSEC_PER_SEC);
	assert_int_equal(p.number, 1);
	assert_int_equal(input_next(in, &p, &why), 0);
	input_close(in);
	unlink(f.path);
	text_finish(&why);
}

/* Version 2.0 has one media type for all frames, in its header. */
static void an_old_frame_is_of_its_files_media(void **state)
{
	const struct {
		uint16_t media;
		int link_type;
		size_t len;
	} cases[] = {{1, DLT_EN10MB, 5}, {8, DLT_RAW, 5}, {6, DLT_EN10MB, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct file f;
		struct input *in;
		struct packet p;
		struct text why;

		text_init(&why, 0);
		make_netmon(&f, 1, "frame", 5);
		unlink(f.path);
		f.bytes[4] = 0;
		f.bytes[6] = (uint8_t)cases[i].media;
		save(&f);
		assert_int_equal(input_open(f.path, &why, &in), 0);
		assert_int_equal(input_next(in, &p, &why), 1);
		assert_int_equal(p.link_type, cases[i].link_type);
		assert_int_equal(p.data.len, cases[i].len);
		input_close(in);
		unlink(f.path);
		text_finish(&why);
	}
}

static size_t make_event(uint8_t *out, uint16_t id, uint32_t fragment)
{
	static const uint8_t ndis[16] = {0x6e, 0x00, 0xd6, 0x2e, 0x29, 0x47, 0x09, 0x46,
					 0xb4, 0x23, 0x3e, 0xe7, 0xbc, 0xd6, 0x78, 0xef};

	memset(out, 0, 128);
	memcpy(out + 24, ndis, 16);
	out[40] = (uint8_t)id;
	out[41] = (uint8_t)(id >> 8);
	memcpy(out + 97, &fragment, 4);
	memcpy(out + 101, "packet", 6);
	return 107;
}

static void the_packet_inside_an_event_is_found(void **state)
{
	const struct {
		uint16_t id;
		uint32_t fragment;
		size_t expect;
	} cases[] = {{1001, 6, 6}, {1011, 6, 0}, {1001, 7, 0}, {1001, 0xffffffff, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t event[128];
		size_t len = make_event(event, cases[i].id, cases[i].fragment);
		struct file f;
		struct input *in;
		struct packet p;
		struct text why;

		text_init(&why, 0);
		make_netmon(&f, 0xffe0, event, len);
		assert_int_equal(input_open(f.path, &why, &in), 0);
		assert_int_equal(input_next(in, &p, &why), 1);
		assert_int_equal(p.data.len, cases[i].expect);
		input_close(in);
		unlink(f.path);
		text_finish(&why);
	}
}

/* A table may name one frame again and again: a small file must not be gigabytes to read. */
static void frames_that_share_bytes_are_refused(void **state)
{
	struct file f;
	struct input *in;
	struct packet p;
	struct text why;
	int n = 0;

	(void)state;
	text_init(&why, 0);
	make_netmon(&f, 1, "frame", 5);
	unlink(f.path);
	for (int i = 1; i < 100; i++)
		put_le(&f, 128, 4);
	f.bytes[28] = 144; /* the table's length: 100 offsets */
	f.bytes[29] = 1;
	save(&f);
	assert_int_equal(input_open(f.path, &why, &in), 0);
	while (n < 100 && input_next(in, &p, &why) > 0)
		n++;
	assert_true(n > 0 && n < 20);
	assert_non_null(strstr(why.ptr, "over others"));
	input_close(in);
	unlink(f.path);
	text_finish(&why);
}

static void every_cut_and_every_wrong_byte_is_survived(void **state)
{
	struct file whole;

	(void)state;
	make_netmon(&whole, 1, "frame", 5);
	unlink(whole.path);
	for (size_t i = 0; i < whole.len * 3; i++) {
		struct file f = whole;
		struct input *in;
		struct packet p;
		struct text why;

		text_init(&why, 0);
		if (i < whole.len)
			f.len = i;
		else
			f.bytes[i % whole.len] = i < 2 * whole.len ? 0xff : 0;
		save(&f);
		if (input_open(f.path, &why, &in) == 0) {
			for (int n = 0; n < 3 && input_next(in, &p, &why) > 0; n++)
				assert_true(p.data.len <= 4096);
			input_close(in);
		} else {
			assert_true(why.len > 0);
		}
		unlink(f.path);
		text_finish(&why);
	}
}

static void what_is_no_capture_is_named(void **state)
{
	const struct {
		const char *bytes, *why;
	} cases[] = {
		{"", "empty"},
		{"x", "not a capture file"},
		{"plain text\n", "not a capture file"},
		{"\x1f\x8b\x08", "zcat"},
		{"\xd4\xc3\xb2\xa1", "truncated"},
		{"GMBU", "truncated"},
		{"snoop", "snoop"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct file f = {0};
		struct input *in;
		struct text why;

		text_init(&why, 0);
		put(&f, cases[i].bytes, strlen(cases[i].bytes));
		save(&f);
		assert_true(input_open(f.path, &why, &in) < 0);
		if (!strstr(why.ptr, cases[i].why))
			fail_msg("case %zu: %s", i, why.ptr);
		unlink(f.path);
		text_finish(&why);
	}
}

/* A pcap of empty-bodied packets at the given seconds. */
static void make_pcap(struct file *f, const uint32_t *seconds, size_t n)
{
	*f = (struct file){0};
	put(f, "\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\xff\xff\0\0\1\0\0\0", 24);
	for (size_t i = 0; i < n; i++) {
		put_le(f, seconds[i], 4);
		put_le(f, 0, 4);
		put_le(f, 1, 4);
		put_le(f, 1, 4);
		put_le(f, 0, 1);
	}
	save(f);
}

static void count_problem(void *ctx, const char *name, const char *why, bool partly)
{
	(void)name;
	(void)why;
	(void)partly;
	++*(int *)ctx;
}

static void files_are_one_capture_in_the_order_of_time(void **state)
{
	static const struct merge_ops ops = {.problem = count_problem};
	struct file late, early, overlapping, cut;
	const char *names[5];
	struct merge *m;
	struct packet p;
	char seen[64] = "";
	int problems = 0;

	(void)state;
	make_pcap(&late, (const uint32_t[]){7, 8}, 2);
	make_pcap(&early, (const uint32_t[]){1, 3, 5}, 3);
	make_pcap(&overlapping, (const uint32_t[]){2, 4, 9}, 3);
	make_pcap(&cut, (const uint32_t[]){6, 6}, 2);
	assert_int_equal(truncate(cut.path, (off_t)cut.len - 1), 0);
	names[0] = late.path;
	names[1] = early.path;
	names[2] = "/nonexistent";
	names[3] = overlapping.path;
	names[4] = cut.path;
	assert_int_equal(merge_open(names, 5, &ops, &problems, &m), 0);
	while (merge_next(m, &p) > 0)
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%lld ",
			 (long long)(p.time / NSEC_PER_SEC));
	merge_close(m);
	assert_string_equal(seen, "1 2 3 4 5 6 7 8 9 ");
	assert_int_equal(problems, 2); /* the missing one and the cut one */
	unlink(late.path);
	unlink(early.path);
	unlink(overlapping.path);
	unlink(cut.path);
}

/* With few descriptors, files wait for one that is done. */
static void files_wait_for_descriptors(void **state)
{
	static const struct merge_ops ops = {.problem = count_problem};
	struct rlimit was, few;
	struct file f[20];
	const char *names[20];
	struct merge *m;
	struct packet p;
	int problems = 0, n = 0, next = dup(0);

	(void)state;
	close(next);
	for (uint32_t i = 0; i < 20; i++) {
		make_pcap(&f[i], (const uint32_t[]){i, 100 + i}, 2);
		names[i] = f[i].path;
	}
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	few = (struct rlimit){.rlim_cur = (rlim_t)next + 5, .rlim_max = was.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(merge_open(names, 20, &ops, &problems, &m), 0);
	while (merge_next(m, &p) > 0)
		n++;
	merge_close(m);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_int_equal(n, 40);
	assert_int_equal(problems, 0);
	for (int i = 0; i < 20; i++)
		unlink(f[i].path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_comes_with_its_time),
		cmocka_unit_test(an_old_frame_is_of_its_files_media),
		cmocka_unit_test(the_packet_inside_an_event_is_found),
		cmocka_unit_test(frames_that_share_bytes_are_refused),
		cmocka_unit_test(every_cut_and_every_wrong_byte_is_survived),
		cmocka_unit_test(what_is_no_capture_is_named),
		cmocka_unit_test(files_are_one_capture_in_the_order_of_time),
		cmocka_unit_test(files_wait_for_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
