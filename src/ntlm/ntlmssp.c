/*
 * NTLMSSP messages. Invariant: every view that leaves here lies inside the message, after its fixed
 * part. Nothing in a message says how long its fixed part is, though Version, MIC and more were
 * added over the years: it ends where the first payload field begins.
 */
#include "ntlm/ntlmssp.h"

#include <errno.h>

static const uint8_t signature[8] = {'N', 'T', 'L', 'M', 'S', 'S', 'P', '\0'};

#define FIELD_LEN 8
#define VERSION_LEN 8
#define MIC_LEN 16

/* Where each part of a message's fixed part ends, from the message's first byte. */
enum {
	NEGOTIATE_FLAGS_END = 16,
	NEGOTIATE_FIELDS_END = 32,
	NEGOTIATE_VERSION_END = 40,
	CHALLENGE_CHALLENGE_END = 32,
	CHALLENGE_RESERVED_END = 40,
	CHALLENGE_TARGET_INFO_END = 48,
	CHALLENGE_VERSION_END = 56,
	AUTHENTICATE_WORKSTATION_END = 52,
	AUTHENTICATE_FLAGS_END = 64,
	AUTHENTICATE_VERSION_END = 72,
	AUTHENTICATE_MIC_END = 88,
};

/* A message whose payload fields are being read. */
struct layout {
	struct reader *r;
	size_t fixed; /* the shortest fixed part there is: no field may begin in it */
	size_t start; /* least offset of the non-empty fields so far; SIZE_MAX = none */
};

/* Does the fixed part reach this far? */
static bool layout_reaches(const struct layout *l, size_t end)
{
	return l->start >= end && l->r->in.len >= end;
}

/*
 * Len, MaxLen, BufferOffset. MaxLen MUST be ignored on receipt, and so is the offset of an empty
 * field, where clients leave anything. Fields may overlap: nothing forbids it.
 */
static struct span field(struct layout *l, const char *why)
{
	size_t len = reader_u16le(l->r);
	size_t off;
	struct span s;

	reader_skip(l->r, 2);
	off = reader_u32le(l->r);
	if (len == 0)
		return (struct span){0};
	if (off < l->fixed)
		reader_fail(l->r, why);
	s = reader_at(l->r, off, len, why);
	if (reader_ok(l->r) && off < l->start)
		l->start = off;
	return s;
}

/*
 * A field that may be ignored, and so may point nowhere: a name of NEGOTIATE without its flag, which clients send
 * nevertheless, and then it tells where the fixed part ends; or the session key.
 */
static struct span field_if(struct layout *l, uint32_t flagged, const char *why)
{
	struct reader before = *l->r;
	struct span s = field(l, why);

	if (flagged || reader_ok(l->r))
		return s;
	*l->r = before;
	reader_skip(l->r, FIELD_LEN);
	return s;
}

/*
 * 2.2.2.10. The flag alone doesn't prove it, since acceptors echo flags; nor do the bytes alone,
 * which are there, and zero or stale, where the flag is not set.
 */
static void version(struct layout *l, size_t end, const struct ntlm_message *m,
		    struct ntlm_version *ret_version)
{
	struct reader *r = l->r;

	if (!(m->flags & NTLMSSP_NEGOTIATE_VERSION) || !layout_reaches(l, end))
		return;
	reader_seek(r, end - VERSION_LEN);
	ret_version->major = reader_u8(r);
	ret_version->minor = reader_u8(r);
	ret_version->build = reader_u16le(r);
	reader_skip(r, 3);
	ret_version->revision = reader_u8(r);
	ret_version->present = true;
}

/* 2.2.1.1. Its strings are OEM whatever the flags say: nothing is negotiated yet. */
static void negotiate(struct reader *r, struct ntlm_message *m)
{
	struct layout l = {.r = r, .fixed = NEGOTIATE_FIELDS_END, .start = SIZE_MAX};

	m->flags = reader_u32le(r);
	if (r->in.len == NEGOTIATE_FLAGS_END)
		return;
	m->negotiate.domain = field_if(&l, m->flags & NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED,
				       "domain name out of range");
	m->negotiate.workstation =
		field_if(&l, m->flags & NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED,
			 "workstation name out of range");
	version(&l, NEGOTIATE_VERSION_END, m, &m->version);
}

