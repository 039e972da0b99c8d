#include "cmd/target.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *volatile unfinished; /* a file to be removed where a signal ends the program */

static void on_end(int number)
{
	const char *path = unfinished;

	if (path)
		unlink(path);
	raise(number); /* SA_RESETHAND: now it ends */
}

static void watch_signals(const char *path)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
	struct sigaction act = {.sa_handler = on_end, .sa_flags = (int)SA_RESETHAND}, before;

	unfinished = path;
	for (size_t i = 0; path && i < sizeof(ends) / sizeof(ends[0]); i++)
		if (sigaction(ends[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
			sigaction(ends[i], &act, NULL);
}

static int target_open_temporary(struct target *t)
{
	mode_t mask = umask(077);
	int fd, rc = 0;

	umask(mask);
	if (snprintf(t->temporary, sizeof(t->temporary), "%s.XXXXXX", t->path) >=
	    (int)sizeof(t->temporary))
		return -ENAMETOOLONG;
	watch_signals(t->temporary);
	fd = mkostemp(t->temporary, O_CLOEXEC);
	if (fd >= 0) {
		t->file = fdopen(fd, "w");
		if (!t->file || fchmod(fd, 0666 & ~mask) < 0)
			rc = -errno;
	}
	return fd < 0 ? -errno : rc;
}

int target_open(struct target *t, const char *path)
{
	struct stat st;

	*t = (struct target){.path = path};
	if (strcmp(path, "-") == 0) {
		t->file = stdout;
		return 0;
	}
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		t->file = S_ISDIR(st.st_mode) ? NULL : fopen(path, "we");
		return t->file ? 0 : S_ISDIR(st.st_mode) ? -EISDIR : -errno;
	}
	if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode) && realpath(path, t->followed))
		t->path = t->followed;
	return target_open_temporary(t);
}

int target_close(struct target *t, int rc)
{
	if (t->temporary[0] && rc == 0 && fsync(fileno(t->file)) < 0)
		rc = -errno;
	if (t->file && t->file != stdout && fclose(t->file) != 0 && rc == 0)
		rc = -errno;
	if (t->temporary[0] && rc == 0 && rename(t->temporary, t->path) < 0)
		rc = -errno;
	if (t->temporary[0] && rc < 0)
		unlink(t->temporary);
	watch_signals(NULL);
	return rc;
}
