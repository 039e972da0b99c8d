#include "daemon/member.h"

#include "daemon/say.h"

#include <errno.h>
#include <glob.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOBODY 65534
/* systemd has these for users that live as long as a service: nobody's in any list, and no file's. */
#define UNUSED_FIRST 61184
#define UNUSED_LAST 65519

int member_ids_find(const char *name, struct member_ids *ret_ids)
{
	const char *wanted = name ? name : DAEMON_USER;
	const struct passwd *user = getpwnam(wanted);

	if (!user && name)
		return -ENOENT;
	*ret_ids = user ? (struct member_ids){user->pw_uid, user->pw_gid, wanted}
			: (struct member_ids){NOBODY, NOBODY, "nobody"};
	return 0;
}

/* user_namespaces(7): outside of its ranges there is nobody that we could become. */
static bool is_mapped(const char *map, unsigned id)
{
	FILE *file = fopen(map, "re");
	unsigned first, outside, n;
	bool found = file == NULL; /* no namespaces: there is everybody */

	while (file && !found && fscanf(file, "%u %u %u", &first, &outside, &n) == 3)
		found = id >= first && id - first < n;
	if (file)
		fclose(file);
	return found;
}

static bool is_unused(unsigned id)
{
	return !getpwuid(id) && !getgrgid(id) && is_mapped("/proc/self/uid_map", id) &&
	       is_mapped("/proc/self/gid_map", id);
}

void member_ids_decoder(const struct member_ids *others, struct member_ids *ret_ids)
{
	const struct passwd *user = getpwnam(DECODER_USER);
	unsigned id = UNUSED_LAST;

	*ret_ids = *others;
	if (user && user->pw_uid != 0) {
		*ret_ids = (struct member_ids){user->pw_uid, user->pw_gid, DECODER_USER};
		return;
	}
	while (id > UNUSED_FIRST && (id == others->uid || !is_unused(id)))
		id--;
	if (id > UNUSED_FIRST)
		*ret_ids = (struct member_ids){id, id, NULL};
}

const char *member_folder(const char *path)
{
	static char folder[4096];
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;

	if (!slash || n >= sizeof(folder))
		return slash ? "/" : ".";
	memcpy(folder, path, n);
	folder[n] = '\0';
	return n ? folder : "/";
}

/* ---- sandboxes ---- */

/* A path below the root, or NULL where that is too long; for good. */
static const char *below_root(const struct station *st, const char *path)
{
	struct text t;

	text_init(&t, 0);
	text_printf(&t, "%s%s", st->options->root, path);
	return t.ptr;
}

static const char *copy(const char *text)
{
	struct text t;

	text_init(&t, 0);
	text_puts(&t, text);
	return t.ptr ? t.ptr : "/nonexistent";
}

/* Where the policy lies. */
static const char *const policy_folders[] = {"/usr/lib/ntlmaudit", "/etc/ntlmaudit",
					     "/var/lib/ntlmaudit/policy"};
static const char *const policy_files[] = {
	"/usr/lib/ntlmaudit/ntlmaudit.conf", "/etc/ntlmaudit/ntlmaudit.conf",
	"/etc/ntlmaudit/ntlmaudit.conf.d/?*.conf", POLICY_IMPORTED};
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void each_file(const struct station *st, void (*each)(void *ctx, const char *path),
		      void *ctx)
{
	struct text pattern;
	glob_t g;

	text_init(&pattern, 0);
	for (size_t i = 0; i < COUNT(policy_files); i++) {
		text_reset(&pattern);
		text_printf(&pattern, "%s%s", st->options->root, policy_files[i]);
		if (!pattern.ptr || glob(pattern.ptr, 0, NULL, &g) != 0)
			continue;
		for (size_t k = 0; k < g.gl_pathc; k++)
			each(ctx, g.gl_pathv[k]);
		globfree(&g);
	}
	text_finish(&pattern);
}

/* Where a link leads to; NULL: it is none. In member_folder()'s buffer. */
static const char *folder_of_link(const char *path)
{
	char real[PATH_MAX];
	struct stat found;

	if (lstat(path, &found) < 0 || !S_ISLNK(found.st_mode) || !realpath(path, real))
		return NULL;
	return member_folder(real);
}

static void allow_link(void *sandbox, const char *path)
{
	const char *folder = folder_of_link(path);

	if (folder)
		sandbox_allow(sandbox, copy(folder), false);
}

static void put_link(void *text, const char *path)
{
	const char *folder = folder_of_link(path);

	if (folder)
		text_printf(text, "%s\n", folder);
}

/* Without other groups, as a member will be. */
static bool may(const struct member_ids *ids, const struct stat *st, mode_t of_others)
{
	mode_t needed = of_others;

	if (st->st_uid == ids->uid)
		needed = of_others << 6;
	else if (st->st_gid == ids->gid)
		needed = of_others << 3;
	return (st->st_mode & needed) == needed;
}

struct readable {
	const struct member_ids *ids;
	bool is_all;
};

