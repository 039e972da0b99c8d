#include "cmd/status-ask.h"

#include "base/clock.h"
#include "base/mem.h"
#include "daemon/status.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define RETRY_MS 20

/* A full queue is no refusal: whoever is there gets to us in time, or never. */
static int connect_in_time(int fd, const struct sockaddr_un *to, int64_t deadline)
{
	while (connect(fd, (const struct sockaddr *)to, sizeof(*to)) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		if (clock_monotonic() / 1000000 >= deadline)
			return -ETIMEDOUT;
		poll(NULL, 0, RETRY_MS);
	}
	return 0;
}

static int dial(const char *run_dir, int64_t deadline, int *ret_fd)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int n = snprintf(to.sun_path, sizeof(to.sun_path), "%s/" STATUS_SOCKET, run_dir), fd, rc;

	if (n < 0 || (size_t)n >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	rc = connect_in_time(fd, &to, deadline);
	if (rc < 0)
		close(fd);
	else
		*ret_fd = fd;
	return rc;
}

/* Waits until something can be read. */
static int wait_for(int fd, int64_t deadline)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int64_t left = deadline - clock_monotonic() / 1000000;
	int n = left > 0 ? poll(&p, 1, (int)left) : 0;

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	return n == 0 ? -ETIMEDOUT : 0;
}

static int read_answer(int fd, int64_t deadline, struct text *answer)
{
	char chunk[16384];

	for (;;) {
		int rc = wait_for(fd, deadline);
		ssize_t n;

		if (rc < 0)
			return rc;
		n = read(fd, chunk, sizeof(chunk));
		if (n == 0)
			return 0;
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0)
			return -errno;
		text_add(answer, chunk, (size_t)n);
		if (answer->failed)
			return -EMSGSIZE;
	}
}

static int converse_once(const char *run_dir, int64_t deadline, struct text *answer)
{
	static const char request[] = "status\n";
	int fd = -1, rc = dial(run_dir, deadline, &fd);

	if (rc < 0)
		return rc;
	if (send(fd, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request))
		rc = -ECONNRESET;
	if (rc == 0)
		rc = read_answer(fd, deadline, answer);
	close(fd);
	return rc;
}

/* Where many crowd in, who connected and had no time to ask is shown out: it comes again. */
static int converse(const char *run_dir, struct text *answer)
{
	int64_t deadline = clock_monotonic() / 1000000 + STATUS_ASK_MS;
	int rc = converse_once(run_dir, deadline, answer);

	while (rc == -ECONNRESET && answer->len == 0 && clock_monotonic() / 1000000 < deadline) {
		poll(NULL, 0, RETRY_MS);
		rc = converse_once(run_dir, deadline, answer);
	}
	return rc;
}

static int parse(const struct text *answer, json_t **ret_status)
{
	json_t *status;
	json_error_t error;

	json_set_alloc_funcs(mem_alloc, mem_free);
	status = json_loadb(answer->ptr ? answer->ptr : "", answer->len, JSON_REJECT_DUPLICATES,
			    &error);
	if (!json_is_string(json_object_get(status, "version"))) {
		json_decref(status);
		return -EBADMSG;
	}
	*ret_status = status;
	return 0;
}

bool status_is_absent(int rc)
{
	return rc == -ENOENT || rc == -ECONNREFUSED || rc == -ENOTDIR;
}

static void explain(struct text *why, int rc, const char *run_dir)
{
	text_printf(why, "%s/" STATUS_SOCKET ": ", run_dir);
	if (rc == -ETIMEDOUT)
		text_printf(why, "no answer within %d s", STATUS_ASK_MS / 1000);
	else if (rc == -EMSGSIZE)
		text_puts(why, "the answer is too long");
	else if (rc == -EBADMSG)
		text_puts(why, "the answer is not a status of ntlmauditd");
	else
		text_printf(why, "%s%s", strerror(-rc),
			    rc == -EACCES ? ": root and the daemon's group may ask" : "");
}

int status_ask(const char *run_dir, struct text *why, json_t **ret_status)
{
	struct text answer;
	int rc;

	text_init(&answer, STATUS_ANSWER_MAX);
	rc = converse(run_dir, &answer);
	if (rc == 0)
		rc = parse(&answer, ret_status);
	if (rc < 0 && !status_is_absent(rc))
		explain(why, rc, run_dir);
	text_finish(&answer);
	return rc;
}

const char *status_start_line(void)
{
	return access("/run/systemd/system", F_OK) == 0 ? "systemctl start ntlmauditd"
							: "ntlmauditd";
}
