/* The channel log: has it room, is it sound; and can what is forwarded get there. */
#include "cmd/doctor.h"

#include "daemon/daemon.h"

#include "sink/sink.h"
#include "sink/target.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define LOG "/var/lib/ntlmaudit/log.db"
#define MIB ((uint64_t)1 << 20)
#define ROOM_MIN 64 /* MiB: below, the log can't even tidy itself up */
#define ROOM_UNLIMITED 1024
#define CONNECT_MS 3000

static bool log_path(const struct doctor *d, char *ret_path, size_t size)
{
	if (d->log)
		return snprintf(ret_path, size, "%s", d->log) < (int)size;
	return doctor_path(d, ret_path, size, LOG);
}

/* What stands before the last slash. */
static void folder_of(const char *path, char *ret_folder, size_t size)
{
	const char *slash = strrchr(path, '/');

	snprintf(ret_folder, size, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
	if (slash == path)
		snprintf(ret_folder, size, "/");
}

static bool may_write(const struct stat *st, unsigned uid, unsigned gid)
{
	if (uid == 0)
		return true;
	if (st->st_uid == uid)
		return (st->st_mode & S_IWUSR) != 0;
	return (st->st_mode & (st->st_gid == gid ? S_IWGRP : S_IWOTH)) != 0;
}

static void look_at_owner(struct doctor *d, struct checkup *c, const char *folder,
			  const struct stat *st)
{
	unsigned uid, gid;

	if (doctor_user(d, DAEMON_USER, &uid, &gid) && !may_write(st, uid, gid)) {
		remark(c, VERDICT_ERROR, "%s can't be written to by the user ntlmaudit", folder);
		cure(c, "chown root:ntlmaudit %s && chmod 1770 %s", folder, folder);
	}
	if (st->st_mode & S_IWOTH) {
		remark(c, VERDICT_WARNING, "%s can be written to by everybody", folder);
		cure(c, "chmod o-w %s", folder);
	}
}

/* MiB that the log may still grow by; 0 where there is no limit. */
static uint64_t growth(const struct doctor *d, const char *log)
{
	uint64_t keep = d->policy ? policy_number(d->policy, SETTING_KEEP_MIB) : 0, has;
	struct stat st;

	has = stat(log, &st) == 0 ? (uint64_t)st.st_size / MIB : 0;
	return keep > has ? keep - has : 0;
}

static void look_at_room(struct doctor *d, struct checkup *c, const char *folder, const char *log)
{
	struct statvfs fs;
	uint64_t free_mib, wanted = growth(d, log);
	bool limited = d->policy && policy_number(d->policy, SETTING_KEEP_MIB);

	if (statvfs(folder, &fs) < 0)
		return;
	free_mib = (uint64_t)fs.f_bavail * fs.f_frsize / MIB;
	if (fs.f_flag & ST_RDONLY) {
		remark(c, VERDICT_ERROR, "%s is on a file system that is mounted read-only",
		       folder);
		cure(c, "mount -o remount,rw %s", folder);
	} else if (free_mib < ROOM_MIN) {
		remark(c, VERDICT_ERROR, "%s has only %" PRIu64 " MiB left", folder, free_mib);
		cure(c, "df -h %s", folder);
	} else if (limited && wanted > free_mib) {
		remark(c, VERDICT_WARNING,
		       "the log may grow by %" PRIu64 " MiB, but %s has only %" PRIu64 " MiB left",
		       wanted, folder, free_mib);
		cure(c, "keep-mib = %" PRIu64,
		     policy_number(d->policy, SETTING_KEEP_MIB) - wanted + free_mib - ROOM_MIN);
	} else if (!limited && free_mib < ROOM_UNLIMITED) {
		remark(c, VERDICT_WARNING, "the log has no limit, and %s only %" PRIu64 " MiB left",
		       folder, free_mib);
		cure(c, "keep-mib = %" PRIu64, free_mib - ROOM_MIN);
	}
}

void check_folder(struct doctor *d, struct checkup *c)
{
	char log[PATH_MAX], folder[PATH_MAX];
	struct stat st;

	if (!log_path(d, log, sizeof(log)))
		return;
	folder_of(log, folder, sizeof(folder));
	if (stat(folder, &st) < 0) {
		if (errno == EACCES && doctor_needs_root(d, c))
			return;
		remark(c, VERDICT_ERROR, "%s: %s", folder, strerror(errno));
		cure(c, "install -d -m 1770 -o root -g ntlmaudit %s", folder);
	} else if (!S_ISDIR(st.st_mode)) {
		remark(c, VERDICT_ERROR, "%s is no folder", folder);
	} else {
		look_at_owner(d, c, folder, &st);
		look_at_room(d, c, folder, log);
	}
}

/* ---- sound? ---- */

static void look_into(struct doctor *d, struct checkup *c, const char *log)
{
	struct store_summary summary;
	struct store *store = NULL;
	struct text why;
	int rc;

	text_init(&why, 0);
	rc = store_open(log, STORE_READ, &why, &store);
	if (rc == 0)
		rc = store_summarise(store, &summary, &why);
	if (rc < 0 && !((rc == -EACCES || rc == -EPERM) && doctor_needs_root(d, c))) {
		remark(c, VERDICT_ERROR, "%s", why.len ? why.ptr : strerror(-rc));
		cure(c, "ntlmaudit verify --log %s", log);
	}
	if (rc == 0 && summary.events && summary.last_time > d->now + 3600 * NSEC_PER_SEC) {
		remark(c, VERDICT_WARNING,
		       "the last event is of the future: a clock is or was "
		       "wrong");
		cure(c, "timedatectl");
	}
	store_close(store);
	text_finish(&why);
}

void check_log(struct doctor *d, struct checkup *c)
{
	char log[PATH_MAX];

	if (!log_path(d, log, sizeof(log)))
		return;
	if (access(log, F_OK) == 0)
		look_into(d, c, log);
	else if (errno == ENOENT || errno == ENOTDIR)
		remark(c, VERDICT_SKIPPED, "there is none yet");
	else if (!doctor_needs_root(d, c))
		remark(c, VERDICT_ERROR, "%s: %s", log, strerror(errno));
}

/* ---- where events go ---- */

static int try_connect(const struct addrinfo *to)
{
	int fd = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), rc = 0;
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	socklen_t size = sizeof(rc);

	if (fd < 0)
		return -errno;
	if (connect(fd, to->ai_addr, to->ai_addrlen) < 0 && errno != EINPROGRESS)
		rc = errno;
	else if (poll(&p, 1, CONNECT_MS) <= 0)
		rc = ETIMEDOUT;
	else
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &rc, &size);
	close(fd);
	return -rc;
}

