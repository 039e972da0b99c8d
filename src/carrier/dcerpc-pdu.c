/*
 * DCE/RPC headers. Invariant: a decoded PDU's lengths agree with each other, so that nothing behind this
 * computes with numbers that it has to doubt.
 */
#include "carrier/dcerpc-pdu.h"

#include <errno.h>

#define VERSION 5
#define MINOR_MAX 1
#define FLAG_RESERVED 0x08 /* PFC_RESERVED_1 */
#define DREP_LITTLE 0x10   /* integer representation, high nibble; the low one: 0 = ASCII */

/* The least that each type can be, header included ([C706] 12.6.4); 0 = no such type. */
static const struct {
	const char *name;
	uint16_t least;
} types[DCERPC_TYPE__COUNT] = {
	[DCERPC_REQUEST] = {"DCERPC request", 24},
	[DCERPC_RESPONSE] = {"DCERPC response", 24},
	[DCERPC_FAULT] = {"DCERPC fault", 28},
	[DCERPC_BIND] = {"DCERPC bind", 28},
	[DCERPC_BIND_ACK] = {"DCERPC bind_ack", 26},
	[DCERPC_BIND_NAK] = {"DCERPC bind_nak", 18},
	[DCERPC_ALTER_CONTEXT] = {"DCERPC alter_context", 28},
	[DCERPC_ALTER_CONTEXT_RESP] = {"DCERPC alter_context_resp", 26},
	[DCERPC_AUTH3] = {"DCERPC auth3", 16},
	[DCERPC_SHUTDOWN] = {"DCERPC shutdown", 16},
	[DCERPC_CO_CANCEL] = {"DCERPC co_cancel", 16},
	[DCERPC_ORPHANED] = {"DCERPC orphaned", 16},
	[DCERPC_RTS] = {"DCERPC rts", 20},
};

const char *dcerpc_type_name(uint8_t type)
{
	return type < DCERPC_TYPE__COUNT && types[type].name ? types[type].name : "DCERPC PDU";
}

bool dcerpc_plausible(struct span head)
{
	const uint8_t *p = head.ptr;

	return (head.len < 1 || p[0] == VERSION) && (head.len < 2 || p[1] <= MINOR_MAX) &&
	       (head.len < 3 || (p[2] < DCERPC_TYPE__COUNT && types[p[2]].least != 0)) &&
	       (head.len < 4 || (p[3] & FLAG_RESERVED) == 0) &&
	       (head.len < 5 || p[4] == DREP_LITTLE || p[4] == 0) && (head.len < 6 || p[5] == 0) &&
	       (head.len < 7 || p[6] == 0) && (head.len < 8 || p[7] == 0);
}

static uint16_t u16(struct reader *r, bool big)
{
	return big ? reader_u16be(r) : reader_u16le(r);
}

static uint32_t u32(struct reader *r, bool big)
{
	return big ? reader_u32be(r) : reader_u32le(r);
}

/* What is wrong with a header's lengths; NULL = nothing. */
static const char *lengths_wrong(const struct dcerpc_pdu *pdu)
{
	uint32_t least = types[pdu->type].least;

	if (pdu->frag_length < least)
		return "frag_length shorter than its headers";
	if (pdu->auth_length != 0 &&
	    pdu->frag_length - least < DCERPC_TRAILER_SIZE + (uint32_t)pdu->auth_length)
		return "auth_length out of range";
	return NULL;
}

/* [C706] 12.6.3.1: rpc_vers, rpc_vers_minor, PTYPE, pfc_flags, packed_drep, frag_length, ... */
int dcerpc_pdu_decode(struct span view, struct dcerpc_pdu *ret_pdu, const char **ret_why)
{
	struct dcerpc_pdu pdu = {0};
	struct reader r = reader_of(view);

	*ret_why = NULL;
	if (view.len < DCERPC_HEADER_SIZE || !dcerpc_plausible(view))
		return -EBADMSG;
	reader_skip(&r, 2);
	pdu.type = reader_u8(&r);
	reader_skip(&r, 1);
	pdu.big = reader_u8(&r) != DREP_LITTLE;
	reader_skip(&r, 3);
	pdu.frag_length = u16(&r, pdu.big);
	pdu.auth_length = u16(&r, pdu.big);
	pdu.call_id = u32(&r, pdu.big);
	pdu.bytes = span_head(view, pdu.frag_length);
	*ret_why = lengths_wrong(&pdu);
	if (*ret_why)
		return -EBADMSG;
	*ret_pdu = pdu;
	return 0;
}

/* [MS-RPCE] 2.2.2.11: the trailer stands right before the token, which ends the PDU. */
bool dcerpc_pdu_trailer(const struct dcerpc_pdu *pdu, struct dcerpc_trailer *ret_trailer)
{
	struct dcerpc_trailer trailer;
	struct reader r = reader_of(pdu->bytes);

	if (pdu->auth_length == 0 || pdu->bytes.len < pdu->frag_length)
		return false;
	reader_seek(&r, (size_t)pdu->frag_length - pdu->auth_length - DCERPC_TRAILER_SIZE);
	trailer.auth_type = reader_u8(&r);
	reader_skip(&r, 3); /* auth_level, auth_pad_length, auth_reserved */
	trailer.context_id = u32(&r, pdu->big);
	trailer.token = reader_bytes(&r, pdu->auth_length);
	if (!reader_ok(&r))
		return false;
	*ret_trailer = trailer;
	return true;
}

uint16_t dcerpc_pdu_u16(const struct dcerpc_pdu *pdu, size_t offset)
{
	struct reader r = reader_of(pdu->bytes);

	reader_seek(&r, offset);
	return u16(&r, pdu->big);
}

uint32_t dcerpc_pdu_u32(const struct dcerpc_pdu *pdu, size_t offset)
{
	struct reader r = reader_of(pdu->bytes);

	reader_seek(&r, offset);
	return u32(&r, pdu->big);
}
