/*
 * Where flows live: a fixed number of slots, found by the two endpoints, and kept in lists by how easily they
 * are given up. Within a list the least recently used goes first; to keep the price of a packet low that is
 * exact to about a second.
 */
#ifndef NTLMAUDIT_WIRE_TABLE_H
#define NTLMAUDIT_WIRE_TABLE_H

#include "wire/rival.h"
#include "wire/segment.h"
#include "wire/stream.h"

/* In the order in which they are given up. */
enum slot_list {
	SLOT_IDLE,    /* nothing is lost with them, and nothing gained: half open, or ended */
	SLOT_DEAF,    /* nothing more of them is wanted */
	SLOT_CLOSING, /* FIN from both sides or RST: late segments may still come */
	SLOT_LIVE,
	SLOT_LIST__COUNT
};

struct slot {
	struct flow flow;
	uint64_t v4[2];	  /* its ends in short, to find it by, where both are IPv4 */
	uint32_t chain;	  /* the next in its bucket */
	uint32_t touched; /* when it was last moved to its list's end, in table_clock() */
	uint8_t list;
	bool deaf;  /* neither side's bytes are wanted any more */
	bool ended; /* `close` was called: it stays to know late duplicates */
	struct stream stream[STREAM_DIR__COUNT];
	uint32_t older, newer; /* in its list */
	int64_t closing;       /* since when */
	struct rival rival;
};

#define SLOT_NONE UINT32_MAX

struct slot_queue {
	uint32_t oldest, newest;
};

/* Words of an IPv6 pair of endpoints, and one so that they pair up. */
#define TABLE_KEYS 10

struct table {
	uint64_t key[TABLE_KEYS];
	struct slot *slot;
	uint32_t *bucket;
	uint32_t bucket_mask;
	uint32_t slots; /* how many there are */
	uint32_t fresh; /* the first that was never used */
	uint32_t spare; /* given back; chained */
	struct slot_queue queue[SLOT_LIST__COUNT];
};

/* 0, -EINVAL or -ENOMEM. */
int table_init(struct table *t, size_t slots) __attribute__((warn_unused_result));
void table_finish(struct table *t);

/* The slot of a segment's endpoints and which direction that is, or NULL. */
struct slot *table_find(const struct table *t, const struct segment *g, enum stream_dir *ret_dir);

/* A zeroed slot with the endpoints of g, A its sender, in SLOT_IDLE; NULL where none is spare. */
struct slot *table_add(struct table *t, const struct segment *g)
	__attribute__((warn_unused_result));
void table_remove(struct table *t, struct slot *s);

/* To the end of a list. */
void table_move(struct table *t, struct slot *s, enum slot_list list);
struct slot *table_oldest(const struct table *t, enum slot_list list);
/* The next in its list, or NULL. */
struct slot *table_newer(const struct table *t, const struct slot *s);
/* The slot to give up for a new flow; NULL only where the table is empty. */
struct slot *table_victim(const struct table *t);

/* Seconds or so. */
static inline uint32_t table_clock(int64_t time)
{
	return (uint32_t)((uint64_t)time >> 30);
}

/* A packet of the slot came. */
static inline void table_touch(struct table *t, struct slot *s, int64_t time)
{
	if (s->touched == table_clock(time))
		return;
	s->touched = table_clock(time);
	if (s->list != SLOT_CLOSING) /* these are in the order in which they end */
		table_move(t, s, (enum slot_list)s->list);
}

#endif
