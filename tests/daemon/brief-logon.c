/*
 * brief-logon ADDRESS PORT PATH NEGOTIATE AUTHENTICATE: asks a web server by NTLM with these tokens, in Base64, says what the
 * server answered, which port it had and the microseconds that it took, and is gone: a process that lives for some milliseconds.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char answer[16384];

static long microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Until the head has come, and the body that its Content-Length tells. The body; NULL where none came. */
static const char *read_answer(int fd)
{
	size_t have = 0;

	for (;;) {
		ssize_t n = read(fd, answer + have, sizeof(answer) - 1 - have);
		const char *length, *end;

		if (n <= 0)
			return NULL;
		have += (size_t)n;
		answer[have] = '\0';
		length = strstr(answer, "Content-Length: ");
		end = strstr(answer, "\r\n\r\n");
		if (length && end && strlen(end + 4) >= strtoul(length + 16, NULL, 10))
			return end + 4;
	}
}

static const char *get(int fd, const char *path, const char *token)
{
	int n = dprintf(
		fd, "GET %s HTTP/1.1\r\nHost: web1.corp.example\r\nAuthorization: NTLM %s\r\n\r\n",
		path, token);

	memset(answer, 0, sizeof(answer));
	return n > 0 ? read_answer(fd) : NULL;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET}, us;
	socklen_t size = sizeof(us);
	long begin = microseconds();
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const char *body;

	if (argc != 6 || fd < 0 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		return 1;
	to.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&us, &size) < 0 || !get(fd, argv[3], argv[4]))
		return 1;
	body = get(fd, argv[3], argv[5]);
	if (!body)
		return 1;
	printf("%s %u %ld\n", body, ntohs(us.sin_port), microseconds() - begin);
	return 0;
}
