#include "daemon/child.h"

#include "daemon/say.h"

#include <errno.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOON_NSEC (2 * NSEC_PER_SEC) /* who ends so soon may do so again */
#define END_MS 2000
#define END_KEEPER_MS 5000
#define LATE_NSEC                                                                                  \
	(NSEC_PER_SEC / 2) /* between two looks: then all of the machine was busy, not one child */

/* How long a member may be silent. The keeper waits for disks, the host for whoever knows names of users. */
static const int64_t patience[MEMBER__COUNT] = {
	[MEMBER_HOST] = 60 * NSEC_PER_SEC,
	[MEMBER_DECODER] = 8 * NSEC_PER_SEC / 10,
	[MEMBER_KEEPER] = 60 * NSEC_PER_SEC,
	[MEMBER_FORWARDER] =
		INT64_MAX, /* several have one pulse, and their calls end by themselves */
};

struct child *children_add(struct children *c, enum member member, const char *target)
{
	struct child *child = &c->rows[c->n];

	for (size_t i = 0; i < c->n; i++) /* one that is done with */
		if (!c->rows[i].is_wanted && !c->rows[i].status.pid)
			child = &c->rows[i];
	if (child == &c->rows[CHILDREN_MAX])
		return NULL;
	if (child == &c->rows[c->n])
		c->n++;
	*child = (struct child){.member = member, .is_wanted = true, .target = target};
	status_copy(child->status.name, sizeof(child->status.name), member_name(member));
	if (member == MEMBER_FORWARDER) {
		size_t first = (size_t)(children_find(c, MEMBER_FORWARDER) - c->rows);
		struct text name;

		text_init(&name, 0);
		text_printf(&name, "%s %zu", member_name(member),
			    (size_t)(child - c->rows) - first + 1);
		status_copy(child->status.name, sizeof(child->status.name), name.ptr);
		text_finish(&name);
	}
	return child;
}

struct child *children_find(struct children *c, enum member member)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].member == member)
			return &c->rows[i];
	return NULL;
}

static void tell(const struct children *c, const struct child *child)
{
	station_count(c->st, &child->status, sizeof(child->status));
}

/* ---- starting ---- */

/* Before it is forked: what comes meanwhile is seen with the next reading. */
static void note_places(struct children *c)
{
	text_finish(&c->places);
	text_init(&c->places, 0);
	member_policy_places(c->st, &c->places);
}

static void start(struct children *c, struct child *child)
{
	pid_t opener = getpid(), pid;

	if (child->member == MEMBER_KEEPER)
		note_places(c);
	pid = fork();
	if (pid == 0)
		member_run(c->st, child->member,
			   child->member == MEMBER_DECODER ? &c->decoder_ids : &c->ids,
			   child->target, opener);
	child->started = child->pulse_since = clock_monotonic();
	if (pid < 0) {
		daemon_say("%s: can't be started: %s", child->status.name, strerror(errno));
		child->next_start = child->started + NSEC_PER_SEC;
		return;
	}
	child->is_stopped = false;
	child->status.pid = pid;
	/* A forwarder has no channel to us; it begins with nothing that could take long. */
	child->status.state = child->member == MEMBER_FORWARDER ? STATUS_RUNNING : STATUS_STARTING;
	child->status.since = clock_wall();
	tell(c, child);
}

void child_ready(const struct children *c, struct child *child)
{
	child->status.state = STATUS_RUNNING;
	tell(c, child);
}

void children_tell(const struct children *c)
{
	struct status_process opener = {
		.pid = getpid(), .state = STATUS_RUNNING, .since = c->since};

	status_copy(opener.name, sizeof(opener.name), member_name(c->st->me));
	station_count(c->st, &opener, sizeof(opener));
	for (size_t i = 0; i < c->n; i++)
		tell(c, &c->rows[i]);
}

/* ---- ending ---- */

