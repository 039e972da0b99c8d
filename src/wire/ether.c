#include "wire/ether.h"

#include <errno.h>

/* Below this the two bytes are a length and an LLC header follows (IEEE 802.3, 3.2.6). */
#define ETHER_TYPE_MIN 0x0600u
/* A step's answer that no EtherType follows. */
#define ETHER_NONE 0u

/* One layer: reads its header, says what comes next. */
struct ether_step {
	uint16_t type;
	uint16_t (*read)(struct reader *r);
};

/* IEEE 802.2 LLC with SNAP (RFC 1042): only the encapsulated-Ethernet OUI announces EtherTypes. */
static uint16_t read_llc(struct reader *r)
{
	struct span head = reader_bytes(r, 6);

	return span_starts(head, "\xaa\xaa\x03\0\0\0", 6) ? reader_u16be(r) : ETHER_NONE;
}

static uint16_t read_frame(struct reader *r)
{
	uint16_t type;

	reader_skip(r, 12);
	type = reader_u16be(r);
	return type < ETHER_TYPE_MIN ? read_llc(r) : type;
}

/* IEEE 802.1Q, 9.6 */
static uint16_t read_vlan(struct reader *r)
{
	uint16_t type;

	reader_skip(r, 2);
	type = reader_u16be(r);
	return type < ETHER_TYPE_MIN ? read_llc(r) : type;
}

/*
 * RFC 3032, 2.1: labels until the bottom-of-stack bit. Nothing says what follows; routers look at the
 * first nibble as we do (RFC 4928): 4 and 6 are IP, 0 is a pseudowire's control word (RFC 4385).
 */
static uint16_t read_mpls(struct reader *r)
{
	uint32_t label;

	do
		label = reader_u32be(r);
	while (reader_ok(r) && !(label & 0x100));
	if (reader_left(r) == 0)
		return ETHER_NONE;
	switch (r->in.ptr[r->pos] >> 4) {
	case 4:
		return ETHER_IPV4;
	case 6:
		return ETHER_IPV6;
	case 0:
		reader_skip(r, 4);
		return ETHER_BRIDGED;
	default:
		return ETHER_NONE;
	}
}

/* RFC 1661, 2: the protocol's first byte may be left out where it is zero (it is even, the second odd). */
static uint16_t read_ppp(struct reader *r)
{
	uint16_t protocol = reader_u8(r);

	if (protocol == 0xff) {
		reader_skip(r, 1);
		protocol = reader_u8(r);
	}
	if (!(protocol & 1))
		protocol = (uint16_t)(protocol << 8 | reader_u8(r));
	switch (protocol) {
	case 0x0021:
		return ETHER_IPV4;
	case 0x0057:
		return ETHER_IPV6;
	case 0x0281:
		return ETHER_MPLS;
	default:
		return ETHER_NONE;
	}
}

/* RFC 2516, 4: version and type 1, code 0 for the session stage, session, length. */
static uint16_t read_pppoe(struct reader *r)
{
	uint16_t head = reader_u16be(r);

	reader_skip(r, 4);
	return head == 0x1100 ? read_ppp(r) : ETHER_NONE;
}

static const struct ether_step ether_steps[] = {
	{0x8100, read_vlan},	   {0x88a8, read_vlan},	    {0x9100, read_vlan},
	{0x9200, read_vlan},	   {ETHER_MPLS, read_mpls}, {0x8848, read_mpls},
	{ETHER_PPPOE, read_pppoe}, {ETHER_PPP, read_ppp},   {ETHER_BRIDGED, read_frame},
};

static const struct ether_step *find_step(uint16_t type)
{
	for (size_t i = 0; i < sizeof(ether_steps) / sizeof(ether_steps[0]); i++)
		if (ether_steps[i].type == type)
			return &ether_steps[i];
	return NULL;
}

int ether_walk(struct reader *r, uint16_t type)
{
	/* by far the most frames */
	if (type == ETHER_BRIDGED)
		type = read_frame(r);
	while (type != ETHER_IPV4 && type != ETHER_IPV6) {
		const struct ether_step *step = find_step(type);

		if (!step || !reader_ok(r))
			return -ENOMSG;
		type = step->read(r);
	}
	return 0;
}

int ether_walk_llc(struct reader *r)
{
	return ether_walk(r, read_llc(r));
}
