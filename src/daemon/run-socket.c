#include "daemon/run-socket.h"

#include "base/folder.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CLIENTS_QUEUE 16

static int open_socket(const char *dir, const char *name, int type, struct sockaddr_un *ret_to)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int n = snprintf(to.sun_path, sizeof(to.sun_path), "%s/%s", dir, name), fd;

	if (n < 0 || n >= (int)sizeof(to.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	*ret_to = to;
	return fd;
}

static int close_failed(int fd)
{
	int rc = -errno;

	close(fd);
	return rc;
}

int run_socket_listen(const char *dir, const char *name, int type, gid_t group)
{
	struct sockaddr_un to;
	int fd = open_socket(dir, name, type, &to);

	if (fd < 0)
		return fd;
	if (folder_make_above(to.sun_path, 0755) < 0)
		errno = 0; /* bind() tells */
	(void)unlink(to.sun_path);
	if (bind(fd, (struct sockaddr *)&to, sizeof(to)) < 0 || listen(fd, CLIENTS_QUEUE) < 0)
		return close_failed(fd);
	/* Without CAP_CHOWN only root may ask. */
	if (chown(to.sun_path, (uid_t)-1, group) < 0 || chmod(to.sun_path, 0660) < 0)
		(void)chmod(to.sun_path, 0600);
	return fd;
}

int run_socket_connect(const char *dir, const char *name, int type)
{
	struct sockaddr_un to;
	int fd = open_socket(dir, name, type, &to);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return close_failed(fd);
	return fd;
}
