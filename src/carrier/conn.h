/*
 * One connection: which carrier it is, and its state. Looks for a carrier at each segment's start until one
 * says yes, hands it the bytes, and looks again where it gave up or bytes were lost.
 */
#ifndef NTLMAUDIT_CARRIER_CONN_H
#define NTLMAUDIT_CARRIER_CONN_H

#include "carrier/carrier.h"

/* Does the carrier know where in this direction's stream of PDUs it stands? */
enum conn_sync {
	CONN_UNSEEN, /* no PDU of this direction was seen: its first must be recognised */
	CONN_LOST,   /* bytes are missing: the next PDU must be recognised */
	CONN_SYNCED
};

struct conn {
	const struct carrier *carrier; /* NULL while unknown */
	void *state;
	uint8_t sync[STREAM_DIR__COUNT]; /* enum conn_sync */
	uint8_t held[STREAM_DIR__COUNT]; /* bytes kept waiting until a probe can tell */
	uint16_t ports[2];		 /* of the two ends */
};

void conn_init(struct conn *c, uint16_t port_a, uint16_t port_b);
void conn_finish(struct conn *c);

/* Bytes of one direction, answered as base/stream.h says. */
void conn_data(struct conn *c, const struct carrier_env *env, enum stream_dir d, struct span view,
	       struct appetite *ret_appetite);
void conn_gap(struct conn *c, const struct carrier_env *env, enum stream_dir d);

#endif
