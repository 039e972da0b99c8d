/* The opener: makes all that needs privileges, gives them up, and watches over the others. */
#include "daemon/daemon.h"

#include "daemon/child.h"
#include "daemon/host.h"
#include "daemon/key-files.h"
#include "daemon/link.h"
#include "daemon/live-ring.h"
#include "daemon/log-folder.h"
#include "daemon/notify.h"
#include "daemon/run-socket.h"
#include "daemon/say.h"
#include "policy/watch.h"

#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TURN_NSEC (NSEC_PER_SEC / 10)
#define WATCHDOG_NSEC NSEC_PER_SEC
#define EXIT_NOT_RUN 3

struct opener {
	struct station st;
	struct daemon_options *options;
	struct children children;
	struct live_rings rings;
	struct key_files keys;
	struct links links;    /* of the other parts to the one that captures */
	int link;	       /* of such another; -1: there is none now */
	bool is_other_version; /* the one that captures is */
	struct policy *policy;
	struct policy_watch watch;
	bool has_watch, is_ready;
	int64_t next_watchdog;
};

/* ---- the policy ---- */

static void say_problem(void *status_policy, const struct problem *problem)
{
	struct text place;

	status_take_problem(status_policy, problem);
	text_init(&place, 0);
	place_put(&place, &problem->place);
	daemon_say("%s: %s%s", place.ptr ? place.ptr : "", problem->is_warning ? "warning: " : "",
		   problem->what);
	text_finish(&place);
}

static int load_policy(struct opener *o)
{
	static struct status_policy status; /* large */
	struct problems problems = {.tell = say_problem, .context = &status};
	int rc;

	o->st.policy_status = &status;
	status_forget_problems(&status);
	rc = policy_reload(o->options->root, &problems, &o->policy);
	status.is_refused = rc < 0;
	o->st.is_policy_private = member_policy_is_private(&o->st, &o->children.ids);

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

static void change_rings(struct opener *o)
{
	live_rings_end(&o->rings);
	live_rings_begin(&o->rings, &o->st);
	/* The next one begins with it, and is given the new rings. */
	child_stop(children_find(&o->children, MEMBER_DECODER));
	links_again(&o->links);
}

static void describe_logs(const struct policy *p, struct text *out)
{
	text_init(out, 0);
	text_puts(out, "");
	for (const struct policy_item *i = policy_items(p, SETTING_SAMBA_LOG); i; i = i->next)
		text_printf(out, "%s\n", i->text);
}

/* The host follows what the policy named when it was forked. */
static void change_logs(struct opener *o, const struct text *before)
{
	struct text now;

	describe_logs(o->policy, &now);
	if (before->ptr && now.ptr && strcmp(before->ptr, now.ptr) != 0)
		child_stop(children_find(&o->children, MEMBER_HOST));
	text_finish(&now);
}

/* True: the rings are not those of before. */
static bool take_policy(struct opener *o)
{
	struct text logs;
	bool others;
	int rc;

	describe_logs(o->policy, &logs);
	rc = load_policy(o);
	if (rc == 0)
		change_logs(o, &logs);
	text_finish(&logs);
	if (rc < 0)
		return false;
	if (part_has(o->st.part, MEMBER_FORWARDER))
		want_forwarders(o);
	others = part_captures(o->st.part) && live_rings_differ(&o->rings);
	if (others)
		change_rings(o);
	return others;
}

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
	bool others = take_policy(o);

	if (part_captures(o->st.part))
		key_files_again(&o->keys);
	if (part_has(o->st.part, MEMBER_KEEPER)) /* else it is another part's, which sees it, too */
		tell_policy(o, others);
}

/* ---- what the others tell ---- */

