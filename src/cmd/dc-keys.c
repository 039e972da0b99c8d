#include "cmd/dc-keys.h"

#include "cmd/cmd.h"
#include "daemon/key-files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char *add(const char *paths[DC_KEY_FILES_MAX], size_t *n, const char *path)
{
	if (!*path)
		return "should name a file";
	if (*n == DC_KEY_FILES_MAX)
		return "can be given 32 times";
	paths[(*n)++] = path;
	return NULL;
}

const char *dc_keys_add_keytab(struct dc_key_files *files, const char *path)
{
	return add(files->keytab, &files->n_keytabs, path);
}

const char *dc_keys_add_folder(struct dc_key_files *files, const char *path)
{
	return add(files->folder, &files->n_folders, path);
}

static const char *why_not(int rc)
{
	if (rc == -EFBIG)
		return "larger than 16 MiB: no file of keys is";
	return rc == -EBADMSG ? "neither a keytab nor one of Samba's tdb files" : strerror(-rc);
}

/* What a file has that is not among the keys: 1, or 0 where there is nothing like that. */
static int tell_found(const char *folder, const char *path, const struct netlogon_keys_found *found)
{
	const char *slash = *folder ? "/" : "";

	if (found->why)
		say("%s%s%s: %s: %s", folder, slash, path, found->format, found->why);
	if (found->over_limit)
		say("%s%s%s: %zu keys are beyond what is kept", folder, slash, path,
		    found->over_limit);
	return found->why || found->over_limit;
}

/* 0 and what it gave, or a negative errno. */
static int read_file(struct netlogon_keys *keys, int folder, const char *path,
		     struct netlogon_keys_found *ret_found)
{
	int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NOCTTY), rc;

	if (fd < 0)
		return -errno;
	rc = netlogon_keys_read(keys, fd, ret_found);
	close(fd);
	return rc;
}

/* 0; 1 where it was read in part; -1. */
static int read_keytab(struct netlogon_keys *keys, const char *path)
{
	struct netlogon_keys_found found = {0};
	int rc = read_file(keys, AT_FDCWD, path, &found);

	if (rc < 0) {
		say("%s: %s", path, why_not(rc));
		return -1;
	}
	rc = tell_found("", path, &found);
	if (found.account_keys + found.session_keys)
		return rc;
	say("%s: holds no arcfour-hmac key of a machine, and secure channels have no others: "
	    "export it with samba-tool domain exportkeytab",
	    path);
	return -1;
}

/* The same. */
static int read_folder(struct netlogon_keys *keys, const char *path)
{
	size_t n_keys = 0;
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), partly = 0;

	if (folder < 0) {
		say("%s: %s", path, strerror(errno));
		return -1;
	}
	for (const char *const *name = key_files_private; *name; name++) {
		struct netlogon_keys_found found = {0};
		int rc = read_file(keys, folder, *name, &found);

		if (rc < 0 && rc != -ENOENT)
			say("%s/%s: %s", path, *name, why_not(rc));
		partly |= rc < 0 ? rc != -ENOENT : tell_found(path, *name, &found);
		n_keys += found.account_keys + found.session_keys;
	}
	close(folder);
	if (n_keys)
		return partly;
	say("%s: no key is there, neither in schannel_store.tdb nor in secrets.tdb: name Samba's "
	    "private folder, "
	    "/var/lib/samba/private",
	    path);
	return -1;
}

int dc_keys_read(const struct dc_key_files *files, struct netlogon_keys **ret_keys)
{
	int rc = 0, partly = 0;

	*ret_keys = NULL;
	if (!files->n_keytabs && !files->n_folders)
		return 0;
	rc = netlogon_keys_new(ret_keys);
	if (rc < 0)
		say("keys: %s", strerror(-rc));
	for (size_t i = 0; i < files->n_keytabs && rc >= 0; i++) {
		rc = read_keytab(*ret_keys, files->keytab[i]);
		partly |= rc > 0;
	}
	for (size_t i = 0; i < files->n_folders && rc >= 0; i++) {
		rc = read_folder(*ret_keys, files->folder[i]);
		partly |= rc > 0;
	}
	if (rc >= 0)
		return partly;
	netlogon_keys_free(*ret_keys);
	*ret_keys = NULL;
	return -1;
}
