/*
 * SMB2 and SMB3 messages ([MS-SMB2] 2.2): session setups, the first tree connect, and the bytes of
 * pipes. Everything else is passed over. All offsets inside count from the message's header.
 */
#include "carrier/smb.h"

#define SMB2_FLAG_RESPONSE 0x1u /* SMB2_FLAGS_SERVER_TO_REDIR */
#define SMB2_FLAG_RELATED 0x4u
#define SMB2_RELATED_SESSION UINT64_MAX
#define STATUS_PENDING 0x103u
#define FSCTL_PIPE_TRANSCEIVE 0x0011c017u
#define PATH_ENOUGH 1024 /* bytes of a path that must hold its host */

/*
 * The fixed part of a message, after its StructureSize; the caller asks the reader whether it is
 * well.
 */
static bool body_of(const struct smb_pdu *p, size_t fixed, uint16_t structure, const char *where,
		    struct reader *ret, size_t *ret_need)
{
	if (!smb_have(p, SMB2_HEADER + fixed, where, ret_need))
		return false;
	*ret = reader_of(p->bytes);
	reader_seek(ret, SMB2_HEADER);
	if (reader_u16le(ret) == structure)
		return true;
	smb_malformed(p, where, "wrong structure size", SMB2_HEADER);
	return false;
}

/* A buffer whose offset and length the fixed part told; false where it is not (all) there. */
static bool buffer_of(const struct smb_pdu *p, size_t fixed, uint16_t off, uint16_t len,
		      const char *where, struct span *ret, size_t *ret_need)
{
	struct reader r;

	*ret_need = 0;
	if (len > 0 && off < SMB2_HEADER + fixed) {
		smb_malformed(p, where, "buffer inside the fixed part", off);
		return false;
	}
	if (len > 0 && !smb_have(p, (size_t)off + len, where, ret_need))
		return false;
	r = reader_of(p->bytes);
	*ret = len ? reader_at(&r, off, len, "buffer out of range") : (struct span){0};
	return true;
}

/* [MS-SMB2] 2.2.5 */
static size_t setup_request(const struct smb_pdu *p)
{
	static const char where[] = "SMB2 SESSION_SETUP request";
	struct reader r;
	struct span token;
	uint16_t off, len;
	size_t need;

	if (!body_of(p, 24, 25, where, &r, &need))
		return need;
	reader_skip(&r, 10); /* flags, security mode, capabilities, channel */
	off = reader_u16le(&r);
	len = reader_u16le(&r);
	if (buffer_of(p, 24, off, len, where, &token, &need))
		smb_tell_token(p, smb_session_request(p), token);
	return need;
}

/* [MS-SMB2] 2.2.6; with any other status an ERROR response (2.2.2) stands in its place. */
static size_t setup_response(const struct smb_pdu *p)
{
	static const char where[] = "SMB2 SESSION_SETUP response";
	bool more = p->status == NT_STATUS_MORE_PROCESSING_REQUIRED;
	struct smb_slot *slot;
	struct span token = {0};
	struct reader r;
	uint16_t off, len;
	size_t need;

	if (more || p->status == NT_STATUS_OK) {
		if (body_of(p, 8, 9, where, &r, &need)) {
			reader_skip(&r, 2); /* session flags */
			off = reader_u16le(&r);
			len = reader_u16le(&r);
			(void)buffer_of(p, 8, off, len, where, &token, &need);
		}
		if (need)
			return need;
	}
	slot = smb_session_response(p);
	smb_tell_token(p, slot, token);
	if (!more)
		smb_tell_answer(p, slot, p->status);
	return 0;
}

/* [MS-SMB2] 2.2.9; with the extension flag the offset counts from the extension (3.1.1). */
static size_t tree_connect_request(const struct smb_pdu *p)
{
	static const char where[] = "SMB2 TREE_CONNECT request";
	struct smb_slot *slot = smb_session_find(p);
	struct reader r;
	size_t need, off, len;
	uint16_t flags;

	if (!slot || slot->targeted)
		return 0;
	if (!body_of(p, 8, 9, where, &r, &need))
		return need;
	flags = reader_u16le(&r);
	off = reader_u16le(&r);
	off += flags & 0x4 ? SMB2_HEADER + 8 : 0;
	len = reader_u16le(&r);
	len = len < PATH_ENOUGH ? len : PATH_ENOUGH;
	if (!smb_have(p, off + len, where, &need))
		return need;
	r = reader_of(p->bytes);
	smb_tell_target(p, slot, reader_at(&r, off, len, "path out of range"), true);
	return 0;
}

/* A FileId; all ones in a related element mean that of the element before (3.3.5.2.7.2). */
static struct smb_file file_of(const struct smb_pdu *p, struct reader *r)
{
	struct smb_file file = {.session = p->session, .dialect = SMB_DIALECT_2};
	uint64_t *before = p->smb->half[p->dir].file;

	file.id[0] = reader_u64le(r);
	file.id[1] = reader_u64le(r);
	if ((file.id[0] & file.id[1]) == UINT64_MAX)
		memcpy(file.id, before, sizeof(file.id));
	memcpy(before, file.id, sizeof(file.id));
	return file;
}

