#include "source/ahead.h"

#include "base/mem.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdalign.h>
#include <unistd.h>

#define PIECES 6
/* The reader goes on when so many are free: each waking costs both sides. */
#define FREE_TO_WAKE 3

struct piece {
	alignas(64) uint8_t room[AHEAD_ROOM];
	uint8_t bytes[AHEAD_PIECE];
};

/* Pieces [taken, filled) are full, counted from the first; a piece's place is its number modulo PIECES. */
struct ahead {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t may_fill, may_take;
	int fd;
	uint64_t offset; /* the thread's */
	/* under the lock */
	uint64_t taken, filled;
	size_t len[PIECES]; /* 0: the end */
	int error;
	bool stop;
	/* the caller's */
	bool ended;
	void *memory;
	struct piece *piece;
};

/* Fills a piece to its end or the file's. */
static size_t fill(struct ahead *a, uint8_t *bytes, int *ret_error)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = pread(a->fd, bytes + len, AHEAD_PIECE - len, (off_t)a->offset);
		if (n > 0) {
			len += (size_t)n;
			a->offset += (uint64_t)n;
		}
	} while ((n > 0 && len < AHEAD_PIECE) || (n < 0 && errno == EINTR));
	*ret_error = n < 0 ? errno : 0;
	return len;
}

/* Waits for a free piece; false where the caller wants no more. The taken one's place stays the caller's. */
static bool wait_free(struct ahead *a)
{
	if (a->filled - a->taken >= PIECES - 1)
		while (!a->stop && a->filled - a->taken > PIECES - 1 - FREE_TO_WAKE)
			pthread_cond_wait(&a->may_fill, &a->lock);
	return !a->stop;
}

static void *read_ahead(void *arg)
{
	struct ahead *a = arg;
	size_t len = 1;

	pthread_mutex_lock(&a->lock);
	while (len && wait_free(a)) {
		uint64_t at = a->filled % PIECES;
		int error;

		pthread_mutex_unlock(&a->lock);
		len = fill(a, a->piece[at].bytes, &error);
		pthread_mutex_lock(&a->lock);
		a->len[at] = len;
		a->error = error;
		if (a->filled++ == a->taken)
			pthread_cond_signal(&a->may_take);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* Signals are for the thread that was there before. */
static int start(struct ahead *a)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&a->thread, NULL, read_ahead, a);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -rc;
}

int ahead_new(int fd, uint64_t offset, struct ahead **ret_ahead)
{
	const size_t align = alignof(struct piece);
	struct ahead *a = mem_zalloc(1, sizeof(*a));
	int rc = -ENOMEM;

	if (!a)
		return -ENOMEM;
	a->memory = mem_alloc(PIECES * sizeof(struct piece) + align);
	if (a->memory) {
		a->piece = (void *)(((uintptr_t)a->memory + align - 1) / align * align);
		a->fd = fd;
		a->offset = offset;
		pthread_mutex_init(&a->lock, NULL);
		pthread_cond_init(&a->may_fill, NULL);
		pthread_cond_init(&a->may_take, NULL);
		rc = start(a);
	}
	if (rc < 0) {
		mem_free(a->memory);
		mem_free(a);
		return rc;
	}
	*ret_ahead = a;
	return 0;
}

void ahead_free(struct ahead *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_signal(&a->may_fill);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	pthread_cond_destroy(&a->may_take);
	pthread_cond_destroy(&a->may_fill);
	pthread_mutex_destroy(&a->lock);
	mem_free(a->memory);
	mem_free(a);
}

/* Waits for the next piece; its length, 0 at the end. */
static size_t wait_full(struct ahead *a)
{
	size_t len;

	pthread_mutex_lock(&a->lock);
	while (a->filled == a->taken)
		pthread_cond_wait(&a->may_take, &a->lock);
	len = a->len[a->taken % PIECES];
	pthread_mutex_unlock(&a->lock);
	return len;
}

/* Takes it: the one before is free. */
static void take(struct ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->taken++;
	if (a->filled - a->taken == PIECES - 1 - FREE_TO_WAKE)
		pthread_cond_signal(&a->may_fill);
	pthread_mutex_unlock(&a->lock);
}

bool ahead_next(struct ahead *a, struct span kept, uint8_t **ret_ptr, size_t *ret_len,
		int *ret_error)
{
	uint8_t *bytes = a->piece[a->taken % PIECES].bytes;
	size_t len = a->ended ? 0 : wait_full(a);

	*ret_error = 0;
	if (len == 0) {
		a->ended = true;
		*ret_error = a->error;
		return false;
	}
	if (kept.len)
		memcpy(bytes - kept.len, kept.ptr, kept.len);
	take(a);
	*ret_ptr = bytes - kept.len;
	*ret_len = kept.len + len;
	return true;
}
