#include "samba/follow.h"

#include "base/clock.h"
#include "base/mem.h"
#include "samba/follow-find.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

/* How long a rotated file that nobody writes to any more is looked at: processes open the new one in their own time. */
#define LINGER (60 * NSEC_PER_SEC)
#define TICK (NSEC_PER_SEC / 100)
/* Steps from file to file in one call: a folder where rotations never end must not hold us. */
#define STEPS_MAX 64

struct samba_follow {
	int folder, notify;
	char name[NAME_MAX + 1];
	enum samba_follow_from from; /* of the first file only */
	struct follow_file now, before;
	struct stat named;    /* the file under the name, at the last look */
	bool is_rotated;      /* `now` is another: there is a next one */
	int64_t seen;	      /* base/clock.h: when `now` had its name for certain */
	int64_t before_since; /* base/clock.h: when the file before gave something last */
	struct follow_recent recent;
	struct samba_follow_count count;
	int error;
};

/* ---- beginning and end ---- */

static struct follow_beside beside(const struct samba_follow *f)
{
	return (struct follow_beside){.folder = f->folder, .name = f->name, .recent = &f->recent};
}

static void remember(struct samba_follow *f, const struct follow_file *file)
{
	follow_recent_add(&f->recent, file->device, file->inode, follow_head(file->fd));
}

