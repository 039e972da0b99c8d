/*
 * RDP's connection sequence ([MS-RDPBCGR] 2.2.1.1, 2.2.1.2): client and server agree on TLS (with or without
 * CredSSP inside) or on RDP's own security, which authenticates nobody. Either way there is no NTLM to be seen: this
 * passes over the agreement, and hands TLS over to its carrier.
 */
#include "base/reader.h"
#include "carrier/carrier.h"

#include <errno.h>

#define TPKT_HEAD 4
#define TPKT_VERSION 3
#define PDU_MIN 11  /* TPKT and X.224 headers */
#define PDU_MAX 511 /* with a cookie or routing token, and correlation */
#define X224_REQUEST 0xe0
#define X224_CONFIRM 0xd0
#define X224_DATA 0xf0
#define NEG_SIZE 8
#define NEG_REQUEST 1
#define NEG_RESPONSE 2
#define NEG_FAILURE 3
#define COOKIE "Cookie: " /* mstshash=, msts= */
#define COOKIE_LEN (sizeof(COOKIE) - 1)

struct pdu {
	uint16_t len;
	uint8_t type;
	struct span rest; /* behind X.224's header, as much as is there */
};

/* RFC 1006 6, then X.224 13.3 and 13.4; class 0 only. */
static bool read_pdu(struct span view, struct pdu *ret_pdu)
{
	struct reader r = reader_of(view);
	struct pdu pdu = {0};
	uint8_t version = reader_u8(&r), reserved = reader_u8(&r), indicator, options;

	pdu.len = reader_u16be(&r);
	indicator = reader_u8(&r);
	pdu.type = reader_u8(&r);
	reader_skip(&r, 4); /* dst-ref, src-ref */
	options = reader_u8(&r);
	if (!reader_ok(&r) || version != TPKT_VERSION || reserved || pdu.len < PDU_MIN ||
	    pdu.len > PDU_MAX || indicator != pdu.len - TPKT_HEAD - 1 || options)
		return false;
	pdu.rest = span_from(span_head(view, pdu.len), PDU_MIN);
	*ret_pdu = pdu;
	return true;
}

/* RDP_NEG_REQ, RDP_NEG_RSP, RDP_NEG_FAILURE: type, flags, length (8), protocols or code. */
static bool is_negotiation(struct span s, bool request)
{
	struct reader r = reader_of(s);
	uint8_t type = reader_u8(&r);
	uint16_t len;
	uint32_t value;

	reader_skip(&r, 1);
	len = reader_u16le(&r);
	value = reader_u32le(&r);
	return reader_ok(&r) && len == NEG_SIZE && value < 0x100 &&
	       (request ? type == NEG_REQUEST : type == NEG_RESPONSE || type == NEG_FAILURE);
}

/* Other protocols on TPKT (H.323, S7, MMS) have neither RDP's cookie nor its negotiation. */
static bool is_rdp(const struct pdu *pdu)
{
	if (pdu->type == X224_REQUEST && span_starts(pdu->rest, COOKIE, COOKIE_LEN))
		return true;
	return (pdu->type == X224_REQUEST || pdu->type == X224_CONFIRM) &&
	       is_negotiation(pdu->rest, pdu->type == X224_REQUEST);
}

static enum carrier_match rdp_probe(struct span head, size_t *ret_want)
{
	struct pdu pdu;

	if (head.len == 0 || head.ptr[0] != TPKT_VERSION || (head.len > 1 && head.ptr[1] != 0) ||
	    (head.len > 2 && head.ptr[2] > PDU_MAX >> 8) ||
	    (head.len > 5 && head.ptr[5] != X224_REQUEST && head.ptr[5] != X224_CONFIRM))
		return CARRIER_NO;
	if (head.len < PDU_MIN + NEG_SIZE) {
		*ret_want = PDU_MIN + NEG_SIZE;
		return CARRIER_MORE;
	}
	return read_pdu(head, &pdu) && is_rdp(&pdu) ? CARRIER_YES : CARRIER_NO;
}

static int rdp_data(void *state, const struct carrier_env *env, enum stream_dir d, struct span view,
		    struct appetite *ret_appetite)
{
	struct pdu pdu;
	size_t want;

	(void)state;
	(void)env;
	(void)d;
	*ret_appetite = (struct appetite){.want = PDU_MIN + NEG_SIZE};
	if (view.ptr[0] != TPKT_VERSION)
		return -EBADMSG; /* TLS, by now */
	if (view.len > 5 && view.ptr[5] == X224_DATA) {
		*ret_appetite = (struct appetite){.never = true};
		return 0;
	}
	if (view.len < PDU_MIN + NEG_SIZE)
		return 0;
	if (rdp_probe(view, &want) != CARRIER_YES || !read_pdu(view, &pdu))
		return -EBADMSG;
	*ret_appetite = (struct appetite){.skip = pdu.len, .want = 1};
	return 0;
}

const struct carrier carrier_rdp = {
	.name = "RDP",
	.ports = {3389},
	.probe = rdp_probe,
	.data = rdp_data,
};
