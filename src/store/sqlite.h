/*
 * The SQLite engine, shared by its files (sqlite*.c) and by nobody else.
 *
 * An event is a row of `event` that names a row of `stencil`: what it shares with others (store/encode.h). Texts are
 * numbers of `name`. Every 4096 records one row of `block` lists their stencils and the heads of their activities:
 * a search reads these lists, small and in order, and only then the events. `seen` holds time and mark of each event:
 * what is there is not stored again. `usage` counts by hour, `chain` is said in sqlite-chain.c.
 */
#ifndef NTLMAUDIT_STORE_SQLITE_H
#define NTLMAUDIT_STORE_SQLITE_H

#include "store/encode.h"
#include "store/engine.h"
#include "store/idcache.h"

#include <sqlite3.h>

#define SCHEMA_VERSION 2
/* The dimensions of usage as columns, in the order of enum usage_dim; and those that version 1 had. */
#define USAGE_COLUMNS_1                                                                            \
	"role, user, client, server, spn, process, reason, version, level, outcome, warnings"
#define USAGE_COLUMNS USAGE_COLUMNS_1 ", detail, domain, other_domain, server_os"
#define USAGE_DIMS_1 USAGE_DETAIL
/* The last number that a finding was given, also where retention dropped it: no number is given twice. */
#define SQL_FINDINGS_DROPPED "ifnull((SELECT value FROM meta WHERE key = 'findings'), 0)"
#define SQL_FINDINGS_EVER "max(ifnull((SELECT max(id) FROM finding), 0), " SQL_FINDINGS_DROPPED ")"
#define BLOCK_EVENTS 4096
#define DIGEST_SIZE 32

/* The statements with a text of their own; sqlite-statement.c. */
enum statement {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_META_GET,
	SQL_META_SET,
	SQL_NAME_FIND,
	SQL_NAME_ADD,
	SQL_NAME_TEXT,
	SQL_STENCIL_FIND,
	SQL_SEEN_ADD,
	SQL_SEEN_FIND,
	SQL_BLOCK_ADD,
	SQL_WRITTEN_ADD,
	SQL_KEY_FIND,
	SQL_KEY_ADD,
	SQL_HOURS_FIND,
	SQL_HOURS_SET,
	SQL_TOTAL_ADD,
	SQL_FINDING_ADD,
	SQL_KERBEROS_ADD,
	SQL__FIXED,
	SQL_EVENT_ADD = SQL__FIXED, /* the rest are made of the facts */
	SQL_STENCIL_ADD,
	SQL_STENCIL_READ,
	SQL__COUNT
};

/* Columns of the tables before those of the facts. */
enum event_column {
	EVENT_RECORD,
	EVENT_TIME,
	EVENT_STENCIL,
	EVENT_ACTIVITY,
	EVENT_HASH,
	EVENT_MORE,
	EVENT_FACTS
};
enum stencil_column {
	STENCIL_ID,
	STENCIL_MARK,
	STENCIL_LAYOUT,
	STENCIL_ORIGIN,
	STENCIL_COMPUTER,
	STENCIL_EVIDENCE,
	STENCIL_FACTS
};

/* Which fact stands in which column, in order. */
struct columns {
	enum fact fact[FACT__COUNT + 1];
	size_t n;
};

/* The texts of names that were read. */
struct name_texts {
	char **text; /* by id */
	size_t n;
	size_t bytes;
};

struct stencil;

struct stencils {
	struct stencil **slots;
};

/* The block that is being filled. */
struct block {
	uint64_t first; /* record of its first place; 0 = none yet */
	int64_t since, until;
	uint32_t stencil[BLOCK_EVENTS]; /* 0: no such record */
	uint16_t activity[BLOCK_EVENTS];
};

struct usage_cell {
	int64_t hour; /* since 1970 */
	uint32_t key;
	uint32_t count;
	uint32_t first, last; /* milliseconds into the hour */
	uint32_t slot;	      /* where it is found */
	bool is_coarse;
};

