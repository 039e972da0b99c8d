#include "daemon/log-folder.h"

#include "base/folder.h"
#include "daemon/alive.h"
#include "daemon/part.h"
#include "daemon/say.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

/* What root left there is the keeper's from now on; where that may not be done, the keeper says what it can't write. */
static void give(const struct member_ids *ids, const char *path)
{
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return;
	/* who could write there before must not have made it another name of what is root's */
	if (fstat(fd, &st) == 0 &&
	    (S_ISDIR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_nlink == 1)) &&
	    fchownat(fd, "", ids->uid, ids->gid, AT_EMPTY_PATH) < 0)
		errno = 0;
	close(fd);
}

static void make_folders(const char *folder)
{
	struct text path;

	text_init(&path, 0);
	text_printf(&path, "%s/" LOG_FOLDER_FORWARD "/", folder);
	if (!path.ptr || folder_make_above(path.ptr, 0750) < 0)
		daemon_say("%s: %s", folder, strerror(errno));
	text_finish(&path);
}

static void give_all(const char *log, const struct member_ids *ids, bool is_new)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-lock", ALIVE_SUFFIX};
	const char *folder = member_folder(log);
	struct text path;

	text_init(&path, 0);
	/* without a slash at its end, which would follow a link */
	text_printf(&path, "%s/" LOG_FOLDER_FORWARD, folder);
	give(ids, path.ptr);
	if (is_new)
		give(ids, folder);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		text_reset(&path);
		text_printf(&path, "%s%s", log, suffixes[i]);
		give(ids, path.ptr);
	}
	text_finish(&path);
}

/* Without supplementary groups, as the keeper will be. Root itself may write everywhere. */
static bool may_write(const struct member_ids *ids, const char *folder)
{
	struct stat st;
	mode_t needed = S_IWOTH | S_IXOTH;

	if (geteuid() != 0)
		return access(folder, W_OK | X_OK) == 0;
	if (stat(folder, &st) < 0)
		return false;
	if (st.st_uid == ids->uid)
		needed = S_IWUSR | S_IXUSR;
	else if (st.st_gid == ids->gid)
		needed = S_IWGRP | S_IXGRP;
	return ids->uid == 0 || (st.st_mode & needed) == needed;
}

#define LOCK_TRIES 20 /* one that was killed may not be gone yet */
#define LOCK_MS 100

static int lock_log(struct station *st)
{
	const char *log = st->options->log;
	pid_t holder = 0;
	int fd = alive_lock(log, &holder);

	for (int i = 0; fd == -EBUSY && i < LOCK_TRIES; i++) {
		(void)poll(NULL, 0, LOCK_MS);
		fd = alive_lock(log, &holder);
	}
	if (fd == -EBUSY) {
		daemon_say("%s: another ntlmauditd or watch stores there (process %d): end it, or "
			   "name another log",
			   log, (int)holder);
		return fd;
	}
	if (fd >= 0)
		station_own(st, fd);
	else /* the keeper will say what it can't do */
		daemon_say("%s" ALIVE_SUFFIX ": %s", log, strerror(-fd));
	return 0;
}

int log_folder_take(struct station *st, const struct member_ids *ids)
{
	const struct daemon_options *options = st->options;
	const char *folder = member_folder(options->log);
	bool is_new = access(folder, F_OK) < 0;
	int rc;

	make_folders(folder);
	rc = part_has(st->part, MEMBER_KEEPER) ? lock_log(st) : 0;
	if (rc < 0)
		return rc;
	give_all(options->log, ids, is_new);
	if (options->no_sandbox || may_write(ids, folder))
		return 0;
	daemon_say("%s: user %s can't write there: `chown %s %s`, or another log or --user", folder,
		   ids->user, ids->user, folder);
	return -EACCES;
}
