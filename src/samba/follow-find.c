#include "samba/follow-find.h"

#include "base/hash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* A folder with more names of this beginning is none that a rotation made. */
#define NAMES_MAX 1024

uint64_t follow_head(int fd)
{
	static const struct hash_key key = {.k0 = 1, .k1 = 2};
	uint8_t bytes[FOLLOW_PROOF];
	ssize_t n = pread(fd, bytes, sizeof(bytes), 0);

	return n > 0 ? hash_bytes(&key, span_make(bytes, (size_t)n)) | 1 : 0;
}

void follow_recent_add(struct follow_recent *r, uint64_t device, uint64_t inode, uint64_t head)
{
	size_t at = r->n++ % FOLLOW_RECENT;

	r->rows[at].device = device;
	r->rows[at].inode = inode;
	r->rows[at].head = head;
}

static bool was_read(const struct follow_recent *r, uint64_t device, uint64_t inode, uint64_t head)
{
	for (size_t i = 0; i < r->n && i < FOLLOW_RECENT; i++)
		if ((r->rows[i].device == device && r->rows[i].inode == inode) ||
		    (head && r->rows[i].head == head))
			return true;
	return false;
}

/* "auth.json.1", "auth.json-20261122", "auth.json.old", but not what is compressed. */
static bool is_rotated(const char *name, const char *of)
{
	static const char *const packed[] = {".gz", ".xz", ".bz2", ".zst", ".lz4", ".Z"};
	size_t n = strlen(of), len = strlen(name);

	if (len <= n || strncmp(name, of, n) != 0)
		return false;
	for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++) {
		size_t end = strlen(packed[i]);

		if (len > end && strcmp(name + len - end, packed[i]) == 0)
			return false;
	}
	return true;
}

/* Calls `visit` for each until it says true. */
typedef bool visit_name(const struct follow_beside *b, const char *name, void *data);

static bool each_rotated(const struct follow_beside *b, visit_name *visit, void *data)
{
	int fd = openat(b->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool found = false;
	int n = 0;

	if (!folder) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!found && n < NAMES_MAX && (entry = readdir(folder)))
		if (is_rotated(entry->d_name, b->name)) {
			n++;
			found = visit(b, entry->d_name, data);
		}
	closedir(folder);
	return found;
}

struct wanted {
	const struct samba_place *place;
	bool by_inode;
	struct follow_file *file;
};

static bool has_place(const struct follow_beside *b, const char *name, void *data)
{
	struct wanted *w = data;
	struct follow_file f = {.fd = -1};
	bool is_it;

	if (follow_file_open(&f, b->folder, name) < 0)
		return false;
	is_it = f.device == w->place->device && f.inode == w->place->inode;
	if (is_it == w->by_inode && (w->by_inode || w->place->offset) &&
	    follow_file_resume(&f, w->place)) {
		*w->file = f;
		return true;
	}
	follow_file_close(&f);
	return false;
}

bool follow_find_place(const struct follow_beside *b, const struct samba_place *place,
		       bool copies_only, struct follow_file *ret_file)
{
	struct wanted w = {.place = place, .by_inode = true, .file = ret_file};

	if (!copies_only && each_rotated(b, has_place, &w))
		return true;
	w.by_inode = false;
	return each_rotated(b, has_place, &w);
}

struct oldest {
	struct timespec after; /* last written then or later */
	struct timespec time;  /* when the oldest of these began */
	const struct stat *current;
	char name[NAME_MAX + 1];
};

static bool is_before(struct timespec a, struct timespec b)
{
	return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

static uint64_t head_of(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	uint64_t head = fd < 0 ? 0 : follow_head(fd);

	if (fd >= 0)
		close(fd);
	return head;
}

/* When a file began, by which they follow each other; late writers change its other times. Where the file system does not know: these. */
static struct timespec began(const struct follow_beside *b, const char *name, const struct stat *st)
{
	struct statx more;

	if (statx(b->folder, name, 0, STATX_BTIME, &more) < 0 || !(more.stx_mask & STATX_BTIME))
		return st->st_mtim;
	return (struct timespec){.tv_sec = more.stx_btime.tv_sec,
				 .tv_nsec = more.stx_btime.tv_nsec};
}

static bool keep_oldest(const struct follow_beside *b, const char *name, void *data)
{
	struct oldest *o = data;
	struct timespec time;
	struct stat st;

	if (fstatat(b->folder, name, &st, 0) < 0 || !S_ISREG(st.st_mode) || !st.st_size ||
	    is_before(st.st_mtim, o->after))
		return false;
	if (o->current && st.st_dev == o->current->st_dev && st.st_ino == o->current->st_ino)
		return false;
	time = began(b, name, &st);
	if (*o->name && !is_before(time, o->time))
		return false;
	if (was_read(b->recent, st.st_dev, st.st_ino, head_of(b->folder, name)))
		return false;
	o->time = time;
	snprintf(o->name, sizeof(o->name), "%s", name);
	return false;
}

bool follow_find_next(const struct follow_beside *b, struct timespec after,
		      const struct stat *current, struct follow_file *ret_file)
{
	struct oldest o = {.after = after, .current = current};
	struct follow_file f = {.fd = -1};

	each_rotated(b, keep_oldest, &o);
	if (!*o.name || follow_file_open(&f, b->folder, o.name) < 0)
		return false;
	*ret_file = f;
	return true;
}
