/*
 * Inside the TDS carrier: what its files share. The stream is of packets, a message of one or more of
 * them ([MS-TDS] 2.2.3). tds.c puts messages together and follows the login; tds-login.c reads what
 * a message says.
 */
#ifndef NTLMAUDIT_CARRIER_TDS_H
#define NTLMAUDIT_CARRIER_TDS_H

#include "base/reader.h"
#include "carrier/carrier.h"

#define TDS_HEADER 8
#define TDS_END_OF_MESSAGE 0x01u
#define TDS_HOST_MAX 255 /* RFC 1035 2.3.4 */

/* [MS-TDS] 2.2.3.1.1 */
enum tds_type {
	TDS_SQL_BATCH = 0x01,
	TDS_RPC = 0x03,
	TDS_RESPONSE = 0x04,
	TDS_ATTENTION = 0x06,
	TDS_BULK_LOAD = 0x07,
	TDS_FED_AUTH = 0x08,
	TDS_TRANSACTION = 0x0e,
	TDS_LOGIN7 = 0x10,
	TDS_SSPI = 0x11,
	TDS_PRELOGIN = 0x12,
};

struct tds_header {
	uint8_t type, status;
	uint16_t length; /* of the packet with its header */
	uint8_t window;
};

static inline struct tds_header tds_header_read(struct reader *r)
{
	struct tds_header h = {.type = reader_u8(r), .status = reader_u8(r)};

	h.length = reader_u16be(r);
	reader_skip(r, 3); /* SPID, packet id */
	h.window = reader_u8(r);
	return h;
}

/* A connection. */
struct tds {
	size_t walked[STREAM_DIR__COUNT]; /* bytes of the message's packets that were looked at */
	enum stream_dir client;
	bool client_known;
	bool tls;	     /* a TLS handshake went through PRELOGIN packets */
	bool awaits;	     /* an AUTHENTICATE has no answer yet */
	bool done;	     /* the login is over, or is not to be seen */
	uint8_t tls_records; /* that the client sent outside TDS packets */
	uint8_t host_len;    /* of what the client called the server */
	uint8_t host[TDS_HOST_MAX];
};

/* tds-probe.c */
enum carrier_match tds_probe(struct span head, size_t *ret_want);
/* Does it begin as a TLS record does? */
bool tds_is_tls(struct span bytes);

/* tds-login.c: a whole message, without the packets' headers. */
void tds_message(struct tds *tds, const struct carrier_env *env, enum stream_dir d, uint8_t type,
		 struct span message);

#endif
