/* The opener: makes all that needs privileges, gives them up, and watches over the others. */
#include "daemon/daemon.h"

#include "base/folder.h"
#include "daemon/child.h"
#include "daemon/host.h"
#include "daemon/live-ring.h"
#include "daemon/notify.h"
#include "daemon/say.h"
#include "policy/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define TURN_NSEC (NSEC_PER_SEC / 10)
#define WATCHDOG_NSEC NSEC_PER_SEC
#define END_DECODER_MS 2000
#define END_KEEPER_MS 5000
#define CLIENTS_QUEUE 16
#define EXIT_NOT_RUN 3

struct opener {
	struct station st;
	struct daemon_options *options;
	struct children children;
	struct live_rings rings;
	struct policy *policy;
	struct policy_watch watch;
	bool has_watch, is_ready;
	int64_t next_watchdog;
};

/* ---- the policy ---- */

static void say_problem(void *ctx, const struct problem *problem)
{
	struct text place;

	(void)ctx;
	text_init(&place, 0);
	place_put(&place, &problem->place);
	daemon_say("%s: %s%s", place.ptr ? place.ptr : "", problem->is_warning ? "warning: " : "",
		   problem->what);
	text_finish(&place);
}

static int load_policy(struct opener *o)
{
	struct problems problems = {.tell = say_problem};
	int rc = policy_reload(o->options->root, &problems, &o->policy);

	if (rc == -EBADMSG)
		daemon_say("the policy has errors: the last good one stays in force");
	else if (rc < 0)
		daemon_say("the policy: %s", strerror(-rc));
	o->st.policy = o->policy;
	return rc;
}

static bool has_target(const struct policy *p, const char *target)
{
	for (const struct policy_item *i = policy_items(p, SETTING_FORWARD); i; i = i->next)
		if (strcmp(i->text, target) == 0)
			return true;
	return false;
}

static bool has_forwarder(const struct opener *o, const char *target)
{
	for (size_t i = 0; i < o->children.n; i++) {
		const struct child *c = &o->children.rows[i];

		if (c->member == MEMBER_FORWARDER && c->is_wanted && strcmp(c->target, target) == 0)
			return true;
	}
	return false;
}

/* Targets outlive the policy that named them. */
static void want_forwarders(struct opener *o)
{
	for (size_t i = 0; i < o->children.n; i++) {
		struct child *c = &o->children.rows[i];

		if (c->member != MEMBER_FORWARDER || !c->is_wanted ||
		    has_target(o->policy, c->target))
			continue;
		c->is_wanted = false;
		child_stop(c);
	}
	for (const struct policy_item *i = policy_items(o->policy, SETTING_FORWARD);
	     i && o->options->log; i = i->next) {
		struct text target;

		if (has_forwarder(o, i->text))
			continue;
		text_init(&target, 0);
		text_puts(&target, i->text);
		if (!target.ptr || !children_add(&o->children, MEMBER_FORWARDER, target.ptr))
			daemon_say("%s: more targets than %d are not served", i->text,
				   FORWARDERS_MAX);
	}
}

/* `others`: the rings are not those of before. */
static void tell_policy(struct opener *o, bool others)
{
	struct pack out;

	children_reread(&o->children);
	parcel_begin(&out, o->st.out, PARCEL_POLICY);
	pack_number(&out, others);
	station_send(&o->st, MEMBER_KEEPER, &out);
	if (others)
		live_rings_tell(&o->rings);
}

static void reload(struct opener *o)
{
	bool others = false;

	if (load_policy(o) == 0) {
		want_forwarders(o);
		others = live_rings_differ(&o->rings);
	}
	if (others) {
		live_rings_end(&o->rings);
		live_rings_begin(&o->rings, &o->st);
		/* The next one begins with it, and is given the new rings. */
		child_stop(children_find(&o->children, MEMBER_DECODER));
	}
	tell_policy(o, others);
}

/* ---- what the others tell ---- */

/* The network was not seen from when the decoder before ended: what went on then was not seen to its end. */
static void tell_gap(struct opener *o, struct child *decoder)
{
	struct gap gap = {
		.begin = decoder->ended, .end = station_now(), .reason = decoder->status.problem};

	if (!decoder->ended)
		return;
	if (decoder->status.problem[0])
		told_gap(&o->st, &gap);
	decoder->ended = 0;
}

static void ready(struct opener *o, enum member m)
{
	struct child *child = children_find(&o->children, m);

	if (child)
		child_ready(&o->children, child);
}

static void decoder_ready(void *ctx, struct reader *r, int *fd)
{
	struct opener *o = ctx;

	(void)r;
	(void)fd;
	live_rings_hand_over(&o->rings);
	ready(o, MEMBER_DECODER);
	tell_gap(o, children_find(&o->children, MEMBER_DECODER));
}