/* [MS-SMB2] 2.2.21 */
static size_t write_request(const struct smb_pdu *p)
{
	static const char where[] = "SMB2 WRITE request";
	struct smb_file file;
	struct reader r;
	size_t need, off, len;

	if (!body_of(p, 48, 49, where, &r, &need))
		return need;
	off = reader_u16le(&r);
	len = reader_u32le(&r);
	reader_skip(&r, 8); /* offset in the file */
	file = file_of(p, &r);
	return smb_pipe_data(p, &file, off, len, where);
}

/* [MS-SMB2] 2.2.19 */
static size_t read_request(const struct smb_pdu *p)
{
	struct smb_file file;
	struct reader r;
	size_t need;

	if (!body_of(p, 48, 49, "SMB2 READ request", &r, &need))
		return need;
	reader_skip(&r, 14); /* padding, flags, length, offset */
	file = file_of(p, &r);
	smb_pipe_expect(p, &file);
	return 0;
}

/* [MS-SMB2] 2.2.20 */
static size_t read_response(const struct smb_pdu *p)
{
	static const char where[] = "SMB2 READ response";
	struct smb_file file;
	struct reader r;
	size_t need = 0, off, len;

	if (!smb_pipe_expected(p, &file))
		return 0;
	if (smb_has_data(p)) {
		if (!body_of(p, 16, 17, where, &r, &need))
			return need;
		off = reader_u8(&r);
		reader_skip(&r, 1);
		len = reader_u32le(&r);
		need = smb_pipe_data(p, &file, off, len, where);
	}
	if (!need)
		smb_pipe_received(p);
	return need;
}

/* [MS-SMB2] 2.2.31 */
static size_t ioctl_request(const struct smb_pdu *p)
{
	static const char where[] = "SMB2 IOCTL request";
	struct smb_file file;
	struct reader r;
	size_t need, off, len;

	if (!body_of(p, 56, 57, where, &r, &need))
		return need;
	reader_skip(&r, 2);
	if (reader_u32le(&r) != FSCTL_PIPE_TRANSCEIVE)
		return 0;
	file = file_of(p, &r);
	off = reader_u32le(&r);
	len = reader_u32le(&r);
	return smb_pipe_data(p, &file, off, len, where);
}

/* [MS-SMB2] 2.2.32 */
static size_t ioctl_response(const struct smb_pdu *p)
{
	static const char where[] = "SMB2 IOCTL response";
	struct smb_file file;
	struct reader r;
	size_t need, off, len;

	if (!p->smb->pipes || !smb_has_data(p))
		return 0;
	if (!body_of(p, 48, 49, where, &r, &need))
		return need;
	reader_skip(&r, 2);
	if (reader_u32le(&r) != FSCTL_PIPE_TRANSCEIVE)
		return 0;
	file = file_of(p, &r);
	reader_skip(&r, 8); /* the input, empty */
	off = reader_u32le(&r);
	len = reader_u32le(&r);
	return smb_pipe_data(p, &file, off, len, where);
}

/* [MS-SMB2] 2.2.15 */
static size_t close_request(const struct smb_pdu *p)
{
	struct smb_file file;
	struct reader r;
	size_t need;

	if (!p->smb->pipes)
		return 0;
	if (!body_of(p, 24, 24, "SMB2 CLOSE request", &r, &need))
		return need;
	reader_skip(&r, 6); /* flags, reserved */
	file = file_of(p, &r);
	smb_pipe_close(p, &file);
	return 0;
}

/* [MS-SMB2] 2.2.1 */
static const struct smb_command commands[] = {
	{0x01, setup_request, setup_response}, {0x03, tree_connect_request, NULL},
	{0x06, close_request, NULL},	       {0x08, read_request, read_response},
	{0x09, write_request, NULL},	       {0x0b, ioctl_request, ioctl_response},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

/*
 * One element of a compound (3.2.5.1.9): NextCommand is where the next begins. A related one may
 * leave its session to the element before (2.2.1.2).
 */
size_t smb2_message(struct smb_pdu *p)
{
	static const char where[] = "SMB2 header";
	struct reader r = reader_of(p->bytes);
	uint32_t flags, next;
	uint16_t structure, command;

	reader_skip(&r, 4);
	structure = reader_u16le(&r);
	reader_skip(&r, 2); /* credit charge */
	p->status = reader_u32le(&r);
	command = reader_u16le(&r);
	reader_skip(&r, 2); /* credits */
	flags = reader_u32le(&r);
	next = reader_u32le(&r);
	p->mid = reader_u64le(&r);
	reader_skip(&r, 8); /* process and tree, or AsyncId */
	p->session = reader_u64le(&r);
	if (structure != SMB2_HEADER || (next && (next < SMB2_HEADER || next > p->len))) {
		smb_malformed(p, where, "senseless size", structure != SMB2_HEADER ? 4 : 20);
		return 0;
	}
	if (next) {
		p->len = next;
		p->bytes = span_head(p->bytes, next);
	}
	if (flags & SMB2_FLAG_RELATED && p->session == SMB2_RELATED_SESSION)
		p->session = p->smb->half[p->dir].session;
	p->smb->half[p->dir].session = p->session;
	p->dialect = SMB_DIALECT_2;
	p->response = flags & SMB2_FLAG_RESPONSE;
	return p->response && p->status == STATUS_PENDING
		       ? 0
		       : smb_dispatch(p, commands, N_COMMANDS, command);
}
