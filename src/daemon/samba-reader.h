/* The decoder's part in Samba's logs: lines to the capture, and how far they are told of. daemon/samba-log.h has the whole. */
#ifndef NTLMAUDIT_DAEMON_SAMBA_READER_H
#define NTLMAUDIT_DAEMON_SAMBA_READER_H

#include "base/hash.h"
#include "daemon/samba-log.h"
#include "source/capture.h"
#include "source/samba.h"

#define READER_PLACES 64 /* of one log, that wait to be told */

/* A place, and the time of the newest line before it that was not told of by the place before. */
struct reader_place {
	struct samba_checkpoint checkpoint;
	int64_t newest; /* INT64_MIN: none of them has a time */
};

struct reader_log {
	char path[SAMBA_LOG_PATH_SIZE]; /* stays: events point to it while they wait */
	bool is_open;			/* its lines are taken */
	uint64_t lines;
	struct reader_place place[READER_PLACES];
	size_t first, n;
	bool is_fresh; /* a line came since the places were looked at */
};

struct samba_reader {
	struct station *st;
	struct capture *capture;
	struct reader_log logs[SAMBA_LOGS_MAX];
	struct log_places taken; /* where the next host is to begin */
	uint64_t nonce, number, acked;
	int64_t start; /* base/clock.h: a line from before may have been told of by another decoder */
	uint64_t hours[1024]; /* accounts that were told of this hour, hashed */
	struct hash_key hash;
	struct samba_scratch scratch;
	struct log_line line;
};

void samba_reader_begin(struct samba_reader *s, struct station *st, struct capture *capture);
/* Asks the host for all lines behind what was taken. */
void samba_reader_ask(struct samba_reader *s);
/* `computer`: this machine, NULL where it is not known. */
void samba_reader_take_log(struct samba_reader *s, struct reader *r);
void samba_reader_take_line(struct samba_reader *s, struct reader *r, const char *computer);
/* Lets the host send more, where `has_room`. */
void samba_reader_ack(struct samba_reader *s, bool has_room);
/* Hands out each place of which all is told; *ret_place is valid until the next call. */
bool samba_reader_place(struct samba_reader *s, int64_t oldest, const struct log_place **ret_place);
/* May the log have this event already, by another decoder? */
bool samba_reader_is_again(const struct samba_reader *s, const struct event *e);
/* Was this account told of within the hour? Notes it. */
bool samba_reader_knows(struct samba_reader *s, const char *user, const char *domain, int64_t time);

#endif
