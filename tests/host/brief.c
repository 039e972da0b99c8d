/* brief ADDRESS PORT: connects, writes, and is gone: a process that lives for a millisecond or two. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc != 3 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		return 2;
	to.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return 1;
	return write(fd, "GET / HTTP/1.0\r\n\r\n", 18) == 18 ? 0 : 1;
}
