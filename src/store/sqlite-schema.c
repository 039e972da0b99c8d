/*
 * The tables. Those of events have a column for each fact, made from facts[]: a fact that the log does not have yet is
 * added when it is next opened for writing, so a new row of facts[] needs no migration written by hand. Changes of
 * another kind are rows of migrations[].
 */
#include "store/sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

#define APPLICATION_ID 0x4e544c4d /* "NTLM" */

static const char tables[] =
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;"
	"CREATE TABLE fact (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;"
	"CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;"
	"CREATE TABLE stencil (id INTEGER PRIMARY KEY, mark BLOB NOT NULL UNIQUE,"
	" layout INTEGER NOT NULL, origin INTEGER NOT NULL,"
	" computer INTEGER, evidence BLOB) STRICT;"
	"CREATE TABLE event (record INTEGER PRIMARY KEY, time INTEGER NOT NULL,"
	" stencil INTEGER NOT NULL, activity BLOB, hash BLOB NOT NULL, more BLOB) STRICT;"
	"CREATE TABLE seen (tick INTEGER NOT NULL, mark INTEGER NOT NULL, record INTEGER NOT NULL,"
	" PRIMARY KEY (tick, mark)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE block (first INTEGER PRIMARY KEY, since INTEGER NOT NULL,"
	" until INTEGER NOT NULL, stencils BLOB NOT NULL, activities BLOB NOT NULL) STRICT;"
	"CREATE TABLE written (record INTEGER PRIMARY KEY, time INTEGER NOT NULL) STRICT;"
	"CREATE TABLE usage_key (id INTEGER PRIMARY KEY, mark BLOB NOT NULL UNIQUE,"
	" role INTEGER, user INTEGER, client INTEGER, server INTEGER, spn INTEGER,"
	" process INTEGER, reason INTEGER, version INTEGER, level INTEGER, outcome INTEGER,"
	" warnings INTEGER, coarse INTEGER NOT NULL, detail INTEGER, domain INTEGER,"
	" other_domain INTEGER, server_os INTEGER) STRICT;"
	"CREATE TABLE usage (coarse INTEGER NOT NULL, day INTEGER NOT NULL, key INTEGER NOT NULL,"
	" hours BLOB NOT NULL, PRIMARY KEY (coarse, day, key)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE usage_total (key INTEGER PRIMARY KEY, count INTEGER NOT NULL,"
	" first INTEGER NOT NULL, last INTEGER NOT NULL) STRICT;"
	"CREATE TABLE finding (id INTEGER PRIMARY KEY, mark BLOB NOT NULL UNIQUE,"
	" kind TEXT NOT NULL, time INTEGER NOT NULL, sentence TEXT, source_ip TEXT,"
	" target_ip TEXT, user TEXT, domain TEXT, count INTEGER NOT NULL, records BLOB NOT NULL,"
	" capture TEXT, frame INTEGER NOT NULL) STRICT;"
	"CREATE INDEX finding_time ON finding (time);"
	"CREATE TABLE dropped (id INTEGER PRIMARY KEY, first INTEGER NOT NULL,"
	" last INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,"
	" reason TEXT NOT NULL, time INTEGER NOT NULL, anchor BLOB NOT NULL,"
	" after INTEGER NOT NULL) STRICT;"
	"CREATE TABLE seal (id INTEGER PRIMARY KEY, record INTEGER NOT NULL, hash BLOB NOT NULL,"
	" time INTEGER NOT NULL, key BLOB NOT NULL, signature BLOB NOT NULL) STRICT;"
	"PRAGMA application_id = 0x4e544c4d;";

/* What brings a log of a version to the next; the first is of version 1. */
static const char *const migrations[] = {
	NULL, /* there was no version 0 */
	"ALTER TABLE usage_key ADD COLUMN detail INTEGER;"
	"ALTER TABLE usage_key ADD COLUMN domain INTEGER;"
	"ALTER TABLE usage_key ADD COLUMN other_domain INTEGER;"
	"ALTER TABLE usage_key ADD COLUMN server_os INTEGER;"
	"INSERT INTO meta VALUES ('recount', x'01')", /* for usage_recount() */
};

