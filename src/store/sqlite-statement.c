/* Statements and errors: all that is said to SQLite goes through here. */
#include "store/sqlite.h"

#include <errno.h>

static const char *const fixed_sql[SQL__FIXED] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_META_GET] = "SELECT value FROM meta WHERE key = ?1",
	[SQL_META_SET] = "INSERT INTO meta VALUES (?1, ?2)"
			 " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
	[SQL_NAME_FIND] = "SELECT id FROM name WHERE text = ?1",
	[SQL_NAME_ADD] = "INSERT INTO name (text) VALUES (?1)",
	[SQL_NAME_TEXT] = "SELECT text FROM name WHERE id = ?1",
	[SQL_STENCIL_FIND] = "SELECT id FROM stencil WHERE mark = ?1",
	[SQL_SEEN_ADD] = "INSERT OR IGNORE INTO seen VALUES (?1, ?2, ?3)",
	[SQL_SEEN_FIND] = "SELECT record FROM seen WHERE tick = ?1 AND mark = ?2",
	[SQL_BLOCK_ADD] = "INSERT INTO block VALUES (?1, ?2, ?3, ?4, ?5)",
	[SQL_WRITTEN_ADD] = "INSERT INTO written VALUES (?1, ?2)",
	[SQL_KEY_FIND] = "SELECT id FROM usage_key WHERE mark = ?1",
	[SQL_KEY_ADD] = "INSERT INTO usage_key (mark, coarse, " USAGE_COLUMNS ") VALUES"
			" (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
			" ?17)",
	[SQL_HOURS_FIND] = "SELECT hours FROM usage WHERE coarse = ?1 AND day = ?2 AND key = ?3",
	[SQL_HOURS_SET] = "INSERT INTO usage VALUES (?1, ?2, ?3, ?4)"
			  " ON CONFLICT (coarse, day, key) DO UPDATE SET hours = excluded.hours",
	[SQL_TOTAL_ADD] =
		"INSERT INTO usage_total VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO UPDATE SET"
		" count = count + excluded.count, first = min(first, excluded.first),"
		" last = max(last, excluded.last)",
	[SQL_FINDING_ADD] =
		"INSERT OR IGNORE INTO finding VALUES"
		" (" SQL_FINDINGS_EVER " + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	[SQL_KERBEROS_ADD] =
		"INSERT INTO kerberos VALUES (?1, ?2, ?3, ?3) ON CONFLICT (user, domain) DO UPDATE"
		" SET first = min(first, excluded.first), last = max(last, excluded.last)",
};

struct error_row {
	int code; /* SQLite's primary result code */
	int rc;
	const char *sentence;
};

static const struct error_row errors[] = {
	{SQLITE_CORRUPT, -EUCLEAN, "the log is damaged"},
	{SQLITE_NOTADB, -EUCLEAN, "not a log of ntlmaudit, or damaged"},
	{SQLITE_CONSTRAINT, -EUCLEAN, "the log is damaged"},
	{SQLITE_MISMATCH, -EUCLEAN, "the log is damaged"},
	{SQLITE_ERROR, -EUCLEAN, "the log is damaged"}, /* tables that are not what we made */
	{SQLITE_FULL, -ENOSPC, "no room is left for the log"},
	{SQLITE_BUSY, -EBUSY, "another program is writing to the log"},
	{SQLITE_LOCKED, -EBUSY, "the log is being read"},
	{SQLITE_NOMEM, -ENOMEM, "out of memory"},
	{SQLITE_TOOBIG, -E2BIG, "too long for the log"},
	{SQLITE_PERM, -EACCES, "no access"},
	{SQLITE_AUTH, -EACCES, "no access"},
	{SQLITE_READONLY, -EROFS, "the log can't be written to"},
};

/* What the system said of the log's file, or of its WAL, last. */
static int file_errno(struct sqlite *q)
{
	static const int files[] = {SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER};
	int e = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && e <= 0; i++) {
		sqlite3_file *file = NULL;

		if (sqlite3_file_control(q->db, "main", files[i], &file) == SQLITE_OK && file &&
		    file->pMethods)
			file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &e);
	}
	return e;
}

