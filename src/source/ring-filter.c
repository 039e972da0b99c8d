/*
 * What is dropped, as no decoder of ours has a use for it:
 *
 *  - on a loopback interface the outgoing copy: every packet is seen there twice;
 *  - what is neither IP nor may have IP inside: ARP, LLDP, spanning tree, netlink;
 *  - TCP segments without payload and without SYN, FIN or RST: mere acknowledgements;
 *  - UDP of other ports than those read for reasons (DNS, Kerberos, NBNS, mDNS, LLMNR) or as tunnels (VXLAN, Geneve), unless
 *    it begins like SIP, which is known by its content on any port;
 *  - ICMP but "destination unreachable";
 *  - IP protocols that we don't read: ESP, SCTP, OSPF, IGMP and so on.
 *
 * What is inside tags, labels, tunnels and fragments is kept unseen, and so is what is malformed.
 *
 * Why acknowledgements may go, though wire/ reads them: a hole is given up early where the other side has acknowledged bytes
 * behind it (stream_acked), but every later segment of that side repeats the number, and NTLM's messages are answered; a rival
 * connection is proved by its first acknowledgement (rival.c), but the opener's first data say the same. A hole, or a
 * reused port, is at most noticed some packets later, while up to a third of a busy link's packets need no room. Of
 * the shipped captures no event goes missing for it even where every third packet is lost (tests/live-ring/filter-check.c).
 */
#include "source/ring-filter.h"

#include "wire/ether.h"
#include "wire/ip.h"
#include "wire/segment.h"

#include <assert.h>
#include <linux/if_arp.h>
#include <linux/if_packet.h>

#define ALL UINT32_MAX
#define AD(what) ((uint32_t)(SKF_AD_OFF + (what)))
#define FOUR(a, b, c, d)                                                                           \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* Scratch memory: bytes behind the IP header, 0 where the header doesn't say (segmentation offload, jumbograms) */
#define PAYLOAD 0

/* Places in the program. */
enum place {
	NEXT, /* the line below */
	NETWORK,
	LLC,
	IPV4,
	IPV4_UPPER,
	IPV6,
	TCP,
	UDP,
	ICMP,
	ICMPV6,
	KEEP,
	DROP,
	PLACE__COUNT
};

/* A line: where `here` is a name, others jump to it. `yes` and `no` are a comparison's. */
struct line {
	enum place here;
	uint16_t code;
	uint32_t k;
	enum place yes, no;
};

#define LOAD8(at) NEXT, BPF_LD | BPF_B | BPF_ABS, at, NEXT, NEXT
#define LOAD16(at) NEXT, BPF_LD | BPF_H | BPF_ABS, at, NEXT, NEXT
#define LOAD32(at) NEXT, BPF_LD | BPF_W | BPF_ABS, at, NEXT, NEXT
/* behind X, where the transport header begins */
#define UPPER8(at) NEXT, BPF_LD | BPF_B | BPF_IND, at, NEXT, NEXT
#define UPPER16(at) NEXT, BPF_LD | BPF_H | BPF_IND, at, NEXT, NEXT
#define UPPER32(at) NEXT, BPF_LD | BPF_W | BPF_IND, at, NEXT, NEXT
#define ALU(op, k) NEXT, BPF_ALU | BPF_K | (op), k, NEXT, NEXT
#define DO(code, k) NEXT, code, k, NEXT, NEXT
#define IF_EQUAL(k, yes, no) NEXT, BPF_JMP | BPF_JEQ | BPF_K, k, yes, no
#define IF_BITS(k, yes, no) NEXT, BPF_JMP | BPF_JSET | BPF_K, k, yes, no
#define IF_GREATER_X(yes, no) NEXT, BPF_JMP | BPF_JGT | BPF_X, 0, yes, no
#define PLACE(name) name, BPF_RET | BPF_K, 0, NEXT, NEXT /* no instruction */

