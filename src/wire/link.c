/* Link types: how each leads to IP. A new one is a row of link_types[] and its function. */
#include "wire/link.h"

#include <errno.h>

#include "base/reader.h"
#include "wire/ether.h"
#include "wire/wifi.h"

struct link_type {
	int dlt; /* libpcap's DLT_ value, which for these is the same everywhere but where noted */
	int (*walk)(struct reader *r);
};

static int walk_ethernet(struct reader *r)
{
	return ether_walk(r, ETHER_BRIDGED);
}

static int walk_ppp(struct reader *r)
{
	return ether_walk(r, ETHER_PPP);
}

static int walk_pppoe(struct reader *r)
{
	return ether_walk(r, ETHER_PPPOE);
}

static int walk_raw(struct reader *r)
{
	return reader_left(r) ? 0 : -ENOMSG;
}

/* RFC 1547, 4.3.1: Cisco HDLC has an EtherType after address and control */
static int walk_hdlc(struct reader *r)
{
	reader_skip(r, 2);
	return ether_walk(r, reader_u16be(r));
}

/* tcpdump.org LINKTYPE_NULL: the address family in the capturing host's order, and its number there */
static int walk_loopback(struct reader *r)
{
	static const uint8_t families[] = {2, 10, 23, 24, 28, 30};
	struct reader big = *r;
	uint32_t family = reader_u32le(r);

	if (family > 0xff)
		family = reader_u32be(&big);
	for (size_t i = 0; i < sizeof(families); i++)
		if (families[i] == family)
			return 0;
	return -ENOMSG;
}

/* tcpdump.org LINKTYPE_LINUX_SLL: the protocol is an EtherType, or 4 for an LLC frame */
static int walk_sll_protocol(struct reader *r, uint16_t protocol)
{
	return protocol == 4 ? ether_walk_llc(r) : ether_walk(r, protocol);
}

static int walk_sll(struct reader *r)
{
	reader_skip(r, 14);
	return walk_sll_protocol(r, reader_u16be(r));
}

static int walk_sll2(struct reader *r)
{
	uint16_t protocol = reader_u16be(r);

	reader_skip(r, 18);
	return walk_sll_protocol(r, protocol);
}

static const struct link_type link_types[] = {
	{LINK_ETHERNET, walk_ethernet},
	{113, walk_sll},	   /* LINUX_SLL */
	{276, walk_sll2},	   /* LINUX_SLL2 */
	{0, walk_loopback},	   /* NULL */
	{108, walk_loopback},	   /* LOOP */
	{12, walk_raw},		   /* RAW */
	{14, walk_raw},		   /* RAW on OpenBSD */
	{101, walk_raw},	   /* LINKTYPE_RAW */
	{228, walk_raw},	   /* IPV4 */
	{229, walk_raw},	   /* IPV6 */
	{9, walk_ppp},		   /* PPP */
	{50, walk_ppp},		   /* PPP_SERIAL */
	{51, walk_pppoe},	   /* PPP_ETHER */
	{104, walk_hdlc},	   /* C_HDLC */
	{105, wifi_walk},	   /* IEEE802_11 */
	{127, wifi_walk_radiotap}, /* IEEE802_11_RADIO */
	{119, wifi_walk_prism},	   /* PRISM_HEADER */
	{163, wifi_walk_avs},	   /* IEEE802_11_RADIO_AVS */
};

static const struct link_type *find_type(int dlt)
{
	for (size_t i = 0; i < sizeof(link_types) / sizeof(link_types[0]); i++)
		if (link_types[i].dlt == dlt)
			return &link_types[i];
	return NULL;
}

bool link_supported(int link_type)
{
	return find_type(link_type) != NULL;
}

int link_network(const struct packet *p, struct tally *tally, struct span *ret_ip, size_t *ret_cut)
{
	const struct link_type *type = find_type(p->link_type);
	struct reader r = reader_of(p->data);
	int rc = type ? type->walk(&r) : -ENOMSG;

	if (!reader_ok(&r)) {
		tally_one(tally, TALLY_LINK_MALFORMED);
		return -ENOMSG;
	}
	if (rc < 0 || reader_left(&r) == 0) {
		tally_one(tally, TALLY_LINK_OTHER);
		return -ENOMSG;
	}
	*ret_ip = span_from(p->data, r.pos);
	*ret_cut = p->wire_len > p->data.len ? p->wire_len - p->data.len : 0;
	return 0;
}
