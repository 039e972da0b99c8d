/*
 * LDAP's envelope. Invariant: a message is believed only once tag, length, id and operation agree; its size
 * then is all that is needed to pass over it.
 */
#include "carrier/ldap-message.h"

#define TAG_SIZE_MIN 2
#define LONG_FORM 0x80u
#define LENGTH_BYTES_MAX 4
#define CONTENT_MIN 5 /* 02 01 id, then a tag and a length */
#define APPLICATION 0x40u
#define CLASS 0xc0u
#define CONSTRUCTED 0x20u
#define TAG_NUMBER 0x1fu

/* Numbers of the operations that are there, as bits, and those of them that are primitive. */
#define OPS 0x0389ffffu
#define OPS_PRIMITIVE 0x00010404u

static bool op_known(uint8_t tag)
{
	uint32_t bit = UINT32_C(1) << (tag & TAG_NUMBER);

	return (tag & CLASS) == APPLICATION && (OPS & bit) != 0 &&
	       ((tag & CONSTRUCTED) == 0) == ((OPS_PRIMITIVE & bit) != 0);
}

/* Are there n more bytes? Else says how many that makes. */
static bool is_there(const struct reader *r, size_t n, size_t *ret_want)
{
	if (reader_left(r) >= n)
		return true;
	*ret_want = r->pos + n;
	return false;
}

/* Tag (0 = any) and length of an element, where they are there. */
static enum carrier_match head(struct reader *r, uint8_t tag, uint8_t *ret_tag, size_t *ret_len,
			       size_t *ret_want)
{
	size_t n = TAG_SIZE_MIN;

	if (!is_there(r, 1, ret_want))
		return CARRIER_MORE;
	if (tag != 0 && r->in.ptr[r->pos] != tag)
		return CARRIER_NO;
	if (!is_there(r, n, ret_want))
		return CARRIER_MORE;
	if (r->in.ptr[r->pos + 1] & LONG_FORM)
		n += r->in.ptr[r->pos + 1] & ~LONG_FORM;
	if (n > TAG_SIZE_MIN + LENGTH_BYTES_MAX)
		return CARRIER_NO;
	if (!is_there(r, n, ret_want))
		return CARRIER_MORE;
	*ret_tag = der_head(r, ret_len);
	return reader_ok(r) ? CARRIER_YES : CARRIER_NO;
}

/* RFC 4511 4.1.1.1: MessageID ::= INTEGER (0 .. 2147483647). */
static enum carrier_match message_id(struct reader *r, uint32_t *ret_id, size_t *ret_want)
{
	size_t len = 0;
	uint8_t tag;
	enum carrier_match m = head(r, DER_INTEGER, &tag, &len, ret_want);

	if (m != CARRIER_YES)
		return m;
	if (len == 0 || len > sizeof(*ret_id))
		return CARRIER_NO;
	if (!is_there(r, len, ret_want))
		return CARRIER_MORE;
	*ret_id = der_uint(r, reader_bytes(r, len));
	return CARRIER_YES;
}

static enum carrier_match operation(struct reader *r, struct ldap_message *m, size_t *ret_want)
{
	enum carrier_match match;

	if (is_there(r, 1, ret_want) && !op_known(r->in.ptr[r->pos]))
		return CARRIER_NO;
	match = head(r, 0, &m->op, &m->op_len, ret_want);
	if (match != CARRIER_YES)
		return match;
	m->op_at = r->pos;
	return m->op_at <= m->size && m->op_len <= m->size - m->op_at ? CARRIER_YES : CARRIER_NO;
}

enum carrier_match ldap_message_decode(struct span view, struct ldap_message *ret_message,
				       size_t *ret_want)
{
	struct reader r = reader_of(view);
	struct ldap_message m = {0};
	size_t len = 0;
	uint8_t tag;
	enum carrier_match match = head(&r, DER_SEQUENCE, &tag, &len, ret_want);

	if (match != CARRIER_YES)
		return match;
	if (len < CONTENT_MIN || len > LDAP_MESSAGE_MAX)
		return CARRIER_NO;
	m.size = r.pos + len;
	match = message_id(&r, &m.id, ret_want);
	if (match == CARRIER_YES)
		match = operation(&r, &m, ret_want);
	if (match == CARRIER_YES)
		*ret_message = m;
	return match;
}