/* What the transaction counted so far. */
struct usage_map {
	struct usage_cell *cells;
	size_t n;
	uint32_t *slots; /* index + 1; by hash */
};

/* The state of the chain after the last record. */
struct chain {
	uint64_t record;
	uint8_t hash[DIGEST_SIZE];
};

struct sqlite {
	sqlite3 *db;
	char *path;
	int lock; /* descriptor, -1 where reading */
	bool writes;
	sqlite3_stmt *statements[SQL__COUNT];
	char *made_sql[SQL__COUNT - SQL__FIXED];
	struct columns event_columns, stencil_columns;
	unsigned
		usage_dims; /* how many of enum usage_dim the log counts by: fewer in an older one */
	const char *usage_columns; /* as many, for SELECT: what an older log has not is NULL */
	char *event_select;	   /* "SELECT record, time, ... FROM event" */
	struct hash_key keys[2];
	struct encoder encoder;
	struct name_texts names;
	struct stencils stencils;
	unsigned reading; /* depth of searches: what they handed out must stay */
	/* the writer's */
	bool in_transaction;
	bool marked_open; /* the log says that a writer has it */
	uint32_t pending; /* events of the transaction */
	int64_t written;  /* its time */
	struct chain chain;
	struct block block;
	struct usage_map usage;
	struct kerberos_seen *kerberos_seen; /* NULL: none yet */
	struct idcache name_ids, stencil_ids, key_ids;
	struct text scratch;
};

/* ---- sqlite-statement.c ---- */

/* Says what SQLite found wrong; the errno that it amounts to. */
int sqlite_fail(struct sqlite *q, struct text *why);
/* `PATH: what`; rc. */
int sqlite_say(struct sqlite *q, int rc, const char *what, struct text *why);
/* The log's bytes are not what they must be: always -EUCLEAN. */
int sqlite_damaged(struct sqlite *q, const char *what, struct text *why);
/* A statement ready to be bound; NULL, and *ret_rc, where it can't be made. */
sqlite3_stmt *sqlite_statement(struct sqlite *q, enum statement which, struct text *why,
			       int *ret_rc);
/* A statement made of text, to be finalised by the caller. */
int sqlite_prepare(struct sqlite *q, const char *sql, sqlite3_stmt **ret_statement,
		   struct text *why) __attribute__((warn_unused_result));
/* 1: a row; 0: no more; negative: failed. */
int sqlite_step(struct sqlite *q, sqlite3_stmt *st, struct text *why);
/* Runs one that gives no rows, and resets it. */
int sqlite_run(struct sqlite *q, sqlite3_stmt *st, struct text *why);
int sqlite_run_fixed(struct sqlite *q, enum statement which, struct text *why);
int sqlite_exec(struct sqlite *q, const char *sql, struct text *why);
/* The first column of the first row; `none` where there is no row or it is NULL. */
int sqlite_number(struct sqlite *q, const char *sql, int64_t none, int64_t *ret_number,
		  struct text *why);
void sqlite_finish_statements(struct sqlite *q);

static inline int64_t column_i64(sqlite3_stmt *st, int i)
{
	return sqlite3_column_int64(st, i);
}

static inline struct span column_blob(sqlite3_stmt *st, int i)
{
	const void *ptr = sqlite3_column_blob(st, i);

	return span_make(ptr, ptr ? (size_t)sqlite3_column_bytes(st, i) : 0);
}

static inline void bind_blob(sqlite3_stmt *st, int i, struct span bytes)
{
	sqlite3_bind_blob(st, i, bytes.len ? (const void *)bytes.ptr : "", (int)bytes.len,
			  SQLITE_STATIC);
}

#define BATCH_EVENTS 65536 /* at most, before they are committed unasked */

/* ---- sqlite-schema.c ---- */

