/* What the kernel gives: packets, and whose they are. */
#include "cmd/doctor.h"

#include "host/watch.h"
#include "policy/match.h"
#include "source/ring.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#define MOUNTS_MAX ((size_t)4 << 20)
#define INTERFACES_MAX 1024

void check_capture(struct doctor *d, struct checkup *c)
{
	struct ring_options options = {.mib = 1};
	struct text why;
	int fd, rc;

	text_init(&why, 0);
	rc = ring_open(&options, &why, &fd);
	if (rc == 0) {
		close(fd);
	} else if ((rc != -EPERM && rc != -EACCES) || !doctor_needs_root(d, c)) {
		remark(c, VERDICT_ERROR, "a capture can't be opened: %s",
		       why.len ? why.ptr : strerror(-rc));
		if (rc == -EPERM)
			cure(c, "give the container CAP_NET_RAW: docker run --cap-add NET_RAW "
				"--network host ...");
		else if (rc == -EAFNOSUPPORT)
			cure(c, "modprobe af_packet");
	}
	text_finish(&why);
}

/* ---- what BPF needs ---- */

/* Is a file system of that type mounted? Fields of a line: device, place, type. */
static bool is_mounted(const struct doctor *d, const char *type)
{
	struct text mounts;
	bool found;

	if (doctor_read(d, "/proc/self/mounts", MOUNTS_MAX, &mounts) < 0)
		return false;
	found = strstr(mounts.ptr, type) != NULL;
	text_finish(&mounts);
	return found;
}

static void look_at_lockdown(struct doctor *d, struct checkup *c)
{
	struct text mode;

	if (doctor_read(d, "/sys/kernel/security/lockdown", 256, &mode) < 0)
		return; /* a kernel without it, or not for us to see: check_bpf() tells the truth */
	if (strstr(mode.ptr, "[confidentiality]")) {
		remark(c, VERDICT_WARNING,
		       "the kernel is locked down (confidentiality): BPF may not read it");
		cure(c, "boot with lockdown=integrity on the kernel's command line");
	}
	text_finish(&mode);
}

void check_kernel(struct doctor *d, struct checkup *c)
{
	if (!is_mounted(d, " cgroup2 ")) {
		remark(c, VERDICT_WARNING, "cgroup2 is not mounted");
		cure(c, "mount -t cgroup2 none /sys/fs/cgroup");
	}
	if (!doctor_exists(d, "/sys/kernel/btf/vmlinux")) {
		remark(c, VERDICT_WARNING, "the kernel does not describe its types (BTF)");
		cure(c, "install a kernel with CONFIG_DEBUG_INFO_BTF=y, as Debian's are");
	}
	look_at_lockdown(d, c);
}

static void ignore(void *ctx, const struct holding *h)
{
	(void)ctx;
	(void)h;
}

void check_bpf(struct doctor *d, struct checkup *c)
{
	static const struct host_watch_options options;
	static const struct host_watch_ops ops = {.holding = ignore};
	struct host_watch *watch;
	struct text why;
	int rc;

	if (doctor_needs_root(d, c))
		return;
	text_init(&why, 0);
	rc = host_watch_new(&options, &ops, NULL, &why, &watch);
	if (rc < 0) {
		remark(c, VERDICT_ERROR, "no process can be found: %s",
		       why.len ? why.ptr : strerror(-rc));
	} else if (host_watch_method(watch) != HOST_BPF) {
		remark(c, VERDICT_WARNING,
		       "short-lived processes are missed, as SOCK_DIAG and /proc have to do: %s",
		       why.len ? why.ptr : "BPF can't be loaded");
		cure(c, "ntlmaudit doctor -o json | jq '.checks[] | select(.id == \"kernel\")'");
	}
	if (rc == 0)
		host_watch_free(watch);
	text_finish(&why);
}

/* ---- interfaces ---- */

static bool is_there(const struct doctor *d, const char *pattern)
{
	char path[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	if (!doctor_path(d, path, sizeof(path), "/sys/class/net"))
		return false;
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir)))
		found = entry->d_name[0] != '.' &&
			name_matches(span_str(pattern), span_str(entry->d_name));
	if (dir)
		closedir(dir);
	return found;
}

void check_interfaces(struct doctor *d, struct checkup *c)
{
	const struct policy_item *item;
	struct text place;

	if (!d->policy) {
		remark(c, VERDICT_SKIPPED, "the policy can't be read");
		return;
	}
	item = policy_items(d->policy, SETTING_INTERFACES);
	if (!item) {
		remark(c, VERDICT_ERROR, "the list of interfaces is empty: nothing is captured");
		cure(c, "interfaces = *");
	}
	for (; item; item = item->next) {
		if (is_there(d, item->text))
			continue;
		text_init(&place, 0);
		place_put(&place, &item->place);
		remark(c, VERDICT_WARNING, "there is no interface %s, which %s names", item->text,
		       place.ptr ? place.ptr : "");
		cure(c, "interfaces = *");
		text_finish(&place);
	}
}
