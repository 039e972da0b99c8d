/*
 * The carrier SMBD: SMB Direct over iWARP, from MPA's first frames to RDMAP's sends. Invariant: the stream is
 * walked frame by frame by their lengths; only sends are asked for whole, what is written to memory is passed
 * over. After a hole no frame can be told from others: that is the end.
 */
#include "carrier/smbd.h"

#include "base/mem.h"

#include <errno.h>

#define KEY_LEN 16
#define FIRST_LEN 20 /* of a request or reply, before its private data */
#define PRIVATE_MAX 512
#define REVISION_MAX 2
#define FLAG_MARKERS 0x80u
#define FLAG_REJECTED 0x20u
#define FLAGS_RESERVED 0x0fu

#define MARKER_DISTANCE 512u
#define MARKER_LEN 4u
#define CRC_LEN 4u
#define LENGTH_LEN 2u

#define DDP_TAGGED 0x80u
#define DDP_LAST 0x40u
#define DDP_RESERVED 0x3cu
#define UNTAGGED_LEN 18u
#define TAGGED_LEN 14u

struct walk {
	struct smbd *smbd;
	struct smbd_half *half;
	const struct carrier_env *env;
	enum stream_dir dir;
	struct span rest; /* the view from the position on */
	size_t used;	  /* of it by this step; 0: `want` bytes are needed */
	size_t want;
};

static const char *const keys[] = {"MPA ID Req Frame", "MPA ID Rep Frame"};

static bool is_key(struct span head)
{
	size_t n = head.len < KEY_LEN ? head.len : KEY_LEN;

	return n == 0 || memcmp(head.ptr, keys[0], n) == 0 || memcmp(head.ptr, keys[1], n) == 0;
}

/* RFC 5044 7.1.1; the flag S of RFC 6581 may be set. */
static enum carrier_match probe(struct span head, size_t *ret_want)
{
	struct reader r = reader_of(span_from(head, KEY_LEN));
	uint8_t flags = reader_u8(&r), revision = reader_u8(&r);
	uint16_t private_len = reader_u16be(&r);

	*ret_want = FIRST_LEN;
	if (!is_key(head))
		return CARRIER_NO;
	if (!reader_ok(&r))
		return CARRIER_MORE;
	return (flags & FLAGS_RESERVED) == 0 && revision <= REVISION_MAX &&
			       private_len <= PRIVATE_MAX
		       ? CARRIER_YES
		       : CARRIER_NO;
}

/* Who sets the flag wants markers in what it receives. */
static int first_frame(struct walk *w)
{
	struct reader r = reader_of(span_from(w->rest, KEY_LEN));
	uint8_t flags = reader_u8(&r);
	uint16_t private_len;
	size_t want;

	reader_skip(&r, 1);
	private_len = reader_u16be(&r);
	switch (probe(w->rest, &want)) {
	case CARRIER_NO:
		return -EBADMSG;
	case CARRIER_MORE:
		w->want = want;
		return 0;
	case CARRIER_YES:
		break;
	}
	w->used = FIRST_LEN + (size_t)private_len;
	w->half->framed = true;
	w->smbd->half[stream_other(w->dir)].marked = (flags & FLAG_MARKERS) != 0;
	w->smbd->done = (flags & FLAG_REJECTED) != 0;
	return 0;
}

/* RFC 5044 3: length, ULPDU and padding to four bytes, CRC. */
static size_t content_len(uint16_t ulpdu)
{
	return ((LENGTH_LEN + (size_t)ulpdu + 3) & ~(size_t)3) + CRC_LEN;
}

/* The content with the markers in it; copies it without them where `out` is given. */
static size_t unmark(const struct walk *w, size_t content, uint8_t *out)
{
	size_t raw = 0, pos = w->half->pos;

	if (!w->half->marked)
		return content;
	while (content) {
		size_t at = (pos + raw) % MARKER_DISTANCE;
		size_t n = at ? MARKER_DISTANCE - at : MARKER_DISTANCE - MARKER_LEN;

		raw += at ? 0 : MARKER_LEN;
		n = n < content ? n : content;
		if (out) {
			memcpy(out, w->rest.ptr + raw, n);
			out += n;
		}
		raw += n;
		content -= n;
	}
	return raw;
}

