/*
 * The keeper's inside: keeper.c is its life, keeper-intake.c takes what the decoder tells and puts it into the log,
 * keeper-status.c answers how it stands, keeper-alive.c knows whether there was one before.
 *
 * Invariant: what is acknowledged to the decoder is in the log for good, or the policy does not want it. While the log
 * can't be written to nothing is acknowledged, and when it can again the decoder is asked for all of it once more.
 */
#ifndef NTLMAUDIT_DAEMON_KEEPER_H
#define NTLMAUDIT_DAEMON_KEEPER_H

#include "daemon/legacy.h"
#include "daemon/samba-log.h"
#include "daemon/station.h"
#include "daemon/status.h"
#include "daemon/waiting.h"
#include "host/holdings.h"
#include "store/renumber.h"
#include "store/store.h"

#include <sys/stat.h>

#define WAITING_MAX 8192 /* parcels; beyond that nobody waits for a process any more */
#define WAITING_BYTES ((size_t)16 << 20)       /* likewise */
#define CLIENTS_MAX 128			       /* of the status socket, at a time */
#define CLIENT_LEAST_NSEC (NSEC_PER_SEC / 100) /* to ask in, also where others wait for the place */
#define CLIENT_NSEC (5 * NSEC_PER_SEC)

struct client {
	int fd; /* -1: a free row */
	int64_t since;
	struct text answer; /* being written, from `written` on */
	size_t written, got;
	char request[STATUS_REQUEST_MAX];
};

/* How far Samba's logs are read, as far as their events are done with. */
struct keeper_places {
	struct log_places all, stored;
	bool is_dirty;	     /* not stored yet */
	bool is_untold;	     /* the host does not know yet what is stored */
	int64_t dirty_since; /* monotonic */
};

struct keeper {
	struct station *st;
	struct policy *policy;
	struct legacy_host host;
	struct holdings *holdings;
	struct arena arena; /* of the parcel being read */
	struct waiting_list waiting;
	struct waiting_list
		gaps; /* in the log but not committed: nobody else could tell them again */
	/*
	 * What the decoder tells is not taken until it begins anew at what was acknowledged last: at the start, and after the
	 * log failed.
	 */
	bool is_lost;
	struct store *store; /* NULL: none, or it can't be written to now */
	struct text why;
	struct renumber numbers;
	struct keeper_places places;
	uint64_t identity; /* of the log; 0: none was seen yet */
	struct stat file;
	uint64_t latest, acked;	   /* numbers of the decoder's parcels: done with, acknowledged */
	uint64_t uncommitted;	   /* records */
	int64_t uncommitted_since; /* monotonic */
	int64_t next_open, next_ask, next_look, next_retain, next_alive;
	bool has_begun;	 /* what was before this daemon is told, or was nothing */
	struct text out; /* printed events */
	struct daemon_status status;
	struct tally decoder_before; /* what this decoder has told */
	uint64_t dropped_before;     /* likewise */
	bool has_old_rings;	     /* the decoder still counts rings that were closed */
	struct client clients[CLIENTS_MAX];
};

/* ---- keeper-intake.c ---- */

/* Handlers of parcels (struct hearing). */
void keeper_take_record(void *ctx, struct reader *r, int *fd); /* PARCEL_EVENT */
void keeper_take_finding(void *ctx, struct reader *r, int *fd);
void keeper_take_gap(void *ctx, struct reader *r, int *fd);
void keeper_take_holding(void *ctx, struct reader *r, int *fd);
void keeper_take_decoder(void *ctx, struct reader *r, int *fd); /* PARCEL_HELLO of a new one */

/* A parcel that is to be done with in its order. */
void keeper_wait(struct keeper *k, enum parcel_type type, const struct reader *r);

/* ---- keeper-place.c ---- */

void keeper_take_host(void *ctx, struct reader *r, int *fd); /* PARCEL_HELLO of a new one */
void keeper_take_place(void *ctx, struct reader *r, int *fd);
void keeper_take_kerberos(void *ctx, struct reader *r, int *fd);
/* When it is their turn: 1: done with, or a negative errno: the log can't take it now. */
int keeper_read_place(struct keeper *k, struct reader *r);
int keeper_read_kerberos(struct keeper *k, struct reader *r);
/* Of a log that was just opened. */
void keeper_places_load(struct keeper *k);
/* Is it time to store them, though there is nothing else? */
bool keeper_places_are_due(const struct keeper *k, bool now);
/* Into the transaction that is to be committed; then that it was. */
int keeper_places_put(struct keeper *k);
void keeper_places_committed(struct keeper *k);
void keeper_places_tell(struct keeper *k);

/* ---- keeper-intake.c ---- */

/* Does what is due; `all`: without waiting for processes that are not known yet. */
void keeper_intake(struct keeper *k, bool all);
/* Milliseconds until something may be due; -1: nothing is. */
int keeper_intake_wait(const struct keeper *k);

/* ---- keeper-log.c ---- */

/* Opens the log where it is time to; without a log to keep there is nothing to do. */
void keeper_log_open(struct keeper *k);
/* 1 or 0 as store_add(), or a negative errno after which the log is closed and all is asked for again. -E2BIG: said and left out. */
int keeper_log_event(struct keeper *k, const struct event *e);
int keeper_log_finding(struct keeper *k, const struct finding *f);
int keeper_log_kerberos(struct keeper *k, const char *user, const char *domain, int64_t time);
/* Is this event in the log already, whatever process it was given? */
bool keeper_log_has(struct keeper *k, const struct event *e);
/* Makes safe what waits and acknowledges it, where it is time to or `now`. */
void keeper_log_commit(struct keeper *k, bool now);
/* What is done now and then: is it still the same log, and not too large? */
void keeper_log_look(struct keeper *k);
void keeper_log_close(struct keeper *k);

/* ---- keeper-alive.c ---- */

/* With the log open: tells, once, for how long there was no daemon. */
void keeper_alive_begin(struct keeper *k);
/* Writes from time to time, and where the keeper `ends`, that all is stored, where it is. */
void keeper_alive_look(struct keeper *k, bool ends);

/* ---- keeper-status.c ---- */

void keeper_take_decoder_counts(void *ctx, struct reader *r, int *fd);
void keeper_take_keys(void *ctx, struct reader *r, int *fd);
void keeper_take_host_counts(void *ctx, struct reader *r, int *fd);
void keeper_take_process(void *ctx, struct reader *r, int *fd);
void keeper_take_ring_problem(void *ctx, struct reader *r, int *fd);
void keeper_take_forward(void *ctx, struct reader *r, int *fd);

/* May one more come in? Who had a moment and did not ask makes room. */
bool keeper_clients_room(const struct keeper *k);
/* Adds what is to be polled; returns how many of fds[CLIENTS_MAX + 1] are used. */
struct pollfd;
size_t keeper_clients_poll(const struct keeper *k, struct pollfd *fds);
/* New clients, requests, answers. */
void keeper_clients_serve(struct keeper *k);
#endif