/* Is it a log of ours? Version 0: an empty file, for writing. */
int sqlite_identify(struct sqlite *q, int64_t *ret_version, struct text *why);
/* Makes or migrates the tables where the log is open for writing; learns which facts they have. */
int sqlite_schema(struct sqlite *q, struct text *why);
/* 1, and *ret_n is the length of the value, which is copied where it fits; 0: there is none; or a negative errno. */
int meta_find(struct sqlite *q, const char *key, void *ret_bytes, size_t size, size_t *ret_n,
	      struct text *why);
/* One that is there, of n bytes: 0, or a negative errno. */
int meta_get(struct sqlite *q, const char *key, void *ret_bytes, size_t n, struct text *why);
int meta_set(struct sqlite *q, const char *key, struct span bytes, struct text *why);

/* ---- sqlite-check.c ---- */

/* Is the log whole? -EUCLEAN where it is not. */
int sqlite_check(struct sqlite *q, struct text *why);

/* ---- sqlite-name.c ---- */

/* The number of a text, made where it is new; 0 where the log is only read and lacks it. NULL has 0. */
int name_add(struct sqlite *q, const char *text, uint32_t *ret_id, struct text *why);
/* The text of a number, NULL for 0; lives while q->reading. */
int name_read(struct sqlite *q, uint32_t id, const char **ret_text, struct text *why);
void name_texts_finish(struct sqlite *q);

/* ---- sqlite-fact.c ---- */

/* A fact's value as it is stored. */
struct stored_fact {
	uint16_t fact;	/* enum fact */
	uint16_t kind;	/* enum value_kind */
	uint64_t value; /* of a text its name */
};

/* Binds a value to a parameter. */
int fact_bind(struct sqlite *q, sqlite3_stmt *st, int parameter, enum fact f, const struct value *v,
	      struct text *why);
void fact_read(sqlite3_stmt *st, int column, enum fact f, struct stored_fact *ret_fact);
/* Gives a stored value to an event. */
int fact_put(struct sqlite *q, const struct stored_fact *stored, struct event *e, struct text *why);

/* ---- sqlite-stencil.c ---- */

/* A row of `stencil` as it is kept while reading. */
struct stencil {
	uint32_t id;
	const struct event_layout *layout; /* NULL: an event that this program does not know */
	enum event_origin origin;
	uint32_t computer;
	uint32_t sentence; /* name of FACT_EVIDENCE */
	size_t n_facts, n_evidence;
	struct stored_fact *facts;
	uint32_t (*evidence)[4]; /* kind, peer, name, code */
};

/* Which stencil an event has, made where it is new. */
int stencil_add(struct sqlite *q, const struct event *e, const struct encoded *x,
		const struct idcache_entry **ret_entry, struct text *why);
/* The one that is kept under a mark; 0 where there is none. */
int stencil_find(struct sqlite *q, const struct mark *mark, uint32_t *ret_id, struct text *why);
/* One that is there; lives until the next call. */
int stencil_read(struct sqlite *q, uint32_t id, const struct stencil **ret_stencil,
		 struct text *why);
/* The layout of a number of the column `layout`; NULL where this program has none. */
const struct event_layout *stencil_layout(int64_t layout);
void stencils_finish(struct sqlite *q);

/* ---- sqlite-row.c ---- */

/* An event as it is read, with the memory it needs. */
struct event_row {
	struct event event;
	struct text sentence;
	struct evidence evidence[ENCODE_EVIDENCE_MAX];
	struct foreign_field foreign[ENCODE_FOREIGN_MAX];
};

struct event_row *event_row_new(void);
void event_row_free(struct event_row *row);
/* From a row of q->event_select. Texts live until the statement's next step. */
int event_row_read(struct sqlite *q, sqlite3_stmt *st, struct event_row *row, struct text *why);
/* Everything of an event that has no column: times and packets of evidence, where a log had it, foreign fields. */
int event_more(struct sqlite *q, const struct event *e, struct pack *out, struct text *why);

