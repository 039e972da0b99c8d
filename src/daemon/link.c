#include "daemon/link.h"

#include "daemon/run-socket.h"
#include "daemon/say.h"
#include "daemon/status.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAME_MAX_SIZE 32
#define ENDS_MAX 32

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(ENDS_MAX * sizeof(int))];
};

/* The ends that a part is granted, in one order on both sides. Returns how many. */
static size_t ends_of(struct station *st, const struct part *part, int *ret_ends[ENDS_MAX])
{
	size_t n = 0;

	for (int a = 0; a < MEMBER__COUNT; a++)
		for (int b = 0; b < MEMBER__COUNT && n < ENDS_MAX; b++)
			if ((part_has(part, (enum member)a) || part->opener == (enum member)a) &&
			    station_joins((enum member)a, (enum member)b))
				ret_ends[n++] = &st->end[a][b];
	return n;
}

/* ---- the part that captures ---- */

static void tell(const struct links *l, const struct part *part)
{
	struct status_process row = {.state = STATUS_DOWN};

	status_copy(row.name, sizeof(row.name), member_name(part->opener));
	status_copy(row.problem, sizeof(row.problem), "it is not there");
	station_count(l->st, &row, sizeof(row));
}

void links_tell(const struct links *l)
{
	for (size_t i = 0; l->st && i < PARTS; i++)
		if (l->rows[i].fd < 0 && !part_captures(&parts[i]))
			tell(l, &parts[i]);
}

void links_open(struct links *l, struct station *st, const struct member_ids *decoder)
{
	const char *dir = st->options->run_dir;

	*l = (struct links){
		.st = st, .listener = -ENOENT, .decoder = decoder->user ? decoder->uid : geteuid()};
	for (size_t i = 0; i < PARTS; i++)
		l->rows[i].fd = -1;
	if (dir)
		l->listener = run_socket_listen(dir, LINK_SOCKET, SOCK_SEQPACKET,
						decoder->user ? decoder->gid : getegid());
	if (l->listener >= 0)
		station_own(st, l->listener);
	else
		daemon_say("%s/" LINK_SOCKET ": %s: no other part can come", dir ? dir : "",
			   strerror(-l->listener));
}

/* Rings that were handed to a decoder which never took them. */
static void drain_rings(const struct station *st)
{
	struct span parcel;
	int fd = -1;

	while (parcel_receive(st->end[MEMBER_DECODER][MEMBER_OPENER], st->in, &parcel, &fd) > 0)
		if (fd >= 0)
			close(fd);
}

static int grant(const struct links *l, size_t part, int fd)
{
	struct link_grant grant = {
		.version = NTLMAUDIT_VERSION,
		.since = l->st->since,
		.gone = l->rows[part].gone,
		.tap = l->st->options->tap,
	};
	int *ends[ENDS_MAX];
	size_t n = ends_of(l->st, &parts[part], ends);
	union control control = {0};
	struct iovec data = {.iov_base = &grant, .iov_len = sizeof(grant)};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = CMSG_SPACE(n * sizeof(int))};
	struct cmsghdr *c = &control.align;
	ssize_t sent;

	if (part_has(&parts[part], MEMBER_DECODER)) {
		memcpy(grant.key, l->st->options->key, sizeof(grant.key));
		drain_rings(l->st);
	}
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	for (size_t i = 0; i < n; i++)
		memcpy(CMSG_DATA(c) + i * sizeof(int), ends[i], sizeof(int));
	sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	explicit_bzero(&grant, sizeof(grant));
	return sent < 0 ? -errno : 0;
}

static bool is_trusted(const struct links *l, const struct part *part, int fd)
{
	uid_t user = part_has(part, MEMBER_DECODER) ? l->decoder : geteuid();
	struct ucred who;
	socklen_t size = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
	       (who.uid == 0 || who.uid == user);
}

/* Which one asks; PARTS: nobody that there could be. It said so as it came. */
static size_t asked_for(const struct links *l, int fd)
{
	char name[NAME_MAX_SIZE + 1];
	ssize_t n = recv(fd, name, NAME_MAX_SIZE, MSG_DONTWAIT);
	const struct part *part;

	if (n <= 0)
		return PARTS;
	name[n] = '\0';
	part = part_find(name);
	return part && !part_captures(part) && is_trusted(l, part, fd) ? (size_t)(part - parts)
								       : PARTS;
}

static void welcome(struct links *l, int fd)
{
	size_t part = asked_for(l, fd);

	/* Only one at a time; whoever was refused comes again. */
	if (part == PARTS || l->rows[part].fd >= 0 || grant(l, part, fd) < 0) {
		close(fd);
		return;
	}
	l->rows[part].fd = fd;
	station_own(l->st, fd);
}

static void leave(struct links *l, size_t part)
{
	station_disown(l->st, l->rows[part].fd);
	close(l->rows[part].fd);
	l->rows[part].fd = -1;
	l->rows[part].gone = clock_wall();
	daemon_say("the %s left", member_name(parts[part].opener));
	tell(l, &parts[part]);
}

static bool is_over(int fd)
{
	char ignored;
	ssize_t n = recv(fd, &ignored, 1, MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

void links_look(struct links *l)
{
	int fd;

	if (!l->st) /* all are in one */
		return;
	for (size_t i = 0; i < PARTS; i++)
		if (l->rows[i].fd >= 0 && is_over(l->rows[i].fd))
			leave(l, i);
	while (l->listener >= 0 && (fd = accept4(l->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		welcome(l, fd);
}

void links_again(struct links *l)
{
	for (size_t i = 0; l->st && i < PARTS; i++)
		if (l->rows[i].fd >= 0) {
			l->rows[i].gone = 0;
			if (grant(l, i, l->rows[i].fd) < 0)
				leave(l, i);
		}
}

/* ---- the others ---- */

int link_ask(const char *run_dir, const struct part *part)
{
	int fd = run_socket_connect(run_dir, LINK_SOCKET, SOCK_SEQPACKET);

	if (fd >= 0 && send(fd, part->name, strlen(part->name), MSG_NOSIGNAL) < 0) {
		int rc = -errno;

		close(fd);
		return rc;
	}
	return fd;
}

/* What came along takes the place of what was there. */
static int take_ends(struct msghdr *message, struct station *st)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(message);
	int *ends[ENDS_MAX];
	size_t n = ends_of(st, st->part, ends);

	if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(n * sizeof(int)))
		return -EPROTO;
	for (size_t i = 0; i < n; i++) {
		if (*ends[i] >= 0)
			close(*ends[i]);
		memcpy(ends[i], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
	}
	return 1;
}

int link_hear(int fd, struct station *st, struct link_grant *ret_grant)
{
	union control control = {0};
	struct iovec data = {.iov_base = ret_grant, .iov_len = sizeof(*ret_grant)};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes)};
	ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -EPIPE;
	if (n != sizeof(*ret_grant) || message.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ||
	    memcmp(ret_grant->version, (char[32]){NTLMAUDIT_VERSION}, 32) != 0)
		return -EPROTO; /* this process ends: what came along goes with it */
	return take_ends(&message, st);
}
