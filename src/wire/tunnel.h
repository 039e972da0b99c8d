/*
 * What carries whole IP packets or frames inside IP: IP-in-IP, GRE with ERSPAN, VXLAN, Geneve. Knows the
 * headers only; how deep to follow is the caller's business.
 */
#ifndef NTLMAUDIT_WIRE_TUNNEL_H
#define NTLMAUDIT_WIRE_TUNNEL_H

#include "wire/ip.h"

/*
 * Returns 0 with the inner IP packet as a view to the end of the outer one's payload; -ENOMSG where this
 * is no tunnel or nothing we read is in it; -EBADMSG where its header makes no sense.
 */
int tunnel_open(const struct ip_packet *outer, struct span *ret_inner)
	__attribute__((warn_unused_result));

#endif