static void look_at_host(struct doctor *d, struct checkup *c, const struct sink *s)
{
	bool is_udp = strcmp(s->ops->scheme, "syslog+udp://") == 0;
	bool is_tls = strcmp(s->ops->scheme, "syslog+tls://") == 0;
	struct addrinfo hints = {.ai_socktype = is_udp ? SOCK_DGRAM : SOCK_STREAM}, *list = NULL;
	char host[256], port[6];
	struct text why;
	int rc;

	text_init(&why, 0);
	rc = target_host(s->rest, is_tls ? "6514" : "514", host, port, &why);
	if (rc < 0) {
		remark(c, VERDICT_ERROR, "%s: %s", s->target, why.ptr ? why.ptr : strerror(-rc));
		text_finish(&why);
		return;
	}
	text_finish(&why);
	rc = getaddrinfo(host, port, &hints, &list);
	if (rc != 0) {
		remark(c, VERDICT_ERROR, "%s: %s is not found: %s", s->target, host,
		       gai_strerror(rc));
		cure(c, "getent ahosts %s", host);
		return;
	}
	rc = d->online && !is_udp ? try_connect(list) : 0;
	freeaddrinfo(list);
	if (rc < 0) {
		remark(c, VERDICT_ERROR, "%s: %s", s->target, strerror(-rc));
		cure(c, "nc -vz %s %s", host, port);
	}
}

static void look_at_path(struct doctor *d, struct checkup *c, const struct sink *s)
{
	char path[PATH_MAX], folder[PATH_MAX], full[PATH_MAX];
	struct text why;
	struct stat st;

	text_init(&why, 0);
	if (target_path(s->rest, path, sizeof(path), &why) < 0) {
		remark(c, VERDICT_ERROR, "%s: %s", s->target, why.ptr ? why.ptr : "no path");
	} else {
		folder_of(path, folder, sizeof(folder));
		if (doctor_path(d, full, sizeof(full), folder) &&
		    (stat(full, &st) < 0 || !S_ISDIR(st.st_mode))) {
			remark(c, VERDICT_ERROR, "%s: there is no folder %s", s->target, folder);
			cure(c, "install -d -m 750 -o ntlmaudit -g ntlmaudit %s", folder);
		}
	}
	text_finish(&why);
}

static void look_at_journal(struct doctor *d, struct checkup *c)
{
	if (doctor_exists(d, "/run/systemd/journal/socket"))
		return;
	remark(c, VERDICT_ERROR, "journald: it does not run here");
	cure(c, "systemctl start systemd-journald.socket");
}

static void look_at_target(struct doctor *d, struct checkup *c, const char *target)
{
	struct text why;
	struct sink s;

	text_init(&why, 0);
	if (sink_init(&s, target, &why) < 0)
		remark(c, VERDICT_ERROR, "%s: %s", target, why.ptr ? why.ptr : "no such target");
	else if (strcmp(s.ops->scheme, "journald") == 0)
		look_at_journal(d, c);
	else if (strncmp(s.ops->scheme, "file:", 5) == 0)
		look_at_path(d, c, &s);
	else
		look_at_host(d, c, &s);
	text_finish(&why);
}

void check_forward(struct doctor *d, struct checkup *c)
{
	if (!d->policy) {
		remark(c, VERDICT_SKIPPED, "the policy can't be read");
		return;
	}
	for (const struct policy_item *i = policy_items(d->policy, SETTING_FORWARD); i; i = i->next)
		look_at_target(d, c, i->text);
}
