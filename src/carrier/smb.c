/*
 * The carrier SMB: SMB1 ([MS-CIFS], [MS-SMB]) and SMB2/3 ([MS-SMB2]) over direct TCP and NetBIOS
 * sessions, one carrier since a connection may begin as one and go on as the other. This file
 * frames messages and hands them on. Its invariant: `left` of a half is how far the message reaches
 * beyond what was passed over, so that whatever a message holds, the next frame is found.
 */
#include "carrier/smb.h"

#include <errno.h>

/* RFC 1002 4.3.1; direct TCP ([MS-SMB2] 2.1) uses type 0 alone, with all 24 bits for the length. */
#define NBSS_MESSAGE 0x00
#define NBSS_REQUEST 0x81
#define NBSS_KEEPALIVE 0x85
#define NBSS_HEADER 4

struct protocol {
	uint8_t id[4];
	uint8_t header;			      /* bytes; no message is shorter */
	size_t (*message)(struct smb_pdu *p); /* NULL: passed over */
};

/* [MS-SMB2] 2.2.41 (encrypted) and 2.2.42 (compressed): session setups never come inside. */
static const struct protocol protocols[] = {
	{{0xfe, 'S', 'M', 'B'}, SMB2_HEADER, smb2_message},
	{{0xff, 'S', 'M', 'B'}, SMB1_HEADER + 3, smb1_message},
	{{0xfd, 'S', 'M', 'B'}, 52, NULL},
	{{0xfc, 'S', 'M', 'B'}, 16, NULL},
};

static const struct protocol *protocol_find(struct span s)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (span_starts(s, protocols[i].id, 4))
			return &protocols[i];
	return NULL;
}

void smb_malformed(const struct smb_pdu *p, const char *where, const char *why, size_t pos)
{
	carrier_malformed(p->env, where, why, pos);
}

bool smb_have(const struct smb_pdu *p, size_t n, const char *where, size_t *ret_need)
{
	*ret_need = 0;
	if (n > p->len) {
		smb_malformed(p, where, "truncated", p->len);
		return false;
	}
	if (n <= p->bytes.len)
		return true;
	if (n > STREAM_WANT_MAX)
		tally_one(p->env->tally, TALLY_TOKEN_TOO_LONG);
	else
		*ret_need = n;
	return false;
}

size_t smb_dispatch(const struct smb_pdu *p, const struct smb_command *table, size_t n,
		    uint16_t command)
{
	for (size_t i = 0; i < n; i++) {
		size_t (*handler)(const struct smb_pdu *) =
			p->response ? table[i].response : table[i].request;

		if (table[i].command == command)
			return handler ? handler(p) : 0;
	}
	return 0;
}

static enum carrier_match more(size_t want, size_t *ret_want)
{
	*ret_want = want;
	return CARRIER_MORE;
}

/*
 * A session request: two names in the first-level encoding, half-octets as 'A' to 'P' (RFC 1001
 * 14.1).
 */
static enum carrier_match probe_session_request(struct span head, size_t len, size_t *ret_want)
{
	if (len < 68 || len > 512)
		return CARRIER_NO;
	for (size_t i = NBSS_HEADER + 1; i < NBSS_HEADER + 33 && i < head.len; i++)
		if (head.ptr[i] < 'A' || head.ptr[i] > 'P')
			return CARRIER_NO;
	if (head.len > NBSS_HEADER && head.ptr[NBSS_HEADER] != 32)
		return CARRIER_NO;
	return head.len < NBSS_HEADER + 33 ? more(NBSS_HEADER + 33, ret_want) : CARRIER_YES;
}

static enum carrier_match probe_message(struct span head, size_t len, size_t *ret_want)
{
	const struct protocol *protocol;
	struct span id = span_from(head, NBSS_HEADER);

	if (id.len >= 4) {
		protocol = protocol_find(id);
		return protocol && len >= protocol->header ? CARRIER_YES : CARRIER_NO;
	}
	if (len < 16 || (id.len > 0 && id.ptr[0] < 0xfc))
		return CARRIER_NO;
	if (id.len > 1 && memcmp(id.ptr + 1, "SMB", id.len - 1) != 0)
		return CARRIER_NO;
	return more(NBSS_HEADER + 4, ret_want);
}

static enum carrier_match smb_probe(struct span head, size_t *ret_want)
{
	struct reader r = reader_of(head);
	uint32_t word = reader_u32be(&r);
	size_t len = word & 0xffffff;

