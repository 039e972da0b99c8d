#include "host/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PF_KTHREAD 0x00200000
#define DELETED " (deleted)"

int proc_open(uint32_t pid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%" PRIu32, pid);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int proc_read_file(int dir, const char *name, char *out, size_t size)
{
	size_t n = 0;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOCTTY), rc = 0;

	out[0] = '\0';
	if (fd < 0)
		return -errno;
	while (n < size - 1) {
		ssize_t got = read(fd, out + n, size - 1 - n);

		if (got < 0)
			rc = -errno;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	out[rc < 0 ? 0 : n] = '\0';
	close(fd);
	return rc;
}

static uint64_t take_number(const char **at)
{
	char *end;
	uint64_t n = strtoull(*at, &end, 10);

	*at = end;
	return n;
}

/* proc(5): pid (comm) state ppid ...; comm may hold anything, so its end is the last parenthesis. */
bool proc_parse_stat(const char *text, struct proc_status *s)
{
	const char *name = strchr(text, '('), *end = strrchr(text, ')'), *at;
	uint64_t field[23] = {0};

	if (!name || !end || end < name || strlen(end) < 4)
		return false;
	snprintf(s->name, sizeof(s->name), "%.*s", (int)(end - name - 1), name + 1);
	at = text;
	s->pid = (uint32_t)take_number(&at);
	at = end + 3; /* ") S" */
	for (size_t i = 4; i <= 22; i++)
		field[i] = take_number(&at);
	s->parent = (uint32_t)field[4];
	s->is_kernel = (field[9] & PF_KTHREAD) != 0;
	s->started = field[22];
	return true;
}

void proc_parse_uid(const char *text, struct proc_status *s)
{
	const char *at = strstr(text, "\nUid:");

	if (!at)
		return;
	at += 5;
	(void)take_number(&at); /* the real one */
	s->uid = (uint32_t)take_number(&at);
	s->has_uid = true;
}

int proc_read_status(int dir, struct proc_status *ret_status)
{
	struct proc_status s = {0};
	char text[4096];
	int rc = proc_read_file(dir, "stat", text, sizeof(text));

	if (rc < 0)
		return rc;
	if (!proc_parse_stat(text, &s))
		return -EPROTO;
	rc = proc_read_file(dir, "status", text, sizeof(text));
	if (rc < 0)
		return rc;
	proc_parse_uid(text, &s);
	*ret_status = s;
	return 0;
}

int proc_read_exe(int dir, char *out, size_t size)
{
	ssize_t n = readlinkat(dir, "exe", out, size - 1);

	out[n < 0 ? 0 : n] = '\0';
	if (n < 0)
		return -errno;
	if (n > (ssize_t)strlen(DELETED) && strcmp(out + n - strlen(DELETED), DELETED) == 0)
		out[n - (ssize_t)strlen(DELETED)] = '\0';
	return 0;
}

/* "socket:[12345]" */
static bool parse_link(const char *link, uint64_t *ret_inode)
{
	char *end;

	if (strncmp(link, "socket:[", 8) != 0)
		return false;
	*ret_inode = strtoull(link + 8, &end, 10);
	return *end == ']';
}

static bool read_link(int fds, const char *name, uint64_t *ret_inode)
{
	char link[64];
	ssize_t n = readlinkat(fds, name, link, sizeof(link) - 1);

	if (n <= 0)
		return false;
	link[n] = '\0';
	return parse_link(link, ret_inode);
}

int proc_each_socket(int dir, bool (*each)(void *ctx, uint64_t inode), void *ctx)
{
	int fd = openat(dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *fds = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	uint64_t inode;
	bool more = true;

	if (!fds) {
		int rc = -errno;

		if (fd >= 0)
			close(fd);
		return rc;
	}
	for (size_t n = 0; more && n < PROC_FDS_MAX && (e = readdir(fds)); n++)
		if (e->d_name[0] != '.' && read_link(dirfd(fds), e->d_name, &inode))
			more = each(ctx, inode);
	closedir(fds);
	return 0;
}

struct wanted {
	uint64_t inode;
	bool found;
};

static bool is_wanted(void *ctx, uint64_t inode)
{
	struct wanted *w = ctx;

	w->found = inode == w->inode;
	return !w->found;
}

bool proc_holds(int dir, uint64_t inode)
{
	struct wanted w = {.inode = inode};

	return proc_each_socket(dir, is_wanted, &w) == 0 && w.found;
}
