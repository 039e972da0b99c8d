#include "policy/watch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define EVENTS                                                                                     \
	(IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF |   \
	 IN_MOVE_SELF | IN_ONLYDIR)
#define TRIES 8 /* folders that come into being while we look for them */

static const char *const names[WATCH_FOLDERS] = {
	"/usr/lib/ntlmaudit",
	"/etc/ntlmaudit",
	"/etc/ntlmaudit/ntlmaudit.conf.d",
	"/var/lib/ntlmaudit/policy",
};

/* Watches a folder or the nearest one above it. */
static int watch_nearest(struct policy_watch *w, size_t i, bool *ret_is_there)
{
	char path[PATH_MAX];
	int wd, n = snprintf(path, sizeof(path), "%s%s", w->root, names[i]);

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	*ret_is_there = true;
	while ((wd = inotify_add_watch(w->fd, path, EVENTS)) < 0) {
		char *slash = strrchr(path, '/');

		if (errno != ENOENT && errno != ENOTDIR)
			return -errno;
		if (!slash || strcmp(path, "/") == 0)
			return -ENOENT;
		*ret_is_there = false;
		slash[slash == path] = '\0'; /* "/" stays */
	}
	return wd;
}

static bool is_used(const struct policy_watch *w, int wd)
{
	for (size_t i = 0; i < WATCH_FOLDERS; i++)
		if (w->folders[i] == wd)
			return true;
	return false;
}

/* Looks where a folder is now; again where it has just moved closer, since nobody told us of what came meanwhile. */
static int rearm(struct policy_watch *w, size_t i, bool *changed)
{
	for (int tries = 0; tries < TRIES; tries++) {
		int before = w->folders[i], wd = watch_nearest(w, i, &w->is_there[i]);

		if (wd < 0)
			return wd;
		if (wd == before)
			return 0;
		*changed = true;
		w->folders[i] = wd;
		if (before > 0 && !is_used(w, before))
			inotify_rm_watch(w->fd, before);
	}
	return 0;
}

static int rearm_all(struct policy_watch *w, bool *changed)
{
	int rc = 0;

	for (size_t i = 0; i < WATCH_FOLDERS; i++) {
		int one = rearm(w, i, changed);

		if (rc == 0)
			rc = one;
	}
	return rc;
}

int policy_watch_init(struct policy_watch *watch, const char *root)
{
	bool changed = false;
	int rc;

	*watch = (struct policy_watch){.root = root, .fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
	if (watch->fd < 0)
		return -errno;
	rc = rearm_all(watch, &changed);
	if (rc < 0)
		policy_watch_finish(watch);
	return rc;
}

void policy_watch_finish(struct policy_watch *watch)
{
	if (watch->fd >= 0)
		close(watch->fd);
	*watch = (struct policy_watch){.fd = -1};
}

/* Above a folder that is not there yet much happens that is not ours. */
static bool concerns_us(const struct policy_watch *w, const struct inotify_event *event)
{
	if (event->mask & IN_Q_OVERFLOW)
		return true;
	for (size_t i = 0; i < WATCH_FOLDERS; i++)
		if (w->is_there[i] && w->folders[i] == event->wd)
			return true;
	return false;
}

/* A number that the kernel gave back may be given to another folder. */
static void forget(struct policy_watch *w, int wd)
{
	for (size_t i = 0; i < WATCH_FOLDERS; i++)
		if (w->folders[i] == wd)
			w->folders[i] = 0;
}

static bool take_events(struct policy_watch *w, const char *buffer, size_t n)
{
	bool changed = false;

	for (size_t at = 0; at < n;) {
		struct inotify_event event;

		memcpy(&event, buffer + at, sizeof(event));
		changed |= concerns_us(w, &event);
		if (event.mask & IN_IGNORED)
			forget(w, event.wd);
		at += sizeof(event) + event.len;
	}
	return changed;
}

bool policy_watch_changed(struct policy_watch *watch)
{
	char buffer[16 * (sizeof(struct inotify_event) + NAME_MAX + 1)];
	bool changed = false;
	ssize_t n;

	while ((n = read(watch->fd, buffer, sizeof(buffer))) > 0)
		changed |= take_events(watch, buffer, (size_t)n);
	if (rearm_all(watch, &changed) < 0)
		changed = true; /* better once too often */
	return changed;
}
