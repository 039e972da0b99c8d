#include "source/window.h"

#include "base/mem.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Larger ones than that don't stay in the processor's cache until they are looked at. */
#define SIZE_NARROW ((size_t)64 << 10)
#define SIZE_WIDE ((size_t)128 << 10)
/* The kernel copies to such an address in three quarters of the time. */
#define ALIGNMENT ((size_t)64)
/* Less than that is as fast read as passed over. */
#define SEEK_FROM SIZE_NARROW

int window_init(struct window *w, int fd)
{
	off_t offset = lseek(fd, 0, SEEK_CUR);

	*w = (struct window){.fd = fd, .ptr = mem_alloc(SIZE_NARROW), .cap = SIZE_NARROW};
	w->read = offset > 0 ? (uint64_t)offset : 0;
	return w->ptr ? 0 : -ENOMEM;
}

void window_finish(struct window *w)
{
	mem_free(w->ptr);
	*w = (struct window){.fd = -1};
}

/* Where bytes that were kept must begin for those read behind them to be aligned. */
static size_t aligned_start(const uint8_t *ptr, size_t kept)
{
	return (ALIGNMENT - ((uintptr_t)ptr + kept) % ALIGNMENT) % ALIGNMENT;
}

/* More memory, with what was not taken yet in it. */
static bool grow(struct window *w, size_t cap)
{
	size_t kept = window_left(w), start;
	uint8_t *ptr = mem_alloc(cap);

	if (!ptr)
		return false;
	start = aligned_start(ptr, kept);
	memcpy(ptr + start, w->ptr + w->at, kept);
	mem_free(w->ptr);
	w->ptr = ptr;
	w->cap = cap;
	w->at = start;
	w->len = start + kept;
	return true;
}

/* Room for n bytes from the next one on. */
static bool make_room(struct window *w, size_t n)
{
	size_t kept = window_left(w), start, need = n + ALIGNMENT;

	/* a window that was filled up once is that of a large file */
	if (w->wide && w->cap < SIZE_WIDE && w->len == w->cap)
		(void)grow(w, SIZE_WIDE);
	if (need > w->cap && !grow(w, need + SIZE_NARROW)) {
		w->error = ENOMEM;
		return false;
	}
	start = aligned_start(w->ptr, kept);
	memmove(w->ptr + start, w->ptr + w->at, kept);
	w->at = start;
	w->len = start + kept;
	return true;
}

/* One read; false at the end and at an error. */
static bool read_some(struct window *w)
{
	ssize_t n;

	do
		n = read(w->fd, w->ptr + w->len, w->cap - w->len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		w->error = errno;
	if (n <= 0)
		return false;
	w->len += (size_t)n;
	w->read += (uint64_t)n;
	return true;
}

bool window_fill(struct window *w, size_t n)
{
	bool more = window_left(w) >= n || (!w->error && make_room(w, n));

	while (more && window_left(w) < n)
		more = read_some(w);
	return more;
}

bool window_seek(struct window *w, uint64_t offset)
{
	if (offset >= window_offset(w) && offset <= w->read) {
		w->at = w->len - (size_t)(w->read - offset);
		return true;
	}
	if (!w->seekable || offset > INT64_MAX || lseek(w->fd, (off_t)offset, SEEK_SET) < 0)
		return false;
	w->at = w->len = 0;
	w->read = offset;
	return true;
}

bool window_copy(struct window *w, void *out, size_t n)
{
	uint8_t *to = out;

	while (n) {
		size_t some = n < window_left(w) ? n : window_left(w);

		memcpy(to, w->ptr + w->at, some);
		w->at += some;
		to += some;
		n -= some;
		if (n && !window_fill(w, 1))
			return false;
	}
	return true;
}

bool window_skip(struct window *w, uint64_t n)
{
	/* a file may be seeked beyond its end: the bytes behind are missing then */
	if (n > window_left(w) + SEEK_FROM && window_seek(w, window_offset(w) + n))
		return true;
	while (n > window_left(w)) {
		n -= window_left(w);
		w->at = w->len;
		if (!window_fill(w, 1))
			return false;
	}
	w->at += (size_t)n;
	return true;
}
