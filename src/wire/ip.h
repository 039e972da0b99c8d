/* IPv4 and IPv6 headers, with extension headers: what is inside, and how much of it was captured. */
#ifndef NTLMAUDIT_WIRE_IP_H
#define NTLMAUDIT_WIRE_IP_H

#include "base/span.h"

/* Protocol numbers (IANA) */
enum ip_protocol {
	IP_HOP_BY_HOP = 0,
	IP_ICMP = 1,
	IP_IPV4 = 4,
	IP_TCP = 6,
	IP_UDP = 17,
	IP_IPV6 = 41,
	IP_ROUTING = 43,
	IP_FRAGMENT = 44,
	IP_GRE = 47,
	IP_AUTHENTICATION = 51,
	IP_ICMPV6 = 58,
	IP_DESTINATION = 60,
	IP_MOBILITY = 135,
	IP_HOST_IDENTITY = 139,
	IP_SHIM6 = 140,
};

struct ip_packet {
	const uint8_t *src, *dst; /* 4 or 16 bytes */
	bool v6;
	bool fragment; /* one of several: the payload is a piece at offset */
	bool more;     /* not the last piece */
	uint8_t protocol;
	uint32_t id;
	size_t offset;
	struct span payload;
	size_t missing; /* bytes of it, at its end, that the capture left out */
};

/*
 * Reads the packet at the front of `in`; what is behind it (Ethernet's padding) is left out. `cut` bytes
 * followed `in` on the wire but were not captured. Returns 0, or -EBADMSG.
 */
int ip_read(struct span in, size_t cut, struct ip_packet *ret_ip)
	__attribute__((warn_unused_result));

/*
 * Passes the extension headers at the front of the payload (RFC 8200, 4), as a reassembled datagram may
 * have them again. Stops at a fragment of a larger datagram. Returns 0, or -EBADMSG.
 */
int ip_pass_extensions(struct ip_packet *ip) __attribute__((warn_unused_result));

#endif
