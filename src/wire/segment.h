/* From a captured packet to the TCP segment inside, through links, tunnels and fragments. */
#ifndef NTLMAUDIT_WIRE_SEGMENT_H
#define NTLMAUDIT_WIRE_SEGMENT_H

#include "wire/addr.h"
#include "wire/fragment.h"
#include "wire/ip.h"
#include "wire/packet.h"

/* RFC 9293, 3.1 */
#define TCP_FIN 0x01u
#define TCP_SYN 0x02u
#define TCP_RST 0x04u
#define TCP_ACK 0x10u

struct segment {
	struct endpoint end[2]; /* sender, receiver */
	bool v4;		/* both addresses are */
	uint8_t flags;
	uint32_t seq, ack;
	struct span payload;
	size_t missing; /* bytes of the payload, at its end, that the capture left out */
};

enum segment_found {
	SEGMENT_NONE,  /* nothing to go on with; whatever is wrong was counted */
	SEGMENT_TCP,   /* *ret_segment */
	SEGMENT_OTHER, /* *ret_ip: a whole packet of another protocol, no tunnel that we follow */
};

/* The long way, layer by layer (see plain.h). What is found is valid as long as the packet's bytes. */
enum segment_found segment_read(const struct packet *p, struct fragments *fragments,
				struct tally *tally, struct segment *ret_segment,
				struct ip_packet *ret_ip) __attribute__((warn_unused_result));

#endif
