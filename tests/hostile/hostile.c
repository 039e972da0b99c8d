/*
 * hostile [-e N] CAPTURE...: reads each capture cut at every byte, with every byte of its NTLM messages set to 0x00
 * and 0xFF, and with each packet that holds one cut short at every byte. Nothing may crash, and no event may say
 * what the whole capture does not. Large captures go in pieces: the same packets with fewer around them. -e takes
 * only every Nth byte, for slow builds. Ends with a line of counts.
 */
#include "damage.h"
#include "seen.h"
#include "slice.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PIECE_BYTES ((size_t)24 << 10)
#define SHOWN 10

struct trial {
	const char *name;
	struct span capture;
	int fd; /* a file in memory with the capture, damaged or not */
	size_t every;
	struct seen whole, now;
	unsigned long passed, failed;
};

static void put(int fd, const void *bytes, size_t len, size_t at)
{
	if (pwrite(fd, bytes, len, (off_t)at) != (ssize_t)len)
		abort();
}

static void set_size(int fd, size_t len)
{
	if (ftruncate(fd, (off_t)len) != 0)
		abort();
}

static void judge(struct trial *t, const char *wrong, const char *what, size_t at)
{
	if (!wrong) {
		t->passed++;
		return;
	}
	if (++t->failed <= SHOWN)
		printf("FAILED: %s: %s at byte %zu: %s\n", t->name, what, at, wrong);
}

static void try_cuts(struct trial *t)
{
	for (size_t len = t->capture.len; len-- > 0;) {
		if (len % t->every != 0)
			continue;
		set_size(t->fd, len);
		seen_read(&t->now, t->fd);
		judge(t, seen_is_part(&t->now, &t->whole), "cut", len);
	}
	put(t->fd, t->capture.ptr, t->capture.len, 0);
}

static void try_byte(struct trial *t, const struct message_at *m, size_t i, uint8_t value)
{
	uint8_t change[4];
	size_t at, n = damage_set(t->capture, m, i, value, change, &at);

	put(t->fd, change, n, at);
	t->now.render = value == 0xff; /* what is no text, into every format */
	seen_read(&t->now, t->fd);
	t->now.render = false;
	judge(t, seen_is_no_more(&t->now, &t->whole), value ? "0xff" : "0x00", at);
	put(t->fd, t->capture.ptr + at, n, at);
}

static void try_message(struct trial *t, const struct message_at *m)
{
	for (size_t i = 0; i < m->len; i += t->every) {
		try_byte(t, m, i, 0x00);
		try_byte(t, m, i, 0xff);
	}
}

/* What of a message lies in the packet it begins in: the next bytes of the file are another packet's headers. */
static void clip(struct trial *t, struct message_at *m)
{
	struct packet_at p;

	for (size_t pos = 0; !m->base64 && slice_packet(t->capture, &pos, &p);)
		if (m->start >= p.data && m->start < p.data + p.len &&
		    m->len > p.data + p.len - m->start)
			m->len = p.data + p.len - m->start;
}

static void try_messages(struct trial *t)
{
	struct message_at m;

	for (size_t pos = 0; damage_next(t->capture, &pos, &m);) {
		clip(t, &m);
		try_message(t, &m);
	}
}

/* As if the capture had been made with a snapshot length that ends here. */
static void try_short_packet(struct trial *t, const struct packet_at *p)
{
	size_t after = p->data + p->len, rest = t->capture.len - after;

	for (size_t len = 0; len < p->len; len += t->every) {
		uint8_t caplen[4] = {(uint8_t)len, (uint8_t)(len >> 8), (uint8_t)(len >> 16), 0};

		put(t->fd, caplen, 4, p->header + 8);
		put(t->fd, t->capture.ptr + after, rest, p->data + len);
		set_size(t->fd, p->data + len + rest);
		seen_read(&t->now, t->fd);
		judge(t, seen_is_late_part(&t->now, &t->whole), "packet cut", p->data + len);
		put(t->fd, t->capture.ptr + p->header, t->capture.len - p->header, p->header);
	}
	set_size(t->fd, t->capture.len);
}

static void try_short_packets(struct trial *t)
{
	struct packet_at p;
	struct message_at m;

	for (size_t pos = 0; slice_packet(t->capture, &pos, &p);) {
		size_t at = 0;

		if (damage_next(span_make(t->capture.ptr + p.data, p.len), &at, &m))
			try_short_packet(t, &p);
	}
}

static void try_piece(struct trial *t, struct span piece)
{
	t->capture = piece;
	t->fd = memfd_create("capture", MFD_CLOEXEC);
	if (t->fd < 0)
		abort();
	put(t->fd, piece.ptr, piece.len, 0);
	seen_read(&t->whole, t->fd);
	try_cuts(t);
	try_messages(t);
	try_short_packets(t);
	close(t->fd);
}

static void try_capture(struct trial *t, const char *path)
{
	struct bytes file = bytes_load(path), piece;
	size_t pos = 0;

	t->name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	while ((piece = slice_next(span_make(file.ptr, file.len), PIECE_BYTES, &pos)).ptr) {
		try_piece(t, span_make(piece.ptr, piece.len));
		bytes_free(&piece);
	}
	bytes_free(&file);
}

int main(int argc, char **argv)
{
	static struct trial t = {.every = 1};
	int i = 1;

	if (argc > 2 && strcmp(argv[1], "-e") == 0) {
		t.every = (size_t)strtoul(argv[2], NULL, 10);
		i = 3;
	}
	if (t.every == 0)
		return 2;
	/* The largest tables come zeroed from the kernel each time, the others from memory at hand. */
	mallopt(M_MMAP_THRESHOLD, 4 << 20);
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	for (; i < argc; i++)
		try_capture(&t, argv[i]);
	seen_finish(&t.whole);
	seen_finish(&t.now);
	printf("%lu passed, %lu failed\n", t.passed, t.failed);
	return t.failed || !t.passed;
}
