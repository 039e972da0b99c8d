#include "wire/ip.h"

#include <errno.h>

#include "base/reader.h"
#include "wire/load.h"

/* How an extension header gives its length: (unit count + extra) * unit bytes. */
struct extension {
	uint8_t protocol;
	uint8_t unit, extra;
};

/* RFC 8200, 4; RFC 4302, 2 (AH counts in words, less two); RFC 6275, 7401, 5533 as RFC 6564 demands */
static const struct extension extensions[] = {
	{IP_HOP_BY_HOP, 8, 1},	   {IP_ROUTING, 8, 1},	     {IP_DESTINATION, 8, 1},
	{IP_MOBILITY, 8, 1},	   {IP_HOST_IDENTITY, 8, 1}, {IP_SHIM6, 8, 1},
	{IP_AUTHENTICATION, 4, 2},
};

static const struct extension *find_extension(uint8_t protocol)
{
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
		if (extensions[i].protocol == protocol)
			return &extensions[i];
	return NULL;
}

/* RFC 8200, 4.5. A fragment that is whole by itself (RFC 6946) is no fragment to us. */
static void read_fragment_header(struct ip_packet *ip, struct reader *r)
{
	uint16_t where;

	ip->protocol = reader_u8(r);
	reader_skip(r, 1);
	where = reader_u16be(r);
	ip->id = reader_u32be(r);
	ip->offset = where & 0xfff8u;
	ip->more = where & 1;
	ip->fragment = ip->more || ip->offset > 0;
}

int ip_pass_extensions(struct ip_packet *ip)
{
	struct reader r = reader_of(ip->payload);

	while (reader_ok(&r) && !ip->fragment) {
		const struct extension *e = find_extension(ip->protocol);
		size_t len;

		if (ip->v6 && ip->protocol == IP_FRAGMENT) {
			read_fragment_header(ip, &r);
			continue;
		}
		if (!e || (!ip->v6 && ip->protocol != IP_AUTHENTICATION))
			break;
		ip->protocol = reader_u8(&r);
		len = ((size_t)reader_u8(&r) + e->extra) * e->unit;
		reader_skip(&r, len - 2);
	}
	if (!reader_ok(&r))
		return -EBADMSG;
	ip->payload = span_from(ip->payload, r.pos);
	return 0;
}

/*
 * Sets the payload behind a header of `head` bytes, where the header says that the packet has `total`.
 * 0 is what segmentation offload leaves there: then the packet is all that was captured.
 */
static void bound_payload(struct ip_packet *ip, struct span in, size_t head, size_t total,
			  size_t cut)
{
	if (total == 0)
		ip->missing = cut;
	else if (total > in.len)
		ip->missing = total - in.len;
	else
		in.len = total;
	ip->payload = span_from(in, head);
}

/* RFC 791, 3.1 */
static int read_v4(struct span in, size_t cut, struct ip_packet *ip)
{
	struct reader r = reader_of(in);
	const uint8_t *h = reader_take(&r, 20);
	size_t head, total;
	uint16_t where;

	if (!h)
		return -EBADMSG;
	head = (size_t)(h[0] & 0xf) * 4;
	total = load_u16be(h + 2);
	if (head < 20 || head > in.len || (total > 0 && total < head))
		return -EBADMSG;
	where = load_u16be(h + 6);
	ip->id = load_u16be(h + 4);
	ip->more = where & 0x2000;
	ip->offset = (size_t)(where & 0x1fffu) * 8;
	ip->fragment = ip->more || ip->offset > 0;
	ip->protocol = h[9];
	ip->src = h + 12;
	ip->dst = h + 16;
	bound_payload(ip, in, head, total, cut);
	return ip->protocol == IP_AUTHENTICATION ? ip_pass_extensions(ip) : 0;
}

/* RFC 8200, 3 */
static int read_v6(struct span in, size_t cut, struct ip_packet *ip)
{
	struct reader r = reader_of(in);
	const uint8_t *h = reader_take(&r, 40);
	size_t len;

	if (!h)
		return -EBADMSG;
	len = load_u16be(h + 4);
	ip->v6 = true;
	ip->protocol = h[6];
	ip->src = h + 8;
	ip->dst = h + 24;
	bound_payload(ip, in, 40, len ? len + 40 : 0, cut);
	return ip_pass_extensions(ip);
}

int ip_read(struct span in, size_t cut, struct ip_packet *ret_ip)
{
	struct ip_packet ip = {0};
	int rc = -EBADMSG;

	if (in.len > 0 && in.ptr[0] >> 4 == 4)
		rc = read_v4(in, cut, &ip);
	else if (in.len > 0 && in.ptr[0] >> 4 == 6)
		rc = read_v6(in, cut, &ip);
	if (rc == 0)
		*ret_ip = ip;
	return rc;
}
