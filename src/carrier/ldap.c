/*
 * The carrier LDAP (RFC 4511, [MS-ADTS] 5.1.1.1): messages one after another, any number in a segment, and
 * after a SASL bind perhaps sealed buffers. Invariant: only binds and STARTTLS are asked for whole, and
 * never more than STREAM_WANT_MAX; all else is passed over by arithmetic.
 */
#include <errno.h>

#include "carrier/ldap-bind.h"

#define SEALED_HEADER 4u
#define TAG_CONTROLS 0xa0

/* How far one step at the start of the view has come. */
struct step {
	size_t size; /* bytes done with; 0: `want` must be there first */
	size_t want;
};

static enum carrier_match probe(struct span head, size_t *ret_want)
{
	struct ldap_message m;
	enum carrier_match match = ldap_message_decode(head, &m, ret_want);
	size_t end;

	if (match != CARRIER_YES)
		return match;
	/* behind the operation there is nothing, or controls (RFC 4511 4.1.1) */
	end = m.op_at + m.op_len;
	if (end < m.size && end < head.len && head.ptr[end] != TAG_CONTROLS)
		return CARRIER_NO;
	return CARRIER_YES;
}

/*
 * RFC 4422 3.7: each buffer of a security layer has its length in four bytes, network byte order, in front. It
 * is below 2^24 with all mechanisms at hand, so that its first byte can't be that of a message.
 */
static struct step sealed_buffer(struct span view)
{
	struct reader r = reader_of(view);
	uint32_t length = reader_u32be(&r);

	if (!reader_ok(&r))
		return (struct step){.want = SEALED_HEADER};
	return (struct step){.size = SEALED_HEADER + length};
}

static int plain_message(struct ldap *ldap, const struct carrier_env *env, enum stream_dir d,
			 struct span view, struct step *ret_step)
{
	struct ldap_message m;
	size_t max, want = 0;
	enum carrier_match match = ldap_message_decode(view, &m, &want);

	if (match == CARRIER_NO)
		return -EBADMSG;
	if (match == CARRIER_MORE) {
		*ret_step = (struct step){.want = want};
		return 0;
	}
	max = ldap_bind_max(m.op);
	if (m.size <= max && view.len < m.size) {
		*ret_step = (struct step){.want = m.size};
		return 0;
	}
	if (m.size <= max)
		ldap_bind_message(ldap, env, d, &m, span_head(view, m.size));
	else if (max == STREAM_WANT_MAX)
		tally_one(env->tally, TALLY_TOKEN_TOO_LONG);
	*ret_step = (struct step){.size = m.size};
	return 0;
}

static int step(struct ldap *ldap, const struct carrier_env *env, enum stream_dir d,
		struct span view, struct step *ret_step)
{
	if (view.len == 0) {
		*ret_step = (struct step){.want = 1};
		return 0;
	}
	if (ldap->layer && view.ptr[0] == 0) {
		*ret_step = sealed_buffer(view);
		return 0;
	}
	return plain_message(ldap, env, d, view, ret_step);
}

static int data(void *state, const struct carrier_env *env, enum stream_dir d, struct span view,
		struct appetite *ret_appetite)
{
	struct ldap *ldap = state;
	struct step one;
	size_t done = 0;
	int rc;

	if (ldap->tls)
		return -EBADMSG; /* TLS has a carrier of its own */
	do {
		rc = step(ldap, env, d, span_from(view, done), &one);
		if (rc != 0)
			return rc;
		done += one.size;
	} while (one.size != 0 && done < view.len && !ldap->tls);
	*ret_appetite = (struct appetite){.skip = done, .want = one.want, .never = ldap->tls};
	return 0;
}

/* What was lost may have held a bind. */
static void gap(void *state, const struct carrier_env *env, enum stream_dir d)
{
	struct ldap *ldap = state;

	(void)env;
	(void)d;
	ldap->layer = true;
}

const struct carrier carrier_ldap = {
	.name = "LDAP",
	.state_size = sizeof(struct ldap),
	.ports = {389, 3268},
	.probe = probe,
	.data = data,
	.gap = gap,
};
