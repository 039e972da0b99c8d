#include "cmd/keyfile.h"

#include "base/folder.h"
#include "base/text.h"
#include "cmd/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX_SIZE (2 * AUDIT_KEY_SIZE)

/* The digits, and nothing after them but a line's end: else two machines may take different parts of one file. */
static int from_hex(const uint8_t *hex, size_t n, uint8_t *key)
{
	while (n > HEX_SIZE && (hex[n - 1] == '\n' || hex[n - 1] == '\r'))
		n--;
	if (n != HEX_SIZE)
		return -EBADMSG;
	for (size_t i = 0; i < AUDIT_KEY_SIZE; i++) {
		int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EBADMSG;
		key[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

int keyfile_load(const char *path, uint8_t ret_key[AUDIT_KEY_SIZE])
{
	uint8_t hex[HEX_SIZE + 3]; /* a line's end, and one byte that would be too many */
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got;
	int rc;

	if (fd < 0)
		return -errno;
	while ((got = read(fd, hex + n, sizeof(hex) - n)) > 0)
		n += (size_t)got;
	rc = got < 0 ? -errno : n < sizeof(hex) ? from_hex(hex, n, ret_key) : -EBADMSG;
	close(fd);
	explicit_bzero(hex, sizeof(hex));
	return rc;
}

/* The file is never there half-written: a second program may look at the same time. */
int keyfile_store(const char *path, const uint8_t key[AUDIT_KEY_SIZE])
{
	char hex[HEX_SIZE + 2], temporary[PATH_MAX];
	ssize_t written;
	int fd, rc = folder_make_above(path, 0700);

	if (rc < 0)
		return rc;
	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
	if (fd < 0)
		return -errno;
	for (size_t i = 0; i < AUDIT_KEY_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", key[i]);
	hex[HEX_SIZE] = '\n';
	written = write(fd, hex, HEX_SIZE + 1);
	if (written != HEX_SIZE + 1)
		rc = written < 0 ? -errno : -EIO;
	else if (link(temporary, path) < 0)
		rc = -errno;
	close(fd);
	unlink(temporary);
	explicit_bzero(hex, sizeof(hex));
	return rc;
}

static int default_path(struct text *ret_path)
{
	const char *named = getenv("NTLMAUDIT_KEY");

	if (!named || !*named)
		return folder_state("key", ret_path);
	text_puts(ret_path, named);
	return ret_path->failed ? -ENOMEM : 0;
}

static void random_key(uint8_t *key)
{
	if (getrandom(key, AUDIT_KEY_SIZE, 0) != AUDIT_KEY_SIZE) {
		say("no random numbers: %s", strerror(errno));
		exit(EXIT_PARTLY);
	}
}

/* What is there; else one that is made, and kept where that is possible. */
static int load_or_make(const char *path, uint8_t *key)
{
	int rc = keyfile_load(path, key);

	if (rc == 0)
		return 0;
	if (rc == -EBADMSG) {
		say("%s: not a key of 64 hex digits; remove it to have a new one made", path);
		return -1;
	}
	random_key(key);
	if (rc == -ENOENT)
		rc = keyfile_store(path, key);
	if (rc == -EEXIST) /* another program was faster */
		rc = keyfile_load(path, key);
	if (rc < 0)
		say("%s: %s: ActivityIDs are good for this run only (see --key-file)", path,
		    strerror(-rc));
	return 0;
}

static int read_default(uint8_t *key)
{
	struct text path;
	int rc;

	text_init(&path, PATH_MAX);
	rc = default_path(&path);
	if (rc == 0) {
		rc = load_or_make(path.ptr, key);
	} else {
		random_key(key);
		say("there is no HOME to keep a key in: ActivityIDs are good for this run only "
		    "(see "
		    "--key-file)");
		rc = 0;
	}
	text_finish(&path);
	return rc;
}

int keyfile_read(const char *path, uint8_t ret_key[AUDIT_KEY_SIZE])
{
	int rc;

	if (!path)
		return read_default(ret_key);
	rc = keyfile_load(path, ret_key);
	if (rc < 0)
		say("%s: %s", path, rc == -EBADMSG ? "not a key of 64 hex digits" : strerror(-rc));
	return rc < 0 ? -1 : 0;
}
