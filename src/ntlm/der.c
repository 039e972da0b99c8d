/*
 * BER/DER elements. Invariant: no length is believed before it was compared with what is there, and
 * nothing recurses, so an element costs the time of its header whatever it claims to hold.
 */
#include "ntlm/der.h"

#define TAG_NUMBER 0x1fu /* low bits of an identifier octet; all set = a multi-byte tag follows */
#define LENGTH_LONG 0x80u
#define LENGTH_BYTES_MAX 4

/* X.690 8.1.3.5: the long form. Leading zeros are BER, and common on the wire (84 00 00 ..). */
static size_t length_long(struct reader *r, unsigned n)
{
	uint32_t len = 0;

	if (n == 0)
		reader_fail(r, "indefinite length");
	if (n > LENGTH_BYTES_MAX)
		reader_fail(r, "length of more than 4 bytes");
	for (; n > 0 && reader_ok(r); n--)
		len = len << 8 | reader_u8(r);
	return reader_ok(r) ? len : 0;
}

static size_t length(struct reader *r)
{
	uint8_t first = reader_u8(r);

	return first & LENGTH_LONG ? length_long(r, first & ~LENGTH_LONG) : first;
}

/* X.690 8.1.2. Tag 0 is end-of-contents (8.1.5), which only indefinite lengths have. */
static uint8_t identifier(struct reader *r)
{
	uint8_t byte = reader_u8(r);

	if (reader_ok(r) && (byte & TAG_NUMBER) == TAG_NUMBER)
		reader_fail(r, "multi-byte tag");
	if (byte == 0)
		reader_fail(r, "end-of-contents");
	return reader_ok(r) ? byte : 0;
}

uint8_t der_head(struct reader *r, size_t *ret_len)
{
	uint8_t tag = identifier(r);
	size_t len = length(r);

	*ret_len = len;
	return reader_ok(r) ? tag : 0;
}

struct der der_next(struct reader *r)
{
	size_t len;
	uint8_t tag = der_head(r, &len);
	struct span value = reader_bytes(r, len);

	return reader_ok(r) ? (struct der){.tag = tag, .value = value} : (struct der){0};
}

struct span der_expect(struct reader *r, uint8_t tag)
{
	if (reader_left(r) > 0 && r->in.ptr[r->pos] != tag)
		reader_fail(r, "unexpected tag");
	return der_next(r).value;
}

bool der_optional(struct reader *r, uint8_t tag, struct span *ret_value)
{
	struct der element;

	if (reader_left(r) == 0 || r->in.ptr[r->pos] != tag)
		return false;
	element = der_next(r);
	if (!reader_ok(r))
		return false;
	*ret_value = element.value;
	return true;
}

uint32_t der_uint(struct reader *r, struct span value)
{
	uint32_t n = 0;

	if (value.len == 0 || value.len > sizeof(n))
		reader_fail(r, "integer of no or more than 4 bytes");
	if (!reader_ok(r))
		return 0;
	for (size_t i = 0; i < value.len; i++)
		n = n << 8 | value.ptr[i];
	return n;
}
