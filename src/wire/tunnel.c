#include "wire/tunnel.h"

#include <errno.h>

#include "base/reader.h"
#include "wire/ether.h"

/* A protocol that may be a tunnel: leaves the reader at the inner IP header and returns 0. */
struct tunnel {
	uint8_t protocol;
	int (*walk)(struct reader *r);
};

/* The same by the UDP port that it is sent to. */
struct udp_tunnel {
	uint16_t port;
	int (*walk)(struct reader *r);
};

/* RFC 2003, RFC 4213 */
static int walk_ip(struct reader *r)
{
	return reader_left(r) ? 0 : -ENOMSG;
}

/* RFC 2784, RFC 2890 (key, sequence), RFC 2637 (version 1: acknowledgement, PPP inside) */
#define GRE_CHECKSUM 0x8000u
#define GRE_ROUTING 0x4000u
#define GRE_KEY 0x2000u
#define GRE_SEQUENCE 0x1000u
#define GRE_ACK 0x0080u
#define GRE_VERSION 0x0007u

/*
 * ERSPAN (draft-foschiano-erspan-03): type I has no header and no GRE sequence number, type II eight bytes,
 * type III twelve and, where its last bit says so, eight more.
 */
static int walk_erspan(struct reader *r, uint16_t type, bool sequence)
{
	uint32_t last;

	if (type == ETHER_ERSPAN) {
		reader_skip(r, sequence ? 8 : 0);
		return ether_walk(r, ETHER_BRIDGED);
	}
	reader_skip(r, 8);
	last = reader_u32be(r);
	reader_skip(r, last & 1 ? 8 : 0);
	return ether_walk(r, ETHER_BRIDGED);
}

static int walk_gre(struct reader *r)
{
	uint16_t flags = reader_u16be(r);
	uint16_t type = reader_u16be(r);
	uint16_t version = flags & GRE_VERSION;

	if (version > 1 || (flags & GRE_ROUTING))
		return -ENOMSG;
	if (flags & GRE_CHECKSUM)
		reader_skip(r, 4);
	if (flags & GRE_KEY)
		reader_skip(r, 4);
	if (flags & GRE_SEQUENCE)
		reader_skip(r, 4);
	if (version == 1 && (flags & GRE_ACK))
		reader_skip(r, 4);
	if (type == ETHER_ERSPAN || type == ETHER_ERSPAN3)
		return walk_erspan(r, type, flags & GRE_SEQUENCE);
	return reader_left(r) ? ether_walk(r, type) : -ENOMSG;
}

/* RFC 7348, 5: the I flag set, else it only shares the port */
static int walk_vxlan(struct reader *r)
{
	uint8_t flags = reader_u8(r);

	reader_skip(r, 7);
	return flags & 0x08 ? ether_walk(r, ETHER_BRIDGED) : -ENOMSG;
}

/* RFC 8926, 3.4 */
static int walk_geneve(struct reader *r)
{
	uint8_t head = reader_u8(r);
	uint16_t type;

	reader_skip(r, 1);
	type = reader_u16be(r);
	reader_skip(r, 4 + (size_t)(head & 0x3f) * 4);
	return head >> 6 == 0 ? ether_walk(r, type) : -ENOMSG;
}

/* 8472 is what Linux used before VXLAN had a port of its own, and still its default. */
static const struct udp_tunnel udp_tunnels[] = {
	{4789, walk_vxlan},
	{8472, walk_vxlan},
	{6081, walk_geneve},
};

/* RFC 768 */
static int walk_udp(struct reader *r)
{
	uint16_t port;

	reader_skip(r, 2);
	port = reader_u16be(r);
	reader_skip(r, 4);
	for (size_t i = 0; i < sizeof(udp_tunnels) / sizeof(udp_tunnels[0]); i++)
		if (udp_tunnels[i].port == port)
			return udp_tunnels[i].walk(r);
	return -ENOMSG;
}

static const struct tunnel tunnels[] = {
	{IP_UDP, walk_udp},
	{IP_GRE, walk_gre},
	{IP_IPV4, walk_ip},
	{IP_IPV6, walk_ip},
};

static int (*find_walk(uint8_t protocol))(struct reader *r)
{
	for (size_t i = 0; i < sizeof(tunnels) / sizeof(tunnels[0]); i++)
		if (tunnels[i].protocol == protocol)
			return tunnels[i].walk;
	return NULL;
}

int tunnel_open(const struct ip_packet *outer, struct span *ret_inner)
{
	int (*walk)(struct reader * r) = find_walk(outer->protocol);
	struct reader r = reader_of(outer->payload);
	int rc = walk ? walk(&r) : -ENOMSG;

	if (!reader_ok(&r))
		return -EBADMSG;
	if (rc == 0)
		*ret_inner = span_from(outer->payload, r.pos);
	return rc;
}