/* The network was not seen from when the decoder before ended: what went on then was not seen to its end. */
static void tell_gap(struct opener *o, struct child *decoder)
{
	struct gap gap = {
		.begin = decoder->ended, .end = clock_wall(), .reason = decoder->status.problem};

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
	if (part_captures(o->st.part)) {
		key_files_hand_over(&o->keys); /* before the first packet */
		live_rings_hand_over(&o->rings);
	}
	ready(o, MEMBER_DECODER);
	if (part_has(o->st.part, MEMBER_DECODER))
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
	links_tell(&o->links);
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

/* Only what the next ones need stays. */
static void drop_capabilities(const struct opener *o)
{
	const struct sandbox s = {
		.capabilities = o->st.part->capabilities,
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

static void open_status(struct opener *o)
{
	const char *dir = o->options->run_dir;

	if (!dir || !part_has(o->st.part, MEMBER_KEEPER))
		return;
	o->st.listener = run_socket_listen(dir, STATUS_SOCKET, SOCK_STREAM, o->children.ids.gid);
	if (o->st.listener >= 0)
		return;
	daemon_say("%s/" STATUS_SOCKET ": %s: `ntlmaudit status` can't ask", dir,
		   strerror(-o->st.listener));
	o->st.listener = -1;
}

/* Then nobody is kept waiting for an answer. */
static void close_status(struct opener *o)
{
	if (o->st.listener >= 0)
		close(o->st.listener);
	o->st.listener = -1;
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
	const struct part *part = o->st.part;
	int rc = part_captures(part) ? may_capture() : 0;

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
	member_ids_decoder(&o->children.ids, &o->children.decoder_ids);
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
	o->children.since = clock_wall();
	/* before the sockets, which may be those of another that stores there */
	if (o->options->log && (part_has(part, MEMBER_KEEPER) || part_has(part, MEMBER_FORWARDER)))
		rc = log_folder_take(&o->st, &o->children.ids);
	if (rc < 0)
		return rc;
	if (part_captures(part)) /* the others where they are linked */
		open_status(o);
	if (part_has(part, MEMBER_HOST))
		host_open(&o->st);
	if (part_captures(part) && part->name)
		links_open(&o->links, &o->st, &o->children.decoder_ids);
	if (o->has_watch)
		station_own(&o->st, o->watch.fd);
	return 0;
}

static int open_rings(struct opener *o)
{
	if (!part_captures(o->st.part))
		return 0;
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
	if (o->children.is_held)
		return false;
	for (size_t i = 0; i < o->children.n; i++)
		if (o->children.rows[i].member != MEMBER_FORWARDER &&
		    o->children.rows[i].status.state != STATUS_RUNNING)
			return false;
	return true;
}

static void say_ready(struct opener *o)
{
	int64_t now = clock_monotonic();

	if (!o->is_ready && are_running(o)) {
		o->is_ready = true;
		notify_send("READY=1\nSTATUS=Auditing NTLM");
		if (!o->options->quiet && part_has(o->st.part, MEMBER_KEEPER))
			daemon_say("auditing NTLM as user %s%s%s", o->children.ids.user,
				   o->options->log ? " into " : "",
				   o->options->log ? o->options->log : "");
	}
	if (now < o->next_watchdog)
		return;
	notify_send("WATCHDOG=1");
	o->next_watchdog = now + WATCHDOG_NSEC;
}

/* ---- a part without rings ---- */

/* What was not seen meanwhile the keeper tells, when it knows since when it is seen again. */
static void lose_link(struct opener *o)
{
	static const char why[] = "the part that captures ended";
	struct child *decoder = children_find(&o->children, MEMBER_DECODER);

	close(o->link);
	o->link = -1;
	close_status(o);
	children_hold(&o->children, why);
	o->st.ended_before = why;
	if (decoder)
		decoder->ended = 0;
}

/* What it was forked with is what the policy says now. */
static void begin_with(struct opener *o, const struct link_grant *grant)
{
	struct child *decoder = children_find(&o->children, MEMBER_DECODER);

	if (!o->children.is_held)
		children_hold(&o->children, "");
	o->options->tap = grant->tap;
	memcpy(o->options->key, grant->key, sizeof(grant->key));
	o->st.since = grant->since;
	take_policy(o);
	o->st.is_tap = grant->tap || policy_number(o->policy, SETTING_TAP);
	if (decoder && !decoder->ended && grant->gone) {
		decoder->ended = grant->gone;
		status_copy(decoder->status.problem, sizeof(decoder->status.problem),
			    "the decoder's part ended");
	}
	if (o->st.listener < 0)
		open_status(o);
	o->children.is_held = false;
	children_tell(&o->children);
}

static void follow_link(struct opener *o)
{
	struct link_grant grant;
	int rc;

	if (o->link < 0)
		o->link = link_ask(o->options->run_dir, o->st.part);
	if (o->link < 0)
		return;
	rc = link_hear(o->link, &o->st, &grant);
	if (rc > 0)
		begin_with(o, &grant);
	else if (rc < 0)
		lose_link(o);
	o->is_other_version = rc == -EPROTO;
	explicit_bzero(&grant, sizeof(grant));
}

/* ---- turns ---- */

/* False: it is to end. */
static bool turn(struct opener *o, const sigset_t *signals)
{
	static const struct timespec wait = {.tv_nsec = TURN_NSEC};
	const struct child *keeper;
	int number = sigtimedwait(signals, NULL, &wait);

	if (number == SIGTERM || number == SIGINT)
		return false;
	if (number == SIGHUP)
		hang_up(o);
	else if (o->has_watch && policy_watch_changed(&o->watch))
		reload(o);
	children_look(&o->children);
	station_hear(&o->st, hearing, o);
	if (part_captures(o->st.part)) {
		live_rings_look(&o->rings);
		key_files_look(&o->keys);
		links_look(&o->links);
	} else {
		follow_link(o);
	}
	say_ready(o);
	keeper = children_find(&o->children, MEMBER_KEEPER);
	return !o->is_other_version && !(keeper && keeper->is_done);
}

static void begin_all(struct opener *o)
{
	static const enum member members[] = {MEMBER_KEEPER, MEMBER_HOST, MEMBER_DECODER};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (part_has(o->st.part, members[i]))
			children_add(&o->children, members[i], NULL);
	if (part_has(o->st.part, MEMBER_FORWARDER))
		want_forwarders(o);
	o->children.is_held = !part_captures(o->st.part); /* until they have ends */
}

int daemon_run(struct daemon_options *options)
{
	static struct opener o; /* large */
	sigset_t signals;

	o.options = options;
	o.st.options = options;
	o.keys.st = &o.st;
	o.st.part = options->part ? options->part : &part_whole;
	o.st.me = o.st.part->opener;
	o.st.listener = o.link = o.links.listener = -1;
	block_signals(&signals);
	if (prepare(&o) < 0 || open_rings(&o) < 0)
		return EXIT_NOT_RUN;
	o.st.since = clock_wall();
	drop_capabilities(&o);
	begin_all(&o);
	while (turn(&o, &signals))
		continue;
	notify_send("STOPPING=1");
	children_end(&o.children);
	key_files_finish(&o.keys);
	explicit_bzero(options->key, sizeof(options->key));
	return EXIT_SUCCESS;
}
