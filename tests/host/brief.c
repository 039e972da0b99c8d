/*
 * brief ADDRESS PORT: connects, writes, says which port it had, and is gone: a process that lives for a millisecond or two.
 * An address with a colon is IPv6; ::ffff:192.0.2.1 is IPv4 on a socket for both.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int connect_to(const char *address, uint16_t port)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	bool is_v6 = strchr(address, ':');
	int fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (inet_pton(is_v6 ? AF_INET6 : AF_INET, address,
		      is_v6 ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr) != 1)
		return -1;
	if (connect(fd, is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4,
		    is_v6 ? sizeof(v6) : sizeof(v4)) < 0)
		return -1;
	return fd;
}

int main(int argc, char **argv)
{
	struct sockaddr_in6 us; /* the port lies where that of IPv4 does */
	socklen_t size = sizeof(us);
	int fd = argc == 3 ? connect_to(argv[1], (uint16_t)strtoul(argv[2], NULL, 10)) : -1;

	if (fd < 0 || write(fd, "GET / HTTP/1.0\r\n\r\n", 18) != 18 ||
	    getsockname(fd, (struct sockaddr *)&us, &size) < 0)
		return 1;
	dprintf(STDOUT_FILENO, "%u\n", ntohs(us.sin6_port));
	return 0;
}
