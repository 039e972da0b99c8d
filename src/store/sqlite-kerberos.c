/*
 * Who was seen to log on by Kerberos: a row an account, beside the chain, since it is no event. Whoever logs on so does it
 * all day; what was written of this hour already is known from a small table in memory.
 */
#include "store/sqlite.h"

#include "base/mem.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#define SEEN_SLOTS 4096	     /* a power of two */
#define ACCOUNTS_MAX 200000  /* rows that dropping leaves */
#define ACCOUNT_NAME_MAX 512 /* bytes of user and domain; a longer one is nobody's */

struct kerberos_seen {
	uint64_t slot[SEEN_SLOTS]; /* a hash of account and hour; 0: none */
};

int kerberos_make_table(struct sqlite *q, struct text *why)
{
	return sqlite_exec(q,
			   "CREATE TABLE IF NOT EXISTS kerberos"
			   " (user TEXT NOT NULL COLLATE NOCASE,"
			   " domain TEXT NOT NULL COLLATE NOCASE, first INTEGER NOT NULL,"
			   " last INTEGER NOT NULL, PRIMARY KEY (user, domain)) STRICT,"
			   " WITHOUT ROWID",
			   why);
}

void kerberos_forget(struct sqlite *q)
{
	if (q->kerberos_seen)
		memset(q->kerberos_seen, 0, sizeof(*q->kerberos_seen));
}

int kerberos_drop(struct sqlite *q, int64_t until, struct text *why)
{
	char sql[320];

	snprintf(sql, sizeof(sql),
		 "DELETE FROM kerberos WHERE last < %lld;"
		 "DELETE FROM kerberos WHERE (SELECT count(*) FROM kerberos) > %d AND last <"
		 " (SELECT last FROM kerberos ORDER BY last DESC LIMIT 1 OFFSET %d)",
		 (long long)until, ACCOUNTS_MAX, ACCOUNTS_MAX - 1);
	kerberos_forget(q);
	return sqlite_exec(q, sql, why);
}

static size_t add_folded(char *to, size_t n, const char *s)
{
	while (*s)
		to[n++] = (char)tolower((unsigned char)*s++);
	to[n++] = '\0';
	return n;
}

/* Was it written of this hour already? */
static bool is_seen(struct sqlite *q, const char *user, const char *domain, int64_t time)
{
	char name[ACCOUNT_NAME_MAX + 2 + sizeof(int64_t)];
	int64_t hour = floor_div(time, NSEC_PER_HOUR);
	size_t n = add_folded(name, add_folded(name, 0, user), domain);
	uint64_t hash, *slot;

	memcpy(name + n, &hour, sizeof(hour));
	hash = hash_bytes(&q->keys[0], span_make(name, n + sizeof(hour))) | 1;
	slot = &q->kerberos_seen->slot[(hash >> 32) % SEEN_SLOTS];
	if (*slot == hash)
		return true;
	*slot = hash;
	return false;
}

static int write_row(struct sqlite *q, const char *user, const char *domain, int64_t time,
		     struct text *why)
{
	int rc = 0;
	sqlite3_stmt *st = sqlite_statement(q, SQL_KERBEROS_ADD, why, &rc);

	if (!st)
		return rc;
	sqlite3_bind_text(st, 1, user, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 2, domain, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 3, time);
	return sqlite_run(q, st, why);
}

int sqlite_add_kerberos(struct store *s, const char *user, const char *domain, int64_t time,
			struct text *why)
{
	struct sqlite *q = sqlite_of(s);
	int rc;

	if (!*user || strlen(user) + strlen(domain) > ACCOUNT_NAME_MAX)
		return 0;
	if (!q->kerberos_seen)
		q->kerberos_seen = mem_zalloc(1, sizeof(*q->kerberos_seen));
	if (!q->kerberos_seen)
		return -ENOMEM;
	if (is_seen(q, user, domain, time))
		return 0;
	rc = writer_begin(q, why);
	if (rc == 0)
		rc = write_row(q, user, domain, time, why);
	if (rc < 0) {
		writer_rollback(q);
		kerberos_forget(q);
	}
	return rc;
}

static int hand_out(struct sqlite *q, sqlite3_stmt *st,
		    int (*each)(void *ctx, const struct store_kerberos *k), void *ctx,
		    struct text *why)
{
	int rc;

	while ((rc = sqlite_step(q, st, why)) > 0) {
		struct store_kerberos k = {
			.user = (const char *)sqlite3_column_text(st, 0),
			.domain = (const char *)sqlite3_column_text(st, 1),
			.first = column_i64(st, 2),
			.last = column_i64(st, 3),
		};

		rc = k.user && k.domain ? each(ctx, &k) : -ENOMEM;
		if (rc)
			return rc;
	}
	return rc;
}

int sqlite_kerberos(struct store *s, int64_t since, int64_t until,
		    int (*each)(void *ctx, const struct store_kerberos *k), void *ctx,
		    struct text *why)
{
	struct sqlite *q = sqlite_of(s);
	sqlite3_stmt *st;
	int64_t there;
	int rc = sqlite_number(q, "SELECT count(*) FROM sqlite_schema WHERE name = 'kerberos'", 0,
			       &there, why);

	if (rc < 0 || !there)
		return rc;
	rc = sqlite_prepare(q,
			    "SELECT user, domain, first, last FROM kerberos"
			    " WHERE last >= ?1 AND first < ?2",
			    &st, why);
	if (rc < 0)
		return rc;
	/* what is of the same hour counts as of the time, too */
	sqlite3_bind_int64(st, 1,
			   since == INT64_MIN ? since
					      : floor_div(since, NSEC_PER_HOUR) * NSEC_PER_HOUR);
	sqlite3_bind_int64(st, 2, until);
	rc = hand_out(q, st, each, ctx, why);
	sqlite3_finalize(st);
	return rc;
}
