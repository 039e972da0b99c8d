/*
 * pcap files of every variant, made here byte by byte: what our reader says of them is what libpcap says, be they
 * whole, cut at any byte, or with any byte damaged.
 */
#include "unit.h"

#include "base/clock.h"
#include "source/input.h"
#include "wire/link.h"

#include <pcap/pcap.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PACKETS_MAX 64

struct file {
	uint8_t bytes[512 << 10];
	size_t len;
	bool big;
};

/* What a reader made of a file. */
struct told {
	bool opened, failed; /* failed: not read to a good end */
	size_t n;
	struct {
		int64_t time;
		int link_type;
		size_t len, wire_len;
		uint32_t sum;
	} packet[PACKETS_MAX];
};

static struct file file; /* too large for the stack */

static void put(uint64_t v, size_t bytes)
{
	assert_true(file.len + bytes <= sizeof(file.bytes));
	for (size_t i = 0; i < bytes; i++)
		file.bytes[file.len++] = (uint8_t)(v >> 8 * (file.big ? bytes - 1 - i : i));
}

static void begin(bool big, uint32_t magic, uint16_t major, uint16_t minor, uint32_t snaplen,
		  uint32_t link_type)
{
	file.len = 0;
	file.big = big;
	put(magic, 4);
	put(major, 2);
	put(minor, 2);
	put(0, 8);
	put(snaplen, 4);
	put(link_type, 4);
}

static void put_packet(bool patched, uint32_t time, uint32_t len, uint32_t wire_len, size_t bytes)
{
	put(time, 4);
	put(999999, 4);
	put(len, 4);
	put(wire_len, 4);
	if (patched)
		put(UINT64_C(0x0102030405060708), 8);
	for (size_t i = 0; i < bytes; i++)
		put(i * 7 + len, 1);
}

static uint32_t sum_of(const uint8_t *bytes, size_t len)
{
	uint32_t sum = 1;

	for (size_t i = 0; i < len; i++)
		sum = sum * 31 + bytes[i];
	return sum;
}

static int memory_file(size_t len)
{
	int fd = memfd_create("pcap", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, file.bytes, len), (ssize_t)len);
	return fd;
}

static void read_all(const char *path, struct told *ret_told)
{
	struct input *in = NULL;
	struct packet p;
	struct text why;
	int rc;

	text_init(&why, 0);
	*ret_told = (struct told){0};
	ret_told->opened = input_open(path, &why, &in) == 0;
	assert_int_equal(ret_told->opened, why.len == 0);
	while (ret_told->opened && (rc = input_next(in, &p, &why)) != 0) {
		if (rc < 0) {
			ret_told->failed = true;
			assert_true(why.len > 0);
			break;
		}
		assert_true(ret_told->n < PACKETS_MAX);
		ret_told->packet[ret_told->n].time = p.time;
		ret_told->packet[ret_told->n].link_type = p.link_type;
		ret_told->packet[ret_told->n].len = p.data.len;
		ret_told->packet[ret_told->n].wire_len = p.wire_len;
		ret_told->packet[ret_told->n++].sum = sum_of(p.data.ptr, p.data.len);
	}
	input_close(in);
	text_finish(&why);
}

static void we_say(size_t len, struct told *ret_told)
{
	char path[64];
	int fd = memory_file(len);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	read_all(path, ret_told);
	close(fd);
}

/* libpcap takes seconds and their fractions for signed in this machine's order of bytes, and for unsigned in the other. */
static int64_t unsigned_time(const struct timeval *t)
{
	int64_t unit = memchr(file.bytes, 0x3c, 4) ? 1 : 1000;
	int64_t fraction = t->tv_usec < 0 ? t->tv_usec + (unit << 32) : t->tv_usec;

	return (int64_t)(uint32_t)t->tv_sec * NSEC_PER_SEC + fraction;
}

