/* What is not TCP: UDP datagrams, and what ICMP says of packets that did not arrive. */
#ifndef NTLMAUDIT_WIRE_DATAGRAM_H
#define NTLMAUDIT_WIRE_DATAGRAM_H

#include "wire/flow.h"
#include "wire/ip.h"

/* Tells the reader of a UDP datagram or an ICMP error; other protocols are passed over. */
void datagram_read(const struct flow_ops *ops, void *ctx, struct tally *tally,
		   const struct ip_packet *ip, const struct packet *p);

#endif
