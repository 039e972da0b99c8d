#include "sink/connect.h"

#include "sink/moment.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

int connect_wait(int fd, short events, int64_t deadline)
{
	struct pollfd p = {.fd = fd, .events = events};
	int64_t left;
	int n;

	do {
		left = deadline - moment_now();
		n = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}

int connect_error(int fd)
{
	int error = 0;
	socklen_t n = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		return -errno;
	return -error;
}

static int try_address(const struct addrinfo *a, int64_t deadline, int *ret_fd)
{
	int fd =
		socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
	int rc = 0, on = 1;

	if (fd < 0)
		return -errno;
	if (connect(fd, a->ai_addr, a->ai_addrlen) < 0)
		rc = -errno;
	if (rc == -EINPROGRESS) {
		rc = connect_wait(fd, POLLOUT, deadline);
		if (rc == 0)
			rc = connect_error(fd);
	}
	if (rc < 0) {
		close(fd);
		return rc;
	}
	if (a->ai_socktype == SOCK_STREAM)
		(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	*ret_fd = fd;
	return 0;
}

int connect_host(const char *host, const char *port, int type, int64_t deadline, int *ret_fd,
		 struct text *why)
{
	struct addrinfo hints = {.ai_socktype = type, .ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV};
	struct addrinfo *all, *a;
	size_t n = 0;
	int rc = getaddrinfo(host, port, &hints, &all);

	if (rc == EAI_NONAME || rc == EAI_ADDRFAMILY) { /* ::1 where no other IPv6 is configured */
		hints.ai_flags = AI_NUMERICSERV;
		rc = getaddrinfo(host, port, &hints, &all);
	}
	if (rc != 0) {
		text_printf(why, "%s: %s", host,
			    rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
		return -EHOSTUNREACH;
	}
	for (a = all; a; a = a->ai_next)
		n++;
	rc = -EHOSTUNREACH;
	for (a = all; a && rc < 0; a = a->ai_next, n--) {
		/* one that is silent must leave time for the others */
		int64_t now = moment_now(), share = (deadline - now) / (int64_t)n;

		rc = try_address(a, now + (share > 0 ? share : 0), ret_fd);
	}
	freeaddrinfo(all);
	if (rc < 0)
		text_printf(why, "%s port %s: %s", host, port, strerror(-rc));
	return rc;
}