static void keeper_ready(void *ctx, struct reader *r, int *fd)
{
	struct opener *o = ctx;

	(void)r;
	(void)fd;
	ready(o, MEMBER_KEEPER);
	told_again(&o->st);
	children_tell(&o->children);
	live_rings_tell(&o->rings);
}

static void host_ready(void *ctx, struct reader *r, int *fd)
{
	(void)r;
	(void)fd;
	ready(ctx, MEMBER_HOST);
}

static void ring_down(void *ctx, struct reader *r, int *fd)
{
	uint64_t number = unpack_number(r);

	(void)fd;
	if (reader_ok(r))
		live_rings_lost(&((struct opener *)ctx)->rings, number);
}

static const struct hearing hearing[] = {
	{MEMBER_DECODER, PARCEL_HELLO, decoder_ready},
	{MEMBER_DECODER, PARCEL_RING_DOWN, ring_down},
	{MEMBER_KEEPER, PARCEL_HELLO, keeper_ready},
	{MEMBER_HOST, PARCEL_HELLO, host_ready},
	{.from = MEMBER__COUNT},
};

/* ---- what is made before anybody is forked ---- */

/* Only what the next ones need stays: other rings, their users, and /proc for the host. */
static void drop_capabilities(const struct opener *o)
{
	const struct sandbox s = {
		.capabilities = CAP_BIT(CAP_NET_RAW) | CAP_BIT(CAP_SETUID) | CAP_BIT(CAP_SETGID) |
				CAP_BIT(CAP_KILL) | CAP_BIT(CAP_SYS_PTRACE) |
				CAP_BIT(CAP_DAC_READ_SEARCH),
		.never = sandbox_opener_never,
	};
	struct text missing, why;

	text_init(&missing, 0);
	text_init(&why, 0);
	if (!o->options->no_sandbox && sandbox_enter(&s, &missing, &why) < 0)
		daemon_say("%s", why.ptr ? why.ptr : "capabilities could not be dropped");
	text_finish(&missing);
	text_finish(&why);
}

static int listen_on(const char *path, gid_t group)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	memcpy(to.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	(void)unlink(path);
	if (bind(fd, (struct sockaddr *)&to, sizeof(to)) < 0 || listen(fd, CLIENTS_QUEUE) < 0) {
		int rc = -errno;

		close(fd);
		return rc;
	}
	/* Without CAP_CHOWN only root may ask. */
	if (chown(path, (uid_t)-1, group) < 0 || chmod(path, 0660) < 0)
		(void)chmod(path, 0600);
	return fd;
}

static void open_status(struct opener *o)
{
	struct text path;
	int fd;

	o->st.listener = -1;
	if (!o->options->run_dir)
		return;
	text_init(&path, 0);
	text_printf(&path, "%s/%s", o->options->run_dir, STATUS_SOCKET);
	if (path.ptr && folder_make_above(path.ptr, 0755) < 0)
		daemon_say("%s: %s", o->options->run_dir, strerror(errno));
	fd = path.ptr ? listen_on(path.ptr, o->children.ids.gid) : -ENOMEM;
	if (fd < 0)
		daemon_say("%s: %s: `ntlmaudit status` can't ask", path.ptr, strerror(-fd));
	o->st.listener = fd < 0 ? -1 : fd;
	text_finish(&path);
}

/* What root left there is the keeper's from now on; where that may not be done, the keeper says what it can't write. */
static void give(const struct opener *o, const char *path)
{
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return;
	/* who could write there before must not have made it another name of what is root's */
	if (fstat(fd, &st) == 0 &&
	    (S_ISDIR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_nlink == 1)) &&
	    fchownat(fd, "", o->children.ids.uid, o->children.ids.gid, AT_EMPTY_PATH) < 0)
		errno = 0;
	close(fd);
}

static void give_log(const struct opener *o)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-lock"};
	const char *folder = member_folder(o->options->log);
	bool is_new = access(folder, F_OK) < 0;
	struct text path;

	text_init(&path, 0);
	text_printf(&path, "%s/forward/", folder);
	if (!path.ptr || folder_make_above(path.ptr, 0750) < 0)
		daemon_say("%s: %s", folder, strerror(errno));
	/* without the slash at its end, which would follow a link */
	text_reset(&path);
	text_printf(&path, "%s/forward", folder);
	give(o, path.ptr);
	if (is_new)
		give(o, folder);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		text_reset(&path);
		text_printf(&path, "%s%s", o->options->log, suffixes[i]);
		give(o, path.ptr);
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

static int check_log(const struct opener *o)
{
	const struct member_ids *ids = &o->children.ids;
	const char *folder = member_folder(o->options->log);

	if (o->options->no_sandbox || may_write(ids, folder))
		return 0;
	daemon_say("%s: user %s can't write there: `chown %s %s`, or another log or --user", folder,
		   ids->user, ids->user, folder);
	return -EACCES;
}