/* What the system said where SQLite could not open, read or write. */
static int system_errno(struct sqlite *q)
{
	int e = sqlite3_system_errno(q->db);

	if (e <= 0)
		e = file_errno(q);
	if (e == EFBIG || e == EDQUOT)
		return ENOSPC;
	return e > 0 ? e : EIO;
}

int sqlite_fail(struct sqlite *q, struct text *why)
{
	int code = sqlite3_errcode(q->db) & 0xff;
	int rc = -system_errno(q);
	const char *sentence =
		rc == -ENOSPC ? "no room is left for the log" : "the log can't be read or written";

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].code != code)
			continue;
		rc = errors[i].rc;
		sentence = errors[i].sentence;
	}
	if (why) {
		text_reset(why);
		text_printf(why, "%s: %s (%s)", q->path, sentence,
			    code == SQLITE_CANTOPEN || code == SQLITE_IOERR
				    ? strerror(-rc)
				    : sqlite3_errmsg(q->db));
	}
	return rc;
}

int sqlite_say(struct sqlite *q, int rc, const char *what, struct text *why)
{
	if (why) {
		text_reset(why);
		text_printf(why, "%s: %s", q->path, what);
	}
	return rc;
}

int sqlite_damaged(struct sqlite *q, const char *what, struct text *why)
{
	if (why) {
		text_reset(why);
		text_printf(why, "%s: the log is damaged (%s)", q->path, what);
	}
	return -EUCLEAN;
}

int sqlite_prepare(struct sqlite *q, const char *sql, sqlite3_stmt **ret_statement,
		   struct text *why)
{
	if (sqlite3_prepare_v3(q->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret_statement, NULL) !=
	    SQLITE_OK)
		return sqlite_fail(q, why);
	return 0;
}

sqlite3_stmt *sqlite_statement(struct sqlite *q, enum statement which, struct text *why,
			       int *ret_rc)
{
	const char *sql;

	if (!q->statements[which]) {
		sql = which < SQL__FIXED ? fixed_sql[which] : q->made_sql[which - SQL__FIXED];
		*ret_rc = sqlite_prepare(q, sql, &q->statements[which], why);
	}
	return q->statements[which];
}

int sqlite_step(struct sqlite *q, sqlite3_stmt *st, struct text *why)
{
	int code = sqlite3_step(st);

	if (code == SQLITE_ROW)
		return 1;
	return code == SQLITE_DONE ? 0 : sqlite_fail(q, why);
}

int sqlite_run(struct sqlite *q, sqlite3_stmt *st, struct text *why)
{
	int rc = sqlite_step(q, st, why);

	sqlite3_reset(st);
	return rc < 0 ? rc : 0;
}

int sqlite_run_fixed(struct sqlite *q, enum statement which, struct text *why)
{
	int rc = 0;
	sqlite3_stmt *st = sqlite_statement(q, which, why, &rc);

	return st ? sqlite_run(q, st, why) : rc;
}

int sqlite_exec(struct sqlite *q, const char *sql, struct text *why)
{
	return sqlite3_exec(q->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : sqlite_fail(q, why);
}

int sqlite_number(struct sqlite *q, const char *sql, int64_t none, int64_t *ret_number,
		  struct text *why)
{
	sqlite3_stmt *st;
	int rc = sqlite_prepare(q, sql, &st, why);

	if (rc < 0)
		return rc;
	rc = sqlite_step(q, st, why);
	if (rc >= 0)
		*ret_number =
			rc && sqlite3_column_type(st, 0) != SQLITE_NULL ? column_i64(st, 0) : none;
	sqlite3_finalize(st);
	return rc < 0 ? rc : 0;
}

void sqlite_finish_statements(struct sqlite *q)
{
	for (size_t i = 0; i < SQL__COUNT; i++) {
		sqlite3_finalize(q->statements[i]);
		q->statements[i] = NULL;
	}
}
