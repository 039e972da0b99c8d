#include "host/hunt.h"

#include "base/mem.h"
#include "host/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define YOUNGEST 32
#define BORN_MEANWHILE 64

int hunt_init(struct hunt *h)
{
	*h = (struct hunt){.pids = mem_alloc(HUNT_PIDS_MAX * sizeof(*h->pids)),
			   .now = mem_alloc(HUNT_PIDS_MAX * sizeof(*h->now))};
	if (h->pids && h->now)
		return 0;
	hunt_finish(h);
	return -ENOMEM;
}

void hunt_finish(struct hunt *h)
{
	mem_free(h->pids);
	mem_free(h->now);
	*h = (struct hunt){0};
}

/* The number that was given last: the fifth word of /proc/loadavg. */
static uint32_t last_pid(void)
{
	char text[128];
	const char *at;

	if (proc_read_file(AT_FDCWD, "/proc/loadavg", text, sizeof(text)) < 0)
		return UINT32_MAX;
	at = strrchr(text, ' ');
	return at ? (uint32_t)strtoul(at + 1, NULL, 10) : UINT32_MAX;
}

/* Numbers are given in turn and begin again from below: those above the last are the oldest. */
static int compare_age(const void *a, const void *b, void *ctx)
{
	uint32_t last = *(const uint32_t *)ctx, x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	if ((x > last) != (y > last))
		return x > last ? 1 : -1;
	return x < y ? 1 : x > y ? -1 : 0;
}

/* Lists who lives; how many. */
static size_t list(uint32_t *pids)
{
	DIR *proc = opendir("/proc");
	uint32_t last = last_pid();
	struct dirent *e;
	size_t n = 0;

	while (proc && n < HUNT_PIDS_MAX && (e = readdir(proc)))
		if (isdigit((unsigned char)e->d_name[0]))
			pids[n++] = (uint32_t)strtoul(e->d_name, NULL, 10);
	if (proc)
		closedir(proc);
	qsort_r(pids, n, sizeof(*pids), compare_age, &last);
	return n;
}

struct visit {
	hunt_socket_fn *each;
	void *ctx;
	int dir;
};

static bool visit_socket(void *ctx, uint64_t inode)
{
	struct visit *v = ctx;

	return v->each(v->ctx, v->dir, inode);
}

static void visit(uint32_t pid, hunt_socket_fn *each, void *ctx)
{
	struct visit v = {each, ctx, proc_open(pid)};

	if (v.dir < 0)
		return;
	(void)proc_each_socket(v.dir, visit_socket, &v);
	close(v.dir);
}

uint64_t hunt_youngest(struct hunt *h, hunt_socket_fn *each, void *ctx)
{
	size_t n = list(h->now);

	for (size_t i = 0; i < YOUNGEST && i < n; i++)
		visit(h->now[i], each, ctx);
	return h->seen + (h->n - h->at) + n + BORN_MEANWHILE;
}

void hunt_on(struct hunt *h, uint64_t until, int64_t nsec, hunt_socket_fn *each, void *ctx)
{
	int64_t end = clock_monotonic() + nsec;

	while (h->seen < until && clock_monotonic() < end) {
		if (h->at == h->n) {
			h->n = list(h->pids);
			h->at = 0;
		}
		if (h->n == 0)
			return;
		visit(h->pids[h->at++], each, ctx);
		h->seen++;
	}
}
