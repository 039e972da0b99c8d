/*
 * From a captured frame to the IP packet inside: link headers (Ethernet, Linux cooked v1 and v2, raw IP,
 * BSD loopback, 802.11 where in clear), VLAN and QinQ tags, MPLS, PPPoE.
 */
#ifndef NTLMAUDIT_WIRE_LINK_H
#define NTLMAUDIT_WIRE_LINK_H

#include "base/tally.h"
#include "wire/packet.h"

#define LINK_ETHERNET 1 /* libpcap's DLT_EN10MB */

/* Can we read this libpcap link type at all? */
bool link_supported(int link_type);

/*
 * The IP packet (its first byte tells v4 from v6) inside the frame, as a view. *ret_cut is how many bytes
 * at its end the capture left out. Returns 0, or -ENOMSG where there is none (counted in the tally).
 */
int link_network(const struct packet *p, struct tally *tally, struct span *ret_ip, size_t *ret_cut)
	__attribute__((warn_unused_result));

#endif