/* RFC 5041 4.3: queue 0 is that of sends; a message's segments come in order. */
static void segment(struct walk *w, struct span ddp)
{
	struct reader r = reader_of(ddp);
	struct smbd_buffer *send = &w->half->send;
	uint8_t control = reader_u8(&r);
	uint32_t queue, off;
	struct span payload;

	reader_skip(&r, 5);
	queue = reader_u32be(&r);
	reader_skip(&r, 4); /* the message's number */
	off = reader_u32be(&r);
	payload = reader_rest(&r);
	if (!reader_ok(&r) || queue != 0)
		return;
	if (off == 0)
		send->len = 0;
	if (off == 0 && control & DDP_LAST) {
		smbd_send(w->smbd, w->env, w->dir, payload);
		return;
	}
	if (off != send->len || !smbd_buffer_add(send, w->env, payload) || !(control & DDP_LAST))
		return;
	smbd_send(w->smbd, w->env, w->dir, span_make(send->ptr, send->len));
	send->len = 0;
}

/* A send's frame, all of it being there. */
static void read_frame(struct walk *w, uint16_t ulpdu)
{
	size_t content = content_len(ulpdu);
	uint8_t *flat;

	if (!w->half->marked) {
		segment(w, span_head(span_from(w->rest, LENGTH_LEN), ulpdu));
		return;
	}
	flat = mem_alloc(content);
	if (!flat) {
		tally_one(w->env->tally, TALLY_NO_MEMORY);
		return;
	}
	(void)unmark(w, content, flat);
	segment(w, span_make(flat + LENGTH_LEN, ulpdu));
	mem_free_secret(flat, content);
}

/* RDMAP's opcodes 3 to 6 (RFC 5040 4.3): sends, with an event or an invalidation or without. */
static bool is_send(uint8_t control, uint8_t rdmap)
{
	uint8_t opcode = rdmap & 0x0f;

	return !(control & DDP_TAGGED) && opcode >= 3 && opcode <= 6;
}

/* A frame; its first four bytes are never split by a marker. */
static int frame(struct walk *w)
{
	size_t lead = w->half->marked && w->half->pos == 0 ? MARKER_LEN : 0;
	struct reader r = reader_of(span_from(w->rest, lead));
	uint16_t ulpdu = reader_u16be(&r);
	uint8_t control = reader_u8(&r), rdmap = reader_u8(&r);
	size_t raw;

	w->want = lead + 4;
	if (!reader_ok(&r))
		return 0;
	/* RFC 6581 has frames of nothing */
	if (ulpdu &&
	    (control & DDP_RESERVED || ulpdu < (control & DDP_TAGGED ? TAGGED_LEN : UNTAGGED_LEN)))
		return -EBADMSG;
	raw = unmark(w, content_len(ulpdu), NULL);
	if (ulpdu && is_send(control, rdmap)) {
		w->want = raw;
		if (w->rest.len < raw)
			return 0;
		read_frame(w, ulpdu);
	}
	w->used = raw;
	w->half->pos = (uint16_t)((w->half->pos + raw) % MARKER_DISTANCE);
	return 0;
}

static int data(void *state, const struct carrier_env *env, enum stream_dir d, struct span view,
		struct appetite *ret_appetite)
{
	struct smbd *smbd = state;
	struct walk w = {.smbd = smbd, .half = &smbd->half[d], .env = env, .dir = d, .used = 1};
	size_t at = 0;

	while (w.used && !smbd->done) {
		int rc;

		w.rest = span_from(view, at);
		w.used = 0;
		rc = w.half->framed ? frame(&w) : first_frame(&w);
		if (rc)
			return rc;
		at += w.used;
	}
	*ret_appetite = (struct appetite){.skip = at, .want = w.want, .never = smbd->done};
	return 0;
}

static void finish(void *state)
{
	struct smbd *smbd = state;

	carrier_smb.finish(&smbd->smb);
	for (int d = 0; d < STREAM_DIR__COUNT; d++) {
		mem_free_secret(smbd->half[d].send.ptr, SMBD_MESSAGE_MAX);
		mem_free_secret(smbd->half[d].message.ptr, SMBD_MESSAGE_MAX);
	}
}

const struct carrier carrier_smbd = {
	.name = "SMBD",
	.state_size = sizeof(struct smbd),
	.ports = {5445},
	.paired = true,
	.probe = probe,
	.data = data,
	.finish = finish,
};
