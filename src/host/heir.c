#include "host/heir.h"

#include "base/mem.h"
#include "host/proc.h"

#include <errno.h>
#include <unistd.h>

#define NS_PER_MS INT64_C(1000000)
#define LOOKS 7

/* Before each look, from the fork on: the first is at once, as a child may live for a few milliseconds only. */
static const int64_t pauses[LOOKS] = {
	0, NS_PER_MS / 2, NS_PER_MS, 3 * NS_PER_MS, 15 * NS_PER_MS, 30 * NS_PER_MS, 250 * NS_PER_MS,
};

struct entry {
	struct endpoint local, remote;
	uint64_t inode;
	int64_t time;
	int64_t due; /* INT64_MAX = no fork since the last look */
	size_t looks;
	uint32_t pid; /* who accepted; 0 = unused */
	size_t n;
	uint32_t children[HEIR_CHILDREN];
};

struct heirs {
	void (*inherited)(void *ctx, const struct endpoint *local, const struct endpoint *remote,
			  int64_t time, const struct process *process);
	void *ctx;
	struct easel easel;
	struct portrait portrait;
	size_t next; /* the oldest entry, or an unused one */
	struct entry entries[HEIRS_MAX];
};

int heirs_new(void (*inherited)(void *ctx, const struct endpoint *local,
				const struct endpoint *remote, int64_t time,
				const struct process *process),
	      void *ctx, const struct easel *easel, struct heirs **ret_heirs)
{
	struct heirs *h = mem_zalloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->inherited = inherited;
	h->ctx = ctx;
	h->easel = *easel;
	*ret_heirs = h;
	return 0;
}

void heirs_free(struct heirs *h)
{
	mem_free(h);
}

static struct entry *find(struct heirs *h, uint64_t inode)
{
	for (size_t i = 0; i < HEIRS_MAX; i++)
		if (h->entries[i].pid && h->entries[i].inode == inode)
			return &h->entries[i];
	return NULL;
}

/* The same connection may be told of again: a child asked for its address. */
static struct entry *place_for(struct heirs *h, uint64_t inode)
{
	struct entry *e = find(h, inode);

	if (e)
		return e;
	h->next = (h->next + 1) % HEIRS_MAX;
	return &h->entries[h->next];
}

void heirs_accepted(struct heirs *h, const struct endpoint *local, const struct endpoint *remote,
		    uint32_t pid, uint64_t inode, int64_t time)
{
	struct entry *e;

	if (!inode)
		return;
	e = place_for(h, inode);
	*e = (struct entry){.local = *local,
			    .remote = *remote,
			    .inode = inode,
			    .time = time,
			    .due = INT64_MAX,
			    .pid = pid};
}

void heirs_forked(struct heirs *h, uint64_t inode, uint32_t child, int64_t now)
{
	struct entry *e = find(h, inode);

	if (!e || e->n == HEIR_CHILDREN)
		return;
	e->children[e->n++] = child;
	e->looks = 0;
	e->due = now;
}

static bool parent_holds(const struct entry *e)
{
	int dir = proc_open(e->pid);
	bool holds;

	if (dir < 0)
		return false;
	holds = proc_holds(dir, e->inode);
	close(dir);
	return holds;
}

static bool tell_if_heir(struct heirs *h, const struct entry *e, uint32_t pid)
{
	int dir = proc_open(pid);
	bool is_heir;

	if (dir < 0)
		return false;
	is_heir =
		proc_holds(dir, e->inode) && portrait_of_folder(&h->portrait, &h->easel, dir) == 0;
	close(dir);
	if (is_heir)
		h->inherited(h->ctx, &e->local, &e->remote, e->time, &h->portrait.process);
	return is_heir;
}

/* The parent first: once it has let go it stays so. */
static bool look(struct heirs *h, const struct entry *e)
{
	if (parent_holds(e))
		return false;
	for (size_t i = 0; i < e->n; i++)
		if (tell_if_heir(h, e, e->children[i]))
			return true;
	return false;
}

static void look_when_due(struct heirs *h, struct entry *e, int64_t now)
{
	if (e->due > now)
		return;
	if (look(h, e) || ++e->looks == LOOKS)
		e->due = INT64_MAX;
	else
		e->due = now + pauses[e->looks];
}

int64_t heirs_run(struct heirs *h, int64_t now)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < HEIRS_MAX; i++) {
		struct entry *e = &h->entries[i];

		if (!e->pid)
			continue;
		look_when_due(h, e, now);
		if (e->due < next)
			next = e->due;
	}
	return next;
}