static void libpcap_says(size_t len, struct told *ret_told)
{
	char error[PCAP_ERRBUF_SIZE];
	FILE *f = fmemopen(file.bytes, len, "rb");
	struct pcap_pkthdr *h;
	const uint8_t *bytes;
	pcap_t *pcap;
	int rc;

	*ret_told = (struct told){0};
	assert_non_null(f);
	pcap = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, error);
	if (!pcap) {
		fclose(f);
		return;
	}
	ret_told->opened = link_supported(pcap_datalink(pcap));
	while (ret_told->opened && (rc = pcap_next_ex(pcap, &h, &bytes)) != PCAP_ERROR_BREAK) {
		if (rc != 1) {
			ret_told->failed = true;
			break;
		}
		assert_true(ret_told->n < PACKETS_MAX);
		ret_told->packet[ret_told->n].time = unsigned_time(&h->ts);
		ret_told->packet[ret_told->n].link_type = pcap_datalink(pcap);
		ret_told->packet[ret_told->n].len = h->caplen;
		ret_told->packet[ret_told->n].wire_len = h->len < h->caplen ? h->caplen : h->len;
		ret_told->packet[ret_told->n++].sum = sum_of(bytes, h->caplen);
	}
	pcap_close(pcap);
}

static void same(size_t len, const char *what, size_t at)
{
	static struct told ours, theirs;

	we_say(len, &ours);
	libpcap_says(len, &theirs);
	if (memcmp(&ours, &theirs, sizeof(ours)) != 0)
		fail_msg("%s, byte %zu: opened %d/%d, failed %d/%d, %zu/%zu packets", what, at,
			 ours.opened, theirs.opened, ours.failed, theirs.failed, ours.n, theirs.n);
}

static const struct {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t snaplen;
} variants[] = {
	{0xa1b2c3d4, 2, 4, 65535}, {0xa1b23c4d, 2, 4, 65535}, {0xa1b2cd34, 2, 4, 65535},
	{0xa1b2c3d4, 2, 3, 65535}, {0xa1b2c3d4, 2, 2, 65535}, {0xa1b2c3d4, 2, 0, 65535},
	{0xa1b2c3d4, 543, 0, 100}, {0xa1b2c3d4, 543, 1, 100}, {0xa1b2c3d4, 2, 5, 65535},
	{0xa1b2c3d4, 1, 4, 65535}, {0xa1b2c3d4, 3, 0, 65535}, {0xa1b2c3d4, 2, 4, 0},
	{0xa1b2c3d4, 2, 4, 20},	   {0xa1b2cd34, 2, 4, 20},    {0xa1b2c3d4, 2, 4, UINT32_MAX},
	{0xa1b23c4d, 2, 3, 20},	   {0xa1b2c3d4, 2, 4, 1},
};

static void make(size_t variant, bool big, uint32_t link_type)
{
	bool patched = variants[variant].magic == 0xa1b2cd34;

	begin(big, variants[variant].magic, variants[variant].major, variants[variant].minor,
	      variants[variant].snaplen, link_type);
	put_packet(patched, 1, 40, 60, 40);
	put_packet(patched, 0x7fffffff, 60, 40, variants[variant].minor < 4 ? 40 : 60);
	put_packet(patched, 0xffffffff, 0, 0, 0);
	put_packet(patched, 2, 33, 33, 33);
}

static void every_variant_is_read_as_by_libpcap(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * sizeof(variants) / sizeof(variants[0]); i++) {
		make(i / 2, i % 2, 1);
		same(file.len, "variant", i);
		make(i / 2, i % 2, 101);
		same(file.len, "variant of raw IP", i);
	}
}

static void every_cut_is_told_as_by_libpcap(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * sizeof(variants) / sizeof(variants[0]); i++) {
		size_t whole;

		make(i / 2, i % 2, 1);
		whole = file.len;
		for (size_t len = 1; len < whole; len++)
			same(len, "cut", len);
	}
}

static void every_damaged_byte_is_taken_as_by_libpcap(void **state)
{
	static const uint8_t values[] = {0x00, 0x01, 0x04, 0x7f, 0x80, 0xff};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(variants) / sizeof(variants[0]); i++) {
		make(i / 2, i % 2, 1);
		for (size_t at = 4; at < file.len; at++) {
			uint8_t was = file.bytes[at];

			for (size_t v = 0; v < sizeof(values); v++) {
				file.bytes[at] = values[v];
				same(file.len, "damaged", at);
			}
			file.bytes[at] = was;
		}
	}
}

static void link_types_have_libpcaps_numbers(void **state)
{
	(void)state;
	for (uint32_t type = 0; type <= 0xffff; type++) {
		if (type > 1024 && type % 255) /* these all stand for themselves */
			continue;
		begin(type & 1, 0xa1b2c3d4, 2, 4, 65535, type);
		put_packet(false, 1, 4, 4, 4);
		same(file.len, "link type", type);
	}
	for (unsigned bit = 16; bit < 32; bit++) {
		begin(false, 0xa1b2c3d4, 2, 4, 65535, 1u | 1u << bit);
		put_packet(false, 1, 4, 4, 4);
		same(file.len, "link type's bit", bit);
	}
}

