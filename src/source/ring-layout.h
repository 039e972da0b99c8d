/* What the opener and the reader of a ring must agree on: its shape, and the room in it that is ours. */
#ifndef NTLMAUDIT_SOURCE_RING_LAYOUT_H
#define NTLMAUDIT_SOURCE_RING_LAYOUT_H

#include <linux/if_packet.h>
#include <stddef.h>
#include <stdint.h>

/* Frames of 64 KiB, as segmentation offload makes them, come whole, and few bytes are lost at a block's end. */
#define RING_BLOCK ((size_t)512 << 10)
#define RING_MIB_MAX 2047
/* tcpdump.org LINKTYPE_LINUX_SLL2: the header that we write before a packet */
#define RING_HEAD 20u

/* How far the reader is with a block: in the block's private area, so that the reader after it can tell. */
struct ring_mark {
	uint32_t state; /* enum ring_mark_state */
	uint32_t begun; /* packets of the block handed out */
};

enum ring_mark_state {
	RING_UNTOUCHED,
	RING_INSIDE, /* if nobody reads now, a reader died here */
	RING_LEFT,   /* given up in good order: go on behind `begun` packets */
};

/* Where the kernel puts that area: behind the block's descriptor, at a multiple of 8. */
#define RING_MARK_AT ((sizeof(struct tpacket_block_desc) + 7) & ~(size_t)7)

static inline size_t ring_blocks(size_t mib)
{
	return (mib << 20) / RING_BLOCK;
}

#endif
