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

struct addr addr_v4(const uint8_t ip[4]);
struct addr addr_v6(const uint8_t ip[16]);
bool addr_is_v4(const struct addr *a);
bool addr_is_loopback(const struct addr *a); /* 127/8, ::1 */
bool addr_equal(const struct addr *a, const struct addr *b);
/* IPv4 dotted; IPv6 as RFC 5952. */
void addr_format(struct text *out, const struct addr *a);
/* Is the text an IPv4 or IPv6 literal (also in brackets)? */
bool addr_parse(const char *s, struct addr *ret_addr);

#endif