int meta_find(struct sqlite *q, const char *key, void *ret_bytes, size_t size, size_t *ret_n,
	      struct text *why)
{
	int rc = 0;
	sqlite3_stmt *st = sqlite_statement(q, SQL_META_GET, why, &rc);
	struct span value;

	if (!st)
		return rc;
	sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
	rc = sqlite_step(q, st, why);
	value = rc > 0 ? column_blob(st, 0) : (struct span){0};
	*ret_n = value.len;
	if (value.len && value.len <= size)
		memcpy(ret_bytes, value.ptr, value.len);
	sqlite3_reset(st);
	return rc;
}

int meta_get(struct sqlite *q, const char *key, void *ret_bytes, size_t n, struct text *why)
{
	size_t found;
	int rc = meta_find(q, key, ret_bytes, n, &found, why);

	if (rc >= 0 && (rc == 0 || found != n))
		rc = sqlite_damaged(q, key, why);
	return rc < 0 ? rc : 0;
}

int meta_set(struct sqlite *q, const char *key, struct span bytes, struct text *why)
{
	int rc = 0;
	sqlite3_stmt *st = sqlite_statement(q, SQL_META_SET, why, &rc);

	if (!st)
		return rc;
	sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
	bind_blob(st, 2, bytes);
	return sqlite_run(q, st, why);
}

/* A log's own secret: marks made with it can't be foreseen by whoever chooses the names in it. */
static int make_secret(struct sqlite *q, struct text *why)
{
	uint8_t secret[32], zero[DIGEST_SIZE + 8] = {0}, closed = 0;
	int rc;

	if (getrandom(secret, sizeof(secret), 0) != (ssize_t)sizeof(secret))
		return -EIO;
	rc = meta_set(q, "secret", span_make(secret, sizeof(secret)), why);
	if (rc == 0)
		rc = meta_set(q, "head", span_make(zero, sizeof(zero)), why);
	if (rc == 0)
		rc = meta_set(q, "open", span_make(&closed, 1), why);
	return rc;
}

static int make_tables(struct sqlite *q, struct text *why)
{
	int rc = sqlite_exec(q, tables, why);

	return rc < 0 ? rc : make_secret(q, why);
}

static int migrate(struct sqlite *q, int64_t version, struct text *why)
{
	char set[64];
	int rc = version == 0 ? make_tables(q, why) : 0;

	for (int64_t v = version; v > 0 && v < SCHEMA_VERSION && rc == 0; v++)
		rc = sqlite_exec(q, migrations[v], why);
	snprintf(set, sizeof(set), "PRAGMA user_version = %d", SCHEMA_VERSION);
	return rc < 0 ? rc : sqlite_exec(q, set, why);
}

/* ---- the facts ---- */

struct table {
	const char *name;
	bool (*has)(enum fact f);
};

static bool event_has_column(enum fact f)
{
	return fact_varies[f] || f == FACT_EVIDENCE;
}

static bool stencil_has_column(enum fact f)
{
	return !fact_varies[f];
}

static const struct table event_table = {"event", event_has_column};
static const struct table stencil_table = {"stencil", stencil_has_column};

static int find_fact(const char *key)
{
	for (int f = 0; f < FACT__COUNT; f++)
		if (strcmp(facts[f].key, key) == 0)
			return f;
	return -1;
}

/* The columns of a table that are facts, in the order of facts[]. */
static int read_columns(struct sqlite *q, const struct table *table, struct columns *ret_columns,
			struct text *why)
{
	bool there[FACT__COUNT] = {0};
	sqlite3_stmt *st;
	int rc = sqlite_prepare(q, "SELECT name FROM pragma_table_info(?1)", &st, why);

