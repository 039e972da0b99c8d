/*
 * TLS as a carrier: recognised only to lose interest. NTLM inside can't be seen from here, so that both
 * directions of a TLS connection cost nothing after their first record.
 */
#include "base/reader.h"
#include "carrier/carrier.h"

#define RECORD_HANDSHAKE 22
#define RECORD_MAX (16384 + 256) /* RFC 8446 5.2 */
#define CLIENT_HELLO 1
#define SERVER_HELLO 2
#define HELLO_MIN 38	  /* version, random, session id length, a cipher suite, compression */
#define HELLO_MAX 0x20000 /* may be spread over several records */
#define HELLO_HEAD 11	  /* record header, handshake header, version */

/* SSL 3.0 to TLS 1.3 all write 3.0 to 3.4 here. */
static bool version_ok(uint16_t version)
{
	return version >= 0x0300 && version <= 0x0304;
}

/* A record (RFC 8446 5.1) that begins with a ClientHello or ServerHello (4.1.2, 4.1.3). */
static bool is_hello(struct span head)
{
	struct reader r = reader_of(head);
	uint8_t content = reader_u8(&r);
	uint16_t record_version = reader_u16be(&r);
	uint16_t record_len = reader_u16be(&r);
	uint32_t handshake = reader_u32be(&r);
	uint16_t version = reader_u16be(&r);
	uint32_t type = handshake >> 24, len = handshake & 0xffffff;

	return reader_ok(&r) && content == RECORD_HANDSHAKE && version_ok(record_version) &&
	       record_len >= 6 && record_len <= RECORD_MAX &&
	       (type == CLIENT_HELLO || type == SERVER_HELLO) && len >= HELLO_MIN &&
	       len <= HELLO_MAX && version_ok(version);
}

static enum carrier_match tls_probe(struct span head, size_t *ret_want)
{
	if (head.len == 0 || head.ptr[0] != RECORD_HANDSHAKE || (head.len > 1 && head.ptr[1] != 3))
		return CARRIER_NO;
	if (head.len < HELLO_HEAD) {
		*ret_want = HELLO_HEAD;
		return CARRIER_MORE;
	}
	return is_hello(head) ? CARRIER_YES : CARRIER_NO;
}

static int tls_data(void *state, const struct carrier_env *env, enum stream_dir d, struct span view,
		    struct appetite *ret_appetite)
{
	(void)state;
	(void)env;
	(void)d;
	(void)view;
	*ret_appetite = (struct appetite){.never = true};
	return 0;
}

const struct carrier carrier_tls = {
	.name = "TLS",
	.ports = {443, 636, 3269, 5986, 8443},
	.probe = tls_probe,
	.data = tls_data,
};
