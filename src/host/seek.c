#include "host/seek.h"

#include "base/mem.h"
#include "host/diag.h"
#include "host/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS 1000000
#define HUNT_NS (3 * NS_PER_MS)
#define LOOKS 3
#define ANCESTORS 16
#define LISTENERS 64

/* From one look to the next. */
static const int64_t pauses[LOOKS] = {25 * NS_PER_MS, 270 * NS_PER_MS, 0};

struct end {
	struct endpoint local, remote;
	enum held_by how;  /* what it is */
	enum held_by want; /* whom we hunt: its holder, or HELD_LISTENER */
	enum held_by told;
	uint32_t told_pid;
	uint64_t
		born_by; /* ticks since boot: who began later did not get it by this accept(); 0 = anybody */
	int64_t time;
	int64_t due;
	size_t looks;
	uint64_t inode; /* that is hunted; 0 = none */
	bool is_found;	/* in this hunt */
	uint64_t until; /* of the hunt */
};

struct listener {
	uint64_t inode;
	uint32_t pid;
};

struct seek {
	const struct seek_ops *ops;
	void *ctx;
	struct easel easel;
	int diag;
	struct hunt hunt;
	struct portrait portrait;
	struct listener listeners[LISTENERS];
	size_t n;
	struct end ends[SEEK_MAX];
};

int seek_new(const struct seek_ops *ops, void *ctx, const struct easel *easel,
	     struct seek **ret_seek)
{
	struct seek *s = mem_zalloc(1, sizeof(*s));
	int rc;

	if (!s)
		return -ENOMEM;
	s->ops = ops;
	s->ctx = ctx;
	s->easel = *easel;
	s->diag = diag_open();
	rc = s->diag < 0 ? s->diag : hunt_init(&s->hunt);
	if (rc < 0) {
		seek_free(s);
		return rc;
	}
	*ret_seek = s;
	return 0;
}

void seek_free(struct seek *s)
{
	if (!s)
		return;
	hunt_finish(&s->hunt);
	if (s->diag >= 0)
		close(s->diag);
	mem_free(s);
}

int seek_check(const struct seek *s)
{
	return diag_check(s->diag);
}

static bool same_end(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && addr_equal(&a->addr, &b->addr);
}

/* The youngest first: it is what is asked for most. */
static struct end *find(struct seek *s, const struct endpoint *local, const struct endpoint *remote)
{
	for (size_t i = s->n; i-- > 0;)
		if (same_end(&s->ends[i].local, local) && same_end(&s->ends[i].remote, remote))
			return &s->ends[i];
	return NULL;
}

void seek_add(struct seek *s, const struct endpoint *local, const struct endpoint *remote,
	      enum held_by how, int64_t time, int64_t due)
{
	if (find(s, local, remote))
		return;
	if (s->n == SEEK_MAX) {
		s->ops->unknown(s->ctx);
		return;
	}
	s->ends[s->n++] = (struct end){
		.local = *local, .remote = *remote, .how = how, .time = time, .due = due};
}

static void remove_end(struct seek *s, struct end *e)
{
	*e = s->ends[--s->n];
}

void seek_drop(struct seek *s, const struct endpoint *local, const struct endpoint *remote)
{
	struct end *e = find(s, local, remote);

	if (e)
		remove_end(s, e);
}

/* As /proc/PID/stat has it: hundredths of a second since boot. */
static uint64_t ticks_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 100 + (uint64_t)t.tv_nsec / 10000000;
}

/* Tells of a process by its open folder. */
static void tell(struct seek *s, struct end *e, int dir)
{
	if (portrait_of_folder(&s->portrait, &s->easel, dir) < 0)
		return;
	e->is_found = true;
	e->told = e->want;
	e->told_pid = s->portrait.process.pid;
	if (e->want == HELD_ACCEPTED && !e->born_by)
		e->born_by = ticks_now();
	s->ops->found(s->ctx, &e->local, &e->remote, e->want, e->time, &s->portrait.process);
}

static void remember_listener(struct seek *s, uint64_t inode, uint32_t pid)
{
	s->listeners[inode % LISTENERS] = (struct listener){inode, pid};
}

/* The farthest ancestor that holds the socket, too: a folder, or `dir` itself. */
static int first_holder(int dir, uint64_t inode)
{
	struct proc_status st;

	for (int i = 0; i < ANCESTORS; i++) {
		int parent;

		if (proc_read_status(dir, &st) < 0 || st.parent == 0)
			return dir;
		parent = proc_open(st.parent);
		if (parent < 0)
			return dir;
		if (!proc_holds(parent, inode)) {
			close(parent);
			return dir;
		}
		close(dir);
		dir = parent;
	}
	return dir;
}

