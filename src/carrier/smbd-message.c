/* SMB Direct's messages ([MS-SMBD] 2.2), and the SMB2 messages in them, perhaps in fragments. */
#include "carrier/smbd.h"

#include "base/mem.h"

#define VERSION 0x0100
#define DATA_OFFSET_MIN 24
#define LEFT_MAX 0xffffffu /* more than any SMB2 message */

bool smbd_buffer_add(struct smbd_buffer *b, const struct carrier_env *env, struct span bytes)
{
	if (!b->ptr)
		b->ptr = mem_alloc(SMBD_MESSAGE_MAX);
	if (b->ptr && bytes.len <= SMBD_MESSAGE_MAX - b->len) {
		if (bytes.len)
			memcpy(b->ptr + b->len, bytes.ptr, bytes.len);
		b->len += bytes.len;
		return true;
	}
	tally_one(env->tally, b->ptr ? TALLY_CARRIER_LIMIT : TALLY_NO_MEMORY);
	b->len = 0;
	return false;
}

/* [MS-SMBD] 2.2.1, 2.2.2: both begin with the lowest and the highest version; there is one. */
static bool is_negotiate(struct span bytes)
{
	struct reader r = reader_of(bytes);
	uint16_t lowest = reader_u16le(&r), highest = reader_u16le(&r);

	return (bytes.len == 20 || bytes.len == 32) && lowest == VERSION && highest == VERSION;
}

/* A fragment, and how much of the message comes after it. */
static void fragment(struct smbd *s, const struct carrier_env *env, enum stream_dir d,
		     struct span bytes, uint32_t left)
{
	struct smbd_half *half = &s->half[d];

	if (half->skipping) {
		half->skipping = left != 0;
		return;
	}
	if (half->message.len == 0 &&
	    (left == 0 || bytes.len > SMBD_MESSAGE_MAX || left > SMBD_MESSAGE_MAX - bytes.len)) {
		/* of what is that long, its beginning is enough, or it is no session setup */
		smb_alone(&s->smb, env, d, bytes, (uint32_t)bytes.len + left);
		half->skipping = left != 0;
		return;
	}
	if (!smbd_buffer_add(&half->message, env, bytes)) {
		half->skipping = left != 0;
		return;
	}
	if (left)
		return;
	smb_alone(&s->smb, env, d, span_make(half->message.ptr, half->message.len),
		  (uint32_t)half->message.len);
	half->message.len = 0;
}

/* [MS-SMBD] 2.2.3 */
static void data_transfer(struct smbd *s, const struct carrier_env *env, enum stream_dir d,
			  struct span bytes)
{
	struct reader r = reader_of(bytes);
	uint32_t left, off, len;
	struct span data;

	reader_skip(&r, 8); /* credits, flags */
	left = reader_u32le(&r);
	off = reader_u32le(&r);
	len = reader_u32le(&r);
	data = len ? reader_at(&r, off, len, "data out of range") : (struct span){0};
	if (len && (off < DATA_OFFSET_MIN || left > LEFT_MAX))
		reader_fail(&r, "senseless lengths");
	if (!reader_ok(&r))
		carrier_malformed(env, "SMB Direct data transfer", r.why, r.why_pos);
	else if (len)
		fragment(s, env, d, data, left);
}

void smbd_send(struct smbd *s, const struct carrier_env *env, enum stream_dir d, struct span bytes)
{
	struct smbd_half *half = &s->half[d];

	if (half->negotiated)
		data_transfer(s, env, d, bytes);
	else
		s->done = !is_negotiate(bytes); /* others use iWARP too */
	half->negotiated = true;
}
