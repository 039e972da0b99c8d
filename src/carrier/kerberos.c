/*
 * Kerberos over TCP (RFC 4120 7.2.2): messages, each with its length in front. They carry no NTLM but say why there
 * was some, and are reported whole. Invariant: a message is asked for only once its outer lengths agree.
 */
#include "carrier/carrier.h"

#include "ntlm/der.h"

#include <errno.h>

#define LENGTH_SIZE 4u
#define MESSAGE_MAX 0x10000u /* tickets with the largest authorization data stay below */
#define PASSED_MAX 0x1000000u
#define APPLICATION 0x60u /* its class, constructed */
#define TAG_NUMBER 0x1fu
#define AS_REQ 10
#define TGS_REQ 12

/* The length, then the longest that tag, length, tag, length and pvno can be. */
#define HEAD_SIZE (LENGTH_SIZE + 6 + 6 + 5)

/* Message types of KDCs (RFC 4120 5.10), which are the tags' numbers: AS and TGS, KRB-ERROR. */
#define TYPES (UINT32_C(0xf) << AS_REQ | UINT32_C(1) << 30)

static bool is_type(uint8_t tag)
{
	return (tag & ~TAG_NUMBER) == APPLICATION && (TYPES >> (tag & TAG_NUMBER) & 1);
}

/* 5.4.1, 5.4.2, 5.9.1: pvno is the first field; requests begin with [1], the others with [0]. */
static bool is_version_5(struct reader *r, uint8_t type)
{
	uint8_t field = type == AS_REQ || type == TGS_REQ ? 0xa1 : 0xa0;
	const uint8_t pvno[] = {field, 3, DER_INTEGER, 1, 5};

	return span_equal(reader_bytes(r, sizeof(pvno)), span_make(pvno, sizeof(pvno)));
}

static bool is_message(struct span head)
{
	struct reader r = reader_of(head);
	size_t end = LENGTH_SIZE + (size_t)reader_u32be(&r);
	size_t outer, inner;
	uint8_t tag = der_head(&r, &outer);

	if (!is_type(tag) || outer != end - r.pos)
		return false;
	if (der_head(&r, &inner) != DER_SEQUENCE || inner != end - r.pos)
		return false;
	return is_version_5(&r, tag & TAG_NUMBER);
}

static enum carrier_match probe(struct span head, size_t *ret_want)
{
	/* at most 64 KiB: two bytes of zero */
	if ((head.len > 0 && head.ptr[0] != 0) || (head.len > 1 && head.ptr[1] != 0))
		return CARRIER_NO;
	if (head.len > LENGTH_SIZE && !is_type(head.ptr[LENGTH_SIZE]))
		return CARRIER_NO;
	if (head.len < HEAD_SIZE) {
		*ret_want = HEAD_SIZE;
		return CARRIER_MORE;
	}
	return is_message(head) ? CARRIER_YES : CARRIER_NO;
}

/* The message at the view's start: how many bytes it is, or how many must be there first. */
static int step(const struct carrier_env *env, enum stream_dir d, struct span view,
		size_t *ret_size, size_t *ret_want)
{
	struct reader r = reader_of(view);
	size_t size = reader_u32be(&r);
	uint8_t tag = reader_u8(&r);

	*ret_size = 0;
	*ret_want = LENGTH_SIZE + 1;
	if (!reader_ok(&r))
		return 0;
	if (size > PASSED_MAX || (tag & ~TAG_NUMBER) != APPLICATION)
		return -EBADMSG;
	*ret_want = LENGTH_SIZE + size;
	if (size <= MESSAGE_MAX && view.len < LENGTH_SIZE + size)
		return 0;
	if (size <= MESSAGE_MAX)
		carrier_message(env, MESSAGE_KERBEROS, d,
				span_head(span_from(view, LENGTH_SIZE), size));
	else
		tally_one(env->tally, TALLY_TOKEN_TOO_LONG);
	*ret_size = LENGTH_SIZE + size;
	*ret_want = 0;
	return 0;
}

static int data(void *state, const struct carrier_env *env, enum stream_dir d, struct span view,
		struct appetite *ret_appetite)
{
	size_t done = 0, size, want;

	(void)state;
	do {
		int rc = step(env, d, span_from(view, done), &size, &want);

		if (rc != 0)
			return rc;
		done += size;
	} while (size != 0 && done < view.len);
	*ret_appetite = (struct appetite){.skip = done, .want = want};
	return 0;
}

const struct carrier carrier_kerberos = {
	.name = "Kerberos",
	.ports = {88},
	.probe = probe,
	.data = data,
};
