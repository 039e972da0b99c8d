#include "wire/datagram.h"

#include "base/reader.h"

#define UDP_HEADER 8

struct teller {
	const struct flow_ops *ops;
	void *ctx;
	struct tally *tally;
	const struct ip_packet *ip;
	const struct packet *packet;
};

static struct addr addr_of(bool v6, const uint8_t *ip)
{
	return v6 ? addr_v6(ip) : addr_v4(ip);
}

/* RFC 768. A length of 0 is that of a jumbogram (RFC 2675): what is there. */
static void read_udp(const struct teller *t)
{
	const struct ip_packet *ip = t->ip;
	struct reader r = reader_of(ip->payload);
	struct endpoint end[2] = {{.addr = addr_of(ip->v6, ip->src)},
				  {.addr = addr_of(ip->v6, ip->dst)}};
	struct span payload;
	size_t len;

	end[0].port = reader_u16be(&r);
	end[1].port = reader_u16be(&r);
	len = reader_u16be(&r);
	reader_skip(&r, 2);
	payload = reader_rest(&r);
	if (len == 0)
		len = UDP_HEADER + payload.len;
	if (!reader_ok(&r) && ip->missing > 0) /* not broken, but cut by the capture */
		return;
	if (!reader_ok(&r) || len < UDP_HEADER) {
		tally_one(t->tally, TALLY_TRANSPORT_MALFORMED);
		return;
	}
	if (t->ops->datagram)
		t->ops->datagram(t->ctx, end, span_head(payload, len - UDP_HEADER),
				 len - UDP_HEADER > payload.len, t->packet);
}

/*
 * The packet that an ICMP error answers: its IP header and at least 8 bytes more (RFC 792, RFC 4443 3.1), often cut
 * short; so nothing of it is believed but addresses, protocol and ports.
 */
static bool read_inner(struct reader *r, bool v6, struct endpoint end[2], uint8_t *ret_protocol)
{
	uint8_t first = reader_u8(r);
	size_t head = v6 ? 40 : (size_t)(first & 0x0f) * 4;
	struct span src, dst;

	reader_skip(r, v6 ? 5 : 8);
	*ret_protocol = reader_u8(r);
	reader_skip(r, v6 ? 1 : 2);
	src = reader_bytes(r, v6 ? 16 : 4);
	dst = reader_bytes(r, v6 ? 16 : 4);
	if (!reader_ok(r) || first >> 4 != (v6 ? 6 : 4) || head < r->pos - 8)
		return false;
	reader_skip(r, head - (r->pos - 8)); /* IPv4 options */
	end[0] = (struct endpoint){addr_of(v6, src.ptr), reader_u16be(r)};
	end[1] = (struct endpoint){addr_of(v6, dst.ptr), reader_u16be(r)};
	return reader_ok(r);
}

/* Destination unreachable: ICMP type 3, ICMPv6 type 1. */
static void read_icmp(const struct teller *t)
{
	const struct ip_packet *ip = t->ip;
	struct reader r = reader_of(ip->payload);
	struct addr reporter = addr_of(ip->v6, ip->src);
	uint8_t type = reader_u8(&r), code = reader_u8(&r), protocol;
	struct endpoint end[2];

	if (type != (ip->v6 ? 1 : 3) || !t->ops->unreachable)
		return;
	reader_skip(&r, 6); /* checksum, unused */
	if (read_inner(&r, ip->v6, end, &protocol))
		t->ops->unreachable(t->ctx, end, protocol, &reporter, code, t->packet);
	else if (ip->missing == 0)
		tally_one(t->tally, TALLY_TRANSPORT_MALFORMED);
}

void datagram_read(const struct flow_ops *ops, void *ctx, struct tally *tally,
		   const struct ip_packet *ip, const struct packet *p)
{
	struct teller t = {ops, ctx, tally, ip, p};

	if (ip->protocol == IP_UDP)
		read_udp(&t);
	else if (ip->protocol == (ip->v6 ? IP_ICMPV6 : IP_ICMP))
		read_icmp(&t);
}