	if (rc < 0)
		return rc;
	sqlite3_bind_text(st, 1, table->name, -1, SQLITE_STATIC);
	while ((rc = sqlite_step(q, st, why)) > 0) {
		int f = find_fact((const char *)sqlite3_column_text(st, 0));

		if (f >= 0)
			there[f] = true;
	}
	sqlite3_finalize(st);
	ret_columns->n = 0;
	for (size_t f = 0; f < FACT__COUNT; f++)
		if (there[f] && table->has((enum fact)f))
			ret_columns->fact[ret_columns->n++] = (enum fact)f;
	return rc;
}

static bool has_column(const struct columns *c, enum fact f)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->fact[i] == f)
			return true;
	return false;
}

/* Adds what the table has not yet of facts[]. */
static int add_columns(struct sqlite *q, const struct table *table, const struct columns *there,
		       struct text *why)
{
	int rc = 0;

	for (size_t f = 0; f < FACT__COUNT && rc == 0; f++) {
		if (!table->has((enum fact)f) || has_column(there, (enum fact)f))
			continue;
		text_reset(&q->scratch);
		text_printf(&q->scratch, "ALTER TABLE %s ADD COLUMN %s ANY", table->name,
			    facts[f].key);
		rc = q->scratch.failed ? -ENOMEM : sqlite_exec(q, q->scratch.ptr, why);
	}
	return rc;
}

static int add_facts(struct sqlite *q, struct text *why)
{
	int rc = add_columns(q, &event_table, &q->event_columns, why);

	if (rc == 0)
		rc = add_columns(q, &stencil_table, &q->stencil_columns, why);
	for (size_t f = 0; f < FACT__COUNT && rc == 0; f++) {
		text_reset(&q->scratch);
		text_printf(&q->scratch, "INSERT OR IGNORE INTO fact (key) VALUES ('%s')",
			    facts[f].key);
		rc = q->scratch.failed ? -ENOMEM : sqlite_exec(q, q->scratch.ptr, why);
	}
	return rc;
}

static int learn_numbers(struct sqlite *q, struct text *why)
{
	struct encode_facts *known = &q->encoder.facts;
	sqlite3_stmt *st;
	int rc = sqlite_prepare(q, "SELECT id, key FROM fact ORDER BY id", &st, why);

	if (rc < 0)
		return rc;
	known->n = 0;
	while ((rc = sqlite_step(q, st, why)) > 0) {
		int f = find_fact((const char *)sqlite3_column_text(st, 1));

		if (f < 0 || known->n == FACT__COUNT)
			continue;
		known->number[f] = (uint32_t)column_i64(st, 0);
		known->order[known->n++] = (enum fact)f;
	}
	sqlite3_finalize(st);
	return rc;
}

static int learn_columns(struct sqlite *q, struct text *why)
{
	int rc = read_columns(q, &event_table, &q->event_columns, why);

	return rc < 0 ? rc : read_columns(q, &stencil_table, &q->stencil_columns, why);
}

/* ---- statements made of the facts ---- */

static void put_columns(struct text *sql, const struct columns *c)
{
	for (size_t i = 0; i < c->n; i++)
		text_printf(sql, ", %s", facts[c->fact[i]].key);
}

/* As many parameters as own columns and facts. */
static void put_insert(struct text *sql, const char *into, size_t own, const struct columns *c)
{
	text_printf(sql, "INSERT INTO %s", into);
	put_columns(sql, c);
	text_puts(sql, ") VALUES (?1");
	for (size_t i = 2; i <= own + c->n; i++)
		text_printf(sql, ", ?%zu", i);
	text_puts(sql, ")");
}

static int take_sql(struct sqlite *q, char **ret_sql)
{
	if (q->scratch.failed)
		return -ENOMEM;
	*ret_sql = q->scratch.ptr;
	text_init(&q->scratch, q->scratch.max);
	return 0;
}

