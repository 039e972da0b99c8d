/*
 * SIP as a carrier, over TCP and UDP: NTLM in the fields of its heads ([MS-SIPAE]). Invariant: a head is read
 * whole or not at all; a body is passed over by its Content-Length.
 */
#include "carrier/sip.h"

#include <errno.h>

/* RFC 3261 7.5: empty lines before a start line are to be ignored; RFC 5626 3.5.1 keeps connections up with them. */
static size_t empty_lines(struct span s)
{
	size_t n = 0;

	while (n < s.len && (s.ptr[n] == '\r' || s.ptr[n] == '\n'))
		n++;
	return n;
}

static int too_long(const struct carrier_env *env, struct span rest)
{
	tally_one(env->tally, TALLY_CARRIER_LIMIT);
	carrier_malformed(env, "SIP", "head too long", rest.len);
	return -EBADMSG;
}

/* The head at the front of `rest`: 0, -EAGAIN where more bytes are needed, -EBADMSG. */
static int take_head(struct sip_half *half, const struct carrier_env *env, struct span rest,
		     struct sip_head *ret_head)
{
	size_t want, end;

	if (!half->started) {
		enum carrier_match match = sip_probe(rest, &want);

		if (match != CARRIER_YES)
			return match == CARRIER_MORE ? -EAGAIN : -EBADMSG;
		half->started = true;
	}
	end = head_end(rest, &half->scanned);
	if (end == 0 && rest.len <= SIP_HEAD_MAX)
		return -EAGAIN;
	if (end == 0 || end > SIP_HEAD_MAX)
		return too_long(env, rest);
	return sip_head_parse(span_head(rest, end), ret_head) ? 0 : -EBADMSG;
}

/* One message, or what is between messages. `*ret_used` = bytes done with. */
static int step(struct sip *sip, const struct carrier_env *env, enum stream_dir d, struct span rest,
		uint64_t *ret_used)
{
	struct sip_half *half = &sip->half[d];
	struct sip_head head;
	int rc;

	*ret_used = half->started ? 0 : empty_lines(rest);
	if (*ret_used)
		return 0;
	rc = take_head(half, env, rest, &head);
	if (rc)
		return rc;
	*half = (struct sip_half){0};
	sip_auth(sip, env, d, &head);
	if (head.why) {
		carrier_malformed(env, sip_where(&head), head.why, head.why_pos);
		return -EBADMSG;
	}
	*ret_used = head.bytes.len + head.length;
	return 0;
}

static int sip_data(void *state, const struct carrier_env *env, enum stream_dir d, struct span view,
		    struct appetite *ret_appetite)
{
	uint64_t pos = 0, used;

	while (pos < view.len) {
		struct span rest = span_from(view, (size_t)pos);
		int rc = step(state, env, d, rest, &used);

		if (rc == -EAGAIN) {
			*ret_appetite = (struct appetite){.skip = pos, .want = rest.len + 1};
			return 0;
		}
		if (rc)
			return rc;
		pos += used;
	}
	*ret_appetite = (struct appetite){.skip = pos, .want = 1};
	return 0;
}

static void sip_gap(void *state, const struct carrier_env *env, enum stream_dir d)
{
	struct sip *sip = state;

	(void)env;
	sip->half[d] = (struct sip_half){0};
}

const struct carrier carrier_sip = {
	.name = "SIP",
	.state_size = sizeof(struct sip),
	.ports = {5060},
	.datagrams = true,
	.probe = sip_probe,
	.data = sip_data,
	.gap = sip_gap,
};
