/*
 * Inside the SMB carrier: what its files share. A message is one PDU of SMB1 or one element of an
 * SMB2 compound; its handler looks at as much of it as is there and answers how many of its bytes
 * it needs, counted from its protocol id, or 0 when it is done. Nothing is reported before all of
 * it is there, since the handler is called again from the start.
 */
#ifndef NTLMAUDIT_CARRIER_SMB_H
#define NTLMAUDIT_CARRIER_SMB_H

#include "base/reader.h"
#include "carrier/carrier.h"

#define SMB1_HEADER 32
#define SMB2_HEADER 64

enum smb_dialect { SMB_DIALECT_1 = 1, SMB_DIALECT_2 };

/* One authentication, or what is left of it; its index in the table is the key of its sightings. */
struct smb_slot {
	uint64_t mid;	  /* of the request in flight, or of a response that came first */
	uint64_t session; /* SessionId or UID, once a response named it */
	uint32_t used;	  /* when last touched, in the table's own count */
	uint8_t dialect;
	bool waiting;  /* for the response to mid */
	bool early;    /* a response came under mid before its request */
	bool more;     /* the acceptor asked for another round */
	bool open;     /* not yet answered for good */
	bool told;     /* something of it was reported */
	bool targeted; /* its target was reported */
};

/* A handle that may turn out to be a named pipe. */
struct smb_file {
	uint64_t session;
	uint64_t id[2]; /* FileId, or the FID and 0 */
	uint8_t dialect;
};

struct smb_pipes;

/* A connection. */
struct smb {
	struct smb_slot *slots; /* owned; grows */
	struct smb_pipes *pipes;
	uint32_t clock;
	uint8_t n_slots;
	bool raw;	      /* SMB1 raw reads or writes: messages without a header may come */
	bool plain;	      /* SMB1: the server takes passwords, not responses */
	bool challenged;      /* SMB1: challenge is known */
	uint8_t challenge[8]; /* secret */
	/*
	 * the last read of a handle that is not known as a pipe: its bind may come before the
	 * answer
	 */
	struct smb_file read_file;
	uint64_t read_mid;
	struct {
		uint32_t left; /* bytes of the message up to its end; 0 = a frame begins */
		/* of the compound's element before */
		uint64_t session;
		uint64_t file[2];
	} half[STREAM_DIR__COUNT];
};

struct smb_pdu {
	struct smb *smb;
	const struct carrier_env *env;
	enum stream_dir dir;
	struct span bytes; /* what is there of it */
	size_t len;	   /* all of it; the parser of its header may shorten it */
	enum smb_dialect dialect;
	bool response;
	uint16_t flags2; /* SMB1 */
	uint32_t status; /* of a response; NTSTATUS */
	uint64_t mid;	 /* MessageId; SMB1: PID and MID */
	uint64_t session;
};

/* What to do with a command: a row of each dialect's table. */
struct smb_command {
	uint16_t command;
	size_t (*request)(const struct smb_pdu *p);
	size_t (*response)(const struct smb_pdu *p);
};

/*
 * smb.c: a message that came by other means than a session's frames (SMB Direct), and how long it is; what is not
 * there of it is not waited for.
 */
void smb_alone(struct smb *s, const struct carrier_env *env, enum stream_dir d, struct span there,
	       uint32_t len);

/* smb1.c, smb2.c: a message from its protocol id on, its header being there. */
size_t smb1_message(struct smb_pdu *p);
size_t smb2_message(struct smb_pdu *p);

/* Calls the handler that stands in the table for the command, if any. */
size_t smb_dispatch(const struct smb_pdu *p, const struct smb_command *table, size_t n,
		    uint16_t command);

/* smb1-setup.c: NEGOTIATE, SESSION_SETUP and TREE_CONNECT of SMB1. */
size_t smb1_negotiate_response(const struct smb_pdu *p);
size_t smb1_setup_request(const struct smb_pdu *p);
size_t smb1_setup_response(const struct smb_pdu *p);
size_t smb1_tree_connect_request(const struct smb_pdu *p);

/* smb1-pipe.c: what SMB1 reads from and writes to handles. */
size_t smb1_write_request(const struct smb_pdu *p);
size_t smb1_read_request(const struct smb_pdu *p);
size_t smb1_read_response(const struct smb_pdu *p);
size_t smb1_transaction_request(const struct smb_pdu *p);
size_t smb1_transaction_response(const struct smb_pdu *p);
size_t smb1_secondary_request(const struct smb_pdu *p);
size_t smb1_close_request(const struct smb_pdu *p);

/*
 * Does this response to a read bring bytes? STATUS_BUFFER_OVERFLOW: another read brings the rest.
 */
static inline bool smb_has_data(const struct smb_pdu *p)
{
	return p->status == NT_STATUS_OK || p->status == 0x80000005u;
}

/*
 * Are the first n bytes there? Else *ret_need is what the handler answers: n, or 0 after reporting
 * a message that ends before, or one that is longer than a carrier may ask for.
 */
bool smb_have(const struct smb_pdu *p, size_t n, const char *where, size_t *ret_need);
void smb_malformed(const struct smb_pdu *p, const char *where, const char *why, size_t pos);

/*
 * smb-session.c: the slot that a SESSION_SETUP belongs to; NULL where memory ran out. A request
 * opens one where there is none; a response takes the one whose request it answers, else its
 * session's.
 */
struct smb_slot *smb_session_request(const struct smb_pdu *p);
struct smb_slot *smb_session_response(const struct smb_pdu *p);
struct smb_slot *smb_session_find(const struct smb_pdu *p);
void smb_session_finish(struct smb *s);

/* Reports; a NULL slot and an empty token are nothing to report. */
void smb_tell_token(const struct smb_pdu *p, struct smb_slot *slot, struct span bytes);
void smb_tell_classic(const struct smb_pdu *p, struct smb_slot *slot, struct sighting_classic *c);
void smb_tell_answer(const struct smb_pdu *p, struct smb_slot *slot, uint32_t status);
/* The host of `\\host\share`. */
void smb_tell_target(const struct smb_pdu *p, struct smb_slot *slot, struct span path,
		     bool unicode);

/*
 * smb-pipe.c: bytes written to or read from a handle, at [off, off + len) of the message; answers
 * as a handler does. A handle is a pipe from the first DCE/RPC bind, alter_context or auth3 written
 * to it.
 */
size_t smb_pipe_data(const struct smb_pdu *p, const struct smb_file *file, size_t off, size_t len,
		     const char *where);
/* The response to this request will bring bytes of the file. */
void smb_pipe_expect(const struct smb_pdu *p, const struct smb_file *file);
/* Whose bytes does this response bring? False where it is no pipe's. */
bool smb_pipe_expected(const struct smb_pdu *p, struct smb_file *ret_file);
/* No (more) response will come to this one's request. */
void smb_pipe_received(const struct smb_pdu *p);
void smb_pipe_close(const struct smb_pdu *p, const struct smb_file *file);
void smb_pipe_finish(struct smb *s);

#endif
