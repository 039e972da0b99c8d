#include "wire/table.h"

#include <errno.h>

#include "base/hash.h"
#include "base/mem.h"

static void make_keys(struct table *t)
{
	struct hash_key random = hash_key_random();

	for (uint64_t i = 0; i < TABLE_KEYS; i++)
		t->key[i] = hash_bytes(&random, span_make(&i, sizeof(i)));
}

int table_init(struct table *t, size_t slots)
{
	size_t buckets = 16;

	if (slots == 0 || slots > UINT32_MAX / 4)
		return -EINVAL;
	while (buckets < slots * 2)
		buckets *= 2;
	*t = (struct table){
		/* large zeroed memory costs nothing until it is used */
		.slot = mem_zalloc(slots, sizeof(struct slot)),
		.bucket = mem_alloc(buckets * sizeof(uint32_t)),
		.bucket_mask = (uint32_t)(buckets - 1),
		.slots = (uint32_t)slots,
		.spare = SLOT_NONE,
	};
	if (!t->slot || !t->bucket) {
		table_finish(t);
		return -ENOMEM;
	}
	make_keys(t);
	memset(t->bucket, 0xff, buckets * sizeof(uint32_t)); /* SLOT_NONE */
	for (int i = 0; i < SLOT_LIST__COUNT; i++)
		t->queue[i] = (struct slot_queue){SLOT_NONE, SLOT_NONE};
	return 0;
}

void table_finish(struct table *t)
{
	mem_free(t->slot);
	mem_free(t->bucket);
	*t = (struct table){0};
}

static uint32_t index_of(const struct table *t, const struct slot *s)
{
	return (uint32_t)(s - t->slot);
}

/*
 * Pair-multiply-shift (Thorup, High Speed Hashing for Integers and Strings, 4.2): strongly universal, so
 * that nobody who does not know the keys can choose endpoints that collide. A tenth of SipHash's time.
 */
static uint64_t hash_pair(const uint64_t *key, uint32_t a, uint32_t b)
{
	return (key[0] + b) * (key[1] + a);
}

