/*
 * The carrier NNS: .NET's NegotiateStream ([MS-NNS]), by itself or after .NET Message Framing's preamble
 * ([MS-NMF]), as Active Directory Web Services use it. Invariant: records are told apart by their first byte
 * alone, so that there is nothing to lose track of; each direction ends with its HandshakeDone, both with an
 * error.
 */
#include "base/reader.h"
#include "carrier/leg.h"
#include "carrier/nns.h"
#include "ntlm/ntlmssp.h"

#include <errno.h>

#define STRING_MAX 2048 /* of a URI; more is no preamble */
#define HOST_MAX 255

struct nns {
	enum stream_dir client; /* who sent the AUTHENTICATE, while it has no answer */
	bool awaits;
	bool ended[STREAM_DIR__COUNT];
	uint8_t host_len; /* of the Via record */
	uint8_t host[HOST_MAX];
};

struct scene {
	struct nns *nns;
	const struct carrier_env *env;
	enum stream_dir dir;
	uint8_t id; /* of the record */
};

/* [MS-ERREF] 2.1.1 to 2.3.1; what is not here is refused as a wrong password is. */
static const struct {
	uint32_t hresult, status;
} reasons[] = {
	{0x80090311, 0xc000005e}, /* no authority: no logon servers */
	{0x80090324, 0xc0000133}, /* time skew */
	{0x80090346, 0xc000035b}, /* bad channel bindings */
};

static uint32_t status_of(uint32_t hresult)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].hresult == hresult)
			return reasons[i].status;
	return NT_STATUS_LOGON_FAILURE;
}

static void end(struct nns *nns)
{
	nns->ended[STREAM_A_TO_B] = nns->ended[STREAM_B_TO_A] = true;
}

static void answer(const struct scene *s, uint32_t status)
{
	struct sighting_answer a = {.dir = s->dir, .status = status};

	if (!s->nns->awaits || s->dir == s->nns->client)
		return;
	s->nns->awaits = false;
	s->env->ops->answer(s->env->ctx, &a);
}

/* [MS-NNS] 1.3: SPNEGO, where raw NTLMSSP was asked for by name. */
static void token(const struct scene *s, struct span bytes)
{
	struct sighting_token t = {.dir = s->dir, .bytes = bytes, .direct = ntlm_is_message(bytes)};
	struct sighting_target target = {.service = "host",
					 .host = span_make(s->nns->host, s->nns->host_len)};
	uint32_t type = leg_of(bytes).ntlm_type;

	if (bytes.len == 0)
		return;
	s->env->ops->token(s->env->ctx, &t);
	if (type == NTLM_AUTHENTICATE) {
		s->nns->awaits = true;
		s->nns->client = s->dir;
	}
	if (target.host.len && (type == NTLM_NEGOTIATE || type == NTLM_AUTHENTICATE))
		s->env->ops->target(s->env->ctx, &target);
}

/* [MS-NNS] 2.2.1: the payload of an error is 8 bytes, the HRESULT being the lower half. */
static void handshake(const struct scene *s, struct span payload)
{
	struct reader r = reader_of(payload);

	if (s->id != NNS_ERROR)
		token(s, payload);
	s->nns->ended[s->dir] = s->id != NNS_IN_PROGRESS;
	if (s->id == NNS_DONE)
		answer(s, NT_STATUS_OK);
	if (s->id != NNS_ERROR)
		return;
	end(s->nns);
	reader_skip(&r, 4);
	answer(s, status_of(reader_u32be(&r)));
	if (!reader_ok(&r))
		carrier_malformed(s->env, "NNS HandshakeError", r.why, r.why_pos);
}

static struct span until(struct span s, char end)
{
	const uint8_t *at = s.len ? memchr(s.ptr, end, s.len) : NULL;

	return at ? span_head(s, (size_t)(at - s.ptr)) : s;
}

/* [MS-NMF] 2.2.3.3: `net.tcp://host:port/path`; an IPv6 literal is in brackets. */
static void via(const struct scene *s, struct span uri)
{
	static const char mark[] = "://";
	const uint8_t *at = uri.len ? memmem(uri.ptr, uri.len, mark, sizeof(mark) - 1) : NULL;
	struct span host;

	if (!at)
		return;
	host = until(span_from(uri, (size_t)(at - uri.ptr) + sizeof(mark) - 1), '/');
	host = host.len && host.ptr[0] == '[' ? until(span_from(host, 1), ']') : until(host, ':');
	if (host.len == 0 || host.len > HOST_MAX)
		return;
	s->nns->host_len = (uint8_t)host.len;
	memcpy(s->nns->host, host.ptr, host.len);
}

