/*
 * The short way to the segment of a plain packet. It is in a header because what is done for every packet should not
 * even cost a call.
 */
#ifndef NTLMAUDIT_WIRE_PLAIN_H
#define NTLMAUDIT_WIRE_PLAIN_H

#include "wire/ether.h"
#include "wire/link.h"
#include "wire/load.h"
#include "wire/segment.h"

/* The least that headers have. */
#define PLAIN_ETHER 14
#define PLAIN_IP 20
#define PLAIN_TCP 20

/* The TCP header (RFC 9293, 3.1) at the front of an IP packet's payload; `missing` as in the segment. */
static inline bool plain_tcp(struct span in, size_t missing, struct segment *s)
{
	const uint8_t *h = in.ptr;
	size_t head;

	if (in.len < PLAIN_TCP)
		return false;
	head = (size_t)(h[12] >> 4) * 4;
	if (head < PLAIN_TCP || head > in.len)
		return false;
	s->end[0].port = load_u16be(h);
	s->end[1].port = load_u16be(h + 2);
	s->seq = load_u32be(h + 4);
	s->ack = load_u32be(h + 8);
	s->flags = h[13];
	s->payload = span_make(h + head, in.len - head);
	s->missing = missing;
	return true;
}

/*
 * Nearly every packet there is: Ethernet, IPv4 without options, whole, TCP. False where it is anything else,
 * or anything is odd about it: segment_read() then finds out what.
 */
static inline bool plain_segment(const struct packet *p, struct segment *s)
{
	const uint8_t *h = p->data.ptr;
	size_t total;

	if (p->link_type != LINK_ETHERNET || p->data.len < PLAIN_ETHER + PLAIN_IP + PLAIN_TCP ||
	    load_u16be(h + 12) != ETHER_IPV4 || h[14] != 0x45 || h[23] != IP_TCP ||
	    (load_u16be(h + 20) & 0x3fff))
		return false;
	total = load_u16be(h + 16);
	if (total < PLAIN_IP + PLAIN_TCP || total > p->data.len - PLAIN_ETHER)
		return false;
	s->end[0].addr = addr_v4(h + 26);
	s->end[1].addr = addr_v4(h + 30);
	s->v4 = true;
	return plain_tcp(span_make(h + PLAIN_ETHER + PLAIN_IP, total - PLAIN_IP), 0, s);
}

#endif