/* 2.2.1.2. Servers before NTLMv2 end it after the challenge or the reserved bytes. */
static void challenge(struct reader *r, struct ntlm_message *m)
{
	struct layout l = {.r = r, .fixed = CHALLENGE_CHALLENGE_END, .start = SIZE_MAX};

	m->challenge.target_name = field(&l, "target name out of range");
	m->flags = reader_u32le(r);
	m->unicode = m->flags & NTLMSSP_NEGOTIATE_UNICODE;
	m->challenge.server_challenge = reader_bytes(r, 8);
	if (l.start < CHALLENGE_TARGET_INFO_END || r->in.len == CHALLENGE_CHALLENGE_END ||
	    r->in.len == CHALLENGE_RESERVED_END)
		return;
	reader_seek(r, CHALLENGE_RESERVED_END);
	if (m->flags & NTLMSSP_NEGOTIATE_TARGET_INFO) /* else it MUST be ignored */
		m->challenge.target_info = field(&l, "target info out of range");
	version(&l, CHALLENGE_VERSION_END, m, &m->version);
}

/*
 * The oldest clients send no flags. A string of theirs is UTF-16 if it holds a NUL, which OEM
 * strings don't.
 */
static bool looks_unicode(const struct ntlm_authenticate *a)
{
	const struct span names[] = {a->domain, a->user, a->workstation};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].len > 0 && memchr(names[i].ptr, '\0', names[i].len))
			return true;
	return false;
}

/*
 * The MIC comes after Version's bytes whether Version is used or not. Clients without AvFlags 0x2
 * may leave its place zero, or fill it with what nobody checks.
 */
static enum ntlm_mic mic(struct layout *l)
{
	if (!layout_reaches(l, AUTHENTICATE_MIC_END))
		return NTLM_MIC_ABSENT;
	reader_seek(l->r, AUTHENTICATE_MIC_END - MIC_LEN);
	return span_is_zero(reader_bytes(l->r, MIC_LEN)) ? NTLM_MIC_ZERO : NTLM_MIC_PRESENT;
}

static void authenticate_flags(struct layout *l, struct ntlm_message *m)
{
	struct ntlm_authenticate *a = &m->authenticate;

	if (l->start < AUTHENTICATE_FLAGS_END || l->r->in.len == AUTHENTICATE_WORKSTATION_END) {
		m->unicode = looks_unicode(a);
		return;
	}
	a->session_key = field_if(l, 0, "session key out of range"); /* acceptors do without */
	m->flags = reader_u32le(l->r);
	m->unicode = m->flags & (NTLMSSP_NEGOTIATE_UNICODE | NTLM_NEGOTIATE_OEM)
			     ? m->flags & NTLMSSP_NEGOTIATE_UNICODE
			     : looks_unicode(a);
	version(l, AUTHENTICATE_VERSION_END, m, &m->version);
	a->mic = mic(l);
}

/* 2.2.1.3 */
static void authenticate(struct reader *r, struct ntlm_message *m)
{
	struct layout l = {.r = r, .fixed = AUTHENTICATE_WORKSTATION_END, .start = SIZE_MAX};
	struct ntlm_authenticate *a = &m->authenticate;

	a->lm_response = field(&l, "LM response out of range");
	a->nt_response = field(&l, "NT response out of range");
	a->domain = field(&l, "domain name out of range");
	a->user = field(&l, "user name out of range");
	a->workstation = field(&l, "workstation name out of range");
	if (reader_ok(r))
		authenticate_flags(&l, m);
}

static const struct {
	const char *name;
	void (*decode)(struct reader *r, struct ntlm_message *m);
} types[] = {
	[NTLM_NEGOTIATE] = {"NEGOTIATE", negotiate},
	[NTLM_CHALLENGE] = {"CHALLENGE", challenge},
	[NTLM_AUTHENTICATE] = {"AUTHENTICATE", authenticate},
};

static bool type_known(uint32_t type)
{
	return type >= NTLM_NEGOTIATE && type <= NTLM_AUTHENTICATE;
}

bool ntlm_is_message(struct span bytes)
{
	return span_starts(bytes, signature, sizeof(signature));
}

int ntlm_decode(struct reader *r, struct ntlm_message *ret_message)
{
	struct ntlm_message m = {0};
	uint32_t type;

	if (!ntlm_is_message(r->in))
		reader_fail(r, "no NTLMSSP signature");
	reader_seek(r, sizeof(signature));
	type = reader_u32le(r);
	if (!type_known(type))
		reader_fail(r, "unknown message type");
	if (!reader_ok(r))
		return -EBADMSG;
	m.type = (enum ntlm_type)type;
	ret_message->type = m.type;
	types[type].decode(r, &m);
	if (!reader_ok(r))
		return -EBADMSG;
	*ret_message = m;
	return 0;
}

const char *ntlm_type_name(enum ntlm_type type)
{
	return type_known(type) ? types[type].name : "message";
}
