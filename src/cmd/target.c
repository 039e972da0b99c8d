#include "cmd/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int target_open_temporary(struct target *t)
{
	mode_t mask = umask(077);
	int fd, rc = 0;

	umask(mask);
	if (snprintf(t->temporary, sizeof(t->temporary), "%s.XXXXXX", t->path) >=
	    (int)sizeof(t->temporary))
		return -ENAMETOOLONG;
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
	return rc;
}