static int may_capture(void)
{
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int prepare(struct opener *o)
{
	int rc = may_capture();

	if (rc < 0) {
		daemon_say("packets can't be captured (%s): run it as root, `sudo %s ...`",
			   strerror(-rc), program_invocation_short_name);
		return rc;
	}
	rc = member_ids_find(o->options->user, &o->children.ids);
	if (rc < 0) {
		daemon_say("there is no user %s", o->options->user);
		return rc;
	}
	/* before the reading: what changes from here on is noticed */
	o->has_watch = policy_watch_init(&o->watch, o->options->root) == 0;
	rc = load_policy(o);
	if (rc < 0 && rc != -EBADMSG)
		return rc;
	rc = station_open(&o->st);
	if (rc < 0) {
		daemon_say("%s", strerror(-rc));
		return rc;
	}
	o->children.st = &o->st;
	o->st.since = station_now();
	open_status(o);
	if (o->options->log) {
		give_log(o);
		rc = check_log(o);
		if (rc < 0)
			return rc;
	}
	host_open(&o->st);
	if (o->has_watch)
		station_own(&o->st, o->watch.fd);
	return 0;
}

static int open_rings(struct opener *o)
{
	if (live_rings_begin(&o->rings, &o->st) > 0)
		return 0;
	/* An interface may come later; one that is named on the command line is meant to be there. */
	return o->options->n_interfaces ? -ENODEV : 0;
}

/* ---- its life ---- */

static void block_signals(sigset_t *ret_set)
{
	static const int taken[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};

	sigemptyset(ret_set);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		sigaddset(ret_set, taken[i]);
	sigprocmask(SIG_BLOCK, ret_set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

static void hang_up(struct opener *o)
{
	notify_send("RELOADING=1");
	reload(o);
	for (size_t i = 0; i < o->children.n; i++)
		if (o->children.rows[i].member == MEMBER_FORWARDER &&
		    o->children.rows[i].status.pid)
			(void)kill(o->children.rows[i].status.pid, SIGHUP);
	if (o->is_ready)
		notify_send("READY=1");
}

static bool are_running(const struct opener *o)
{
	for (size_t i = 0; i < o->children.n; i++)
		if (o->children.rows[i].member != MEMBER_FORWARDER &&
		    o->children.rows[i].status.state != STATUS_RUNNING)
			return false;
	return true;
}

static void say_ready(struct opener *o)
{
	int64_t now = station_monotonic();

	if (!o->is_ready && are_running(o)) {
		o->is_ready = true;
		notify_send("READY=1\nSTATUS=Auditing NTLM");
		if (!o->options->quiet)
			daemon_say("auditing NTLM as user %s%s%s", o->children.ids.user,
				   o->options->log ? " into " : "",
				   o->options->log ? o->options->log : "");
	}
	if (now < o->next_watchdog)
		return;
	notify_send("WATCHDOG=1");
	o->next_watchdog = now + WATCHDOG_NSEC;
}

/* False: it is to end. */
static bool turn(struct opener *o, const sigset_t *signals)
{
	static const struct timespec wait = {.tv_nsec = TURN_NSEC};
	int number = sigtimedwait(signals, NULL, &wait);

	if (number == SIGTERM || number == SIGINT)
		return false;
	if (number == SIGHUP)
		hang_up(o);
	else if (o->has_watch && policy_watch_changed(&o->watch))
		reload(o);
	children_look(&o->children);
	station_hear(&o->st, hearing, o);
	live_rings_look(&o->rings);
	say_ready(o);
	return !children_find(&o->children, MEMBER_KEEPER)->is_done;
}

/* In the order in which they hand on what they have. */
static void end_all(struct opener *o)
{
	notify_send("STOPPING=1");
	child_end(children_find(&o->children, MEMBER_DECODER), END_DECODER_MS);
	child_end(children_find(&o->children, MEMBER_KEEPER), END_KEEPER_MS);
	for (size_t i = 0; i < o->children.n; i++)
		child_stop(&o->children.rows[i]);
	for (size_t i = 0; i < o->children.n; i++)
		child_end(&o->children.rows[i], END_DECODER_MS);
}

int daemon_run(struct daemon_options *options)
{
	static struct opener o; /* large */
	sigset_t signals;

	o.options = options;
	o.st.options = options;
	block_signals(&signals);
	if (prepare(&o) < 0 || open_rings(&o) < 0)
		return EXIT_NOT_RUN;
	drop_capabilities(&o);
	children_add(&o.children, MEMBER_KEEPER, NULL);
	children_add(&o.children, MEMBER_HOST, NULL);
	children_add(&o.children, MEMBER_DECODER, NULL);
	want_forwarders(&o);
	while (turn(&o, &signals))
		continue;
	end_all(&o);
	explicit_bzero(options->key, sizeof(options->key));
	return EXIT_SUCCESS;
}