static void packets_of_every_size_are_read(void **state)
{
	static const uint32_t sizes[] = {65535,		  65536,     65537,	      131071,
					 131072,	  256 << 10, (256 << 10) + 1, 262143,
					 (64 << 10) - 80, 1,	     64 << 10,	      200000};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		begin(false, 0xa1b2c3d4, 2, 4, i % 2 ? 0 : 70000, 1);
		put_packet(false, 1, 3, 3, 3);
		put_packet(false, 2, sizes[i], sizes[i], sizes[i]);
		put_packet(false, 3, 100, 100, 100);
		put_packet(false, 4, 120000, 1 << 20, 120000);
		put_packet(false, 5, 5, 5, 5);
		same(file.len, "size", sizes[i]);
		same(file.len - 1, "size, cut", sizes[i]);
	}
}

static void *drip(void *ctx)
{
	int fd = *(int *)ctx;
	size_t at = 0;

	for (size_t step = 1; at < file.len; step = step * 7 % 1009 + 1) {
		size_t n = file.len - at < step ? file.len - at : step;

		assert_int_equal(write(fd, file.bytes + at, n), (ssize_t)n);
		at += n;
	}
	close(fd);
	return NULL;
}

/* Bytes that come one by one are the same file. */
static void a_pipe_is_read_like_a_file(void **state)
{
	static struct told whole, piped;

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(variants) / sizeof(variants[0]); i++) {
		char path[64];
		pthread_t writer;
		int ends[2];

		make(i / 2, i % 2, 1);
		we_say(file.len, &whole);
		if (!whole.opened)
			continue;
		assert_int_equal(pipe(ends), 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
		assert_int_equal(pthread_create(&writer, NULL, drip, &ends[1]), 0);
		read_all(path, &piped);
		assert_int_equal(pthread_join(writer, NULL), 0);
		close(ends[0]);
		assert_memory_equal(&whole, &piped, sizeof(whole));
	}
}

/* What has come is told without waiting for more: a live capture through a pipe. */
static void a_packet_is_told_before_the_next_has_come(void **state)
{
	struct input *in;
	struct packet p;
	struct text why;
	char path[64];
	int ends[2];

	(void)state;
	text_init(&why, 0);
	begin(false, 0xa1b2c3d4, 2, 4, 65535, 1);
	put_packet(false, 1, 40, 40, 40);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], file.bytes, file.len), (ssize_t)file.len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	alarm(10); /* rather than wait for ever */
	assert_int_equal(input_open(path, &why, &in), 0);
	assert_int_equal(input_next(in, &p, &why), 1);
	assert_int_equal(p.data.len, 40);
	alarm(0);
	close(ends[1]);
	assert_int_equal(input_next(in, &p, &why), 0);
	input_close(in);
	close(ends[0]);
	text_finish(&why);
}

/* A file that becomes shorter while it is read ends there; no signal comes of it. */
static void a_file_cut_meanwhile_ends(void **state)
{
	int fd, n = 0, rc;
	struct input *in;
	struct packet p;
	struct text why;
	char path[64];

	(void)state;
	text_init(&why, 0);
	begin(false, 0xa1b2c3d4, 2, 4, 65535, 1);
	for (uint32_t i = 0; i < 300; i++)
		put_packet(false, i, 1500, 1500, 1500);
	fd = memory_file(file.len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(input_open(path, &why, &in), 0);
	assert_int_equal(input_next(in, &p, &why), 1);
	assert_int_equal(ftruncate(fd, 1000), 0);
	while ((rc = input_next(in, &p, &why)) > 0)
		n++;
	assert_true(rc < 0 || n == 0 || n < 299);
	assert_true(n < 299);
	input_close(in);
	close(fd);
	text_finish(&why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_variant_is_read_as_by_libpcap),
		cmocka_unit_test(every_cut_is_told_as_by_libpcap),
		cmocka_unit_test(every_damaged_byte_is_taken_as_by_libpcap),
		cmocka_unit_test(link_types_have_libpcaps_numbers),
		cmocka_unit_test(packets_of_every_size_are_read),
		cmocka_unit_test(a_pipe_is_read_like_a_file),
		cmocka_unit_test(a_packet_is_told_before_the_next_has_come),
		cmocka_unit_test(a_file_cut_meanwhile_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
