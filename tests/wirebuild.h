/*
 * Builds frames from the inside out: set the payload, then put each header in front of what is there.
 * Lengths are filled in from what is behind, checksums stay zero.
 */
#ifndef NTLMAUDIT_TESTS_WIREBUILD_H
#define NTLMAUDIT_TESTS_WIREBUILD_H

#include "wire/packet.h"

#define WIREBUILD_MAX 70000

struct wirebuild {
	uint8_t bytes[WIREBUILD_MAX];
	size_t start; /* the frame is bytes[start..] */
};

/* A TCP header's fields. */
struct wirebuild_tcp {
	uint16_t from, to;
	uint32_t seq, ack;
	uint8_t flags;
};

void wirebuild_payload(struct wirebuild *b, const void *bytes, size_t len);
/* Any bytes in front of the frame so far. */
void wirebuild_push(struct wirebuild *b, const void *bytes, size_t len);
void wirebuild_tcp(struct wirebuild *b, const struct wirebuild_tcp *tcp);
void wirebuild_udp(struct wirebuild *b, uint16_t from, uint16_t to);
/* 10.0.0.`from` to 10.0.0.`to` */
void wirebuild_v4(struct wirebuild *b, uint8_t from, uint8_t to, uint8_t protocol);
/* fd00::`from` to fd00::`to` */
void wirebuild_v6(struct wirebuild *b, uint8_t from, uint8_t to, uint8_t protocol);
void wirebuild_ether(struct wirebuild *b, uint16_t type);

/*
 * A fragment: puts an IPv4 header before the payload for the bytes at offset `off`. For IPv6 the fragment
 * header and the IPv6 header.
 */
void wirebuild_fragment_v4(struct wirebuild *b, uint16_t id, size_t off, bool more,
			   uint8_t protocol);
void wirebuild_fragment_v6(struct wirebuild *b, uint32_t id, size_t off, bool more,
			   uint8_t protocol);

struct span wirebuild_frame(const struct wirebuild *b);
/* The frame as a packet with everything captured. */
struct packet wirebuild_packet(const struct wirebuild *b, int link_type, int64_t time);

#endif
