/*
 * DNS over TCP (RFC 1035 4.2.2, RFC 7766): messages, each with its length in front. They carry no NTLM but say why there
 * was some, and are reported whole. Invariant: a connection is taken for DNS only by a header of which every field
 * makes sense and a question behind it.
 */
#include "carrier/carrier.h"

#include "base/reader.h"

#include <errno.h>

#define LENGTH_SIZE 2u
#define HEADER_SIZE 12u
#define QUESTION_MIN 5u /* a root name, type, class */
#define RECORD_MIN 11u
#define PROBE_SIZE 64u
/*
 * The first message of a direction is smaller than this: that all others be looked at would cost every stream of
 * random bytes, for the sake of zone transfers.
 */
#define FIRST_MAX 0x1000u

#define FLAG_RESPONSE 0x8000u
#define OPCODE_AND_Z 0x7840u   /* a query's opcode is 0, and so is the reserved bit */
#define ONLY_RESPONSES 0x068fu /* AA, TC, RA, RCODE */

/* RFC 1035 4.1.1: counts that the message has room for; of a query only EDNS and a signature are behind the question. */
static bool counts_ok(struct reader *r, bool response, size_t size)
{
	size_t questions = reader_u16be(r), answers = reader_u16be(r);
	size_t authorities = reader_u16be(r), additional = reader_u16be(r);
	size_t records = answers + authorities + additional;

	if (questions != 1 || (!response && (answers + authorities != 0 || additional > 2)))
		return false;
	return HEADER_SIZE + QUESTION_MIN + records * RECORD_MIN <= size;
}

/* A question's name, type and class, as far as it is there; nobody asks by TCP for the root. */
static bool question_ok(struct reader *r)
{
	uint8_t len = reader_u8(r);

	if (len == 0)
		return false;
	for (; len != 0 && reader_ok(r); len = reader_u8(r)) {
		struct span label = reader_bytes(r, len <= reader_left(r) ? len : reader_left(r));

		for (size_t i = 0; i < label.len; i++)
			if (label.ptr[i] <= ' ' || label.ptr[i] == 0x7f)
				return false;
		if (len > 63)
			return false;
	}
	if (reader_left(r) < 4)
		return true;
	return reader_u16be(r) != 0 && reader_u16be(r) == 1;
}

static bool is_message(struct span head, size_t size)
{
	struct reader r = reader_of(head);
	uint16_t flags;

	reader_skip(&r, LENGTH_SIZE + 2);
	flags = reader_u16be(&r);
	if ((flags & OPCODE_AND_Z) != 0 || (!(flags & FLAG_RESPONSE) && (flags & ONLY_RESPONSES)))
		return false;
	return counts_ok(&r, (flags & FLAG_RESPONSE) != 0, size) && question_ok(&r);
}

/* Can't this be one, as far as its first bytes are there? */
static bool is_absurd(struct span head)
{
	return (head.len > 0 && head.ptr[0] >= FIRST_MAX >> 8) ||
	       (head.len > 1 && head.ptr[0] == 0 && head.ptr[1] < HEADER_SIZE + QUESTION_MIN) ||
	       (head.len > 4 && (head.ptr[4] & OPCODE_AND_Z >> 8)) ||
	       (head.len > 5 && (head.ptr[5] & OPCODE_AND_Z & 0xff)) ||
	       (head.len > 6 && head.ptr[6] != 0) || (head.len > 7 && head.ptr[7] != 1);
}

static enum carrier_match probe(struct span head, size_t *ret_want)
{
	size_t size, want;

	if (is_absurd(head))
		return CARRIER_NO;
	if (head.len < LENGTH_SIZE) {
		*ret_want = LENGTH_SIZE + HEADER_SIZE;
		return CARRIER_MORE;
	}
	size = (size_t)(head.ptr[0] << 8 | head.ptr[1]);
	want = LENGTH_SIZE + size < PROBE_SIZE ? LENGTH_SIZE + size : PROBE_SIZE;
	if (head.len < want) {
		*ret_want = want;
		return CARRIER_MORE;
	}
	return is_message(span_head(head, want), size) ? CARRIER_YES : CARRIER_NO;
}

static int data(void *state, const struct carrier_env *env, enum stream_dir d, struct span view,
		struct appetite *ret_appetite)
{
	size_t want = LENGTH_SIZE;

	(void)state;
	ret_appetite->skip = 0;
	while (view.len >= LENGTH_SIZE) {
		size_t size = (size_t)(view.ptr[0] << 8 | view.ptr[1]);

		if (size < HEADER_SIZE)
			return -EBADMSG;
		want = LENGTH_SIZE + size;
		if (view.len < want)
			break;
		carrier_message(env, MESSAGE_DNS, d, span_head(span_from(view, LENGTH_SIZE), size));
		view = span_from(view, want);
		ret_appetite->skip += want;
		want = LENGTH_SIZE;
	}
	ret_appetite->want = want;
	return 0;
}

const struct carrier carrier_dns = {
	.name = "DNS",
	.ports = {53},
	.probe = probe,
	.data = data,
};