/* A helper that began later may hold it by carelessness. */
static bool is_too_young(const struct end *e, int dir)
{
	struct proc_status st;

	return e->want == HELD_ACCEPTED && e->born_by &&
	       (proc_read_status(dir, &st) < 0 || st.started > e->born_by);
}

static void found(struct seek *s, struct end *e, int folder, uint64_t inode)
{
	int dir = is_too_young(e, folder) ? -1
					  : openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return;
	dir = first_holder(dir, inode);
	tell(s, e, dir);
	close(dir);
	if (e->is_found && e->want == HELD_LISTENER)
		remember_listener(s, inode, e->told_pid);
}

static bool match_socket(void *ctx, int dir, uint64_t inode)
{
	struct seek *s = ctx;

	for (size_t i = 0; i < s->n; i++)
		if (s->ends[i].inode == inode && !s->ends[i].is_found)
			found(s, &s->ends[i], dir, inode);
	return true;
}

/* Whether a process that is known holds a socket; then it is told. */
static bool try_pid(struct seek *s, struct end *e, uint32_t pid, uint64_t inode)
{
	int dir = pid ? proc_open(pid) : -1;

	if (dir < 0)
		return false;
	if (proc_holds(dir, inode))
		tell(s, e, dir);
	close(dir);
	return e->is_found;
}

static void hunt_for(struct seek *s, struct end *e, enum held_by want, uint64_t inode)
{
	const struct listener *l = &s->listeners[inode % LISTENERS];
	uint32_t pid = want != HELD_LISTENER ? e->told_pid : l->inode == inode ? l->pid : 0;

	e->want = want;
	e->is_found = false;
	if (try_pid(s, e, pid, inode))
		return;
	e->inode = inode;
	e->until = 0;
}

/* Asks whose it is now. False: nobody's, and that will not change. */
static bool look(struct seek *s, struct end *e)
{
	struct diag_socket socket = {0};
	int rc = diag_ask(s->diag, &e->local, &e->remote, &socket);

	if (rc == 0 && !socket.is_listener && socket.inode) {
		hunt_for(s, e, e->how, socket.inode);
		return true;
	}
	if (e->how != HELD_ACCEPTED)
		return false;
	if (e->told == HELD_UNKNOWN && diag_ask_listener(s->diag, &e->local, &socket) == 0 &&
	    socket.is_listener && socket.inode)
		hunt_for(s, e, HELD_LISTENER, socket.inode);
	return rc == 0 && !socket.is_listener;
}

/*
 * After a look and its hunt: is there another? Who accepted may have given it to a child by the second look; later a child
 * that has it is rather one that got it by carelessness.
 */
static bool is_over(const struct end *e)
{
	return e->looks == LOOKS || e->told == HELD_CONNECTED ||
	       (e->told == HELD_ACCEPTED && e->looks > 1);
}

static void finish(struct seek *s, struct end *e)
{
	if (e->told == HELD_UNKNOWN)
		s->ops->unknown(s->ctx);
	remove_end(s, e);
}

static void look_at_due(struct seek *s, int64_t now)
{
	for (size_t i = 0; i < s->n; i++) {
		struct end *e = &s->ends[i];

		if (e->inode || e->due > now || is_over(e))
			continue;
		e->due = now + pauses[e->looks++];
		if (!look(s, e))
			e->looks = LOOKS;
	}
}

/* The youngest are looked at for all that is new, and the cursor goes on for all that is not found yet. */
static void hunt_all(struct seek *s)
{
	uint64_t until = 0;
	bool is_new = false;

	for (size_t i = 0; i < s->n; i++)
		is_new |= s->ends[i].inode && !s->ends[i].until;
	if (is_new)
		until = hunt_youngest(&s->hunt, match_socket, s);
	for (size_t i = 0; i < s->n; i++)
		if (s->ends[i].inode && !s->ends[i].until)
			s->ends[i].until = until;
	until = 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->ends[i].inode && !s->ends[i].is_found && s->ends[i].until > until)
			until = s->ends[i].until;
	hunt_on(&s->hunt, until, HUNT_NS, match_socket, s);
}

/* Ends hunts that found, or have been everywhere; when there is more to do. */
static int64_t settle(struct seek *s, int64_t now)
{
	int64_t next = INT64_MAX;

	for (size_t i = s->n; i-- > 0;) {
		struct end *e = &s->ends[i];

		if (e->inode && (e->is_found || s->hunt.seen >= e->until))
			e->inode = 0;
		if (e->inode)
			next = now;
		else if (is_over(e))
			finish(s, e);
		else if (e->due < next)
			next = e->due;
	}
	return next;
}

int64_t seek_run(struct seek *s, int64_t now)
{
	if (s->n == 0)
		return INT64_MAX;
	look_at_due(s, now);
	hunt_all(s);
	return settle(s, now);
}
