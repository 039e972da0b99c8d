#include "wire/held.h"

#include <errno.h>

#include "base/mem.h"

/* Finding a piece's place is linear: this bounds it. */
#define PIECES_MAX 256
#define HEAD_MIN 2048
/* What the allocator takes for itself, so that many small blocks are not cheap. */
#define BLOCK_COST 16

struct held_piece {
	struct held_piece *next;
	uint64_t off;
	size_t len;
	size_t missing; /* bytes behind it that are not in the capture */
	uint8_t bytes[];
};

static uint64_t piece_end(const struct held_piece *p)
{
	return p->off + p->len;
}

static size_t least(size_t a, uint64_t b)
{
	return a < b ? a : (size_t)b;
}

void held_run_from(struct held_run *r, uint64_t off)
{
	uint64_t drop = off - r->off;
	size_t n = least(r->bytes.len, drop);

	r->bytes = span_from(r->bytes, n);
	r->missing -= (size_t)(drop - n);
	r->off = off;
}

/* Room in the pool for `size` bytes more, at the cost of others but not of h. */
static int reserve(struct held_pool *pool, const struct held *h, size_t size)
{
	while (pool->total < size || pool->bytes > pool->total - size) {
		struct held *victim = pool->oldest != h ? pool->oldest : h->newer;

		tally_one(pool->tally, TALLY_TCP_MEMORY_FULL);
		if (!victim)
			return -ENOBUFS;
		pool->reclaim(pool, victim);
	}
	return 0;
}

/* A block that is accounted for until release(). */
static int allocate(struct held_pool *pool, const struct held *h, size_t size, void **ret_block)
{
	void *block;
	int rc = reserve(pool, h, size + BLOCK_COST);

	if (rc < 0)
		return rc;
	block = mem_alloc(size);
	if (!block) {
		tally_one(pool->tally, TALLY_NO_MEMORY);
		return -ENOMEM;
	}
	pool->bytes += size + BLOCK_COST;
	*ret_block = block;
	return 0;
}

static void release(struct held_pool *pool, void *block, size_t size)
{
	if (!block)
		return;
	pool->bytes -= size + BLOCK_COST;
	mem_free_secret(block, size); /* it may have held a password */
}

struct held *held_new(struct held_pool *pool, struct stream *s, struct flow *flow,
		      enum stream_dir dir)
{
	struct held *h = mem_zalloc(1, sizeof(*h));

	if (!h) {
		tally_one(pool->tally, TALLY_NO_MEMORY);
		return NULL;
	}
	h->stream = s;
	h->flow = flow;
	h->dir = dir;
	h->older = pool->newest;
	*(pool->newest ? &pool->newest->newer : &pool->oldest) = h;
	pool->newest = h;
	pool->bytes += sizeof(*h) + BLOCK_COST;
	return h;
}

static void drop_first(struct held_pool *pool, struct held *h)
{
	struct held_piece *p = h->first;

	h->first = p->next;
	if (!h->first)
		h->last = NULL;
	h->pieces--;
	h->waiting -= p->len;
	release(pool, p, sizeof(*p) + p->len);
}

void held_free(struct held_pool *pool, struct held *h)
{
	while (h->first)
		drop_first(pool, h);
	*(h->older ? &h->older->newer : &pool->oldest) = h->newer;
	*(h->newer ? &h->newer->older : &pool->newest) = h->older;
	release(pool, h->ptr, h->cap);
	release(pool, h, sizeof(*h));
}

uint64_t held_first(const struct held *h)
{
	return h->first->off;
}

uint64_t held_end(const struct held *h)
{
	return piece_end(h->last);
}

/* A new block of at least `size` bytes for the head; doubling keeps the copying linear. */
static int grow_head(struct held_pool *pool, struct held *h, size_t size)
{
	size_t cap = h->len * 2 > HEAD_MIN ? h->len * 2 : HEAD_MIN;
	void *block;
	int rc;

	if (cap < size)
		cap = size;
	rc = allocate(pool, h, cap, &block);
	if (rc < 0)
		return rc;
	if (h->len)
		memcpy(block, h->ptr + h->start, h->len);
	release(pool, h->ptr, h->cap);
	h->ptr = block;
	h->cap = cap;
	h->start = 0;
	return 0;
}

static int append(struct held_pool *pool, struct held *h, struct span bytes)
{
	int rc;

	if (bytes.len == 0)
		return 0;
	if (bytes.len > h->cap - h->start - h->len) {
		/* moving down is linear where at least half has been read */
		if (h->start >= h->cap / 2 && bytes.len <= h->cap - h->len) {
			memmove(h->ptr, h->ptr + h->start, h->len);
			h->start = 0;
		} else {
			rc = grow_head(pool, h, h->len + bytes.len);
			if (rc < 0)
				return rc;
		}
	}
	memcpy(h->ptr + h->start + h->len, bytes.ptr, bytes.len);
	h->len += bytes.len;
	return 0;
}

