/*
 * The channel log: where events are kept, found and counted. An engine is a row of store_ops; nothing outside its
 * file knows how it keeps them. Invariant: what store_commit() acknowledged survives a crash, and an event is kept
 * once however often its capture or log is read.
 */
#ifndef NTLMAUDIT_STORE_STORE_H
#define NTLMAUDIT_STORE_STORE_H

#include "base/text.h"
#include "event/event.h"
#include "event/finding.h"

struct store;

enum store_mode {
	STORE_READ,  /* must be there; never changed */
	STORE_WRITE, /* made where missing; one writer at a time (-EBUSY for a second) */
};

struct store_limits {
	uint64_t max_bytes; /* of the log on disk; 0 = no limit */
	uint32_t max_days;  /* 0 = no limit */
};

#define STORE_DEFAULT_BYTES ((uint64_t)512 << 20)
#define STORE_DEFAULT_DAYS 400

/* ---- searching ---- */

#define STORE_IDS_MAX 32

/* Everything set must match. Texts: case does not matter; `*` and `?` are wildcards; NULL = any. */
struct store_query {
	int64_t since, until; /* base/clock.h, half open; INT64_MIN and INT64_MAX = no bound */
	uint16_t ids[STORE_IDS_MAX];
	size_t n_ids;
	uint8_t max_level; /* enum event_level: the highest number that is shown; 0 = any */
	const char *user, *domain;
	/* Name or address: FACT_HOST, FACT_CLIENT_NAME, FACT_CLIENT_IP, and of a client's own event its computer. */
	const char *client;
	/* FACT_TARGET_MACHINE, _NAME, _IP, FACT_SERVER_NAME, FACT_CHANNEL_NAME, and a server's own computer. */
	const char *server;
	const char
		*address; /* "192.0.2.0/24", "2001:db8::/32", one address: client's or server's */
	const char *process;
	const char *spn;
	const char *version; /* "NTLMv1" */
	const char *carrier;
	const char *finding; /* key of a finding kind: events that such a finding rests on; "any" */
	const char *text;    /* anywhere in any text of the event */
	bool has_reason, has_outcome, has_activity, has_record;
	uint32_t reason;
	uint8_t activity[16];
	uint64_t record;
	uint64_t after; /* EventRecordID: only later ones, for --follow; 0 = from the first */
	enum event_outcome outcome;
	uint64_t limit; /* 0 = no limit */
	bool newest_first;
};

/* ---- the roll-up ---- */

/* The dimensions of usage, counted by the hour. "" where an event has none. */
enum usage_dim {
	USAGE_HOUR, /* hours since 1970 in UTC, as decimal text */
	USAGE_ROLE, /* event_role_name(), and USAGE_FARSIDE */
	USAGE_USER, /* DOMAIN\user */
	USAGE_CLIENT,
	USAGE_SERVER,
	USAGE_SPN,
	USAGE_PROCESS,
	USAGE_REASON, /* the ID, "" where it has none */
	USAGE_VERSION,
	USAGE_LEVEL,	/* event_level_name() */
	USAGE_OUTCOME,	/* "ok", "failed", "unknown" */
	USAGE_WARNINGS, /* FACT_WARNINGS as it is */
	USAGE_DETAIL,	/* FACT_NTLM_VERSION_DETAIL as it is */
	/*
	 * Of what domain controllers are asked, 4030 to 4033: the controller's own domain, and the other one where account
	 * and server are of two: the account's, or of USAGE_FARSIDE the one that asked. As the event has their names.
	 */
	USAGE_DOMAIN,
	USAGE_OTHER_DOMAIN,
	USAGE_SERVER_OS,
	USAGE__COUNT
};

/*
 * The role of 4030 and 4031: a logon of another domain that this one's controller decides on is an event of that domain's
 * controller, too, so that it is counted apart.
 */
#define USAGE_FARSIDE "farside"

struct usage_row {
	const char *dim[USAGE__COUNT]; /* NULL where not asked for */
	uint64_t count;
	int64_t first, last; /* to the millisecond */
};

