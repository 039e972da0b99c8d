/*
 * file:/PATH: any format, appended. What was flushed is on the disk, and every line of the file is whole: a write that
 * fails is cut off again, and a half line that a killed process left is cut off before the next. A format with an end
 * (XML) is whole after each flush: its end is taken off before records are added and put back behind them. One with a
 * beginning (XML, CSV) has it at the beginning of each file; a file that begins otherwise is rotated away first.
 */
#include "sink/sink.h"

#include "base/mem.h"
#include "format/format.h"
#include "sink/target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK ((size_t)256 << 10)
#define KEEP_MAX 1000
#define SUFFIX_MAX 8
#define FRAME_MAX 4096 /* of a format's beginning and end */

struct file {
	char path[PATH_MAX - SUFFIX_MAX];
	const struct format *format;
	uint64_t max_bytes, keep;
	struct text begin, end; /* of the format; empty where it has none */
	struct text out;	/* not written yet */
	int fd;			/* -1: closed */
	off_t good;		/* where the records that were flushed end */
	bool in_batch;		/* the end is off */
};

static struct file *file_of(const struct sink *s)
{
	return s->state;
}

static int say(const struct file *f, int error, const char *what, struct text *why)
{
	text_printf(why, "%s: %s", f->path, what ? what : strerror(error));
	return -error;
}

/* ---- settings ---- */

static bool set_format(void *into, const char *value)
{
	struct file *f = into;

	f->format = format_find(value);
	return f->format != NULL;
}

static bool set_max(void *into, const char *value)
{
	struct file *f = into;
	uint64_t mib;

	if (!target_number(value, 0, UINT64_C(1) << 24, &mib))
		return false;
	f->max_bytes = mib << 20;
	return true;
}

static bool set_keep(void *into, const char *value)
{
	struct file *f = into;

	return target_number(value, 1, KEEP_MAX, &f->keep);
}

static const struct target_option options[] = {
	{"format", set_format, "the name of a format, as json, short or csv"},
	{"max-mib", set_max, "a number of MiB; 0 is no limit"},
	{"keep", set_keep, "a number from 1 to 1000"},
	{0},
};

static int settings(struct file *f, const char *rest, struct text *why)
{
	int rc;

	f->format = format_find("json");
	f->max_bytes = (uint64_t)100 << 20;
	f->keep = 5;
	f->fd = -1;
	rc = target_path(rest, f->path, sizeof(f->path), why);
	return rc < 0 ? rc : target_options(rest, options, f, why);
}

static int file_check(const struct sink *s, struct text *why)
{
	struct file *f = mem_zalloc(1, sizeof(*f));
	int rc = f ? settings(f, s->rest, why) : -ENOMEM;

	mem_free(f);
	return rc;
}

/* ---- the file as it is found ---- */

/* Does it begin as the format does? */
static bool begins_well(const struct file *f)
{
	char bytes[FRAME_MAX];

	return !f->begin.len || (f->begin.len <= sizeof(bytes) &&
				 pread(f->fd, bytes, f->begin.len, 0) == (ssize_t)f->begin.len &&
				 memcmp(bytes, f->begin.ptr, f->begin.len) == 0);
}

static bool ends_with_end(const struct file *f, off_t size)
{
	char bytes[FRAME_MAX];
	off_t n = (off_t)f->end.len;

	return n && n <= size && f->end.len <= sizeof(bytes) &&
	       pread(f->fd, bytes, f->end.len, size - n) == n &&
	       memcmp(bytes, f->end.ptr, f->end.len) == 0;
}

/* Where the last line ends that is whole; -1 where it can't be read. */
static off_t last_line_end(int fd, off_t size)
{
	char bytes[4096];

	while (size > 0) {
		size_t n = size < (off_t)sizeof(bytes) ? (size_t)size : sizeof(bytes);
		const char *newline;

		if (pread(fd, bytes, n, size - (off_t)n) != (ssize_t)n)
			return -1;
		newline = memrchr(bytes, '\n', n);
		if (newline)
			return size - (off_t)n + (newline - bytes) + 1;
		size -= (off_t)n;
	}
	return 0;
}