/* ---- sqlite-write.c ---- */

/* Begins the transaction where there is none. */
int writer_begin(struct sqlite *q, struct text *why);
/* Gives up what is not committed, and reads where the log stands. */
void writer_rollback(struct sqlite *q);
int writer_load(struct sqlite *q, struct text *why);
int writer_commit(struct sqlite *q, struct text *why);
int writer_add(struct sqlite *q, const struct event *e, uint64_t *ret_record, struct text *why);

/* Under which mark, beside its time, an event is known to have been stored. */
int64_t seen_mark(const struct sqlite *q, const struct encoded *x);
int seen_find(struct sqlite *q, int64_t tick, int64_t mark, uint64_t *ret_record, struct text *why);
/* Forgets what memory knows of the log's numbers. */
void writer_forget(struct sqlite *q);

/* ---- sqlite-sweep.c ---- */

/* Removes stencils, keys and names that no event has any more. */
int sqlite_sweep(struct sqlite *q, struct text *why);

/* ---- sqlite-block.c ---- */

void block_reset(struct block *b);
/* Notes an event; writes the block where this filled it. */
int block_add(struct sqlite *q, uint64_t record, const struct event *e, uint32_t stencil,
	      struct text *why);
/* The unfinished block, from its events. */
int block_load(struct sqlite *q, struct text *why);
/* The row of SQL_BLOCK_READ as a block; -EUCLEAN where it is none. */
int block_decode(sqlite3_stmt *st, struct block *ret_block);
/* Does the block say of a record what its event says? */
bool block_knows(const struct block *b, uint64_t record, int64_t time, uint32_t stencil,
		 struct span activity);
static inline uint64_t block_first(uint64_t record)
{
	return record - (record - 1) % BLOCK_EVENTS;
}

/* ---- sqlite-usage.c, usage-query ---- */

int usage_init(struct usage_map *m) __attribute__((warn_unused_result));
void usage_finish(struct usage_map *m);
void usage_clear(struct usage_map *m);
/* The rows of usage_key that count such an event: with all dimensions, and with the few-valued ones only. */
int usage_keys(struct sqlite *q, const struct event *e, uint32_t ret_keys[2], struct text *why);
void usage_count(struct usage_map *m, const uint32_t keys[2], int64_t time);
/* Forgets all hours before that one. */
int usage_drop(struct sqlite *q, int64_t until_hour, struct text *why);
/* Writes what was counted. */
int usage_flush(struct sqlite *q, struct text *why);
/* The bytes of a key's mark: its names by dimension, as many as the log counts by. */
struct span usage_key_bytes(const struct sqlite *q, const uint32_t names[USAGE__COUNT]);
/* sqlite-kerberos.c */
int kerberos_make_table(struct sqlite *q, struct text *why);
/* Forgets those last seen before, and where there are too many those that were longest not seen. */
int kerberos_drop(struct sqlite *q, int64_t until, struct text *why);
/* What was written in a transaction that was given up is to be written again. */
void kerberos_forget(struct sqlite *q);
int sqlite_add_kerberos(struct store *s, const char *user, const char *domain, int64_t time,
			struct text *why);
int sqlite_kerberos(struct store *s, int64_t since, int64_t until,
		    int (*each)(void *ctx, const struct store_kerberos *k), void *ctx,
		    struct text *why);
/* sqlite-usage-recount.c: where the log was just brought up from version 1, counts its events anew. */
int usage_recount(struct sqlite *q, struct text *why);
int sqlite_usage(struct store *s, const struct usage_query *query,
		 int (*each)(void *ctx, const struct usage_row *row), void *ctx, struct text *why);

/* ---- sqlite-chain.c ---- */

/* Moves the chain over one more event. */
void chain_event(struct chain *c, uint64_t record, const uint8_t digest[DIGEST_SIZE],
		 struct span own);