/* The preamble ends without an upgrade, or is refused: what follows is not protected by NTLM. */
static void unprotected(const struct scene *s, struct span value)
{
	(void)value;
	end(s->nns);
}

enum form { FORM_STRING, FORM_HANDSHAKE, FORM_FIXED };

/* [MS-NMF] 2.2.3 and [MS-NNS] 2.2.1, which share no first byte. */
static const struct record {
	uint8_t id;
	uint8_t form; /* FORM_FIXED + n: n bytes follow */
	void (*read)(const struct scene *s, struct span value);
} records[] = {
	{0x00, FORM_FIXED + 2, NULL}, /* version */
	{0x01, FORM_FIXED + 1, NULL}, /* mode */
	{0x02, FORM_STRING, via},
	{0x03, FORM_FIXED + 1, NULL},	  /* known encoding */
	{0x04, FORM_STRING, NULL},	  /* extensible encoding */
	{0x08, FORM_STRING, unprotected}, /* fault */
	{0x09, FORM_STRING, NULL},	  /* upgrade request */
	{0x0a, FORM_FIXED, NULL},	  /* upgrade response */
	{0x0b, FORM_FIXED, unprotected},  /* preamble ack */
	{0x0c, FORM_FIXED, unprotected},  /* preamble end */
	{NNS_DONE, FORM_HANDSHAKE, handshake},
	{NNS_ERROR, FORM_HANDSHAKE, handshake},
	{NNS_IN_PROGRESS, FORM_HANDSHAKE, handshake},
};

static const struct record *record_find(uint8_t id)
{
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++)
		if (records[i].id == id)
			return &records[i];
	return NULL;
}

/* [MS-NMF] 2.2.2: seven bits a byte, the lowest first, the last one without its top bit. */
static int string_len(struct reader *r, size_t *ret_len)
{
	size_t len = 0;
	uint8_t byte = 0x80;

	for (unsigned shift = 0; byte & 0x80 && shift < 21; shift += 7) {
		byte = reader_u8(r);
		len |= (size_t)(byte & 0x7f) << shift;
	}
	*ret_len = len;
	return byte & 0x80 || len > STRING_MAX ? -EBADMSG : 0;
}

/* [MS-NNS] 2.2.1: MajorVersion MUST be 1, MinorVersion MUST be 0. */
static int handshake_len(struct reader *r, size_t *ret_len)
{
	uint16_t version = reader_u16be(r);

	*ret_len = reader_u16be(r);
	return version != 0x0100 ? -EBADMSG : 0;
}

/* One record at the view's start: 0 and its size, or that `*ret_want` bytes are needed. */
static int step(struct scene *s, struct span view, size_t *ret_size, size_t *ret_want)
{
	struct reader r = reader_of(view);
	const struct record *record;
	size_t len;
	int rc = 0;

	*ret_want = 1;
	if (view.len == 0)
		return 0;
	s->id = reader_u8(&r);
	record = record_find(s->id);
	if (!record)
		return -EBADMSG;
	if (record->form == FORM_STRING)
		rc = string_len(&r, &len);
	else if (record->form == FORM_HANDSHAKE)
		rc = handshake_len(&r, &len);
	else
		len = (size_t)record->form - FORM_FIXED;
	if (!reader_ok(&r))
		*ret_want = record->form == FORM_HANDSHAKE ? NNS_HEADER : view.len + 1;
	else
		*ret_want = r.pos + len;
	if (!reader_ok(&r) || (rc == 0 && *ret_want > view.len))
		return 0;
	*ret_size = *ret_want;
	if (rc == 0 && record->read)
		record->read(s, reader_bytes(&r, len));
	return rc;
}

static int data(void *state, const struct carrier_env *env, enum stream_dir d, struct span view,
		struct appetite *ret_appetite)
{
	struct nns *nns = state;
	struct scene s = {.nns = nns, .env = env, .dir = d};
	size_t at = 0, size, want = 1;

	do {
		int rc;

		if (nns->ended[d]) {
			*ret_appetite = (struct appetite){.never = true};
			return 0;
		}
		size = 0;
		rc = step(&s, span_from(view, at), &size, &want);
		if (rc)
			return rc;
		at += size;
	} while (size);
	*ret_appetite = (struct appetite){.skip = at, .want = want};
	return 0;
}

const struct carrier carrier_nns = {
	.name = "NNS",
	.state_size = sizeof(struct nns),
	.ports = {9389, 808},
	.paired = true,
	.probe = nns_probe,
	.data = data,
};