static int find_good(struct file *f, struct text *why)
{
	off_t size = lseek(f->fd, 0, SEEK_END);

	if (size < 0)
		return say(f, errno, NULL, why);
	if (ends_with_end(f, size)) {
		f->good = size - (off_t)f->end.len;
		return 0;
	}
	f->good = last_line_end(f->fd, size);
	if (f->good < 0)
		return say(f, EIO, NULL, why);
	if (f->good < size && ftruncate(f->fd, f->good) < 0)
		return say(f, errno, NULL, why);
	return 0;
}

/* A new name in a folder is on the disk when the folder is. */
static void sync_folder(const struct file *f)
{
	char folder[PATH_MAX];
	int fd;

	memcpy(folder, f->path, strlen(f->path) + 1);
	*strrchr(folder, '/') = '\0';
	fd = open(*folder ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

static void close_file(struct file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	f->good = 0;
	f->in_batch = false;
}

static int open_descriptor(struct file *f, struct text *why)
{
	struct stat st;

	/* no waiting for the other end of a pipe, which is refused */
	f->fd = open(f->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		     0640);
	if (f->fd < 0)
		return say(f, errno, NULL, why);
	if (fstat(f->fd, &st) < 0)
		return say(f, errno, NULL, why);
	if (!S_ISREG(st.st_mode))
		return say(f, EINVAL, "is no regular file", why);
	if (flock(f->fd, LOCK_EX | LOCK_NB) < 0)
		return say(f, EBUSY, "another program writes there", why);
	if (st.st_size == 0)
		sync_folder(f);
	return find_good(f, why);
}

/* ---- rotating ---- */

static int shift(const struct file *f, uint64_t from)
{
	char old[PATH_MAX], new[PATH_MAX];

	snprintf(old, sizeof(old), "%s.%u", f->path, (unsigned)from);
	snprintf(new, sizeof(new), "%s.%u", f->path, (unsigned)from + 1);
	if (from == 0)
		old[strlen(f->path)] = '\0';
	return rename(old, new) < 0 && errno != ENOENT ? -errno : 0;
}

static int rotate(struct file *f, struct text *why)
{
	for (uint64_t i = f->keep; i-- > 0;) {
		int rc = shift(f, i);

		if (rc < 0)
			return say(f, -rc, "can't be rotated", why);
	}
	close_file(f);
	return open_descriptor(f, why);
}

static int open_file(struct file *f, struct text *why)
{
	int rc = open_descriptor(f, why);

	return rc == 0 && f->good && !begins_well(f) ? rotate(f, why) : rc;
}

/* ---- writing ---- */

static int write_all(struct file *f, const struct text *bytes, struct text *why)
{
	size_t done = 0;

	while (done < bytes->len) {
		ssize_t n = write(f->fd, bytes->ptr + done, bytes->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return say(f, n < 0 ? errno : ENOSPC, NULL, why);
		done += (size_t)n;
	}
	return 0;
}

/* Another file lies at the path, or none. */
static bool is_moved(const struct file *f)
{
	struct stat there, ours;

	return stat(f->path, &there) < 0 || fstat(f->fd, &ours) < 0 ||
	       there.st_ino != ours.st_ino || there.st_dev != ours.st_dev;
}

/* Somebody cut it, or wrote to it. */
static bool is_changed(const struct file *f)
{
	off_t size = lseek(f->fd, 0, SEEK_END);

	return size != f->good && size != f->good + (off_t)f->end.len;
}

/* Would what waits make it too large? One that has no record yet takes it all the same. */
static bool is_full(const struct file *f)
{
	off_t size = f->max_bytes ? lseek(f->fd, 0, SEEK_END) : 0;

	return size > (off_t)(f->begin.len + f->end.len) &&
	       (uint64_t)size + f->out.len + f->end.len > f->max_bytes;
}

/* Before the first record since the last flush: the right file, without its end. */
static int begin_batch(struct file *f, struct text *why)
{
	int rc = 0;

	if (f->fd < 0 || is_moved(f)) {
		close_file(f);
		rc = open_file(f, why);
	} else if (is_changed(f)) {
		rc = find_good(f, why);
	}
	if (rc == 0 && is_full(f))
		rc = rotate(f, why);
	if (rc == 0 && f->end.len && ftruncate(f->fd, f->good) < 0)
		rc = say(f, errno, NULL, why);
	if (rc < 0)
		return rc;
	f->in_batch = true;
	return f->good ? 0 : write_all(f, &f->begin, why);
}

/* Back to what was there at the last flush. */
static void undo(struct file *f)
{
	if (f->fd < 0 || !f->in_batch)
		return;
	/* Where this fails, too, the next opening finds the last whole line. */
	if (ftruncate(f->fd, f->good) == 0 && f->good && f->end.len &&
	    write(f->fd, f->end.ptr, f->end.len) < (ssize_t)f->end.len)
		(void)!ftruncate(f->fd, f->good);
	f->in_batch = false;
}

static int finish_batch(struct file *f, struct text *why)
{
	int rc = write_all(f, &f->end, why);

	if (rc == 0 && fdatasync(f->fd) < 0)
		rc = say(f, errno, NULL, why);
	if (rc < 0) {
		undo(f);
		return rc;
	}
	f->good = lseek(f->fd, 0, SEEK_END) - (off_t)f->end.len;
	f->in_batch = false;
	return 0;
}

static int write_out(struct file *f, struct text *why)
{
	int rc = 0;

	/* What came before goes to the rotated file: after a failure it would come twice, which is allowed. */
	if (f->in_batch && is_full(f))
		rc = finish_batch(f, why);
	if (rc == 0 && !f->in_batch)
		rc = begin_batch(f, why);
	if (rc == 0)
		rc = write_all(f, &f->out, why);
	text_reset(&f->out);
	if (rc < 0)
		undo(f);
	return rc;
}

/* ---- the operations ---- */

static void make_frame(struct file *f)
{
	static const struct format_style plain;

	if (f->format->begin)
		f->format->begin(&f->begin, &plain);
	if (f->format->end)
		f->format->end(&f->end, &plain);
}

static int file_open(struct sink *s, struct text *why)
{
	struct file *f = mem_zalloc(1, sizeof(*f));
	int rc;

	if (!f)
		return -ENOMEM;
	s->state = f;
	rc = settings(f, s->rest, why);
	if (rc < 0)
		return rc;
	make_frame(f);
	if (f->begin.failed || f->end.failed)
		return -ENOMEM;
	return open_file(f, why);
}

static int after_record(struct file *f, struct text *why)
{
	if (f->out.failed)
		return -ENOMEM;
	return f->out.len < CHUNK ? 0 : write_out(f, why);
}

static int file_event(struct sink *s, const struct event *e, struct text *why)
{
	static const struct format_style plain;
	struct file *f = file_of(s);

	f->format->event(&f->out, &plain, e);
	return after_record(f, why);
}

static int file_finding(struct sink *s, const struct finding *x, struct text *why)
{
	static const struct format_style plain;
	struct file *f = file_of(s);

	f->format->finding(&f->out, &plain, x);
	return after_record(f, why);
}

static int file_flush(struct sink *s, struct text *why)
{
	struct file *f = file_of(s);
	int rc = f->out.len ? write_out(f, why) : 0;

	return rc < 0 || !f->in_batch ? rc : finish_batch(f, why);
}

static int file_reopen(struct sink *s, struct text *why)
{
	struct file *f = file_of(s);
	int rc = file_flush(s, why);

	if (rc < 0)
		return rc;
	close_file(f);
	return open_file(f, why);
}

static void file_close(struct sink *s)
{
	struct file *f = file_of(s);

	if (!f)
		return;
	undo(f);
	close_file(f);
	text_finish(&f->begin);
	text_finish(&f->end);
	text_finish(&f->out);
	mem_free(f);
	s->state = NULL;
}

const struct sink_ops sink_file = {
	.scheme = "file:",
	.shape = "file:/PATH",
	.doc = "a file in any format, rotated",
	.check = file_check,
	.open = file_open,
	.event = file_event,
	.finding = file_finding,
	.flush = file_flush,
	.reopen = file_reopen,
	.close = file_close,
};
