/* The main job: capture files in, events out. Joins wire/, carrier/ and audit/. */
#ifndef NTLMAUDIT_SOURCE_CAPTURE_H
#define NTLMAUDIT_SOURCE_CAPTURE_H

#include "audit/audit.h"
#include "base/tally.h"
#include "source/encrypted.h"

struct capture_ops {
	/* An event; valid during the call. */
	void (*event)(void *ctx, const struct event *e);
	/* A sign of an attack; valid during the call. May be NULL. */
	void (*finding)(void *ctx, const struct finding *f);
	/* Something in a packet did not make sense: "SMB2 SESSION_SETUP", "truncated", byte 44. */
	void (*malformed)(void *ctx, const char *source, uint64_t frame, const char *where,
			  const char *why, size_t pos);
	/* A file could not be read, or only partly. */
	void (*problem)(void *ctx, const char *source, const char *why, bool partly);
	/* Now and then: bytes read of all bytes (total 0: unknown). */
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	/* At the end, once a row of encrypted_each(). May be NULL. */
	void (*encrypted)(void *ctx, const struct encrypted_row *row);
	/* As in struct audit_ops. */
	const char *(*own_name)(void *ctx, const struct addr *a);
	bool live;
	/* As in audit_set_cloud_suffixes(); NULL: none. */
	const char *const *cloud_suffixes;
	size_t n_cloud_suffixes;
	/* Of domain controllers: what was seen of their secure channels is unsealed with these; NULL: none. */
	const struct netlogon_keys *keys;
	/* Of the machine whose log is read; NULL: not known. */
	const struct smb_conf *smb_conf;
	/* A logon by Kerberos that a log tells of: no event, but whose account can do without NTLM. May be NULL. */
	void (*kerberos)(void *ctx, const char *user, const char *domain, int64_t time);
	/* A secure channel that can't be unsealed, a line for people. May be NULL. */
	void (*sealed)(void *ctx, const char *line);
};

struct capture; /* opaque */

/*
 * From packets to events, one packet at a time: the heart of capture_read() and of live capture. `key` as in audit_new; `ops`
 * without problem and progress, `ctx` and `tally` must outlive it.
 */
int capture_new(const uint8_t key[AUDIT_KEY_SIZE], const struct capture_ops *ops, void *ctx,
		struct tally *tally, struct capture **ret_capture)
	__attribute__((warn_unused_result));
/* NULL is fine. */
void capture_free(struct capture *c);
/* As audit_set_cloud_suffixes(), from now on. */
void capture_set_cloud_suffixes(struct capture *c, const char *const suffixes[], size_t n);
/*
 * The keys of controllers from now on, borrowed until they are set anew; NULL: none. Channels whose session key is known
 * keep it. Where there are any, sightings of one logon are joined from now on. 0 or -ENOMEM: then nothing is joined.
 */
int capture_set_keys(struct capture *c, const struct netlogon_keys *keys);
void capture_packet(struct capture *c, const struct packet *p);

struct log_line;

/*
 * Live: a log of Samba's, whose lines come by capture_line(). `host` is what is known of this machine, whose bare lines are; from now on
 * the events of one logon are joined. The name outlives the capture; a log that is there already begins anew. 0 or a negative errno.
 */
int capture_log(struct capture *c, const char *name, const struct samba_host *host)
	__attribute__((warn_unused_result));

struct capture_line {
	const char *source;   /* the log's name */
	uint64_t number;      /* of the line */
	const char *computer; /* as in struct audit_log */
	const struct log_line *line;
};
/* `now` as of capture_idle(): a line may be older. */
void capture_line(struct capture *c, const struct capture_line *l, int64_t now);
/* Live, without a packet: time goes on, and what waited ends. Cheap. */
void capture_idle(struct capture *c, int64_t now);
/* As audit_oldest(): events that rest on anything older are told. */
int64_t capture_oldest(const struct capture *c);
/* No more packets: everything ends, and what was encrypted is told. */
void capture_end(struct capture *c);

/*
 * Reads capture files ("-": standard input) as one capture in the order of time. `key` as in audit_new. Every
 * file's trouble goes to `problem` and the others are read all the same. 0, or -ENOMEM where it couldn't begin.
 */
int capture_read(const char *const names[], size_t n, const uint8_t key[AUDIT_KEY_SIZE],
		 const struct capture_ops *ops, void *ctx, struct tally *tally)
	__attribute__((warn_unused_result));

#endif
