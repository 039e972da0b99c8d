#include "wire/segment.h"

#include <errno.h>

#include "wire/link.h"
#include "wire/plain.h"
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

static void set_addresses(struct segment *s, bool v6, const uint8_t *src, const uint8_t *dst)
{
	s->end[0].addr = v6 ? addr_v6(src) : addr_v4(src);
	s->end[1].addr = v6 ? addr_v6(dst) : addr_v4(dst);
	/* IPv6 packets may bear such addresses too: what counts is how they look to us */
	s->v4 = !v6 || (addr_is_v4(&s->end[0].addr) && addr_is_v4(&s->end[1].addr));
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

/* Steps into a tunnel. 0, -ENOMSG where this is none, -EBADMSG where it is broken (counted). */
static int descend(struct descent *d, const struct ip_packet *ip)
{
	int rc = tunnel_open(ip, &d->in);

	if (rc == -EBADMSG && ip->missing == 0)
		tally_one(d->tally, ip->protocol == IP_UDP ? TALLY_TRANSPORT_MALFORMED
							   : TALLY_LINK_MALFORMED);
	d->cut = ip->missing;
	return rc;
}

static enum segment_found found_tcp(struct descent *d, const struct ip_packet *ip,
				    struct segment *ret_segment)
{
	set_addresses(ret_segment, ip->v6, ip->src, ip->dst);
	if (plain_tcp(ip->payload, ip->missing, ret_segment))
		return SEGMENT_TCP;
	if (ip->missing == 0) /* not cut by the capture, but broken */
		tally_one(d->tally, TALLY_TRANSPORT_MALFORMED);
	return SEGMENT_NONE;
}

enum segment_found segment_read(const struct packet *p, struct fragments *fragments,
				struct tally *tally, struct segment *ret_segment,
				struct ip_packet *ret_ip)
{
	struct descent d = {.time = p->time, .fragments = fragments, .tally = tally};
	int rc;

	if (link_network(p, tally, &d.in, &d.cut) < 0)
		return SEGMENT_NONE;
	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		if (!read_ip(&d, ret_ip))
			return SEGMENT_NONE;
		if (ret_ip->protocol == IP_TCP)
			return found_tcp(&d, ret_ip, ret_segment);
		rc = descend(&d, ret_ip);
		if (rc < 0)
			return rc == -ENOMSG ? SEGMENT_OTHER : SEGMENT_NONE;
	}
	tally_one(tally, TALLY_TUNNEL_DEPTH);
	return SEGMENT_NONE;
}
