#include "source/window.h"

#include "base/mem.h"
#include "source/ahead.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define SIZE_NARROW ((size_t)64 << 10)
/* Reading ahead begins here: smaller files are read before a thread were there. */
#define AHEAD_FROM ((size_t)1 << 20)
/* The kernel copies to such an address in three quarters of the time. */
#define ALIGNMENT ((size_t)64)
/* How long a pipe is quiet before that is told. */
#define IDLE_MS 400
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
	if (w->ahead)
		ahead_free(w->ahead);
	else
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

/* On a pipe that is quiet, who waits for what was read before is not to wait for more. */
static void wait_for_more(const struct window *w)
{
	struct pollfd fd = {.fd = w->fd, .events = POLLIN};

	while (!w->seekable && w->idle && poll(&fd, 1, IDLE_MS) == 0)
		w->idle(w->idle_ctx);
}

/* One read; false at the end and at an error. */
static bool read_some(struct window *w)
{
	ssize_t n;

	wait_for_more(w);

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

/* The next piece of what is read ahead. */
static bool next_piece(struct window *w)
{
	size_t kept = window_left(w);

	if (!ahead_next(w->ahead, span_make(w->ptr + w->at, kept), &w->ptr, &w->len, &w->error))
		return false;
	w->at = 0;
	w->read += w->len - kept;
	return true;
}

/* Goes on by itself, with what was not taken yet: more is wanted at a time than pieces allow. */
static bool leave_ahead(struct window *w)
{
	size_t kept = window_left(w), cap = kept + SIZE_NARROW;
	uint8_t *ptr = mem_alloc(cap);

	if (!ptr || lseek(w->fd, (off_t)w->read, SEEK_SET) < 0) {
		w->error = ptr ? errno : ENOMEM;
		mem_free(ptr);
		return false;
	}
	memcpy(ptr, w->ptr + w->at, kept);
	ahead_free(w->ahead);
	w->ahead = NULL;
	w->ptr = ptr;
	w->cap = cap;
	w->at = 0;
	w->len = kept;
	return true;
}

/* From here on a thread reads, where the file is large and one can be had. */
static void begin_ahead(struct window *w)
{
	uint8_t *own = w->ptr;

	if (!w->wide || !w->seekable || w->read < AHEAD_FROM || window_left(w) > AHEAD_ROOM)
		return;
	w->wide = false; /* tried once */
	if (ahead_new(w->fd, w->read, &w->ahead) < 0)
		return;
	if (next_piece(w)) {
		mem_free(own);
		return;
	}
	ahead_free(w->ahead);
	w->ahead = NULL;
	w->error = 0; /* it comes again */
}

/* The same where a thread reads ahead; false also where the window must go on by itself. */
static bool fill_ahead(struct window *w, size_t n)
{
	bool more = true;

	while (more && window_left(w) < n && window_left(w) <= AHEAD_ROOM)
		more = next_piece(w);
	return more && (window_left(w) >= n || leave_ahead(w));
}

bool window_fill(struct window *w, size_t n)
{
	bool more;

	if (window_left(w) >= n)
		return true;
	if (w->error)
		return false;
	if (!w->ahead)
		begin_ahead(w);
	if (w->ahead && (!fill_ahead(w, n) || window_left(w) >= n))
		return window_left(w) >= n;
	more = make_room(w, n);
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
	if (w->ahead && !leave_ahead(w))
		return false;
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
