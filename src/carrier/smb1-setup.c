/*
 * How SMB1 authenticates ([MS-CIFS] 2.2.4.52 to 2.2.4.55, [MS-SMB] 2.2.4.5, 2.2.4.6): with security
 * tokens (extended security), or with LM and NTLM responses to the challenge of the negotiate
 * response. WordCount tells the forms apart.
 */
#include "carrier/smb.h"

#define FLAGS2_UNICODE 0x8000
#define ANDX_NONE 0xff
#define TREE_CONNECT_ANDX 0x75
#define SECURITY_ENCRYPT_PASSWORDS 0x02 /* NEGOTIATE_ENCRYPT_PASSWORDS */
#define CAP_EXTENDED_SECURITY 0x80000000u
#define NEGOTIATE_ENOUGH 128

/* A command's words and bytes, wherever in the chain. */
struct block {
	uint8_t n_words;
	struct reader words;
	struct reader bytes;
	size_t bytes_off; /* where the bytes begin, from the header */
	uint8_t next;	  /* AndXCommand; ANDX_NONE = none */
	size_t next_off;
};

/* ByteCount is 16 bits wide and wrong in places: as many bytes as are there are taken. */
static bool block_at(const struct smb_pdu *p, size_t off, const char *where, struct block *ret)
{
	struct reader r = reader_of(p->bytes);
	struct reader andx;
	size_t n;

	reader_seek(&r, off);
	ret->n_words = reader_u8(&r);
	ret->words = reader_of(reader_bytes(&r, (size_t)ret->n_words * 2));
	n = reader_u16le(&r);
	ret->bytes_off = r.pos;
	ret->bytes = reader_of(reader_bytes(&r, n < reader_left(&r) ? n : reader_left(&r)));
	andx = ret->words;
	ret->next = ret->n_words >= 2 ? reader_u8(&andx) : ANDX_NONE;
	reader_skip(&andx, 1);
	ret->next_off = reader_u16le(&andx);
	if (!reader_ok(&r))
		smb_malformed(p, where, r.why, r.why_pos);
	return reader_ok(&r);
}

/* A string with its terminator, at an even place of the message where it is in Unicode. */
static struct span string_next(struct block *b, bool unicode)
{
	struct reader *r = &b->bytes;
	size_t unit = unicode ? 2 : 1, start;

	if (unicode && (b->bytes_off + r->pos) % 2 != 0 && reader_left(r) > 0)
		reader_skip(r, 1);
	start = r->pos;
	while (reader_left(r) >= unit) {
		struct span c = reader_bytes(r, unit);

		if (span_is_zero(c))
			return span_make(r->in.ptr + start, r->pos - unit - start);
	}
	return reader_ok(r) ? span_make(r->in.ptr + start, r->pos - start) : (struct span){0};
}

/*
 * [MS-CIFS] 2.2.4.52.2: WordCount 17 is NT LM 0.12, 13 is LAN Manager. Old ones have no bits to
 * read.
 */
size_t smb1_negotiate_response(const struct smb_pdu *p)
{
	struct smb *s = p->smb;
	struct span challenge;
	struct block b;
	uint32_t capabilities = 0;
	size_t need;
	uint8_t mode;

	if (!smb_have(p, p->len < NEGOTIATE_ENOUGH ? p->len : NEGOTIATE_ENOUGH,
		      "SMB1 NEGOTIATE response", &need))
		return need;
	if (!block_at(p, SMB1_HEADER, "SMB1 NEGOTIATE response", &b))
		return 0;
	if (b.n_words != 17 && b.n_words != 13)
		return 0;
	reader_skip(&b.words, 2); /* dialect */
	mode = reader_u8(&b.words);
	if (b.n_words == 17) {
		reader_skip(&b.words, 16);
		capabilities = reader_u32le(&b.words);
	}
	s->plain = !(mode & SECURITY_ENCRYPT_PASSWORDS);
	challenge = reader_bytes(&b.bytes, sizeof(s->challenge));
	s->challenged = !s->plain && !(capabilities & CAP_EXTENDED_SECURITY) && challenge.len != 0;
	if (s->challenged)
		memcpy(s->challenge, challenge.ptr, sizeof(s->challenge));
	return 0;
}

/* [MS-SMB] 2.2.4.6.1 */
static void setup_extended(const struct smb_pdu *p, struct block *b, struct smb_slot *slot)
{
	size_t len;

	reader_skip(&b->words, 14);
	len = reader_u16le(&b->words);
	if (len > reader_left(&b->bytes))
		smb_malformed(p, "SMB1 SESSION_SETUP request", "security blob out of range",
			      SMB1_HEADER + 1 + 14);
	else
		smb_tell_token(p, slot, reader_bytes(&b->bytes, len));
}

/* A client without credentials sends nothing, or one zero byte. */
static struct span response_of(struct reader *r, size_t len)
{
	struct span s = reader_bytes(r, len);

	return s.len == 1 && s.ptr[0] == 0 ? (struct span){0} : s;
}

/*
 * 24 bytes, or longer: NTLMv2, whose blob has 28 fixed bytes ([MS-NLMP] 2.2.2.7). Else a password.
 */
static bool are_responses(struct span lm, struct span nt)
{
	return (lm.len == 0 || lm.len == 24) && (nt.len == 0 || nt.len == 24 || nt.len >= 44);
}

/*
 * What stands after the lengths is the same with WordCount 13 and 10. Passwords in plain are none
 * of our business, nor are share-level setups, which name a user and prove nothing.
 */
