#include "wire/segment.h"

#include <errno.h>

#include "base/reader.h"
#include "wire/link.h"
#include "wire/load.h"
#include "wire/tunnel.h"

/* IP headers in one packet, the outermost included */
#define DEPTH_MAX 8

/* One packet on its way in: what remains of it, and where counting goes. */
struct descent {
	int64_t time;
	struct fragments *fragments;
	struct tally *tally;
	struct span in;
	size_t cut;
};

static struct addr address_of(const struct ip_packet *ip, const uint8_t *bytes)
{
	return ip->v6 ? addr_v6(bytes) : addr_v4(bytes);
}

/* RFC 9293, 3.1 */
static bool read_tcp(const struct ip_packet *ip, struct segment *s)
{
	struct reader r = reader_of(ip->payload);
	const uint8_t *h = reader_take(&r, 20);
	size_t head;

	if (!h)
		return false;
	head = (size_t)(h[12] >> 4) * 4;
	if (head < 20 || head > ip->payload.len)
		return false;
	s->end[0] = (struct endpoint){address_of(ip, ip->src), load_u16be(h)};
	s->end[1] = (struct endpoint){address_of(ip, ip->dst), load_u16be(h + 2)};
	s->v4 = !ip->v6;
	s->seq = load_u32be(h + 4);
	s->ack = load_u32be(h + 8);
	s->flags = h[13];
	s->payload = span_from(ip->payload, head);
	s->missing = ip->missing;
	return true;
}

/* Reads one IP header and, where its packet was in fragments, waits for the rest. */
static bool read_ip(struct descent *d, struct ip_packet *ip)
{
	if (ip_read(d->in, d->cut, ip) < 0) {
		tally_one(d->tally, TALLY_IP_MALFORMED);
		return false;
	}
	/* a length that the frame can't hold: the capture's own lengths are not true */
	if (ip->missing > 0 && d->cut == 0)
		tally_one(d->tally, TALLY_PACKETS_CUT);
	if (!ip->fragment)
		return true;
	if (!fragments_add(d->fragments, d->time, ip))
		return false;
	if (ip_pass_extensions(ip) < 0 || ip->fragment) {
		tally_one(d->tally, TALLY_IP_MALFORMED);
		return false;
	}
	return true;
}

/* Steps into a tunnel; false where the packet ends here. */
static bool descend(struct descent *d, const struct ip_packet *ip)
{
	int rc = tunnel_open(ip, &d->in);

	if (rc == -EBADMSG)
		tally_one(d->tally, ip->protocol == IP_UDP ? TALLY_TRANSPORT_MALFORMED
							   : TALLY_LINK_MALFORMED);
	d->cut = ip->missing;
	return rc == 0;
}

bool segment_read(const struct packet *p, struct fragments *fragments, struct tally *tally,
		  struct segment *ret_segment)
{
	struct descent d = {.time = p->time, .fragments = fragments, .tally = tally};
	struct ip_packet ip;

	if (link_network(p, tally, &d.in, &d.cut) < 0)
		return false;
	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		if (!read_ip(&d, &ip))
			return false;
		if (ip.protocol == IP_TCP) {
			if (read_tcp(&ip, ret_segment))
				return true;
			tally_one(tally, TALLY_TRANSPORT_MALFORMED);
			return false;
		}
		if (!descend(&d, &ip))
			return false;
	}
	tally_one(tally, TALLY_TUNNEL_DEPTH);
	return false;
}