struct usage_query {
	uint32_t dims;			/* bit = usage_dim: group by these */
	const char *only[USAGE__COUNT]; /* exact value, NULL = any */
	int64_t since, until;		/* rounded to whole hours */
	uint64_t limit;			/* rows, most frequent first; 0 = all */
	bool by_time;			/* order by hour instead of count */
};

/* ---- who can do without NTLM ---- */

/*
 * An account that was seen to log on by Kerberos. That is no event of an NTLM log: for each account only the times of the
 * first and the last are kept, to the hour, and as long as events are.
 */
struct store_kerberos {
	const char *user, *domain; /* domain or realm; "" = unknown. Never NULL */
	int64_t first, last;
};

/* ---- the chain ---- */

enum store_fault_kind {
	FAULT_BROKEN, /* the record is not what was chained */
	FAULT_GAP,    /* EventRecordIDs are missing that no retention dropped */
	FAULT_CLOCK,  /* written earlier than the record before it, by more than a second */
	FAULT_SEAL,   /* a seal does not fit, or its key is another */
	FAULT_ROLLUP, /* what is kept for counting and finding events does not fit them */
};

struct store_fault {
	enum store_fault_kind kind;
	uint64_t record;
	const char *sentence;
};

/* Who signed which state of the chain. */
struct store_seal {
	uint64_t record; /* the last one that it covers */
	int64_t time;
	uint8_t public_key[32]; /* Ed25519; whose it is must be known from elsewhere */
};

struct store_summary {
	uint64_t events, findings, first_record, last_record, bytes;
	int64_t first_time, last_time;
	uint64_t dropped; /* by retention, ever */
	uint64_t seals;
};

/* How far the log has come: what whoever follows it asks again and again. */
struct store_head {
	uint64_t identity; /* another log has another one, also at the same path; never 0 */
	uint64_t record; /* the last EventRecordID that was given, also if it is dropped; 0: none */
	uint64_t finding; /* the last number of a finding, likewise */
	uint64_t events;  /* that are there */
	uint64_t bytes;
};

struct store_ops {
	const char *name; /* "sqlite" */
	int (*open)(struct store *s, const char *path, enum store_mode mode, struct text *why);
	void (*close)(struct store *s);
	/* 1: kept, *ret_record is its EventRecordID; 0: was there already, likewise. Not durable before commit. */
	int (*add)(struct store *s, const struct event *e, uint64_t *ret_record, struct text *why);
	/* f->records are EventRecordIDs of this store. 1 or 0 as add. */
	int (*add_finding)(struct store *s, const struct finding *f, struct text *why);
	int (*commit)(struct store *s, struct text *why);
	/* Drops the oldest days beyond the limits, and records that. */
	int (*retain)(struct store *s, const struct store_limits *limits, int64_t now,
		      struct text *why);
	int (*search)(struct store *s, const struct store_query *q,
		      int (*each)(void *ctx, const struct event *e), void *ctx, struct text *why);
	int (*findings)(struct store *s, int64_t since, int64_t until,
			int (*each)(void *ctx, const struct finding *f), void *ctx,
			struct text *why);
	/* Those with a later number, by number. */
	int (*findings_after)(struct store *s, uint64_t after,
			      int (*each)(void *ctx, const struct finding *f), void *ctx,
			      struct text *why);
	int (*head)(struct store *s, struct store_head *ret_head, struct text *why);
	int (*usage)(struct store *s, const struct usage_query *q,
		     int (*each)(void *ctx, const struct usage_row *row), void *ctx,
		     struct text *why);
	int (*add_kerberos)(struct store *s, const char *user, const char *domain, int64_t time,
			    struct text *why);
	int (*kerberos)(struct store *s, int64_t since, int64_t until,
			int (*each)(void *ctx, const struct store_kerberos *k), void *ctx,
			struct text *why);
	int (*place_put)(struct store *s, const char *what, struct span place, struct text *why);
	int (*place_get)(struct store *s, const char *what, uint8_t *ret_place, size_t size,
			 size_t *ret_n, struct text *why);
	int (*summary)(struct store *s, struct store_summary *ret_summary, struct text *why);
	/* Tells every fault; *ret_faults counts them. */
	int (*verify)(struct store *s, void (*fault)(void *ctx, const struct store_fault *f),
		      void *ctx, uint64_t *ret_faults, struct text *why);
	/* Signs the head of the chain with an Ed25519 private key (32 bytes); verify checks it with the public one. */
	int (*seal)(struct store *s, const uint8_t private_key[32], int64_t now, struct text *why);
	/* Every seal, the oldest first; whether they fit is told by verify. */
	int (*seals)(struct store *s, int (*each)(void *ctx, const struct store_seal *seal),
		     void *ctx, struct text *why);
};

