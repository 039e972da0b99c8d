#include "policy/file.h"

#include "base/folder.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int file_size(int fd, size_t max, size_t *ret_size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if (st.st_size < 0 || (uint64_t)st.st_size > max)
		return -EFBIG;
	*ret_size = (size_t)st.st_size;
	return 0;
}

/* As many bytes as there are now: whoever writes the file meanwhile tells us by another change. */
static int fill(int fd, uint8_t *buffer, size_t *size)
{
	size_t n = 0;

	while (n < *size) {
		ssize_t got = read(fd, buffer + n, *size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	*size = n;
	return 0;
}

int file_read(const char *path, size_t max, struct span *ret_data)
{
	/* Not blocking: a pipe must not hold us. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;
	uint8_t *buffer = NULL;
	size_t size = 0;

	if (fd < 0)
		return -errno;
	rc = file_size(fd, max, &size);
	if (rc == 0) {
		buffer = mem_alloc(size + 1);
		rc = buffer ? fill(fd, buffer, &size) : -ENOMEM;
	}
	close(fd);
	if (rc < 0) {
		mem_free(buffer);
		return rc;
	}
	*ret_data = span_make(buffer, size);
	return 0;
}

void file_free(struct span *data)
{
	union {
		const uint8_t *kept;
		void *freed;
	} ptr = {.kept = data->ptr};

	mem_free(ptr.freed);
	*data = (struct span){0};
}

static int write_all(int fd, struct span data)
{
	while (data.len) {
		ssize_t n = write(fd, data.ptr, data.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data = span_from(data, (size_t)n);
	}
	return fchmod(fd, 0644) < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* The new name is on the disk only when its folder is. */
static int sync_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd, rc;

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 1,
		 slash ? path : ".");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

int file_replace(const char *path, struct span data)
{
	char temporary[PATH_MAX];
	int fd, rc = folder_make_above(path, 0755);

	if (rc < 0)
		return rc;
	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = write_all(fd, data);
	close(fd);
	if (rc == 0 && rename(temporary, path) < 0)
		rc = -errno;
	if (rc < 0) {
		unlink(temporary);
		return rc;
	}
	return sync_folder(path);
}