void chain_digest(struct span bytes, uint8_t ret_digest[DIGEST_SIZE]);

/* A run of records that retention dropped: a row of `dropped`, and a link of the chain. */
struct dropped_run {
	int64_t id; /* 0: not in the table yet */
	uint64_t first, last;
	int64_t since, until;	     /* times of the events */
	int64_t time;		     /* when */
	const char *reason;	     /* a literal; only for a new one */
	uint8_t anchor[DIGEST_SIZE]; /* the chain's state after `last` */
	uint64_t after;		     /* the record after which it became part of the chain */
	uint8_t link[DIGEST_SIZE];   /* SHA-256 over all the above but id */
};

struct dropped_runs {
	struct dropped_run *runs; /* by id */
	size_t n, cap;
};

int dropped_load(struct sqlite *q, struct dropped_runs *ret_runs, struct text *why);
void dropped_finish(struct dropped_runs *d);
/* Writes a run, at the end of the chain, and keeps it in `d`. Its `id`, `after` and `link` are made. */
int dropped_add(struct sqlite *q, struct dropped_runs *d, struct dropped_run *run,
		struct text *why);
/* Moves the state after a record over the links that follow it, from a run's id on; true where there are any. */
bool chain_follow(struct chain *c, const struct dropped_runs *d, int64_t from_id,
		  void (*each)(void *ctx, const struct chain *state), void *ctx);
/* The chain's end as the log says it. */
int chain_load(struct sqlite *q, struct chain *ret_chain, struct text *why);
int chain_save(struct sqlite *q, struct text *why);

/* ---- the rest of the operations ---- */

int sqlite_search(struct store *s, const struct store_query *query,
		  int (*each)(void *ctx, const struct event *e), void *ctx, struct text *why);
int sqlite_add_finding(struct store *s, const struct finding *f, struct text *why);
int sqlite_findings(struct store *s, int64_t since, int64_t until,
		    int (*each)(void *ctx, const struct finding *f), void *ctx, struct text *why);
int sqlite_findings_after(struct store *s, uint64_t after,
			  int (*each)(void *ctx, const struct finding *f), void *ctx,
			  struct text *why);
int sqlite_head(struct store *s, struct store_head *ret_head, struct text *why);
int sqlite_retain(struct store *s, const struct store_limits *limits, int64_t now,
		  struct text *why);
int sqlite_summary(struct store *s, struct store_summary *ret_summary, struct text *why);
int sqlite_verify(struct store *s, void (*fault)(void *ctx, const struct store_fault *f), void *ctx,
		  uint64_t *ret_faults, struct text *why);
int sqlite_seal(struct store *s, const uint8_t private_key[32], int64_t now, struct text *why);
int sqlite_seals(struct store *s, int (*each)(void *ctx, const struct store_seal *seal), void *ctx,
		 struct text *why);

/* The begin and end of a read that must see one state of the log. */
int sqlite_read_begin(struct sqlite *q, struct text *why);
void sqlite_read_end(struct sqlite *q);

static inline struct sqlite *sqlite_of(struct store *s)
{
	return s->state;
}

/* Rounds towards minus infinity. */
static inline int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* a * by, or the end of the range that it goes beyond. */
static inline int64_t times(int64_t a, int64_t by)
{
	int64_t product;

	if (__builtin_mul_overflow(a, by, &product))
		return a < 0 ? INT64_MIN : INT64_MAX;
	return product;
}

#define NSEC_PER_HOUR (3600 * INT64_C(1000000000))
#define NSEC_PER_DAY (24 * NSEC_PER_HOUR)

/* ---- sqlite-place.c ---- */

int sqlite_place_put(struct store *s, const char *what, struct span place, struct text *why);
int sqlite_place_get(struct store *s, const char *what, uint8_t *ret_place, size_t size,
		     size_t *ret_n, struct text *why);

#endif
