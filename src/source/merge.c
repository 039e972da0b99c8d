#include "source/merge.h"

#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>

/*
 * Files open at a time, where the process may have as many; where more than that overlap in time, the rest come
 * later, out of order.
 */
#define OPEN_MAX_FILES 200
/* As many may take memory to be faster. */
#define WIDE_FILES 8

struct part {
	const char *name;
	size_t order;	      /* in which it was named */
	int64_t first;	      /* time of its first packet: where it stands in the queue */
	struct input *input;  /* open while it is being read */
	struct packet packet; /* the next one of an open input */
	uint64_t size;
};

struct merge {
	const struct merge_ops *ops;
	void *ctx;
	struct text why;
	struct part *part; /* by first; [0, begun) are open or done */
	size_t n, begun;
	struct part **open; /* those being read */
	size_t n_open;
	bool full;	     /* no descriptor was free: not before one of them is closed */
	struct part *last;   /* whose packet was given out: it moves on at the next call */
	struct input *alone; /* its input where no other file is left; else NULL */
	uint64_t done, total;
};

static void report(struct merge *m, const struct part *p, bool partly)
{
	m->ops->problem(m->ctx, p->name, m->why.len ? m->why.ptr : "can't be read", partly);
	text_reset(&m->why);
}

/* Reads an input's next packet; false at its end, be it good or bad. */
static bool advance(struct merge *m, struct part *p)
{
	int rc = input_next(p->input, &p->packet, &m->why);

	if (rc > 0)
		return true;
	if (rc < 0)
		report(m, p, true);
	return false;
}

/* Opens a file that isn't yet; what could be opened later is not reported, but -EAGAIN. */
static int open_input(struct merge *m, struct part *p)
{
	int rc = p->input ? 0 : input_open(p->name, &m->why, &p->input);

	if (rc >= 0) {
		p->input->window.idle = m->ops->idle;
		p->input->window.idle_ctx = m->ctx;
		return 0;
	}
	p->input = NULL;
	if ((rc == -EMFILE || rc == -ENFILE) && m->n_open) {
		text_reset(&m->why);
		return -EAGAIN;
	}
	report(m, p, false);
	return rc;
}

/* Reads the first packet of what was opened; what is bad or empty is closed again. */
static bool first_packet(struct merge *m, struct part *p)
{
	p->size = p->input->size;
	if (advance(m, p))
		return true;
	input_close(p->input);
	p->input = NULL;
	return false;
}

/* Looks at each file's first packet; a pipe stays open, since it can't be opened again. */
static void find_firsts(struct merge *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->n; i++) {
		struct part p = m->part[i];

		if (open_input(m, &p) < 0 || !first_packet(m, &p))
			continue;
		p.first = p.packet.time;
		m->total += p.size;
		if (p.size && m->n > 1 && strcmp(p.name, "-") != 0) {
			input_close(p.input);
			p.input = NULL;
		}
		m->part[kept++] = p;
	}
	m->n = kept;
}

static int by_first(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->first == y->first)
		return (x->order > y->order) - (x->order < y->order);
	return (x->first > y->first) - (x->first < y->first);
}

int merge_open(const char *const names[], size_t n, const struct merge_ops *ops, void *ctx,
	       struct merge **ret_merge)
{
	struct merge *m = mem_zalloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->part = mem_zalloc(n, sizeof(*m->part));
	m->open = mem_zalloc(n, sizeof(struct part *));
	if (!m->part || !m->open) {
		merge_close(m);
		return -ENOMEM;
	}
	m->ops = ops;
	m->ctx = ctx;
	m->n = n;
	text_init(&m->why, 4096);
	for (size_t i = 0; i < n; i++)
		m->part[i] = (struct part){.name = names[i], .order = i};
	find_firsts(m);
	qsort(m->part, m->n, sizeof(*m->part), by_first);
	*ret_merge = m;
	return 0;
}

void merge_close(struct merge *m)
{
	if (!m)
		return;
	for (size_t i = 0; m->part && i < m->n; i++)
		input_close(m->part[i].input);
	text_finish(&m->why);
	mem_free(m->part);
	mem_free(m->open);
	mem_free(m);
}

static struct part *earliest(const struct merge *m)
{
	struct part *best = NULL;

	for (size_t i = 0; i < m->n_open; i++)
		if (!best || m->open[i]->packet.time < best->packet.time)
			best = m->open[i];
	return best;
}

/* Opens the files whose time has come. */
static void open_due(struct merge *m)
{
	const struct part *next = earliest(m);

	while (m->begun < m->n && m->n_open < OPEN_MAX_FILES && !m->full) {
		struct part *p = &m->part[m->begun];
		bool peeked = p->input != NULL; /* a pipe or the only file: its packet is there */
		int rc;

		if (next && p->first > next->packet.time)
			return;
		rc = open_input(m, p);
		m->full = rc == -EAGAIN;
		if (m->full)
			return;
		m->begun++;
		if (rc < 0 || (!peeked && !first_packet(m, p)))
			continue;
		p->input->window.wide = m->n_open < WIDE_FILES;
		m->open[m->n_open++] = p;
		next = earliest(m);
	}
}

/* A file has no more packets. */
static void end_part(struct merge *m, struct part *p)
{
	m->done += p->size;
	m->full = false;
	input_close(p->input);
	p->input = NULL;
	for (size_t i = 0; i < m->n_open; i++) {
		if (m->open[i] != p)
			continue;
		m->open[i] = m->open[--m->n_open];
		return;
	}
}

/* The packet given out before is used up: on to its file's next one. */
static void move_on(struct merge *m)
{
	struct part *p = m->last;

	m->last = NULL;
	if (p && !advance(m, p))
		end_part(m, p);
}

/* Of the last file that is left there is nothing to compare its packets with. */
static int next_alone(struct merge *m, struct packet *ret_packet)
{
	int rc = input_next(m->alone, ret_packet, &m->why);

	if (rc > 0)
		return 1;
	if (rc < 0)
		report(m, m->last, true);
	end_part(m, m->last);
	m->last = NULL;
	m->alone = NULL;
	return 0;
}

int merge_next(struct merge *m, struct packet *ret_packet)
{
	if (m->alone)
		return next_alone(m, ret_packet);
	move_on(m);
	if (m->begun < m->n)
		open_due(m);
	m->last = earliest(m);
	if (!m->last)
		return 0;
	*ret_packet = m->last->packet;
	if (m->n_open == 1 && m->begun == m->n)
		m->alone = m->last->input;
	return 1;
}

bool merge_is_last(const struct merge *m)
{
	return m->n_open <= 1 && m->begun == m->n;
}

void merge_progress(const struct merge *m, uint64_t *ret_done, uint64_t *ret_total)
{
	*ret_done = m->done;
	*ret_total = m->total;
	for (size_t i = 0; i < m->n_open; i++)
		*ret_done += input_position(m->open[i]->input);
}
