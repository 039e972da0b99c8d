/*
 * Reading a ring: blocks in the kernel's order, and the packets in each. Invariant: at most one block is ours at a time, and its
 * mark says how far we are. What the kernel wrote is checked against the block: a bug of its must not be a crash of ours.
 */
#include "source/ring.h"

#include "base/mem.h"
#include "source/ring-layout.h"
#include "wire/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define DLT_SLL2 276
/* How the kernel lays out a frame: its header, then the address at a multiple of 16. */
#define FRAME_ADDRESS ((sizeof(struct tpacket3_hdr) + 15) / 16 * 16)
#define FRAME_HEAD (FRAME_ADDRESS + sizeof(struct sockaddr_ll) + RING_HEAD)

struct ring {
	int fd;
	const char *name;
	bool single; /* one interface */
	uint8_t *map;
	size_t blocks;
	size_t at;     /* the block that is read, or next */
	bool inside;   /* it is ours */
	uint32_t left; /* packets of it */
	size_t next;   /* where in it the next one begins */
	uint64_t number;
	struct ring_counts counts;
};

static uint8_t *block_of(const struct ring *r, size_t i)
{
	return r->map + i * RING_BLOCK;
}

static struct tpacket_hdr_v1 block_head(const uint8_t *block)
{
	struct tpacket_hdr_v1 head;

	memcpy(&head, block + offsetof(struct tpacket_block_desc, hdr), sizeof(head));
	return head;
}

/* The kernel's store to it comes after all others of the block, and so does ours. */
static uint32_t *block_status(uint8_t *block)
{
	return (uint32_t *)(void *)(block +
				    offsetof(struct tpacket_block_desc, hdr.bh1.block_status));
}

static bool is_ours(uint8_t *block)
{
	return __atomic_load_n(block_status(block), __ATOMIC_ACQUIRE) & TP_STATUS_USER;
}

static struct ring_mark get_mark(const uint8_t *block)
{
	struct ring_mark mark;

	memcpy(&mark, block + RING_MARK_AT, sizeof(mark));
	return mark;
}