static uint32_t load_word(const void *p)
{
	uint32_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* What no pair of IPv4 address and port is: these have 48 bits. */
#define NOT_V4 UINT64_MAX

/* An IPv4 address, as it is in memory, and a port. */
static uint64_t end_v4(const struct endpoint *e)
{
	return (uint64_t)load_word(e->addr.ip + 12) << 16 | e->port;
}

/* Both directions must find the same bucket: the endpoints are hashed in a fixed order. */
static inline uint64_t hash_v4(const struct table *t, uint64_t a, uint64_t b)
{
	uint64_t low = a < b ? a : b, high = a < b ? b : a;
	uint32_t ports = (uint32_t)low << 16 | (uint16_t)high;

	return hash_pair(t->key, (uint32_t)(low >> 16), (uint32_t)(high >> 16)) +
	       hash_pair(t->key + 2, ports, 0);
}

static uint64_t hash_v6(const struct table *t, const struct endpoint *end)
{
	bool swap = memcmp(&end[0], &end[1], sizeof(end[0])) > 0;
	const struct endpoint *a = &end[swap], *b = &end[!swap];
	uint64_t hash = hash_pair(t->key + 8, (uint32_t)a->port << 16 | b->port, 0);

	for (size_t i = 0; i < 4; i++)
		hash += hash_pair(t->key + 2 * i, load_word(a->addr.ip + 4 * i),
				  load_word(b->addr.ip + 4 * i));
	return hash;
}

static inline uint32_t *bucket_at(const struct table *t, uint64_t hash)
{
	return &t->bucket[(uint32_t)(hash >> 32) & t->bucket_mask];
}

static uint32_t *bucket_of(const struct table *t, const struct endpoint *end, bool v4)
{
	return bucket_at(t, v4 ? hash_v4(t, end_v4(&end[0]), end_v4(&end[1])) : hash_v6(t, end));
}

static bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static bool slot_matches(const struct slot *s, const struct endpoint *end, enum stream_dir *ret_dir)
{
	const struct endpoint *own = s->flow.end;

	if (endpoint_equal(&own[0], &end[0]) && endpoint_equal(&own[1], &end[1]))
		*ret_dir = STREAM_A_TO_B;
	else if (endpoint_equal(&own[0], &end[1]) && endpoint_equal(&own[1], &end[0]))
		*ret_dir = STREAM_B_TO_A;
	else
		return false;
	return true;
}

/* Not inlined: most packets don't need it, and all would have to make room for it. */
__attribute__((noinline)) static struct slot *find_v6(const struct table *t,
						      const struct segment *g,
						      enum stream_dir *ret_dir)
{
	uint32_t i = *bucket_of(t, g->end, false);

	for (; i != SLOT_NONE; i = t->slot[i].chain)
		if (slot_matches(&t->slot[i], g->end, ret_dir))
			return &t->slot[i];
	return NULL;
}

struct slot *table_find(const struct table *t, const struct segment *g, enum stream_dir *ret_dir)
{
	uint64_t from = end_v4(&g->end[0]), to = end_v4(&g->end[1]);
	struct slot *s;

	if (!g->v4)
		return find_v6(t, g, ret_dir);
	for (uint32_t i = *bucket_at(t, hash_v4(t, from, to)); i != SLOT_NONE; i = s->chain) {
		unsigned d;

		s = &t->slot[i];
		d = s->v4[0] != from;
		if (s->v4[d] != from || s->v4[!d] != to)
			continue;
		*ret_dir = (enum stream_dir)d;
		return s;
	}
	return NULL;
}

static void queue_push(struct table *t, struct slot *s, enum slot_list list)
{
	struct slot_queue *q = &t->queue[list];
	uint32_t i = index_of(t, s);

	s->list = (uint8_t)list;
	s->newer = SLOT_NONE;
	s->older = q->newest;
	*(q->newest == SLOT_NONE ? &q->oldest : &t->slot[q->newest].newer) = i;
	q->newest = i;
}

static void queue_take(struct table *t, const struct slot *s)
{
	struct slot_queue *q = &t->queue[s->list];

	*(s->older == SLOT_NONE ? &q->oldest : &t->slot[s->older].newer) = s->newer;
	*(s->newer == SLOT_NONE ? &q->newest : &t->slot[s->newer].older) = s->older;
}

struct slot *table_add(struct table *t, const struct segment *g)
{
	struct slot *s;
	uint32_t *bucket;

	if (t->spare != SLOT_NONE) {
		s = &t->slot[t->spare];
		t->spare = s->chain;
	} else if (t->fresh < t->slots) {
		s = &t->slot[t->fresh++];
	} else {
		return NULL;
	}
	*s = (struct slot){
		.flow.end = {g->end[0], g->end[1]},
		.v4 = {g->v4 ? end_v4(&g->end[0]) : NOT_V4, g->v4 ? end_v4(&g->end[1]) : NOT_V4},
	};
	bucket = bucket_of(t, g->end, g->v4);
	s->chain = *bucket;
	*bucket = index_of(t, s);
	queue_push(t, s, SLOT_IDLE);
	return s;
}

void table_remove(struct table *t, struct slot *s)
{
	const struct endpoint *end = s->flow.end;
	bool v4 = addr_is_v4(&end[0].addr) && addr_is_v4(&end[1].addr);
	uint32_t *at = bucket_of(t, end, v4);
	uint32_t i = index_of(t, s);

	while (*at != i)
		at = &t->slot[*at].chain;
	*at = s->chain;
	queue_take(t, s);
	s->chain = t->spare;
	t->spare = i;
}

void table_move(struct table *t, struct slot *s, enum slot_list list)
{
	queue_take(t, s);
	queue_push(t, s, list);
}

struct slot *table_oldest(const struct table *t, enum slot_list list)
{
	uint32_t i = t->queue[list].oldest;

	return i == SLOT_NONE ? NULL : &t->slot[i];
}

struct slot *table_newer(const struct table *t, const struct slot *s)
{
	return s->newer == SLOT_NONE ? NULL : &t->slot[s->newer];
}

struct slot *table_victim(const struct table *t)
{
	struct slot *s = NULL;

	for (int list = 0; list < SLOT_LIST__COUNT && !s; list++)
		s = table_oldest(t, (enum slot_list)list);
	return s;
}