static const struct line lines[] = {
	{LOAD16(AD(SKF_AD_PKTTYPE))},
	{IF_EQUAL(PACKET_OUTGOING, NEXT, NETWORK)},
	{LOAD16(AD(SKF_AD_HATYPE))},
	{IF_EQUAL(ARPHRD_LOOPBACK, DROP, NETWORK)},

	/* the rows of wire/ether.c; a VLAN tag is still there where there were two, or hardware was to set it */
	{PLACE(NETWORK)},
	{LOAD16(AD(SKF_AD_PROTOCOL))},
	{IF_EQUAL(ETHER_IPV4, IPV4, NEXT)},
	{IF_EQUAL(ETHER_IPV6, IPV6, NEXT)},
	{IF_EQUAL(0x8100, KEEP, NEXT)},
	{IF_EQUAL(0x88a8, KEEP, NEXT)},
	{IF_EQUAL(0x9100, KEEP, NEXT)},
	{IF_EQUAL(0x9200, KEEP, NEXT)},
	{IF_EQUAL(ETHER_MPLS, KEEP, NEXT)},
	{IF_EQUAL(0x8848, KEEP, NEXT)},
	{IF_EQUAL(ETHER_PPPOE, KEEP, NEXT)},
	{IF_EQUAL(ETHER_PPP, KEEP, NEXT)},
	{IF_EQUAL(ETHER_BRIDGED, KEEP, NEXT)},
	{IF_EQUAL(4, LLC, DROP)}, /* ETH_P_802_2 */

	/* RFC 1042: of LLC frames only those with SNAP have an EtherType */
	{PLACE(LLC)},
	{LOAD32(0)},
	{IF_EQUAL(FOUR(0xaa, 0xaa, 3, 0), KEEP, DROP)},

	/* RFC 791, 3.1 */
	{PLACE(IPV4)},
	{LOAD8(0)},
	{ALU(BPF_AND, 0xf0)},
	{IF_EQUAL(0x40, NEXT, KEEP)},
	{LOAD16(6)}, /* fragments */
	{IF_BITS(0x3fff, KEEP, NEXT)},
	{DO(BPF_LDX | BPF_B | BPF_MSH, 0)}, /* the header's length */
	{LOAD16(2)},
	{IF_EQUAL(0, IPV4_UPPER, NEXT)},
	{DO(BPF_ALU | BPF_SUB | BPF_X, 0)},
	{PLACE(IPV4_UPPER)},
	{DO(BPF_ST, PAYLOAD)},
	{LOAD8(9)},
	{IF_EQUAL(IP_TCP, TCP, NEXT)},
	{IF_EQUAL(IP_UDP, UDP, NEXT)},
	{IF_EQUAL(IP_ICMP, ICMP, NEXT)},
	{IF_EQUAL(IP_GRE, KEEP, NEXT)},
	{IF_EQUAL(IP_IPV4, KEEP, NEXT)},
	{IF_EQUAL(IP_IPV6, KEEP, NEXT)},
	{IF_EQUAL(IP_AUTHENTICATION, KEEP, DROP)},

	/* RFC 8200, 3; what has extension headers is kept */
	{PLACE(IPV6)},
	{LOAD8(0)},
	{ALU(BPF_AND, 0xf0)},
	{IF_EQUAL(0x60, NEXT, KEEP)},
	{DO(BPF_LDX | BPF_IMM, 40)},
	{LOAD16(4)},
	{DO(BPF_ST, PAYLOAD)},
	{LOAD8(6)},
	{IF_EQUAL(IP_TCP, TCP, NEXT)},
	{IF_EQUAL(IP_UDP, UDP, NEXT)},
	{IF_EQUAL(IP_ICMPV6, ICMPV6, NEXT)},
	{IF_EQUAL(IP_GRE, KEEP, NEXT)},
	{IF_EQUAL(IP_IPV4, KEEP, NEXT)},
	{IF_EQUAL(IP_IPV6, KEEP, NEXT)},
	{IF_EQUAL(IP_HOP_BY_HOP, KEEP, NEXT)},
	{IF_EQUAL(IP_ROUTING, KEEP, NEXT)},
	{IF_EQUAL(IP_FRAGMENT, KEEP, NEXT)},
	{IF_EQUAL(IP_AUTHENTICATION, KEEP, NEXT)},
	{IF_EQUAL(IP_DESTINATION, KEEP, NEXT)},
	{IF_EQUAL(IP_MOBILITY, KEEP, NEXT)},
	{IF_EQUAL(IP_HOST_IDENTITY, KEEP, NEXT)},
	{IF_EQUAL(IP_SHIM6, KEEP, DROP)},

	/* RFC 9293, 3.1: is there more than the header? */
	{PLACE(TCP)},
	{UPPER8(13)},
	{IF_BITS(TCP_SYN | TCP_FIN | TCP_RST, KEEP, NEXT)},
	{DO(BPF_LD | BPF_MEM, PAYLOAD)},
	{IF_EQUAL(0, KEEP, NEXT)},
	{UPPER8(12)},
	{ALU(BPF_RSH, 2)},
	{ALU(BPF_AND, 0x3c)},
	{DO(BPF_MISC | BPF_TAX, 0)},
	{DO(BPF_LD | BPF_MEM, PAYLOAD)},
	{IF_GREATER_X(KEEP, DROP)},

	/* RFC 768; ports of why/why.c either way, those of wire/tunnel.c as destination */
	{PLACE(UDP)},
	{UPPER16(0)},
	{IF_EQUAL(53, KEEP, NEXT)},
	{IF_EQUAL(88, KEEP, NEXT)},
	{IF_EQUAL(137, KEEP, NEXT)},
	{IF_EQUAL(5353, KEEP, NEXT)},
	{IF_EQUAL(5355, KEEP, NEXT)},
	{UPPER16(2)},
	{IF_EQUAL(53, KEEP, NEXT)},
	{IF_EQUAL(88, KEEP, NEXT)},
	{IF_EQUAL(137, KEEP, NEXT)},
	{IF_EQUAL(5353, KEEP, NEXT)},
	{IF_EQUAL(5355, KEEP, NEXT)},
	{IF_EQUAL(4789, KEEP, NEXT)},
	{IF_EQUAL(8472, KEEP, NEXT)},
	{IF_EQUAL(6081, KEEP, NEXT)},
	/* carrier/sip-head.c: a method, or the version of a response */
	{UPPER32(8)},
	{IF_EQUAL(FOUR('S', 'I', 'P', '/'), KEEP, NEXT)},
	{IF_EQUAL(FOUR('A', 'C', 'K', ' '), KEEP, NEXT)},
	{IF_EQUAL(FOUR('B', 'E', 'N', 'O'), KEEP, NEXT)},
	{IF_EQUAL(FOUR('B', 'Y', 'E', ' '), KEEP, NEXT)},
	{IF_EQUAL(FOUR('C', 'A', 'N', 'C'), KEEP, NEXT)},
	{IF_EQUAL(FOUR('I', 'N', 'F', 'O'), KEEP, NEXT)},
	{IF_EQUAL(FOUR('I', 'N', 'V', 'I'), KEEP, NEXT)},
	{IF_EQUAL(FOUR('M', 'E', 'S', 'S'), KEEP, NEXT)},
	{IF_EQUAL(FOUR('N', 'E', 'G', 'O'), KEEP, NEXT)},
	{IF_EQUAL(FOUR('N', 'O', 'T', 'I'), KEEP, NEXT)},
	{IF_EQUAL(FOUR('O', 'P', 'T', 'I'), KEEP, NEXT)},
	{IF_EQUAL(FOUR('P', 'R', 'A', 'C'), KEEP, NEXT)},
	{IF_EQUAL(FOUR('P', 'U', 'B', 'L'), KEEP, NEXT)},
	{IF_EQUAL(FOUR('R', 'E', 'F', 'E'), KEEP, NEXT)},
	{IF_EQUAL(FOUR('R', 'E', 'G', 'I'), KEEP, NEXT)},
	{IF_EQUAL(FOUR('S', 'E', 'R', 'V'), KEEP, NEXT)},
	{IF_EQUAL(FOUR('S', 'U', 'B', 'S'), KEEP, NEXT)},
	{IF_EQUAL(FOUR('U', 'P', 'D', 'A'), KEEP, DROP)},

	/* destination unreachable: RFC 792, RFC 4443 3.1 */
	{PLACE(ICMP)},
	{UPPER8(0)},
	{IF_EQUAL(3, KEEP, DROP)},
	{PLACE(ICMPV6)},
	{UPPER8(0)},
	{IF_EQUAL(1, KEEP, DROP)},

	{PLACE(DROP)},
	{DO(BPF_RET | BPF_K, 0)},
	{PLACE(KEEP)},
	{DO(BPF_RET | BPF_K, ALL)},
};

#define LINES (sizeof(lines) / sizeof(lines[0]))

/* A place's jump, counted from the instruction behind the jump's own; 8 bits are all there is. */
static uint8_t distance(const size_t at[PLACE__COUNT], enum place to, size_t from)
{
	size_t d = to == NEXT ? 0 : at[to] - from - 1;

	assert(d <= UINT8_MAX);
	return (uint8_t)d;
}

size_t ring_filter(struct sock_filter program[RING_FILTER_MAX])
{
	size_t at[PLACE__COUNT] = {0}, n = 0;

	for (size_t i = 0; i < LINES; i++) {
		at[lines[i].here] = n;
		n += lines[i].here == NEXT;
	}
	assert(n <= RING_FILTER_MAX);
	n = 0;
	for (size_t i = 0; i < LINES; i++) {
		const struct line *l = &lines[i];

		if (l->here != NEXT)
			continue;
		program[n] = (struct sock_filter){l->code, distance(at, l->yes, n),
						  distance(at, l->no, n), l->k};
		n++;
	}
	return n;
}
