/*
 * SMB1 messages ([MS-CIFS] 2.2.3.1): the header and the commands that are of interest. What is not
 * in the table is passed over; of a chain (AndX) only the parts after a session setup are looked
 * at.
 */
#include "carrier/smb.h"

#define SMB1_FLAG_REPLY 0x80
#define SMB1_FLAGS2_NT_STATUS 0x4000

/* Errors without NTSTATUS: class in the low byte, code in the upper 16 bits ([MS-CIFS] 2.2.2.4). */
static const struct {
	uint32_t dos, status;
} dos_errors[] = {
	{0x00000000, NT_STATUS_OK},
	{0x00ea0001, NT_STATUS_MORE_PROCESSING_REQUIRED}, /* ERRDOS, ERRmoredata */
	{0x00020002, NT_STATUS_LOGON_FAILURE},		  /* ERRSRV, ERRbadpw */
	{0x00050001, NT_STATUS_ACCESS_DENIED},		  /* ERRDOS, ERRnoaccess */
};

#define STATUS_UNSUCCESSFUL 0xc0000001u

static uint32_t status_of_dos(uint32_t dos)
{
	for (size_t i = 0; i < sizeof(dos_errors) / sizeof(dos_errors[0]); i++)
		if ((dos & 0xffff00ff) == dos_errors[i].dos)
			return dos_errors[i].status;
	return STATUS_UNSUCCESSFUL;
}

/* Raw reads and writes bring messages without a header ([MS-CIFS] 2.2.4.22, 2.2.4.25). */
static size_t raw_request(const struct smb_pdu *p)
{
	p->smb->raw = true;
	return 0;
}

static const struct smb_command commands[] = {
	{0x04, smb1_close_request, NULL},
	{0x1a, raw_request, NULL},
	{0x1d, raw_request, NULL},
	{0x25, smb1_transaction_request, smb1_transaction_response},
	{0x26, smb1_secondary_request, smb1_transaction_response},
	{0x2e, smb1_read_request, smb1_read_response},
	{0x2f, smb1_write_request, NULL},
	{0x72, NULL, smb1_negotiate_response},
	{0x73, smb1_setup_request, smb1_setup_response},
	{0x75, smb1_tree_connect_request, NULL},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

size_t smb1_message(struct smb_pdu *p)
{
	struct reader r = reader_of(p->bytes);
	uint64_t pid;
	uint16_t command;

	reader_skip(&r, 4);
	command = reader_u8(&r);
	p->status = reader_u32le(&r);
	p->response = reader_u8(&r) & SMB1_FLAG_REPLY;
	p->flags2 = reader_u16le(&r);
	pid = (uint64_t)reader_u16le(&r) << 16;
	reader_skip(&r, 12); /* signature, reserved, TID */
	pid |= reader_u16le(&r);
	p->session = reader_u16le(&r);
	p->mid = pid << 16 | reader_u16le(&r);
	p->dialect = SMB_DIALECT_1;
	if (!(p->flags2 & SMB1_FLAGS2_NT_STATUS))
		p->status = status_of_dos(p->status);
	return smb_dispatch(p, commands, N_COMMANDS, command);
}
