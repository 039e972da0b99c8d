#include "daemon/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/sandbox-calls.h"

static int fail(struct text *why, const char *what)
{
	int rc = errno ? -errno : -EINVAL;

	text_printf(why, "%s: %s", what, strerror(-rc));
	return rc;
}

static void lack(struct text *missing, const char *what)
{
	text_printf(missing, "%s%s (%s)", missing->len ? ", " : "", what, strerror(errno));
}

/* ---- who we are ---- */

static int drop_bounds(uint64_t keep)
{
	int rc = 0;

	for (int cap = 0; cap < 64 && rc == 0; cap++)
		if (!(keep & CAP_BIT(cap)) && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			rc = prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	return rc;
}

static int set_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	for (int i = 0; i < 2; i++) {
		data[i].effective = data[i].permitted = (uint32_t)(keep >> (32 * i));
		data[i].inheritable = 0;
	}
	return (int)syscall(SYS_capset, &header, data);
}

/* What of it this process has at all. */
static uint64_t available_capabilities(uint64_t wanted)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	if (syscall(SYS_capget, &header, data) < 0)
		return 0;
	return wanted & (data[0].permitted | (uint64_t)data[1].permitted << 32);
}

static int become(const struct sandbox *s, struct text *why)
{
	uint64_t keep = available_capabilities(s->capabilities);

	/* Without CAP_SETPCAP it can't be; nothing is ever executed, so that it hardly matters. */
	if (geteuid() == 0)
		(void)drop_bounds(keep);
	if (s->ids && geteuid() == 0) {
		if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setgroups(0, NULL) < 0 ||
		    setresgid(s->gid, s->gid, s->gid) < 0 || setresuid(s->uid, s->uid, s->uid) < 0)
			return fail(why, "becoming another user");
	}
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
		return fail(why, "dropping capabilities");
	return set_capabilities(keep) < 0 ? fail(why, "dropping capabilities") : 0;
}

/* ---- files ---- */

/* Landlock as of its ABIs 1 to 6: what an ABI does not know is left away by `size`. */
struct ruleset {
	uint64_t fs, net, scoped;
};

struct path_beneath {
	uint64_t access;
	int32_t fd;
} __attribute__((packed));

#define LANDLOCK_VERSION 1u /* flag: tell the ABI */
#define LANDLOCK_PATH_BENEATH 1
#define FS_EXECUTE (1u << 0)
#define FS_READ_FILE (1u << 2)
#define FS_READ_DIR (1u << 3)
#define FS_WRITE_FILE (1u << 1)
#define FS_TRUNCATE (1u << 14)

/* By ABI: all that can be denied of files, of the network, of others; and how much of the struct it knows. */
static const struct {
	uint64_t fs, net, scoped;
	size_t size;
} abis[] = {
	{0, 0, 0, 0},	    {0x1fff, 0, 0, 8},	{0x3fff, 0, 0, 8},  {0x7fff, 0, 0, 8},
	{0x7fff, 3, 0, 16}, {0xffff, 3, 0, 16}, {0xffff, 3, 3, 24},
};

#define ABI_MAX ((long)(sizeof(abis) / sizeof(abis[0])) - 1)

static int allow_path(int ruleset, const struct sandbox_path *p, uint64_t all)
{
	uint64_t file = FS_READ_FILE | (p->writable ? FS_WRITE_FILE | FS_TRUNCATE : 0);
	uint64_t folder = p->writable ? all & ~(uint64_t)FS_EXECUTE : file | FS_READ_DIR;
	struct path_beneath rule = {.fd = open(p->path, O_PATH | O_CLOEXEC)};
	struct stat st;
	long rc;

	if (rule.fd < 0)
		return errno == ENOENT || errno == EACCES ? 0 : -errno;
	rule.access = all & (fstat(rule.fd, &st) == 0 && S_ISDIR(st.st_mode) ? folder : file);
	rc = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_PATH_BENEATH, &rule, 0);
	close(rule.fd);
	return rc < 0 ? -errno : 0;
}

/* Without paths also no TCP port, and nobody outside can be signalled: that is what no file at all means. */
static int enter_landlock(const struct sandbox *s, struct text *missing, struct text *why)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);
	struct ruleset rules;
	int fd, rc = 0;

	if (abi < 1) {
		lack(missing, "Landlock");
		return 0;
	}
	abi = abi > ABI_MAX ? ABI_MAX : abi;
	rules = (struct ruleset){abis[abi].fs, s->no_network ? abis[abi].net : 0, abis[abi].scoped};
	fd = (int)syscall(SYS_landlock_create_ruleset, &rules, abis[abi].size, 0);
	if (fd < 0)
		return fail(why, "Landlock");
	for (size_t i = 0; i < s->n_paths && rc == 0; i++)
		rc = allow_path(fd, &s->paths[i], rules.fs);
	if (rc == 0 && syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		rc = -errno;
	close(fd);
	errno = -rc;
	return rc < 0 ? fail(why, "Landlock") : 0;
}

void sandbox_allow(struct sandbox *s, const char *path, bool writable)
{
	if (s->n_paths < SANDBOX_PATHS_MAX)
		s->paths[s->n_paths++] = (struct sandbox_path){path, writable};
}

/* ---- all of it ---- */

/* As a service manager may have given it to us: lo is everywhere. */
static bool is_network_empty(void)
{
	int before = errno;
	FILE *file = fopen("/proc/self/net/dev", "re");
	char line[256];
	size_t n = 0;

	while (file && fgets(line, sizeof(line), file))
		n += strchr(line, ':') != NULL;
	if (file)
		fclose(file);
	errno = before;
	return n == 1;
}

/*
 * As root by itself; else as its user in a user namespace, which needs no privilege: nobody is mapped there, and nothing but
 * that empty network belongs to it.
 */
static void leave_network(const struct sandbox *s, struct text *missing)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
		if (!is_network_empty())
			lack(missing, "a network namespace of its own");
	} else {
		(void)set_capabilities(s->capabilities); /* what a new namespace's maker is given */
	}
}

/* Last of all, as each change of who we are takes it back: whoever watches over us is gone, so are we. */
int sandbox_follow(pid_t parent, struct text *why)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return fail(why, "following the opener");
	if (parent && getppid() != parent)
		raise(SIGKILL);
	return 0;
}

static int no_leftovers(struct text *why)
{
	const struct rlimit none = {0};

	/* A core or a debugger would see what is never written. */
	if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fail(why, "forbidding core dumps");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail(why, "forbidding new privileges");
	return 0;
}

int sandbox_enter(const struct sandbox *s, struct text *missing, struct text *why)
{
	bool is_alone = s->no_network && unshare(CLONE_NEWNET) == 0;
	int rc = become(s, why);

	if (rc == 0 && s->no_network && !is_alone)
		leave_network(s, missing);
	if (rc == 0)
		rc = no_leftovers(why);
	if (rc == 0)
		rc = sandbox_follow(s->parent, why);
	if (rc == 0 && s->landlock)
		rc = enter_landlock(s, missing, why);
	return rc < 0 ? rc : sandbox_restrict_calls(s->calls, s->never, why);
}