static void describe(struct child *child, int status)
{
	struct text why;

	text_init(&why, 0);
	if (child->is_killed)
		text_puts(&why, child->status.problem);
	else if (WIFSIGNALED(status))
		text_printf(&why, "the %s ended by signal %d (%s)", member_name(child->member),
			    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		text_printf(&why, "the %s ended with status %d", member_name(child->member),
			    WEXITSTATUS(status));
	status_copy(child->status.problem, sizeof(child->status.problem), why.ptr);
	child->is_killed = false;
	text_finish(&why);
}

/* Once it is back within a moment; who fails again and again waits a little longer, but never a second. */
static void plan_start(struct child *child)
{
	int64_t now = clock_monotonic();
	unsigned doublings;

	child->failures = now - child->started < SOON_NSEC ? child->failures + 1 : 0;
	doublings = child->failures < 4 ? child->failures : 4;
	child->next_start = now + (child->failures ? (NSEC_PER_SEC / 20) << doublings : 0);
}

static void note_end(struct children *c, struct child *child, int status)
{
	bool is_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	if (is_well) {
		child->status.problem[0] = '\0';
	} else {
		describe(child, status);
		daemon_say("%s", child->status.problem);
	}
	child->is_done = is_well && !child->is_stopped;
	child->ended = clock_wall();
	child->status.pid = 0;
	child->status.state = STATUS_DOWN;
	child->status.restarts += child->is_wanted && !child->is_stopped;
	if (!child->is_wanted)
		child->status.since = 0;
	plan_start(child);
	tell(c, child);
}

static void reap(struct children *c)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < c->n; i++)
			if (c->rows[i].status.pid == pid)
				note_end(c, &c->rows[i], status);
}

void child_stop(struct child *child)
{
	if (!child)
		return;
	child->is_stopped = true;
	if (child->status.pid)
		(void)kill(child->status.pid, SIGTERM);
}

static void end(struct child *child, int milliseconds)
{
	pid_t pid = child->status.pid;

	child->is_wanted = false;
	if (!pid)
		return;
	child_stop(child);
	for (int waited = 0; waitpid(pid, NULL, WNOHANG) == 0; waited += 10) {
		if (waited >= milliseconds)
			(void)kill(pid, SIGKILL);
		(void)poll(NULL, 0, 10);
	}
	child->status.pid = 0;
}

void children_reread(struct children *c)
{
	struct text now;

	text_init(&now, 0);
	member_policy_places(c->st, &now);
	if (c->st->is_policy_private || now.len != c->places.len ||
	    (now.len && memcmp(now.ptr, c->places.ptr, now.len) != 0))
		child_stop(children_find(c, MEMBER_KEEPER));
	text_finish(&now);
}

static void end_member(struct children *c, enum member member, int milliseconds)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].member == member)
			end(&c->rows[i], milliseconds);
}

void children_end(struct children *c)
{
	end_member(c, MEMBER_DECODER, END_MS);
	end_member(c, MEMBER_KEEPER, END_KEEPER_MS);
	for (size_t i = 0; i < c->n; i++)
		child_stop(&c->rows[i]);
	for (size_t i = 0; i < c->n; i++)
		end(&c->rows[i], END_MS);
}

void children_hold(struct children *c, const char *why)
{
	bool wanted[CHILDREN_MAX];

	for (size_t i = 0; i < c->n; i++)
		wanted[i] = c->rows[i].is_wanted;
	children_end(c);
	for (size_t i = 0; i < c->n; i++) {
		struct child *child = &c->rows[i];

		child->is_wanted = wanted[i];
		if (!wanted[i] || child->status.state == STATUS_DOWN)
			continue;
		child->status.state = STATUS_DOWN;
		child->status.restarts += *why != 0;
		status_copy(child->status.problem, sizeof(child->status.problem), why);
		child->ended = clock_wall();
	}
	c->is_held = true;
}

/* ---- watching over ---- */

static void check_pulse(const struct children *c, struct child *child, int64_t now)
{
	uint64_t pulse = atomic_load_explicit(&c->st->pulse[child->member], memory_order_relaxed);
	struct text why;

	if (pulse != child->pulse || !child->status.pid) {
		child->pulse = pulse;
		child->pulse_since = now;
	}
	if (now - child->pulse_since <= patience[child->member])
		return;
	text_init(&why, 0);
	text_printf(&why, "the %s did not answer and was ended", member_name(child->member));
	status_copy(child->status.problem, sizeof(child->status.problem), why.ptr);
	text_finish(&why);
	child->is_killed = true;
	(void)kill(child->status.pid, SIGKILL);
	child->pulse_since = now; /* it ends soon */
}

void children_look(struct children *c)
{
	int64_t now = clock_monotonic();
	bool is_late = now - c->last_look > LATE_NSEC;

	reap(c);
	for (size_t i = 0; i < c->n; i++) {
		struct child *child = &c->rows[i];

		if (is_late)
			child->pulse_since = now;
		check_pulse(c, child, now);
		if (!c->is_held && child->is_wanted && !child->status.pid &&
		    now >= child->next_start)
			start(c, child);
	}
	c->last_look = now;
}
