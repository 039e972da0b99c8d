/*
 * A file's bytes, read in large pieces and looked at where they lie: what is taken from it is valid until the next
 * call. Works on pipes, and gives what has come without waiting for more. read() and not mmap(): a mapped file that somebody
 * cuts short meanwhile would be a signal instead of an end, and the time is the same.
 */
#ifndef NTLMAUDIT_SOURCE_WINDOW_H
#define NTLMAUDIT_SOURCE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ahead; /* source/ahead.h */

struct window {
	int fd;	       /* not owned */
	bool seekable; /* set by the owner, as is the next */
	bool wide; /* may take more memory, and a thread, to be faster: for a few files at a time */
	int error; /* errno of a read that failed, ENOMEM without memory; 0 = none, or just the end */
	uint8_t *ptr; /* the bytes [at, len) are those not taken yet */
	size_t at, len, cap;
	uint64_t read;		 /* bytes of the file before ptr[len] */
	void (*idle)(void *ctx); /* while a pipe has nothing for a while, each time; may be NULL */
	void *idle_ctx;
	struct ahead *ahead; /* a large file is read ahead, and ptr its piece; NULL: ptr is owned */
};

/* Begins where the descriptor is; not seekable, not wide. 0 or -ENOMEM. */
int window_init(struct window *w, int fd) __attribute__((warn_unused_result));
/* Zeroed ones are fine. */
void window_finish(struct window *w);

/* Makes n bytes be there; false where the file has fewer left (those are there), or at an error. */
bool window_fill(struct window *w, size_t n);

/* Bytes that are there, not taken yet. */
static inline size_t window_left(const struct window *w)
{
	return w->len - w->at;
}

/* The next n bytes, or NULL where there are fewer: nothing is taken then. */
static inline const uint8_t *window_take(struct window *w, size_t n)
{
	const uint8_t *at;

	if (window_left(w) < n && !window_fill(w, n))
		return NULL;
	at = w->ptr + w->at;
	w->at += n;
	return at;
}

/* Copies the next n bytes, however many: the window need not hold them all at once. False where there are fewer. */
bool window_copy(struct window *w, void *out, size_t n);

/* Passes over n bytes, however many: without reading them where that saves time. False where there are fewer. */
bool window_skip(struct window *w, uint64_t n);

/* On to an offset in the file; false where it can't be had, as on a pipe. */
bool window_seek(struct window *w, uint64_t offset);

/* The offset of the next byte in the file. */
static inline uint64_t window_offset(const struct window *w)
{
	return w->read - window_left(w);
}

#endif