/* The folder is watched by its descriptor, whatever its name is by now. */
static int watch(int folder)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", folder);
	if (fd >= 0 && inotify_add_watch(fd, path,
					 IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM |
						 IN_DELETE | IN_ONLYDIR) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool is_place(const struct samba_place *place)
{
	return place->device || place->inode || place->offset;
}

/* The file under the name, where it is the one of the place; else the rotated one. */
static bool find_place(struct samba_follow *f, const struct samba_place *place,
		       struct follow_file *ret_file)
{
	const struct follow_beside b = beside(f);
	struct follow_file file = {.fd = -1};

	if (follow_file_open(&file, f->folder, f->name) == 0 && file.device == place->device &&
	    file.inode == place->inode && follow_file_resume(&file, place)) {
		*ret_file = file;
		return true;
	}
	follow_file_close(&file);
	return follow_find_place(&b, place, false, ret_file);
}

static void resume(struct samba_follow *f, const struct samba_checkpoint *place)
{
	if (is_place(&place->before) && find_place(f, &place->before, &f->before)) {
		f->before_since = clock_monotonic();
		remember(f, &f->before);
	}
	if (!is_place(&place->now))
		return;
	f->from = SAMBA_FROM_START;
	if (find_place(f, &place->now, &f->now))
		remember(f, &f->now);
	else
		f->count.lost++;
}

int samba_follow_new(int folder, const char *name, const struct samba_checkpoint *place,
		     enum samba_follow_from from, struct samba_follow **ret_follow)
{
	size_t n = strlen(name);
	struct samba_follow *f;

	if (!n || n > NAME_MAX || strchr(name, '/'))
		return -EINVAL;
	f = mem_zalloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->folder = folder;
	f->now.fd = f->before.fd = -1;
	f->from = from;
	memcpy(f->name, name, n + 1);
	f->notify = watch(folder);
	if (place) {
		f->seen = place->seen;
		resume(f, place);
	}
	*ret_follow = f;
	return 0;
}

void samba_follow_free(struct samba_follow *f)
{
	if (!f)
		return;
	follow_file_close(&f->now);
	follow_file_close(&f->before);
	if (f->notify >= 0)
		close(f->notify);
	mem_free(f);
}

/* ---- from file to file ---- */

/* Before files are looked at, so that what happens meanwhile is told again. */
static void drain(const struct samba_follow *f)
{
	char events[4096];

	while (f->notify >= 0 && read(f->notify, events, sizeof(events)) > 0)
		;
}

static struct timespec time_of(int64_t nsec)
{
	return (struct timespec){.tv_sec = nsec / NSEC_PER_SEC, .tv_nsec = nsec % NSEC_PER_SEC};
}

/* Says what became of the last try; a trouble that stays is counted once. */
static int note(struct samba_follow *f, int error)
{
	if (error && error != -ENOENT && error != -ENOMEM && f->error != -error)
		f->count.unreadable++;
	f->error = -error;
	return error;
}

/* The first file; where there was none before, also one that was rotated since. */
static int open_first(struct samba_follow *f)
{
	const struct follow_beside b = beside(f);
	bool is_rotated = f->seen && follow_find_next(&b, time_of(f->seen - TICK), NULL, &f->now);
	int rc = is_rotated ? 0 : follow_file_open(&f->now, f->folder, f->name);

	note(f, rc);
	if (rc == -ENOENT && !f->seen) {
		f->seen = clock_wall();
		f->from = SAMBA_FROM_START;
	}
	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	if (f->from == SAMBA_FROM_END)
		follow_file_skip(&f->now);
	f->from = SAMBA_FROM_START;
	if (!is_rotated)
		f->seen = clock_wall();
	remember(f, &f->now);
	return 0;
}

/* The file that is read stays open for what late writers add; the one before it is done. */
static void set_before(struct samba_follow *f, const struct follow_file *file)
{
	follow_file_close(&f->before);
	f->before = *file;
	f->before_since = clock_monotonic();
}

/*
 * What was rotated after `now` was written to after `now` was last seen under its name, and also after `now` itself, but for late
 * writers. A file's times are of the last tick.
 */
static struct timespec rotated_after(const struct samba_follow *f, const struct stat *now)
{
	int64_t seen = f->seen - TICK;
	int64_t written = now->st_mtim.tv_sec * NSEC_PER_SEC + now->st_mtim.tv_nsec;
	int64_t after = seen < written ? seen : written;

	return time_of(after);
}

/* The file under the name is another one: on to it, or first to one that came and went since. 1: there is one. */
static int rotate(struct samba_follow *f)
{
	const struct follow_beside b = beside(f);
	struct follow_file next = {.fd = -1};
	struct stat st;
	int rc = 0;

	if (fstat(f->now.fd, &st) < 0)
		rc = -errno;
	else if (!follow_find_next(&b, rotated_after(f, &st), &f->named, &next))
		rc = follow_file_open(&next, f->folder, f->name);
	note(f, rc);
	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	set_before(f, &f->now);
	f->now = next;
	remember(f, &f->now);
	f->count.rotations++;
	return 1;
}

/* Back to the start. What was not read is in the copy, if the file was copied before. */
static void truncated(struct samba_follow *f)
{
	const struct follow_beside b = beside(f);
	struct follow_file copy = {.fd = -1};
	struct samba_place place;

	f->count.truncations++;
	follow_file_place(&f->now, &place);
	if (place.offset && follow_find_place(&b, &place, true, &copy)) {
		set_before(f, &copy);
		remember(f, &copy);
	}
	follow_file_rewind(&f->now);
}

/* At the end of what there was: is there more, or another file? The files are read once more after this. */
static int look(struct samba_follow *f)
{
	int rc;

	drain(f);
	f->is_rotated = false;
	if (!follow_file_is_open(&f->now))
		return open_first(f);
	f->now.at_end = false;
	f->before.at_end = false;
	rc = note(f, fstatat(f->folder, f->name, &f->named, 0) < 0 ? -errno : 0);
	f->is_rotated =
		rc == 0 && (f->named.st_dev != f->now.device || f->named.st_ino != f->now.inode);
	if (rc == 0 && !f->is_rotated)
		f->seen = clock_wall();
	return 0;
}

/* ---- lines ---- */

/* 1: a line; 0: the file is at its end, for now; -EAGAIN: it was truncated, all begins anew. */
static int line_of(struct samba_follow *f, struct follow_file *file, struct span *ret_line)
{
	while (!follow_file_line(file, &f->count.too_long, ret_line)) {
		enum follow_found found = file->at_end ? FOLLOW_NOTHING : follow_file_read(file);

		if (found == FOLLOW_FAILED)
			note(f, errno ? -errno : -EIO);
		if (found == FOLLOW_TRUNCATED && file == &f->now) {
			truncated(f);
			return -EAGAIN;
		}
		if (found != FOLLOW_BYTES)
			return 0;
	}
	f->count.lines++;
	return 1;
}

/* What a file's writers left without a line feed when it was rotated twice. */
static int last_rest(struct samba_follow *f, struct span *ret_line)
{
	if (!follow_file_is_open(&f->before) || !follow_file_rest(&f->before, ret_line))
		return 0;
	f->count.lines++;
	return 1;
}

/* The rotated file, while it may get more. */
static int line_before(struct samba_follow *f, struct span *ret_line)
{
	if (!follow_file_is_open(&f->before))
		return 0;
	if (line_of(f, &f->before, ret_line) > 0) {
		f->before_since = clock_monotonic();
		return 1;
	}
	if (clock_monotonic() - f->before_since < LINGER)
		return 0;
	if (last_rest(f, ret_line))
		return 1;
	follow_file_close(&f->before);
	return 0;
}

static int line_anywhere(struct samba_follow *f, struct span *ret_line)
{
	int rc = line_before(f, ret_line);

	return rc || !follow_file_is_open(&f->now) ? rc : line_of(f, &f->now, ret_line);
}

int samba_follow_next(struct samba_follow *f, struct span *ret_line)
{
	bool has_looked = false;

	for (int step = 0; step < STEPS_MAX; step++) {
		int rc = line_anywhere(f, ret_line);

		if (rc > 0)
			return rc;
		if (rc == -EAGAIN)
			continue;
		if (!has_looked) {
			has_looked = true;
			rc = look(f);
			if (rc < 0)
				return rc;
			continue;
		}
		if (!f->is_rotated)
			return 0;
		if (last_rest(f, ret_line))
			return 1;
		rc = rotate(f);
		if (rc <= 0)
			return rc;
		has_looked = false;
	}
	return 0;
}

void samba_follow_checkpoint(const struct samba_follow *f, struct samba_checkpoint *ret_place)
{
	follow_file_place(&f->now, &ret_place->now);
	follow_file_place(&f->before, &ret_place->before);
	ret_place->seen = f->seen;
}

int samba_follow_fd(const struct samba_follow *f)
{
	return f->notify;
}

const struct samba_follow_count *samba_follow_counts(const struct samba_follow *f)
{
	return &f->count;
}

int samba_follow_error(const struct samba_follow *f)
{
	return f->error;
}