static int make_statements(struct sqlite *q)
{
	int rc;

	text_reset(&q->scratch);
	put_insert(&q->scratch, "event (record, time, stencil, activity, hash, more", EVENT_FACTS,
		   &q->event_columns);
	rc = take_sql(q, &q->made_sql[SQL_EVENT_ADD - SQL__FIXED]);
	put_insert(&q->scratch, "stencil (id, mark, layout, origin, computer, evidence",
		   STENCIL_FACTS, &q->stencil_columns);
	if (rc == 0)
		rc = take_sql(q, &q->made_sql[SQL_STENCIL_ADD - SQL__FIXED]);
	text_puts(&q->scratch, "SELECT id, mark, layout, origin, computer, evidence");
	put_columns(&q->scratch, &q->stencil_columns);
	text_puts(&q->scratch, " FROM stencil WHERE id = ?1");
	if (rc == 0)
		rc = take_sql(q, &q->made_sql[SQL_STENCIL_READ - SQL__FIXED]);
	text_puts(&q->scratch, "SELECT record, time, stencil, activity, hash, more");
	put_columns(&q->scratch, &q->event_columns);
	text_puts(&q->scratch, " FROM event");
	return rc < 0 ? rc : take_sql(q, &q->event_select);
}

static bool lacks_facts(const struct sqlite *q)
{
	/* The sentence of the evidence has a column in both. */
	return q->event_columns.n + q->stencil_columns.n < FACT__COUNT + 1;
}

static int bring_up_to_date(struct sqlite *q, int64_t version, struct text *why)
{
	int rc = version < SCHEMA_VERSION ? migrate(q, version, why) : 0;

	if (rc == 0)
		rc = kerberos_make_table(q, why);
	if (rc == 0)
		rc = learn_columns(q, why);
	if (rc == 0 && lacks_facts(q))
		rc = add_facts(q, why);
	return rc;
}

int sqlite_identify(struct sqlite *q, int64_t *ret_version, struct text *why)
{
	int64_t application, tables_there;
	int rc = sqlite_number(q, "PRAGMA user_version", 0, ret_version, why);

	if (rc == 0)
		rc = sqlite_number(q, "PRAGMA application_id", 0, &application, why);
	if (rc == 0)
		rc = sqlite_number(q, "SELECT count(*) FROM sqlite_schema", 0, &tables_there, why);
	if (rc < 0)
		return rc;
	if (*ret_version == 0 && tables_there == 0 && q->writes)
		return 0;
	if (application != APPLICATION_ID || *ret_version <= 0)
		return sqlite_say(q, -EUCLEAN, "not a log of ntlmaudit, or damaged", why);
	if (*ret_version > SCHEMA_VERSION)
		return sqlite_say(q, -ENOTSUP, "made by a newer ntlmaudit", why);
	return 0;
}

int sqlite_schema(struct sqlite *q, struct text *why)
{
	int64_t version;
	int rc = sqlite_identify(q, &version, why);

	if (rc < 0)
		return rc;
	if (q->writes) {
		rc = sqlite_exec(q, "BEGIN IMMEDIATE", why);
		if (rc == 0)
			rc = bring_up_to_date(q, version, why);
		if (rc == 0)
			rc = sqlite_exec(q, "COMMIT", why);
		if (rc < 0)
			return rc;
	}
	q->usage_dims = version == 1 && !q->writes ? USAGE_DIMS_1 : USAGE__COUNT;
	q->usage_columns = q->usage_dims == USAGE_DIMS_1 ? USAGE_COLUMNS_1
				   ", NULL, NULL, NULL, NULL"
							 : USAGE_COLUMNS;
	rc = learn_columns(q, why);
	if (rc == 0)
		rc = learn_numbers(q, why);
	if (rc == 0)
		rc = meta_get(q, "secret", q->keys, sizeof(q->keys), why);
	return rc < 0 ? rc : make_statements(q);
}
