/*
 * Is the log whole? Before anything is written, SQLite looks at the structure of its tables. In a large log that was
 * left in order the two largest are passed over, and only their ends are read, which keeps opening short. Bytes that are
 * changed within a sound structure are found by verifying the chain.
 */
#include "store/sqlite.h"

#include <errno.h>
#include <stdio.h>

#define CHECK_ALL_BELOW ((int64_t)64 << 20)

static const char *const small_tables[] = {
	"meta",	     "fact",  "name",	     "stencil", "block",   "written",
	"usage_key", "usage", "usage_total", "finding", "dropped", "seal",
};

/* The fault that SQLite names: the first line that is no heading. */
static int tell(struct sqlite *q, const char *said, struct text *why)
{
	char line[160];

	while (strncmp(said, "***", 3) == 0 && strchr(said, '\n'))
		said = strchr(said, '\n') + 1;
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(said, "\n"), said);
	return sqlite_damaged(q, line, why);
}

/* What the check says; "ok" is all it says of a sound table. */
static int quick_check(struct sqlite *q, const char *table, struct text *why)
{
	sqlite3_stmt *st;
	const char *said;
	char sql[64];
	int rc;

	sqlite3_snprintf(sizeof(sql), sql, "PRAGMA quick_check(%s)", table);
	rc = sqlite_prepare(q, sql, &st, why);
	if (rc < 0)
		return rc;
	rc = sqlite_step(q, st, why);
	said = rc > 0 ? (const char *)sqlite3_column_text(st, 0) : "";
	if (rc > 0 && (!said || strcmp(said, "ok") != 0))
		rc = tell(q, said ? said : "", why);
	sqlite3_finalize(st);
	return rc < 0 ? rc : 0;
}

/* Was the last writer killed? */
static int was_left_open(struct sqlite *q, bool *ret_open, struct text *why)
{
	uint8_t open = 0;
	int rc = meta_get(q, "open", &open, 1, why);

	*ret_open = open != 0;
	return rc;
}

static int check_size(struct sqlite *q, int64_t *ret_bytes, struct text *why)
{
	int64_t page = 0, pages = 0;
	int rc = sqlite_number(q, "PRAGMA page_size", 0, &page, why);

	if (rc == 0)
		rc = sqlite_number(q, "PRAGMA page_count", 0, &pages, why);
	*ret_bytes = page * pages;
	return rc;
}

static int check_ends(struct sqlite *q, struct text *why)
{
	int64_t last, seen;
	int rc = sqlite_number(q, "SELECT max(record) FROM event", 0, &last, why);

	if (rc == 0)
		rc = sqlite_number(q, "SELECT count(*) FROM (SELECT 1 FROM seen LIMIT 1)", 0, &seen,
				   why);
	if (rc == 0 && (last != 0) != (seen != 0))
		rc = sqlite_damaged(q, "its tables don't fit together", why);
	return rc;
}

int sqlite_check(struct sqlite *q, struct text *why)
{
	int64_t bytes = 0;
	bool left_open = false;
	int rc = check_size(q, &bytes, why);

	if (rc == 0)
		rc = was_left_open(q, &left_open, why);
	if (rc == 0 && (left_open || bytes < CHECK_ALL_BELOW))
		return quick_check(q, "1", why);
	for (size_t i = 0; i < sizeof(small_tables) / sizeof(small_tables[0]) && rc == 0; i++)
		rc = quick_check(q, small_tables[i], why);
	return rc < 0 ? rc : check_ends(q, why);
}
