/*
 * What an EtherType announces, down to IP: tags, labels, PPP, whole frames inside frames. Each layer only
 * moves the reader forward, so the work is bounded by the frame's length.
 */
#ifndef NTLMAUDIT_WIRE_ETHER_H
#define NTLMAUDIT_WIRE_ETHER_H

#include "base/reader.h"

/* EtherTypes (IANA, IEEE 802 Numbers) */
#define ETHER_IPV4 0x0800u
#define ETHER_BRIDGED 0x6558u /* RFC 1701: a whole Ethernet frame follows */
#define ETHER_IPV6 0x86ddu
#define ETHER_PPP 0x880bu
#define ETHER_MPLS 0x8847u
#define ETHER_PPPOE 0x8864u
#define ETHER_ERSPAN 0x88beu
#define ETHER_ERSPAN3 0x22ebu

/*
 * Walks from what `type` announces to the IP header. Returns 0 with the reader there, or -ENOMSG where
 * there is no IP inside; a header cut short leaves the reader failed, whatever is returned.
 */
int ether_walk(struct reader *r, uint16_t type) __attribute__((warn_unused_result));
/* The same from an IEEE 802.2 LLC header. */
int ether_walk_llc(struct reader *r) __attribute__((warn_unused_result));

#endif
