/* How the doctor looks at files: always below its root, with limits, and never blocking on what is no file. */
#include "cmd/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/daemon.h"
#include "policy/lines.h"

#define ACCOUNTS_MAX ((size_t)1 << 20)

bool doctor_path(const struct doctor *d, char *ret_path, size_t size, const char *path)
{
	return snprintf(ret_path, size, "%s%s", d->root, path) < (int)size;
}

bool doctor_exists(const struct doctor *d, const char *path)
{
	char full[PATH_MAX];
	struct stat st;

	/* A link counts, wherever it leads: below another root it leads astray. */
	return doctor_path(d, full, sizeof(full), path) && lstat(full, &st) == 0;
}

static int read_all(int fd, struct text *ret_text)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text_add(ret_text, chunk, (size_t)n);
		if (ret_text->failed)
			return -EFBIG;
	}
	return 0;
}

/* Sizes of files in /proc are 0: whoever wants them reads to the end. */
int doctor_read(const struct doctor *d, const char *path, size_t max, struct text *ret_text)
{
	char full[PATH_MAX];
	int fd, rc;

	if (!doctor_path(d, full, sizeof(full), path))
		return -ENAMETOOLONG;
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	text_init(ret_text, max);
	rc = read_all(fd, ret_text);
	close(fd);
	if (rc == 0)
		text_add(ret_text, "", 0); /* so that ptr is not NULL */
	if (rc == 0 && ret_text->failed)
		rc = -ENOMEM;
	if (rc < 0)
		text_finish(ret_text);
	return rc;
}

bool doctor_needs_root(const struct doctor *d, struct checkup *c)
{
	if (d->is_root)
		return false;
	remark(c, VERDICT_SKIPPED, "needs root");
	return true;
}

/* ---- accounts ---- */

/* The nth of a line's fields between colons. */
static struct span colon_field(struct span line, int n)
{
	for (;; n--) {
		const uint8_t *colon = line.len ? memchr(line.ptr, ':', line.len) : NULL;
		size_t len = colon ? (size_t)(colon - line.ptr) : line.len;

		if (n == 0)
			return span_head(line, len);
		line = span_from(line, len + 1);
	}
}

static bool number_of(struct span digits, unsigned *ret_number)
{
	char copy[16];
	unsigned long n;
	char *end;

	if (digits.len == 0 || digits.len >= sizeof(copy))
		return false;
	memcpy(copy, digits.ptr, digits.len);
	copy[digits.len] = '\0';
	n = strtoul(copy, &end, 10);
	*ret_number = (unsigned)n;
	return *end == '\0' && n <= UINT_MAX;
}

/* The third field of the line that begins with this name, in /etc/passwd or /etc/group below another root. */
static bool find_account(const struct doctor *d, const char *path, const char *name,
			 unsigned *ret_id)
{
	struct text text;
	struct lines lines;
	struct span line;
	bool found = false;

	if (doctor_read(d, path, ACCOUNTS_MAX, &text) < 0)
		return false;
	lines = lines_of(span_make(text.ptr, text.len));
	while (!found && lines_next(&lines, &line))
		found = span_equal(colon_field(line, 0), span_str(name)) &&
			number_of(colon_field(line, 2), ret_id);
	text_finish(&text);
	return found;
}

bool doctor_user(const struct doctor *d, const char *name, unsigned *ret_uid, unsigned *ret_gid)
{
	struct passwd *user;
	struct group *group;

	if (*d->root)
		return find_account(d, "/etc/passwd", name, ret_uid) &&
		       find_account(d, "/etc/group", name, ret_gid);
	user = getpwnam(name);
	if (!user)
		return false;
	*ret_uid = user->pw_uid;
	group = getgrnam(name);
	if (!group)
		return false;
	*ret_gid = group->gr_gid;
	return true;
}
