/* Files of keys of domain controllers: whoever can't read them sees no more than that there are secure channels. */
#include "cmd/doctor.h"
#include "daemon/key-files.h"
#include "netlogon/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXPORT "samba-tool domain exportkeytab %s"

static void look_at_mode(struct checkup *c, const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !(st.st_mode & (S_IROTH | S_IWOTH)))
		return;
	remark(c, VERDICT_WARNING, "%s: everybody can read the keys of the domain", path);
	cure(c, "chmod 0600 %s", path);
}

/* Keys that a file holds; 0 where that is none, or was remarked. -ENOENT where there is no file. */
static int count_keys(struct doctor *d, struct checkup *c, const char *path)
{
	struct netlogon_keys_found found = {0};
	struct netlogon_keys *keys = NULL;
	char real[PATH_MAX];
	int fd = -1, rc = doctor_path(d, real, sizeof(real), path) ? 0 : -ENAMETOOLONG;

	if (rc == 0)
		fd = open(real, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (rc == 0 && fd < 0)
		rc = -errno;
	if (rc == 0)
		rc = netlogon_keys_new(&keys);
	if (rc == 0) {
		look_at_mode(c, path, fd);
		rc = netlogon_keys_read(keys, fd, &found);
	}
	netlogon_keys_free(keys);
	if (fd >= 0)
		close(fd);
	if (rc == -ENOENT || (rc == -EACCES && doctor_needs_root(d, c)))
		return rc;
	if (rc < 0 || found.why)
		remark(c, VERDICT_ERROR, "%s: %s", path, found.why ? found.why : strerror(-rc));
	return rc < 0 ? rc : (int)(found.account_keys + found.session_keys);
}

static void look_at_keytab(struct doctor *d, struct checkup *c, const char *path)
{
	int n = count_keys(d, c, path);

	if (n == -ENOENT)
		remark(c, VERDICT_ERROR, "%s is not there", path);
	else if (n == 0)
		remark(c, VERDICT_ERROR,
		       "%s holds no arcfour-hmac key, and secure channels have no others", path);
	if (n == -ENOENT || n == -EBADMSG || n == 0)
		cure(c, EXPORT, path);
}

static void look_at_folder(struct doctor *d, struct checkup *c, const char *folder)
{
	int best = -ENOENT;

	for (const char *const *name = key_files_private; *name; name++) {
		struct text path;
		int n = -ENOMEM;

		text_init(&path, 0);
		text_printf(&path, "%s/%s", folder, *name);
		if (path.ptr)
			n = count_keys(d, c, path.ptr);
		best = n > best || best == -ENOENT ? n : best;
		text_finish(&path);
	}
	if (best != -ENOENT && best != 0)
		return;
	remark(c, VERDICT_ERROR, "%s: no key is there: is it Samba's private folder?", folder);
	cure(c, "/etc/ntlmaudit/ntlmaudit.conf: samba-private = /var/lib/samba/private");
}

void check_keys(struct doctor *d, struct checkup *c)
{
	const struct policy_item *keytab = NULL, *folder = NULL;

	if (d->policy) {
		keytab = policy_items(d->policy, SETTING_KEYTAB);
		folder = policy_items(d->policy, SETTING_SAMBA_PRIVATE);
	}
	if (!keytab && !folder)
		remark(c, VERDICT_SKIPPED, "no keys are named: secure channels are not read");
	for (; keytab; keytab = keytab->next)
		look_at_keytab(d, c, keytab->text);
	for (; folder; folder = folder->next)
		look_at_folder(d, c, folder->text);
}
