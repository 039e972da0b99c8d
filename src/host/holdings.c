/*
 * A hash table of ends whose rows are also a list by the time of their telling. Rows never move: links are indices + 1, so
 * that zeroed memory is an empty table.
 */
#include "host/holdings.h"

#include "base/hash.h"
#include "base/mem.h"
#include "host/shared-text.h"

#include <assert.h>
#include <errno.h>

#define NS_PER_DAY (INT64_C(86400) * NSEC_PER_SEC)
#define NS_PER_MINUTE (INT64_C(60) * NSEC_PER_SEC)
#define TEXT_BYTES_MAX (16u << 20) /* of all texts: paths are a stranger's to choose */
#define TEXTS 5
#define KEY_BYTES 36

struct row {
	struct holding h;
	uint32_t in_bucket;    /* the next of its bucket; of the unused ones, too */
	uint32_t older, newer; /* of all that are used */
};

struct holdings {
	struct hash_key key;
	struct shared_texts texts;
	struct row *rows;
	uint32_t *buckets;
	size_t n_buckets;   /* a power of two */
	size_t max, n_ever; /* rows beyond n_ever were never used */
	uint32_t unused, oldest, newest;
	uint64_t evicted;
};

static size_t power_above(size_t n)
{
	size_t p = 16;

	while (p < n)
		p *= 2;
	return p;
}

int holdings_new(size_t max, struct holdings **ret_holdings)
{
	struct holdings *t = mem_zalloc(1, sizeof(*t));

	assert(max > 0 && max < UINT32_MAX);
	if (!t)
		return -ENOMEM;
	t->key = hash_key_random();
	t->max = max;
	t->n_buckets = power_above(max);
	t->rows = mem_zalloc(max, sizeof(*t->rows));
	t->buckets = mem_zalloc(t->n_buckets, sizeof(*t->buckets));
	if (!t->rows || !t->buckets || shared_texts_init(&t->texts, t->n_buckets) < 0) {
		holdings_free(t);
		return -ENOMEM;
	}
	*ret_holdings = t;
	return 0;
}

/* Of an index that is not 0. */
static struct row *row_at(const struct holdings *t, uint32_t index)
{
	return &t->rows[index - 1];
}

static struct row *row_of(const struct holdings *t, uint32_t index)
{
	return index ? row_at(t, index) : NULL;
}

static uint32_t index_of(const struct holdings *t, const struct row *r)
{
	return (uint32_t)(r - t->rows) + 1;
}

static uint32_t *bucket_of(const struct holdings *t, const struct endpoint *local,
			   const struct endpoint *remote)
{
	uint8_t key[KEY_BYTES];

	memcpy(key, local->addr.ip, 16);
	memcpy(key + 16, &local->port, 2);
	memcpy(key + 18, remote->addr.ip, 16);
	memcpy(key + 34, &remote->port, 2);
	return &t->buckets[hash_bytes(&t->key, span_make(key, sizeof(key))) & (t->n_buckets - 1)];
}

static bool same_end(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && addr_equal(&a->addr, &b->addr);
}

static struct row *find(const struct holdings *t, const struct endpoint *local,
			const struct endpoint *remote)
{
	struct row *r = row_of(t, *bucket_of(t, local, remote));

	while (r && (!same_end(&r->h.local, local) || !same_end(&r->h.remote, remote)))
		r = row_of(t, r->in_bucket);
	return r;
}

static void texts_of(struct process *p, const char **ret_texts[TEXTS])
{
	ret_texts[0] = &p->name;
	ret_texts[1] = &p->path;
	ret_texts[2] = &p->user;
	ret_texts[3] = &p->unit;
	ret_texts[4] = &p->container;
}

static void give_texts(struct holdings *t, struct process *p)
{
	const char **texts[TEXTS];

	texts_of(p, texts);
	for (size_t i = 0; i < TEXTS; i++)
		shared_text_give(&t->texts, *texts[i]);
}