	if (head.len == 0)
		return more(NBSS_HEADER, ret_want);
	if (head.ptr[0] != NBSS_MESSAGE && head.ptr[0] != NBSS_REQUEST)
		return CARRIER_NO;
	if (head.len < NBSS_HEADER)
		return more(NBSS_HEADER, ret_want);
	return head.ptr[0] == NBSS_MESSAGE ? probe_message(head, len, ret_want)
					   : probe_session_request(head, len, ret_want);
}

/*
 * What stands at the position: a step answers 0 and how far it goes, or that many bytes are needed.
 * `want` and `go` are never both set.
 */
struct step {
	size_t want;
	size_t go;
};

static void begin_message(struct smb *s, enum stream_dir d, uint32_t len)
{
	s->half[d].left = len;
	s->half[d].session = 0;
	memset(s->half[d].file, 0, sizeof(s->half[d].file));
}

static int step_frame(struct smb *s, enum stream_dir d, struct span view, struct step *ret)
{
	struct reader r = reader_of(view);
	uint32_t word = reader_u32be(&r);
	uint8_t type = (uint8_t)(word >> 24);

	if (!reader_ok(&r)) {
		ret->want = NBSS_HEADER;
		return 0;
	}
	ret->go = NBSS_HEADER;
	begin_message(s, d, 0);
	if (type == NBSS_MESSAGE)
		s->half[d].left = word & 0xffffff;
	else if (type >= NBSS_REQUEST && type <= NBSS_KEEPALIVE)
		ret->go += word & 0xffffff;
	else
		return -EBADMSG;
	return 0;
}

static int step_message(struct smb *s, const struct carrier_env *env, enum stream_dir d,
			struct span view, struct step *ret)
{
	struct smb_pdu p = {.smb = s, .env = env, .dir = d, .len = s->half[d].left};
	const struct protocol *protocol;

	p.bytes = span_head(view, p.len);
	if (p.len >= 4 && p.bytes.len < 4) {
		ret->want = 4;
		return 0;
	}
	protocol = protocol_find(p.bytes);
	if (!protocol && !s->raw)
		return -EBADMSG;
	if (protocol && protocol->message) {
		size_t need;

		if (smb_have(&p, protocol->header, "SMB header", &need))
			need = protocol->message(&p);
		ret->want = need;
	}
	ret->go = ret->want ? 0 : p.len;
	s->half[d].left -= (uint32_t)ret->go;
	return 0;
}

void smb_alone(struct smb *s, const struct carrier_env *env, enum stream_dir d, struct span there,
	       uint32_t len)
{
	struct step step = {0};

	begin_message(s, d, len);
	while (there.len && s->half[d].left && step_message(s, env, d, there, &step) == 0 &&
	       step.go) {
		there = span_from(there, step.go);
		step = (struct step){0};
	}
	if (step.want)
		tally_one(env->tally, TALLY_TOKEN_TOO_LONG);
	s->half[d].left = 0;
}

static int smb_data(void *state, const struct carrier_env *env, enum stream_dir d, struct span view,
		    struct appetite *ret_appetite)
{
	struct smb *s = state;
	struct step step = {0};
	uint64_t at = 0;

	while (step.want == 0) {
		struct span rest = span_from(view, at < view.len ? (size_t)at : view.len);
		int rc;

		step.go = 0;
		rc = s->half[d].left ? step_message(s, env, d, rest, &step)
				     : step_frame(s, d, rest, &step);
		if (rc < 0 && at == 0)
			return rc;
		if (rc < 0)
			break; /* what was read stands: the next view begins with the trouble */
		at += step.go;
	}
	*ret_appetite = (struct appetite){.skip = at, .want = step.want};
	return 0;
}

static void smb_gap(void *state, const struct carrier_env *env, enum stream_dir d)
{
	struct smb *s = state;

	(void)env;
	s->half[d].left = 0;
}

static void smb_finish(void *state)
{
	struct smb *s = state;

	smb_session_finish(s);
	smb_pipe_finish(s);
	explicit_bzero(s->challenge, sizeof(s->challenge));
}

const struct carrier carrier_smb = {
	.name = "SMB",
	.state_size = sizeof(struct smb),
	.ports = {445, 139},
	.probe = smb_probe,
	.data = smb_data,
	.gap = smb_gap,
	.finish = smb_finish,
};