static void check_readable(void *readable, const char *path)
{
	struct readable *r = readable;
	struct stat file, folder;

	if (stat(path, &file) == 0 && stat(member_folder(path), &folder) == 0)
		r->is_all &= may(r->ids, &file, S_IROTH) && may(r->ids, &folder, S_IXOTH);
}

bool member_policy_is_private(const struct station *st, const struct member_ids *ids)
{
	struct readable r = {.ids = ids, .is_all = true};

	if (geteuid() == 0 && ids->uid != 0 && !st->options->no_sandbox)
		each_file(st, check_readable, &r);
	return !r.is_all;
}

void member_policy_places(const struct station *st, struct text *out)
{
	struct text path;
	struct stat found;

	text_init(&path, 0);
	for (size_t i = 0; i < COUNT(policy_folders); i++) {
		text_reset(&path);
		text_printf(&path, "%s%s", st->options->root, policy_folders[i]);
		if (path.ptr && stat(path.ptr, &found) == 0)
			text_printf(out, "%ju:%ju\n", (uintmax_t)found.st_dev,
				    (uintmax_t)found.st_ino);
	}
	text_finish(&path);
	if (st->is_policy_private)
		text_puts(out, "private\n");
	each_file(st, put_link, out);
}

static void of_host(const struct station *st, const char *target, struct sandbox *s)
{
	(void)st;
	(void)target;
	/* /proc of all users: descriptors and executables */
	s->capabilities = CAP_BIT(CAP_SYS_PTRACE) | CAP_BIT(CAP_DAC_READ_SEARCH);
}

static void of_decoder(const struct station *st, const char *target, struct sandbox *s)
{
	(void)st;
	(void)target;
	s->no_network = s->landlock = true;
	s->calls = sandbox_decoder_calls;
}

static void of_keeper(const struct station *st, const char *target, struct sandbox *s)
{
	(void)target;
	s->no_network = s->landlock = true;
	s->calls = sandbox_keeper_calls;
	for (size_t i = 0; i < COUNT(policy_folders); i++)
		sandbox_allow(s, below_root(st, policy_folders[i]), false);
	sandbox_allow(s, below_root(st, "/etc/machine-id"), false);
	each_file(st, allow_link, s);
	if (st->options->log)
		sandbox_allow(s, copy(member_folder(st->options->log)), true);
}

/* Names of hosts and certificates to look up, the log's folder, a file's. */
static void of_forwarder(const struct station *st, const char *target, struct sandbox *s)
{
	static const char *const read[] = {"/etc", "/usr", "/lib", "/lib64", "/run", "/dev"};

	s->landlock = true;
	for (size_t i = 0; i < sizeof(read) / sizeof(read[0]); i++)
		sandbox_allow(s, read[i], false);
	sandbox_allow(s, copy(member_folder(st->options->log)), true);
	if (strncmp(target, "file:", 5) == 0)
		sandbox_allow(s, copy(member_folder(target + 5)), true);
}

void member_sandbox(const struct station *st, enum member m, const struct member_ids *ids,
		    const char *target, struct sandbox *ret_sandbox)
{
	static void (*const of[MEMBER__COUNT])(const struct station *, const char *,
					       struct sandbox *) = {
		[MEMBER_HOST] = of_host,
		[MEMBER_DECODER] = of_decoder,
		[MEMBER_KEEPER] = of_keeper,
		[MEMBER_FORWARDER] = of_forwarder,
	};

	*ret_sandbox = (struct sandbox){
		.ids = true, .uid = ids->uid, .gid = ids->gid, .never = sandbox_never};
	of[m](st, target, ret_sandbox);
}

/* ---- beginning ---- */

static void enter(struct station *st, enum member m, const struct member_ids *ids,
		  const char *target, pid_t parent)
{
	struct sandbox s;
	struct text missing, why;
	int rc;

	text_init(&missing, 0);
	text_init(&why, 0);
	member_sandbox(st, m, ids, target, &s);
	s.parent = parent;
	rc = st->options->no_sandbox ? sandbox_follow(parent, &why)
				     : sandbox_enter(&s, &missing, &why);
	if (missing.len)
		daemon_say("goes without %s", missing.ptr);
	if (rc < 0) {
		daemon_say("%s", why.ptr ? why.ptr : strerror(-rc));
		_exit(EXIT_FAILURE);
	}
	text_finish(&missing);
	text_finish(&why);
}

static int live(struct station *st, enum member m, const char *target)
{
	static int (*const mains[MEMBER__COUNT])(struct station *) = {
		[MEMBER_HOST] = host_main,
		[MEMBER_DECODER] = decoder_main,
		[MEMBER_KEEPER] = keeper_main,
	};

	return m == MEMBER_FORWARDER ? forwarder_main(st, target) : mains[m](st);
}

void member_run(struct station *st, enum member m, const struct member_ids *ids, const char *target,
		pid_t parent)
{
	sigset_t none;

	station_become(st, m);
	station_signals();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	enter(st, m, ids, target, parent);
	_exit(live(st, m, target));
}
