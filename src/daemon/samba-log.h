/*
 * Samba's logs on their way through the daemon. The host follows them and hands lines on unread; the decoder makes events of them, and
 * tells the keeper how far a log is read, behind the events of those lines; the keeper stores both in one commit, and tells the host.
 *
 * Invariant: a line's events are stored once. Whoever begins anew does so at a place where all before it is stored (the decoder, the
 * daemon) or on its way there (the host): what is stored behind that place is known by its logon (keeper_log_has()).
 */
#ifndef NTLMAUDIT_DAEMON_SAMBA_LOG_H
#define NTLMAUDIT_DAEMON_SAMBA_LOG_H

#include "daemon/parcel.h"
#include "samba/follow.h"
#include "samba/host.h"

#define SAMBA_LOGS_MAX 8
#define SAMBA_LOG_PATH_SIZE 1024

/* How many lines the host may be ahead of the decoder, which has others to hear, too. */
#define SAMBA_LINES_AHEAD 512

struct log_place {
	char path[SAMBA_LOG_PATH_SIZE];
	struct samba_checkpoint checkpoint;
};

/* More than are followed at a time: one that is taken off and put back goes on where it was. */
#define LOG_PLACES_MAX 24

/* Where each log is read to. */
struct log_places {
	struct log_place rows[LOG_PLACES_MAX];
	size_t n;
};

/* NULL: none. */
struct log_place *log_places_find(struct log_places *places, const char *path);
/* As found, else new, in the place of the oldest where there are too many; NULL: too long a path. */
struct log_place *log_places_of(struct log_places *places, const char *path);

/* The numbers alone: what the store keeps, too. */
void log_put_checkpoint(struct pack *out, const struct samba_checkpoint *c);
bool log_get_checkpoint(struct reader *r, struct samba_checkpoint *ret_checkpoint);

/* Of PARCEL_PLACE, behind the number and `again` where it is the decoder's. */
void log_put_place(struct pack *out, const struct log_place *place);
bool log_get_place(struct reader *r, struct log_place *ret_place);

/* All of them, as the store has them: 0 bytes are none. */
#define LOG_PLACES_BYTES ((size_t)LOG_PLACES_MAX * (SAMBA_LOG_PATH_SIZE + 128))
void log_put_places(struct pack *out, const struct log_places *places);
bool log_get_places(struct reader *r, struct log_places *ret_places);

/* PARCEL_HELLO of the decoder to the host: begin anew, behind these places, and say this number with it. */
void log_put_hello(struct pack *out, uint64_t nonce, const struct log_places *places);
bool log_get_hello(struct reader *r, uint64_t *ret_nonce, struct log_places *ret_places);

/* PARCEL_LOG: lines that follow are that row's. What smb.conf says of its writer is the host's own and plain data. */
struct log_begin {
	uint64_t nonce;
	uint32_t row;
	bool has_place; /* from where it is read */
	struct log_place place;
	struct samba_host host;
};

void log_put_begin(struct pack *out, const struct log_begin *b);
bool log_get_begin(struct reader *r, struct log_begin *ret_begin);

/* PARCEL_LINE. */
struct log_text {
	uint64_t number; /* counts from 1 with each PARCEL_HELLO; acknowledged by PARCEL_ACK */
	uint32_t row;
	struct samba_checkpoint behind; /* the place behind it */
	struct span text;
};

void log_put_line(struct pack *out, const struct log_text *l);
bool log_get_line(struct reader *r, struct log_text *ret_line);

/* ---- the host's ---- */

struct station;
struct pollfd;

void samba_watch_begin(struct station *st);
/* Says to whom it matters that the host is new. */
void samba_watch_hello(void);
void samba_watch_take_hello(void *ctx, struct reader *r, int *fd); /* the decoder's */
void samba_watch_take_ack(void *ctx, struct reader *r, int *fd);   /* likewise */
void samba_watch_take_place(void *ctx, struct reader *r, int *fd); /* the keeper's */
void samba_watch_take_ready(void *ctx, struct reader *r,
			    int *fd); /* likewise: all places are told */
/* Sends what is new. */
void samba_watch_look(void);
size_t samba_watch_poll(struct pollfd *fds); /* at most SAMBA_LOGS_MAX */
struct status_log;
/* Is one of them waiting for room in the decoder's channel? */
bool samba_watch_wants_room(void);
/* What it counts, and what smb.conf says of this machine: rows for the status, at most SAMBA_LOGS_MAX. */
size_t samba_watch_status(struct status_log *rows);
const struct samba_host *samba_watch_host(void);

#endif
