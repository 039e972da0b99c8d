/* What begins a NegotiateStream, or the preamble before it, and is nothing else. */
#include "base/reader.h"
#include "carrier/nns.h"
#include "ntlm/ntlmssp.h"

#define PEEK 8 /* bytes of a token that tell it */

/* A GSS-API frame (RFC 2743 3.1) or NegTokenResp (RFC 4178 4.2) of that length, or raw NTLMSSP. */
static bool is_token(struct span s, size_t len)
{
	struct reader r = reader_of(s);
	size_t inner = 0;
	uint8_t tag = reader_u8(&r);

	if (ntlm_is_message(s))
		return true;
	if (tag != 0x60 && tag != 0xa1)
		return false;
	inner = reader_u8(&r);
	if (inner == 0x81)
		inner = reader_u8(&r);
	else if (inner == 0x82)
		inner = reader_u16be(&r);
	return reader_ok(&r) && r.pos + inner == len;
}

/* Version 1.0, one of the four modes, and a Via follow each other (2.2.3). */
static bool is_preamble(struct span head)
{
	static const uint8_t start[] = {0x00, 0x01, 0x00, 0x01};
	size_t n = head.len < sizeof(start) ? head.len : sizeof(start);

	return (n == 0 || memcmp(head.ptr, start, n) == 0) &&
	       (head.len <= 4 || (head.ptr[4] >= 1 && head.ptr[4] <= 4)) &&
	       (head.len <= 5 || head.ptr[5] == 0x02);
}

/* [MS-NNS] 2.2.1: an error's payload is of 8 bytes. */
static bool is_short(struct span head)
{
	uint16_t len = (uint16_t)(head.ptr[3] << 8 | head.ptr[4]);

	return (head.ptr[0] == NNS_ERROR && len == 8) || (head.ptr[0] == NNS_DONE && len == 0);
}

static bool is_handshake(struct span head)
{
	static const uint8_t version[] = {1, 0};
	struct reader r = reader_of(head);
	uint8_t id = reader_u8(&r);
	size_t n = reader_left(&r) < 2 ? reader_left(&r) : 2;
	size_t len;

	if (id < NNS_DONE || id > NNS_IN_PROGRESS || (n && memcmp(head.ptr + 1, version, n) != 0))
		return false;
	reader_skip(&r, 2);
	len = reader_u16be(&r);
	return reader_left(&r) < PEEK || is_short(head) ||
	       is_token(span_head(reader_rest(&r), PEEK), len);
}

enum carrier_match nns_probe(struct span head, size_t *ret_want)
{
	bool preamble = is_preamble(head);
	size_t need = preamble ? 6 : NNS_HEADER;

	if (!preamble && !is_handshake(head))
		return CARRIER_NO;
	/* errors and empty tokens have nothing to peek at */
	if (!preamble && head.len >= NNS_HEADER && !is_short(head))
		need = NNS_HEADER + PEEK;
	*ret_want = need;
	return head.len < need ? CARRIER_MORE : CARRIER_YES;
}
