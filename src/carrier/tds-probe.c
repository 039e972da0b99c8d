/* What begins a TDS login, or goes on with it, and is nothing else. */
#include "carrier/tds.h"
#include "ntlm/ntlmssp.h"

#define PEEK_MAX 12
#define LOGIN7_MIN 86		/* its fixed part up to TDS 7.1 */
#define LOGIN7_MAX (128 * 1024) /* [MS-TDS] 2.2.6.4: at most 128K - 1 */

enum {
	TLS_CONTENT_FIRST = 20,
	TLS_CONTENT_LAST = 23,
	TLS_MAJOR = 3,
};

bool tds_is_tls(struct span bytes)
{
	return bytes.len >= 2 && bytes.ptr[0] >= TLS_CONTENT_FIRST &&
	       bytes.ptr[0] <= TLS_CONTENT_LAST && bytes.ptr[1] == TLS_MAJOR;
}

/* [MS-TDS] 2.2.6.5: the first option MUST be VERSION (0), of 6 bytes, behind all options. */
static bool is_prelogin(struct span s, size_t length)
{
	struct reader r = reader_of(s);
	uint8_t option = reader_u8(&r);
	uint16_t off = reader_u16be(&r), size = reader_u16be(&r);

	return tds_is_tls(s) || (option == 0 && size == 6 && off >= 6 && off < length);
}

/* Length and TDSVersion, 7.0 to 7.4. */
static bool is_login7(struct span s, size_t length)
{
	struct reader r = reader_of(s);
	uint32_t size = reader_u32le(&r), version = reader_u32le(&r) >> 24;

	return size >= LOGIN7_MIN && size < LOGIN7_MAX && size >= length && version >= 0x70 &&
	       version <= 0x74;
}

/* SPNEGO's GSS-API frame (RFC 2743 3.1), its NegTokenResp (RFC 4178 4.2), or raw NTLMSSP */
static bool is_token(struct span s)
{
	return s.len > 0 && (s.ptr[0] == 0x60 || s.ptr[0] == 0xa1 || ntlm_is_message(s));
}

static bool is_sspi(struct span s, size_t length)
{
	(void)length;
	return is_token(s);
}

/* What a response to PRELOGIN, LOGIN7 or SSPI begins with. */
static bool is_response(struct span s, size_t length)
{
	struct reader r = reader_of(s);
	uint8_t token = reader_u8(&r);
	uint16_t size = reader_u16le(&r);

	switch (token) {
	case 0xed: /* SSPI */
		return size < length && is_token(reader_rest(&r));
	case 0xaa: /* ERROR */
	case 0xab: /* INFO */
	case 0xad: /* LOGINACK */
	case 0xe3: /* ENVCHANGE */
		return size >= 3 && size < length;
	default:
		return is_prelogin(s, length);
	}
}

static const struct {
	uint8_t type;
	uint8_t peek; /* bytes behind the header that must be there to tell */
	bool (*is)(struct span s, size_t length);
} starts[] = {
	{TDS_PRELOGIN, 5, is_prelogin},
	{TDS_LOGIN7, 8, is_login7},
	{TDS_SSPI, PEEK_MAX, is_sspi},
	{TDS_RESPONSE, PEEK_MAX, is_response},
};

#define N_STARTS (sizeof(starts) / sizeof(starts[0]))

enum carrier_match tds_probe(struct span head, size_t *ret_want)
{
	struct reader r = reader_of(head);
	struct tds_header h = tds_header_read(&r);
	size_t n = 0, length;

	*ret_want = TDS_HEADER + PEEK_MAX;
	while (n < N_STARTS && head.len > 0 && head.ptr[0] != starts[n].type)
		n++;
	if (n == N_STARTS || (head.len > 1 && head.ptr[1] > TDS_END_OF_MESSAGE))
		return CARRIER_NO;
	if (!reader_ok(&r))
		return CARRIER_MORE;
	if (h.window != 0 || h.length < TDS_HEADER + starts[n].peek)
		return CARRIER_NO;
	*ret_want = TDS_HEADER + (size_t)starts[n].peek;
	if (head.len < *ret_want)
		return CARRIER_MORE;
	length = h.length - TDS_HEADER;
	/* no further than what every such message has */
	return starts[n].is(span_head(reader_rest(&r), starts[n].peek), length) ? CARRIER_YES
										: CARRIER_NO;
}
