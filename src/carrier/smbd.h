/*
 * Inside the carrier SMBD: what its files share. SMB Direct ([MS-SMBD]) is SMB2 in RDMA's sends; over TCP that
 * is iWARP: MPA's frames (RFC 5044) of DDP's segments (RFC 5041) of RDMAP's messages (RFC 5040).
 */
#ifndef NTLMAUDIT_CARRIER_SMBD_H
#define NTLMAUDIT_CARRIER_SMBD_H

#include "carrier/smb.h"

#define SMBD_MESSAGE_MAX ((size_t)16 * 1024) /* above all that carries NTLM in SMB2 */

/* What comes in pieces, put together. */
struct smbd_buffer {
	uint8_t *ptr; /* owned; SMBD_MESSAGE_MAX bytes once there is anything in it */
	size_t len;
};

struct smbd_half {
	bool framed;		    /* MPA's own first frame was seen */
	bool marked;		    /* every MARKER_DISTANCE bytes a marker stands in between */
	bool negotiated;	    /* SMB Direct's first message was seen */
	bool skipping;		    /* what is left of a message is not looked at */
	uint16_t pos;		    /* how far the next frame is behind a marker's place */
	struct smbd_buffer send;    /* DDP's segments */
	struct smbd_buffer message; /* SMB Direct's fragments */
};

/* A connection. */
struct smbd {
	struct smb smb;
	struct smbd_half half[STREAM_DIR__COUNT];
	bool done; /* it is not SMB Direct */
};

/* Appends; false, and empty, where it becomes too long or memory ran out. */
bool smbd_buffer_add(struct smbd_buffer *b, const struct carrier_env *env, struct span bytes);

/* smbd-message.c: a whole send. */
void smbd_send(struct smbd *s, const struct carrier_env *env, enum stream_dir d, struct span bytes);

#endif