/* Makes the texts of a copied process our own; on failure none of them is. */
static int take_texts(struct holdings *t, struct process *p)
{
	const char **texts[TEXTS];

	texts_of(p, texts);
	for (size_t i = 0; i < TEXTS; i++) {
		if (shared_text_take(&t->texts, *texts[i], PROCESS_TEXT_MAX, texts[i]) == 0)
			continue;
		while (i-- > 0)
			shared_text_give(&t->texts, *texts[i]);
		return -ENOMEM;
	}
	return 0;
}

static void unlink_age(struct holdings *t, struct row *r)
{
	if (r->older)
		row_at(t, r->older)->newer = r->newer;
	else
		t->oldest = r->newer;
	if (r->newer)
		row_at(t, r->newer)->older = r->older;
	else
		t->newest = r->older;
}

static void link_newest(struct holdings *t, struct row *r)
{
	uint32_t index = index_of(t, r);

	r->older = t->newest;
	r->newer = 0;
	if (t->newest)
		row_at(t, t->newest)->newer = index;
	else
		t->oldest = index;
	t->newest = index;
}

static void evict_oldest(struct holdings *t)
{
	struct row *r = row_at(t, t->oldest);
	uint32_t *link = bucket_of(t, &r->h.local, &r->h.remote);

	while (row_at(t, *link) != r)
		link = &row_at(t, *link)->in_bucket;
	*link = r->in_bucket;
	unlink_age(t, r);
	give_texts(t, &r->h.process);
	*r = (struct row){.in_bucket = t->unused};
	t->unused = index_of(t, r);
	t->evicted++;
}

/* A row that is in no list. */
static struct row *take_row(struct holdings *t)
{
	struct row *r;

	if (!t->unused && t->n_ever < t->max)
		return &t->rows[t->n_ever++];
	if (!t->unused)
		evict_oldest(t);
	r = row_at(t, t->unused);
	t->unused = r->in_bucket;
	return r;
}

static void add(struct holdings *t, const struct holding *h)
{
	struct row *r = take_row(t);
	uint32_t *bucket = bucket_of(t, &h->local, &h->remote);

	*r = (struct row){.h = *h, .in_bucket = *bucket};
	*bucket = index_of(t, r);
	link_newest(t, r);
}

/* A listener is told where nobody knows better, unless what is known is of another connection. */
static bool counts_less(const struct holding *h, const struct holding *known)
{
	return h->how == HELD_LISTENER && known->how != HELD_LISTENER &&
	       known->how != HELD_UNKNOWN && h->time - known->time <= NS_PER_DAY;
}

int holdings_put(struct holdings *t, const struct holding *h)
{
	struct row *r = find(t, &h->local, &h->remote);
	struct holding new = *h;

	if (r && counts_less(h, &r->h))
		return 0;
	if (take_texts(t, &new.process) < 0)
		return -ENOMEM;
	if (r) {
		give_texts(t, &r->h.process);
		r->h = new;
		unlink_age(t, r);
		link_newest(t, r);
	} else {
		add(t, &new);
	}
	while (t->texts.bytes > TEXT_BYTES_MAX && t->oldest != t->newest)
		evict_oldest(t);
	return 0;
}

const struct holding *holdings_find(const struct holdings *t, const struct endpoint *local,
				    const struct endpoint *remote, int64_t time)
{
	const struct row *r = find(t, local, remote);

	if (!r || time < NS_PER_DAY || time > INT64_MAX - NS_PER_MINUTE)
		return NULL;
	if (r->h.time < time - NS_PER_DAY || r->h.time > time + NS_PER_MINUTE)
		return NULL;
	return &r->h;
}

void holdings_each(const struct holdings *t, void (*each)(void *ctx, const struct holding *h),
		   void *ctx)
{
	for (const struct row *r = row_of(t, t->oldest); r; r = row_of(t, r->newer))
		each(ctx, &r->h);
}

uint64_t holdings_evicted(const struct holdings *t)
{
	return t->evicted;
}

void holdings_free(struct holdings *t)
{
	if (!t)
		return;
	for (struct row *r = t->rows ? row_of(t, t->oldest) : NULL; r; r = row_of(t, r->newer))
		give_texts(t, &r->h.process);
	shared_texts_finish(&t->texts);
	mem_free(t->buckets);
	mem_free(t->rows);
	mem_free(t);
}
