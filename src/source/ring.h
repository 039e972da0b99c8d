/*
 * Live capture: packets of all interfaces, or of one, from an AF_PACKET ring (TPACKET_V3) that the kernel fills and we
 * read in place. Opening needs CAP_NET_RAW; reading needs nothing but the descriptor, so that another process can do it, and a
 * new one can go on where one that died was. Packets come as Linux cooked v2 whatever the interface (link type 276).
 */
#ifndef NTLMAUDIT_SOURCE_RING_H
#define NTLMAUDIT_SOURCE_RING_H

#include "base/text.h"
#include "wire/packet.h"

#define RING_MIB_DEFAULT 16
#define RING_WAIT_MS 50 /* a packet waits for its block to be full at most so long */

struct ring_options {
	const char *interface; /* NULL: all there are and will be */
	bool promiscuous; /* a mirror port: frames to others, too; without an interface, on all that there are now */
	size_t mib;
};

/* How full it is and what was lost. */
struct ring_counts {
	uint64_t packets; /* given by the kernel, since attach */
	uint64_t dropped; /* for want of room, since attach */
	uint64_t freezes; /* times that the ring was full */
	uint64_t skipped; /* not read, as the reader before died in their block */
};

struct ring; /* opaque */

/*
 * Makes the socket with filter and ring, bound; whoever has the descriptor can't change the filter (source/ring-filter.h).
 * 0 and a descriptor (close-on-exec), or a negative errno and why: -EPERM, -ENODEV, -ENOMEM, -EINVAL for a size out of range.
 */
int ring_open(const struct ring_options *options, struct text *why, int *ret_fd)
	__attribute__((warn_unused_result));

/*
 * Maps the ring behind a descriptor of ring_open(); `options` as there. `name` is the packets' source and outlives the ring.
 * Begins at the oldest block that was not given back; one that the reader before was in is passed over, so that what
 * killed it can't kill the next. One reader at a time. It takes mmap(), and from then on getsockopt() and getsockname().
 */
int ring_attach(int fd, const struct ring_options *options, const char *name,
		struct ring **ret_ring) __attribute__((warn_unused_result));
/* Gives back what was read, and the next reader goes on behind it; the descriptor stays open. NULL is fine. */
void ring_detach(struct ring *r);

/*
 * 1 and a packet, valid until the next call; 0: nothing now, poll the descriptor for POLLIN (a block is ours until a call
 * returns this, so call again before waiting). -ENETDOWN, once: the interface went down; when it is up again, packets go on.
 * -ENODEV, from then on: it is gone, and the descriptor of no use any more. Neither where all interfaces are read.
 */
int ring_next(struct ring *r, struct packet *ret_packet) __attribute__((warn_unused_result));
/* Asks the kernel, whose numbers begin anew with each answer: what no reader before asked for is told to this one. */
void ring_counts(struct ring *r, struct ring_counts *ret_counts);

#endif