/* The piece for the run's first n bytes. */
static int piece_new(struct held_pool *pool, struct held *h, const struct held_run *run, size_t n,
		     struct held_piece **ret_piece)
{
	struct held_piece *p;
	void *block;
	int rc;

	if (h->pieces >= PIECES_MAX) {
		tally_one(pool->tally, TALLY_TCP_BUFFER_FULL);
		return -ENOBUFS;
	}
	rc = allocate(pool, h, sizeof(*p) + n, &block);
	if (rc < 0)
		return rc;
	p = block;
	*p = (struct held_piece){.off = run->off, .len = n};
	memcpy(p->bytes, run->bytes.ptr, n);
	h->pieces++;
	h->waiting += n;
	*ret_piece = p;
	return 0;
}

/* Passes the part of the run that p has already. True where it has other bytes there. */
static bool pass_overlap(struct held_run *run, const struct held_piece *p)
{
	size_t n = least(run->bytes.len, piece_end(p) - run->off);
	bool differs = memcmp(p->bytes + (run->off - p->off), run->bytes.ptr, n) != 0;

	held_run_from(run, run->off + n);
	return differs;
}

/* Puts the front of the run, up to the next piece, before that piece. */
static int fill(struct held_pool *pool, struct held *h, struct held_piece **at,
		struct held_run *run)
{
	struct held_piece *next = *at, *p = NULL;
	size_t n = next ? least(run->bytes.len, next->off - run->off) : run->bytes.len;
	int rc = piece_new(pool, h, run, n, &p);

	if (rc < 0)
		return rc;
	p->next = next;
	*at = p;
	if (!next)
		h->last = p;
	held_run_from(run, run->off + n);
	if (run->bytes.len == 0)
		p->missing = run->missing;
	return 0;
}

/* Takes the parts of the run that no piece has. */
static int add_pieces(struct held_pool *pool, struct held *h, struct held_run run)
{
	struct held_piece **at = &h->first;
	bool fresh = false, differs = false;
	int rc = 0;

	if (h->last && run.off >= piece_end(h->last))
		at = &h->last->next;
	while (rc == 0 && run.bytes.len > 0) {
		while (*at && piece_end(*at) <= run.off)
			at = &(*at)->next;
		if (*at && (*at)->off <= run.off) {
			differs |= pass_overlap(&run, *at);
			continue;
		}
		rc = fill(pool, h, at, &run);
		fresh = true;
	}
	if (differs)
		tally_one(pool->tally, TALLY_TCP_OVERLAP);
	else if (!fresh)
		tally_one(pool->tally, TALLY_TCP_DUPLICATE);
	return rc;
}

/* Passes the part of the run that the head has already. */
static void pass_head(struct held_pool *pool, const struct held *h, uint64_t pos,
		      struct held_run *run)
{
	struct span head = span_from(held_head(h), (size_t)(run->off - pos));
	size_t n = least(run->bytes.len, head.len);
	uint64_t have = pos + h->len;

	if (n > 0 && memcmp(head.ptr, run->bytes.ptr, n) != 0)
		tally_one(pool->tally, TALLY_TCP_OVERLAP);
	else if (held_run_end(run) <= have)
		tally_one(pool->tally, TALLY_TCP_DUPLICATE);
	held_run_from(run, held_run_end(run) < have ? held_run_end(run) : have);
}

int held_add(struct held_pool *pool, struct held *h, uint64_t pos, struct held_run run)
{
	uint64_t have = pos + h->len;
	int rc;

	if (run.off < have)
		pass_head(pool, h, pos, &run);
	if (h->len + h->waiting + run.bytes.len > pool->per_dir) {
		tally_one(pool->tally, TALLY_TCP_BUFFER_FULL);
		return -ENOBUFS;
	}
	if (run.off != have || h->first)
		return run.bytes.len ? add_pieces(pool, h, run) : 0;
	rc = append(pool, h, run.bytes);
	if (rc == 0 && run.missing)
		h->lost_to = held_run_end(&run);
	return rc;
}

int held_absorb(struct held_pool *pool, struct held *h, uint64_t pos)
{
	struct held_piece *p = h->first;
	size_t done;
	int rc;

	if (!p || p->off > pos + h->len)
		return 0;
	done = (size_t)(pos + h->len - p->off);
	rc = append(pool, h, span_from(span_make(p->bytes, p->len), done));
	if (rc < 0)
		return rc;
	if (p->missing)
		h->lost_to = piece_end(p) + p->missing;
	drop_first(pool, h);
	return 0;
}

void held_consume(struct held_pool *pool, struct held *h, size_t n, uint64_t pos)
{
	h->start += n;
	h->len -= n;
	if (h->len == 0)
		h->start = 0;
	while (h->first && piece_end(h->first) <= pos)
		drop_first(pool, h);
}
