/*
 * What SMB1 writes to and reads from handles, for those that are pipes: WRITE_ANDX, READ_ANDX, and
 * TRANSACTION with TRANS_TRANSACT_NMPIPE ([MS-CIFS] 2.2.4.42, 2.2.4.43, 2.2.5.6). All offsets count
 * from the header.
 */
#include "carrier/smb.h"

#define TRANS_TRANSACT_NMPIPE 0x26
#define WRITE_PIPE_START 0x000c /* WriteMode: named pipe raw mode, start of a message */

/*
 * The words of the first command, at least `least` of them; false where they are not (all) there.
 */
static bool words_of(const struct smb_pdu *p, uint8_t least, const char *where, struct reader *ret,
		     size_t *ret_need)
{
	uint8_t n;

	*ret_need = 0;
	if (!smb_have(p, SMB1_HEADER + 1, where, ret_need))
		return false;
	n = p->bytes.ptr[SMB1_HEADER];
	if (n < least) /* an error, an interim answer, or a form too old for pipes */
		return false;
	if (!smb_have(p, SMB1_HEADER + 1 + (size_t)n * 2, where, ret_need))
		return false;
	*ret = reader_of(span_head(span_from(p->bytes, SMB1_HEADER + 1), (size_t)n * 2));
	return true;
}

/* FIDs are unique in a connection ([MS-CIFS] 3.3.1.7: Server.Connection.FileOpenTable). */
static struct smb_file file_of(struct reader *r)
{
	return (struct smb_file){.id = {reader_u16le(r), 0}, .dialect = SMB_DIALECT_1};
}

size_t smb1_write_request(const struct smb_pdu *p)
{
	static const char where[] = "SMB1 WRITE_ANDX request";
	struct smb_file file;
	struct reader r;
	size_t need, off, len, prefix;
	uint16_t mode;

	if (!words_of(p, 12, where, &r, &need))
		return need;
	reader_skip(&r, 4);
	file = file_of(&r);
	reader_skip(&r, 8); /* offset, timeout */
	mode = reader_u16le(&r);
	reader_skip(&r, 2); /* remaining */
	len = (size_t)reader_u16le(&r) << 16;
	len |= reader_u16le(&r);
	off = reader_u16le(&r);
	/* the data of a pipe message's first write begins with the whole message's length */
	prefix = (mode & WRITE_PIPE_START) == WRITE_PIPE_START && len >= 2 ? 2 : 0;
	return smb_pipe_data(p, &file, off + prefix, len - prefix, where);
}

size_t smb1_read_request(const struct smb_pdu *p)
{
	struct smb_file file;
	struct reader r;
	size_t need;

	if (!words_of(p, 10, "SMB1 READ_ANDX request", &r, &need))
		return need;
	reader_skip(&r, 4);
	file = file_of(&r);
	smb_pipe_expect(p, &file);
	return 0;
}

size_t smb1_read_response(const struct smb_pdu *p)
{
	static const char where[] = "SMB1 READ_ANDX response";
	struct smb_file file;
	struct reader r;
	size_t need = 0, off, len;

	if (!smb_pipe_expected(p, &file))
		return 0;
	if (smb_has_data(p) && words_of(p, 12, where, &r, &need)) {
		reader_skip(&r, 10);
		len = reader_u16le(&r);
		off = reader_u16le(&r);
		len |= (size_t)reader_u16le(&r) << 16;
		need = smb_pipe_data(p, &file, off, len, where);
	}
	if (!need)
		smb_pipe_received(p);
	return need;
}

/* [MS-CIFS] 2.2.4.33.1 */
size_t smb1_transaction_request(const struct smb_pdu *p)
{
	static const char where[] = "SMB1 TRANSACTION request";
	struct smb_file file;
	struct reader r;
	size_t need, off, len;

	if (!words_of(p, 16, where, &r, &need))
		return need;
	reader_skip(&r, 22);
	len = reader_u16le(&r);
	off = reader_u16le(&r);
	reader_skip(&r, 2); /* setup count */
	if (reader_u16le(&r) != TRANS_TRANSACT_NMPIPE)
		return 0;
	file = file_of(&r);
	need = smb_pipe_data(p, &file, off, len, where);
	if (!need)
		smb_pipe_expect(p, &file);
	return need;
}

/* [MS-CIFS] 2.2.4.34.1: the request goes on under the same MID. */
size_t smb1_secondary_request(const struct smb_pdu *p)
{
	static const char where[] = "SMB1 TRANSACTION_SECONDARY request";
	struct smb_file file;
	struct reader r;
	size_t need, off, len;

	if (!smb_pipe_expected(p, &file))
		return 0;
	if (!words_of(p, 8, where, &r, &need))
		return need;
	reader_skip(&r, 10);
	len = reader_u16le(&r);
	off = reader_u16le(&r);
	return smb_pipe_data(p, &file, off, len, where);
}

/* [MS-CIFS] 2.2.4.33.2: one or several; before those, one without words says only "go on". */
size_t smb1_transaction_response(const struct smb_pdu *p)
{
	static const char where[] = "SMB1 TRANSACTION response";
	struct smb_file file;
	struct reader r;
	size_t need = 0, off, len, total, before;
	bool last = !smb_has_data(p);

	if (!smb_pipe_expected(p, &file))
		return 0;
	if (smb_has_data(p) && words_of(p, 10, where, &r, &need)) {
		reader_skip(&r, 2);
		total = reader_u16le(&r);
		reader_skip(&r, 8);
		len = reader_u16le(&r);
		off = reader_u16le(&r);
		before = reader_u16le(&r);
		last = before + len >= total;
		need = smb_pipe_data(p, &file, off, len, where);
	}
	if (!need && last)
		smb_pipe_received(p);
	return need;
}

size_t smb1_close_request(const struct smb_pdu *p)
{
	struct smb_file file;
	struct reader r;
	size_t need;

	if (!p->smb->pipes)
		return 0;
	if (!words_of(p, 1, "SMB1 CLOSE request", &r, &need))
		return need;
	file = file_of(&r);
	smb_pipe_close(p, &file);
	return 0;
}
