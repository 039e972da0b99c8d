/*
 * UDP for carriers: who exchanges datagrams with whom, as flows. Only a datagram that a carrier recognises opens one,
 * so that all others cost a look at their first bytes. Bounded: the least recently used flow goes first.
 */
#ifndef NTLMAUDIT_SOURCE_UDP_H
#define NTLMAUDIT_SOURCE_UDP_H

#include "base/tally.h"
#include "carrier/conn.h"
#include "wire/flow.h"

#define UDP_FLOWS_MAX 1024

struct udp_flow {
	struct flow flow; /* its id is unlike any of TCP's; end[0] sent first */
	struct conn conn;
	struct udp_flow *chain;		/* of its bucket */
	struct udp_flow *older, *newer; /* by use */
};

struct udp_table; /* opaque */

/* `close` is called where a flow ends. */
int udp_table_new(void (*close)(void *ctx, uint64_t flow_id), void *ctx, struct tally *tally,
		  struct udp_table **ret_table) __attribute__((warn_unused_result));
/* Ends all flows, then frees. NULL is fine. */
void udp_table_free(struct udp_table *t);

/*
 * The flow of a datagram, and its direction there; `end` is [0] the sender, [1] the receiver. NULL where no carrier
 * knows the datagram, or without memory (counted).
 */
struct udp_flow *udp_table_find(struct udp_table *t, const struct endpoint end[2],
				struct span payload, enum stream_dir *ret_dir);

/* Gives the datagram to the flow's carrier: whole messages, or they are dropped. */
void udp_flow_read(struct udp_flow *f, const struct carrier_env *env, enum stream_dir d,
		   struct span payload);

#endif