/*
 * The functions below call the engine's; all return 0 or more as said above, or a negative errno with a sentence
 * that names the log in `why`. -EUCLEAN: the log is damaged; -EBUSY: another writer has it; -ENOSPC: disk full.
 * Where store_add() or store_commit() fail, what was acknowledged is kept and what was added since is not: add it again
 * when there is room, what is there already is not stored twice. -E2BIG: this event alone is too long, others are not
 * concerned. Within `each` the log can be read but not written to (-EBUSY).
 */
int store_open(const char *path, enum store_mode mode, struct text *why, struct store **ret_store)
	__attribute__((warn_unused_result));
void store_close(struct store *s);
int store_add(struct store *s, const struct event *e, uint64_t *ret_record, struct text *why);
int store_add_finding(struct store *s, const struct finding *f, struct text *why);
int store_commit(struct store *s, struct text *why);
int store_retain(struct store *s, const struct store_limits *limits, int64_t now, struct text *why);
/* Events in the order of EventRecordID. `each` not 0 ends the search; that value is returned. */
int store_search(struct store *s, const struct store_query *q,
		 int (*each)(void *ctx, const struct event *e), void *ctx, struct text *why);
int store_findings(struct store *s, int64_t since, int64_t until,
		   int (*each)(void *ctx, const struct finding *f), void *ctx, struct text *why);
/* In the order in which they were stored, from the one after that number on. */
int store_findings_after(struct store *s, uint64_t after,
			 int (*each)(void *ctx, const struct finding *f), void *ctx,
			 struct text *why);
int store_head(struct store *s, struct store_head *ret_head, struct text *why);
int store_usage(struct store *s, const struct usage_query *q,
		int (*each)(void *ctx, const struct usage_row *row), void *ctx, struct text *why);
/*
 * A logon by Kerberos that went well: a KDC's line of Samba's log, a ticket in a capture. Names as they stand there; case
 * does not matter. Again within the hour it costs next to nothing. 0; durable as an event is.
 */
int store_add_kerberos(struct store *s, const char *user, const char *domain, int64_t time,
		       struct text *why);
/* The accounts of which some such logon may be of that time, half open: between their first and their last. */
int store_kerberos(struct store *s, int64_t since, int64_t until,
		   int (*each)(void *ctx, const struct store_kerberos *k), void *ctx,
		   struct text *why);
/*
 * How far a source is read whose events are in this log, some bytes: kept with what was added before it, in the same commit, so that
 * neither is there without the other. `what`: the source's name. Not part of the chain.
 */
#define STORE_PLACE_MAX ((size_t)32 << 10)
int store_place_put(struct store *s, const char *what, struct span place, struct text *why);
/* 1: there, *ret_n bytes; 0: there is none, or more than `size`. */
int store_place_get(struct store *s, const char *what, uint8_t *ret_place, size_t size,
		    size_t *ret_n, struct text *why);
int store_summarise(struct store *s, struct store_summary *ret_summary, struct text *why);
int store_verify(struct store *s, void (*fault)(void *ctx, const struct store_fault *f), void *ctx,
		 uint64_t *ret_faults, struct text *why);
int store_seal(struct store *s, const uint8_t private_key[32], int64_t now, struct text *why);
int store_seals(struct store *s, int (*each)(void *ctx, const struct store_seal *seal), void *ctx,
		struct text *why);

/* A query that matches everything. */
void store_query_init(struct store_query *q);

/* $NTLMAUDIT_LOG, else /var/lib/ntlmaudit/log.db as root, else under $XDG_STATE_HOME (or ~/.local/state). */
int store_default_path(struct text *ret_path);

#endif
