/* Addresses as text and back. Invariant: an IPv4 address is always held IPv4-mapped. */
#include "wire/addr.h"

#include <arpa/inet.h>

bool addr_is_v4(const struct addr *a)
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(a->ip, prefix, sizeof(prefix)) == 0;
}

bool addr_is_loopback(const struct addr *a)
{
	static const uint8_t loopback6[16] = {[15] = 1};

	if (addr_is_v4(a))
		return a->ip[12] == 127;
	return memcmp(a->ip, loopback6, 16) == 0;
}

struct group_run {
	unsigned at, len;
};

/* RFC 5952, 4.2: the longest run of two or more zero groups, the first of equals. */
static struct group_run longest_zero_run(const uint16_t group[8])
{
	struct group_run best = {8, 1};

	for (unsigned i = 0; i < 8; i++) {
		unsigned n = 0;

		while (i + n < 8 && group[i + n] == 0)
			n++;
		if (n > best.len)
			best = (struct group_run){i, n};
	}
	return best;
}

static void format_v6(struct text *out, const uint8_t ip[16])
{
	uint16_t group[8];
	struct group_run zero;

	for (unsigned i = 0; i < 8; i++)
		group[i] = (uint16_t)(ip[2 * i] << 8 | ip[2 * i + 1]);
	zero = longest_zero_run(group);
	for (unsigned i = 0; i < 8; i++) {
		if (i == zero.at) {
			text_puts(out, "::");
			i += zero.len - 1;
			continue;
		}
		if (i > 0 && i != zero.at + zero.len)
			text_putc(out, ':');
		text_printf(out, "%x", group[i]);
	}
}

void addr_format(struct text *out, const struct addr *a)
{
	if (addr_is_v4(a))
		text_printf(out, "%u.%u.%u.%u", a->ip[12], a->ip[13], a->ip[14], a->ip[15]);
	else
		format_v6(out, a->ip);
}

bool addr_parse(const char *s, struct addr *ret_addr)
{
	char literal[INET6_ADDRSTRLEN];
	size_t len = strlen(s);
	bool brackets = len >= 2 && s[0] == '[' && s[len - 1] == ']';
	uint8_t ip[16];

	if (brackets) {
		s++;
		len -= 2;
	}
	if (len >= sizeof(literal))
		return false;
	memcpy(literal, s, len);
	literal[len] = '\0';
	if (!brackets && inet_pton(AF_INET, literal, ip) == 1)
		*ret_addr = addr_v4(ip);
	else if (inet_pton(AF_INET6, literal, ip) == 1)
		*ret_addr = addr_v6(ip);
	else
		return false;
	return true;
}
