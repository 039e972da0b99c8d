#include "daemon/alive.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_SIZE 96
#define MODE 0640
/* Whoever was not asked to end may have known of something that had not got into the log. */
#define UNDER_WAY_NSEC NSEC_PER_SEC

static const char *const states[] = {"running", "stopped"};

static int open_file(const char *log, int flags)
{
	struct text path;
	int fd;

	text_init(&path, 0);
	text_printf(&path, "%s" ALIVE_SUFFIX, log);
	fd = path.ptr && !path.failed
		     ? open(path.ptr, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, MODE)
		     : -1;
	if (!path.ptr || path.failed)
		errno = ENOMEM;
	text_finish(&path);
	return fd < 0 ? -errno : fd;
}

static int parse(const char *line, struct alive *ret_alive)
{
	struct alive a = {0};
	char state[16];
	int end = 0;

	if (sscanf(line, "ntlmauditd 1 %" SCNd64 " %" SCNd64 " %15s%n", &a.since, &a.until, state,
		   &end) != 3 ||
	    line[end] != '\n')
		return -EBADMSG;
	a.is_stopped = strcmp(state, states[true]) == 0;
	if (!a.is_stopped && strcmp(state, states[false]) != 0)
		return -EBADMSG;
	*ret_alive = a;
	return 0;
}

int alive_read(const char *log, struct alive *ret_alive)
{
	char line[LINE_SIZE + 1];
	int fd = open_file(log, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, line, LINE_SIZE);
	close(fd);
	if (n <= 0) /* only locked so far */
		return n < 0 ? -EIO : -ENOENT;
	line[n] = '\0';
	return parse(line, ret_alive);
}

/* Always of one length, so that it is there whole, whenever the machine stops. */
int alive_write(const char *log, const struct alive *alive)
{
	char line[LINE_SIZE + 1];
	int fd = open_file(log, O_WRONLY | O_CREAT), n, rc = 0;

	if (fd < 0)
		return fd;
	n = snprintf(line, sizeof(line), "ntlmauditd 1 %" PRId64 " %" PRId64 " %s\n", alive->since,
		     alive->until, states[alive->is_stopped]);
	memset(line + n, ' ', LINE_SIZE - (size_t)n);
	if (pwrite(fd, line, LINE_SIZE, 0) != LINE_SIZE)
		rc = errno ? -errno : -EIO;
	close(fd);
	return rc;
}

bool alive_gap(const struct alive *before, int64_t since, const char *why, struct gap *ret_gap)
{
	bool is_known = before->is_stopped && !why;
	int64_t begin = is_known ? before->until : before->until - UNDER_WAY_NSEC;

	if (before->since == since)
		return false;
	*ret_gap = (struct gap){
		.reason = why		       ? why
			  : before->is_stopped ? "the daemon was stopped"
					       : "the daemon ended without being asked to: it was "
						 "killed, or the machine stopped",
		.begin = begin < since ? begin : since, /* the clock was set back meanwhile */
		.end = since,
	};
	return true;
}

int alive_lock(const char *log, pid_t *ret_holder)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open_file(log, O_RDWR | O_CREAT), rc;

	if (fd < 0 || fcntl(fd, F_SETLK, &lock) == 0)
		return fd;
	rc = errno == EACCES || errno == EAGAIN ? -EBUSY : -errno;
	if (rc == -EBUSY)
		*ret_holder =
			fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? lock.l_pid : 0;
	close(fd);
	return rc;
}