/* Told at once, as the next instruction may be our last. */
static void set_mark(uint8_t *block, enum ring_mark_state state, uint32_t begun)
{
	struct ring_mark mark = {state, begun};

	memcpy(block + RING_MARK_AT, &mark, sizeof(mark));
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static void leave_block(struct ring *r)
{
	uint8_t *block = block_of(r, r->at);

	set_mark(block, RING_UNTOUCHED, 0);
	__atomic_store_n(block_status(block), TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	r->inside = false;
	r->at = (r->at + 1) % r->blocks;
}

/* The frame at r->next; false where it is not within the block. */
static bool read_frame(const struct ring *r, struct tpacket3_hdr *ret_frame)
{
	const uint8_t *block = block_of(r, r->at);
	size_t room;

	if (r->next > RING_BLOCK - sizeof(*ret_frame))
		return false;
	room = RING_BLOCK - r->next;
	memcpy(ret_frame, block + r->next, sizeof(*ret_frame));
	return ret_frame->tp_net >= FRAME_HEAD && ret_frame->tp_net <= room &&
	       ret_frame->tp_snaplen <= room - ret_frame->tp_net;
}

/* To the frame behind; the last one has none. False where that does not lead on; that it leads out shows there. */
static bool pass_frame(struct ring *r, const struct tpacket3_hdr *frame)
{
	r->left--;
	r->next += frame->tp_next_offset;
	return r->left == 0 || frame->tp_next_offset >= FRAME_HEAD;
}

/* What is left of the block makes no sense: passed over. */
static void give_up_block(struct ring *r)
{
	r->counts.skipped += r->left;
	r->left = 0;
}

/* Goes over the packets that the reader before has had. */
static void pass_begun(struct ring *r, uint32_t begun)
{
	struct tpacket3_hdr frame;

	for (; begun > 0 && r->left > 0; begun--)
		if (!read_frame(r, &frame) || !pass_frame(r, &frame))
			give_up_block(r);
}

static bool enter_block(struct ring *r)
{
	uint8_t *block = block_of(r, r->at);
	struct tpacket_hdr_v1 head;
	struct ring_mark mark;

	if (!is_ours(block))
		return false;
	head = block_head(block);
	mark = get_mark(block);
	r->inside = true;
	r->left = head.num_pkts;
	r->next = head.offset_to_first_pkt;
	if (mark.state == RING_LEFT)
		pass_begun(r, mark.begun);
	set_mark(block, RING_INSIDE, head.num_pkts - r->left);
	return true;
}

/* A reader died in the block: which of its packets it was is not for us to try. */
static void skip_block(struct ring *r)
{
	const uint8_t *block = block_of(r, r->at);
	uint32_t packets = block_head(block).num_pkts, begun = get_mark(block).begun;

	/* that it had begun with a packet does not mean that it was done with it */
	r->counts.skipped += begun > 0 && begun <= packets ? packets - begun + 1 : packets;
	leave_block(r);
}

/* The newest block is the one that the kernel fills, or filled last. */
static size_t newest_block(const struct ring *r)
{
	size_t newest = 0;
	uint64_t sequence = 0;

	for (size_t i = 0; i < r->blocks; i++) {
		uint64_t own = block_head(block_of(r, i)).seq_num;

		if (own > sequence) {
			newest = i;
			sequence = own;
		}
	}
	return newest;
}

/* Back from the newest as far as blocks are ours, which they are in a row: also right while the kernel goes on. */
static size_t oldest_block(const struct ring *r)
{
	size_t at = newest_block(r);

	for (size_t n = 1; n < r->blocks; n++) {
		size_t before = (at + r->blocks - 1) % r->blocks;

		if (!is_ours(block_of(r, before)))
			break;
		at = before;
	}
	return at;
}

static int map(int fd, size_t mib, uint8_t **ret_map)
{
	void *at = mmap(NULL, mib << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	*ret_map = at;
	return 0;
}

int ring_attach(int fd, const struct ring_options *options, const char *name,
		struct ring **ret_ring)
{
	struct ring *r = mem_zalloc(1, sizeof(*r));
	int rc = r ? map(fd, options->mib, &r->map) : -ENOMEM;

	if (rc < 0) {
		mem_free(r);
		return rc;
	}
	r->fd = fd;
	r->name = name;
	r->single = options->interface != NULL;
	r->blocks = ring_blocks(options->mib);
	r->at = oldest_block(r);
	if (is_ours(block_of(r, r->at)) && get_mark(block_of(r, r->at)).state == RING_INSIDE)
		skip_block(r);
	*ret_ring = r;
	return 0;
}

void ring_detach(struct ring *r)
{
	if (!r)
		return;
	if (r->inside && r->left == 0)
		leave_block(r);
	else if (r->inside)
		set_mark(block_of(r, r->at), RING_LEFT, get_mark(block_of(r, r->at)).begun);
	munmap(r->map, r->blocks * RING_BLOCK);
	mem_free(r);
}

static void store16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static bool is_version(const uint8_t *ip, unsigned ethertype)
{
	return ip[0] >> 4 == (ethertype == ETH_P_IP ? 4 : 6);
}

static bool is_tag(unsigned ethertype)
{
	return ethertype == ETH_P_8021Q || ethertype == ETH_P_8021AD;
}

static bool is_ip(unsigned ethertype)
{
	return ethertype == ETH_P_IP || ethertype == ETH_P_IPV6;
}

/*
 * Of frames with VLAN tags a socket without link headers is told now the outer protocol, now the inner one, whatever comes first in the bytes
 * that it gets, and kernels differ in that. So where tags are in play the bytes decide: is there one more tag, or IP?
 */
static unsigned true_protocol(unsigned protocol, const uint8_t *bytes, size_t len)
{
	unsigned inner;

	if (len < 5 || (!is_tag(protocol) && (!is_ip(protocol) || is_version(bytes, protocol))))
		return protocol;
	inner = load_u16be(bytes + 2);
	if (is_tag(inner) || (is_ip(inner) && is_version(bytes + 4, inner)))
		return ETH_P_8021Q;
	if (bytes[0] >> 4 == 4)
		return ETH_P_IP;
	return bytes[0] >> 4 == 6 ? ETH_P_IPV6 : protocol;
}

/* Writes the cooked header before the packet, from the address that the kernel put before that. */
static void write_head(uint8_t *packet, const uint8_t *address, size_t len)
{
	uint8_t *head = packet - RING_HEAD;
	struct sockaddr_ll from;

	memcpy(&from, address, sizeof(from));
	memset(head, 0, RING_HEAD);
	store16(head, true_protocol(ntohs(from.sll_protocol), packet, len));
	store16(head + 4, (unsigned)from.sll_ifindex >> 16);
	store16(head + 6, (unsigned)from.sll_ifindex);
	store16(head + 8, from.sll_hatype);
	head[10] = from.sll_pkttype;
	head[11] = from.sll_halen <= sizeof(from.sll_addr) ? from.sll_halen : 0;
	memcpy(head + 12, from.sll_addr, head[11]);
}

static void hand_out(struct ring *r, const struct tpacket3_hdr *frame, struct packet *ret_packet)
{
	uint8_t *at = block_of(r, r->at) + r->next;
	uint8_t *bytes = at + frame->tp_net;
	size_t wire = frame->tp_len > frame->tp_snaplen ? frame->tp_len : frame->tp_snaplen;

	write_head(bytes, at + FRAME_ADDRESS, frame->tp_snaplen);
	*ret_packet = (struct packet){
		.time = (int64_t)frame->tp_sec * NSEC_PER_SEC + frame->tp_nsec,
		.number = ++r->number,
		.source = r->name,
		.link_type = DLT_SLL2,
		.data = span_make(bytes - RING_HEAD, RING_HEAD + (size_t)frame->tp_snaplen),
		.wire_len = RING_HEAD + wire,
	};
}

/* Nothing there: or nothing any more? Where all interfaces are read, one of them is no matter. */
static int idle(const struct ring *r)
{
	struct sockaddr_ll bound = {0};
	socklen_t size = sizeof(int), bound_size = sizeof(bound);
	int error = 0;

	if (getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return -errno;
	if (!r->single)
		return 0;
	if (getsockname(r->fd, (struct sockaddr *)(void *)&bound, &bound_size) < 0)
		return -errno;
	return bound.sll_ifindex <= 0 ? -ENODEV : -error;
}

int ring_next(struct ring *r, struct packet *ret_packet)
{
	struct tpacket3_hdr frame;

	for (;;) {
		if (r->inside && r->left == 0)
			leave_block(r);
		if (!r->inside && !enter_block(r))
			return idle(r);
		if (r->left == 0)
			continue;
		if (read_frame(r, &frame))
			break;
		give_up_block(r);
	}
	set_mark(block_of(r, r->at), RING_INSIDE, get_mark(block_of(r, r->at)).begun + 1);
	hand_out(r, &frame, ret_packet);
	if (!pass_frame(r, &frame))
		give_up_block(r);
	return 1;
}

void ring_counts(struct ring *r, struct ring_counts *ret_counts)
{
	struct tpacket_stats_v3 stats = {0};
	socklen_t size = sizeof(stats);

	if (getsockopt(r->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0) {
		r->counts.dropped += stats.tp_drops;
		r->counts.packets += stats.tp_packets - stats.tp_drops;
		r->counts.freezes += stats.tp_freeze_q_cnt;
	}
	*ret_counts = r->counts;
}
