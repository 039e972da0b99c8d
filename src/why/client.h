/*
 * What each client met: its last observations, in the order in which they came. Bounded: clients, observations a
 * client and bytes of all. The client seen longest ago goes first.
 *
 * Invariant: an item hangs on one client, and is found only through that client's address.
 */
#ifndef NTLMAUDIT_WHY_CLIENT_H
#define NTLMAUDIT_WHY_CLIENT_H

#include "why/shelf.h"
#include "why/why.h"

#define CLIENTS_MAX ((size_t)4096)
#define CLIENTS_BYTES_MAX ((size_t)8 << 20)
/* Failed lookups have a share of their own: there can be many, and they must not push out what KDCs said. */
#define CLIENT_DC_MAX 20
#define CLIENT_DNS_MAX 12

#define ITEM_NEVER INT64_MAX

struct item {
	struct why_item seen; /* its texts are in `text` */
	struct item *older, *newer;
	int64_t answered;  /* of what waits for an answer: when that came; else ITEM_NEVER */
	uint16_t own_port; /* the client's */
	bool waits;	   /* a request, or an attempt to connect */
	size_t size;
	char text[];
};

enum item_class { ITEM_DC, ITEM_DNS, ITEM_CLASS__COUNT };

struct client {
	struct shelf_node node; /* first: the shelf's things are nodes */
	struct item *oldest, *newest;
	uint16_t count[ITEM_CLASS__COUNT];
};

struct clients {
	struct shelf shelf;
	size_t bytes;
	int64_t now; /* of the newest packet */
	struct tally *tally;
};

int clients_init(struct clients *c, struct tally *tally) __attribute__((warn_unused_result));
void clients_finish(struct clients *c);

struct client *clients_find(const struct clients *c, const struct addr *addr); /* or NULL */

/* An observation; `seen`'s texts are copied. */
struct observation {
	struct why_item seen;
	uint16_t own_port;
	bool waits;
};

/*
 * Remembers it. The same again within a second is the same observation, and a request sent again by the same
 * ports is the same request: the first stands.
 */
void clients_add(struct clients *c, const struct addr *addr, const struct observation *o);
void clients_drop(struct clients *c, struct client *client, struct item *item);

/* From one time to a later one; 0 where it is not later. */
static inline uint64_t time_between(int64_t from, int64_t to)
{
	return to > from ? (uint64_t)to - (uint64_t)from : 0;
}

#endif
