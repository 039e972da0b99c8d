/* Addresses and endpoints. IPv4 is held as IPv4-mapped IPv6 (::ffff:a.b.c.d): one form for all. */
#ifndef NTLMAUDIT_WIRE_ADDR_H
#define NTLMAUDIT_WIRE_ADDR_H

#include "base/text.h"

struct addr {
	uint8_t ip[16];
};

struct endpoint {
	struct addr addr;
	uint16_t port;
};

static inline struct addr addr_v4(const uint8_t ip[4])
{
	struct addr a = {.ip = {[10] = 0xff, [11] = 0xff}};

	memcpy(a.ip + 12, ip, 4);
	return a;
}

static inline struct addr addr_v6(const uint8_t ip[16])
{
	struct addr a;

	memcpy(a.ip, ip, 16);
	return a;
}

static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
	return memcmp(a->ip, b->ip, 16) == 0;
}

bool addr_is_v4(const struct addr *a);
bool addr_is_loopback(const struct addr *a); /* 127/8, ::1 */
/* IPv4 dotted; IPv6 as RFC 5952. */
void addr_format(struct text *out, const struct addr *a);
/* Is the text an IPv4 or IPv6 literal (also in brackets)? */
bool addr_parse(const char *s, struct addr *ret_addr);

#endif