static void setup_classic(const struct smb_pdu *p, struct block *b, struct smb_slot *slot,
			  size_t lm_len, size_t nt_len)
{
	struct sighting_classic c = {.unicode = p->flags2 & FLAGS2_UNICODE};

	if (lm_len + nt_len > reader_left(&b->bytes)) {
		smb_malformed(p, "SMB1 SESSION_SETUP request", "responses out of range",
			      b->bytes_off);
		return;
	}
	c.lm_response = response_of(&b->bytes, lm_len);
	c.nt_response = response_of(&b->bytes, nt_len);
	c.user = string_next(b, c.unicode);
	c.domain = string_next(b, c.unicode);
	if (p->smb->plain || !are_responses(c.lm_response, c.nt_response))
		return;
	if (c.lm_response.len + c.nt_response.len == 0 && c.user.len != 0)
		return;
	if (p->smb->challenged)
		c.server_challenge = span_make(p->smb->challenge, sizeof(p->smb->challenge));
	smb_tell_classic(p, slot, &c);
}

/* [MS-CIFS] 2.2.4.53.1 */
static void setup_nt(const struct smb_pdu *p, struct block *b, struct smb_slot *slot)
{
	size_t lm_len, nt_len;

	reader_skip(&b->words, 14);
	lm_len = reader_u16le(&b->words);
	nt_len = reader_u16le(&b->words);
	setup_classic(p, b, slot, lm_len, nt_len);
}

/* The LAN Manager form, with an LM response alone. */
static void setup_lanman(const struct smb_pdu *p, struct block *b, struct smb_slot *slot)
{
	reader_skip(&b->words, 14);
	setup_classic(p, b, slot, reader_u16le(&b->words), 0);
}

static const struct {
	uint8_t n_words;
	void (*read)(const struct smb_pdu *p, struct block *b, struct smb_slot *slot);
} setups[] = {{12, setup_extended}, {13, setup_nt}, {10, setup_lanman}};

/* [MS-CIFS] 2.2.4.55.1 */
static void tree_connect(const struct smb_pdu *p, size_t off, struct smb_slot *slot)
{
	static const char where[] = "SMB1 TREE_CONNECT_ANDX request";
	bool unicode = p->flags2 & FLAGS2_UNICODE;
	struct block b;
	size_t password;

	if (!block_at(p, off, where, &b))
		return;
	reader_skip(&b.words, 6);
	password = reader_u16le(&b.words);
	if (!reader_ok(&b.words) || password > reader_left(&b.bytes)) {
		smb_malformed(p, where, "password out of range", b.bytes_off);
		return;
	}
	reader_skip(&b.bytes, password);
	smb_tell_target(p, slot, string_next(&b, unicode), unicode);
}

size_t smb1_setup_request(const struct smb_pdu *p)
{
	static const char where[] = "SMB1 SESSION_SETUP request";
	struct smb_slot *slot;
	struct block b;
	size_t need, i = 0;

	if (!smb_have(p, p->len, where, &need))
		return need;
	if (!block_at(p, SMB1_HEADER, where, &b))
		return 0;
	while (i < sizeof(setups) / sizeof(setups[0]) && setups[i].n_words != b.n_words)
		i++;
	if (i == sizeof(setups) / sizeof(setups[0])) {
		smb_malformed(p, where, "unknown word count", SMB1_HEADER);
		return 0;
	}
	slot = smb_session_request(p);
	setups[i].read(p, &b, slot);
	if (b.next == TREE_CONNECT_ANDX && b.next_off < b.bytes_off)
		smb_malformed(p, where, "chain goes back", SMB1_HEADER + 1 + 2);
	else if (b.next == TREE_CONNECT_ANDX)
		tree_connect(p, b.next_off, slot);
	return 0;
}

/*
 * The header's status is that of the chain's last command: where the session setup was answered and
 * the chain goes on, the failure is not its own ([MS-CIFS] 2.2.3.4).
 */
static uint32_t status_of_setup(const struct smb_pdu *p, const struct block *b)
{
	return b->n_words >= 3 && b->next != ANDX_NONE ? NT_STATUS_OK : p->status;
}

/* [MS-CIFS] 2.2.4.53.2, [MS-SMB] 2.2.4.6.2 */
size_t smb1_setup_response(const struct smb_pdu *p)
{
	static const char where[] = "SMB1 SESSION_SETUP response";
	bool more = p->status == NT_STATUS_MORE_PROCESSING_REQUIRED;
	struct smb_slot *slot;
	struct block b;
	size_t need, len;

	if (!smb_have(p, p->len, where, &need))
		return need;
	if (!block_at(p, SMB1_HEADER, where, &b))
		return 0;
	slot = smb_session_response(p);
	if (b.n_words == 4) {
		reader_skip(&b.words, 6);
		len = reader_u16le(&b.words);
		if (len > reader_left(&b.bytes))
			smb_malformed(p, where, "security blob out of range", SMB1_HEADER + 1 + 6);
		else
			smb_tell_token(p, slot, reader_bytes(&b.bytes, len));
	}
	if (!more)
		smb_tell_answer(p, slot, status_of_setup(p, &b));
	return 0;
}

size_t smb1_tree_connect_request(const struct smb_pdu *p)
{
	struct smb_slot *slot = smb_session_find(p);
	size_t need;

	if (!slot || slot->targeted)
		return 0;
	if (!smb_have(p, p->len, "SMB1 TREE_CONNECT_ANDX request", &need))
		return need;
	tree_connect(p, SMB1_HEADER, slot);
	return 0;
}
