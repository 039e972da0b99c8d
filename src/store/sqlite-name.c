/* The dictionary of texts: each is kept once, events hold its number. */
#include "store/sqlite.h"

#include "base/mem.h"

#include <errno.h>

#define NAMES_BYTES_MAX ((size_t)12 << 20) /* of texts kept while reading */

static int find_or_insert(struct sqlite *q, const char *text, uint32_t *ret_id, struct text *why)
{
	int rc = 0;
	sqlite3_stmt *st = sqlite_statement(q, SQL_NAME_FIND, why, &rc);

	if (!st)
		return rc;
	sqlite3_bind_text(st, 1, text, -1, SQLITE_STATIC);
	rc = sqlite_step(q, st, why);
	if (rc > 0)
		*ret_id = (uint32_t)column_i64(st, 0);
	sqlite3_reset(st);
	if (rc != 0 || !q->in_transaction)
		return rc < 0 ? rc : 0;
	st = sqlite_statement(q, SQL_NAME_ADD, why, &rc);
	if (!st)
		return rc;
	sqlite3_bind_text(st, 1, text, -1, SQLITE_STATIC);
	rc = sqlite_run(q, st, why);
	*ret_id = (uint32_t)sqlite3_last_insert_rowid(q->db);
	return rc;
}

int name_add(struct sqlite *q, const char *text, uint32_t *ret_id, struct text *why)
{
	const struct idcache_entry *known;
	struct mark mark;
	int rc;

	*ret_id = 0;
	if (!text)
		return 0;
	mark = mark_of(q->keys, span_str(text));
	known = idcache_find(&q->name_ids, mark);
	if (known) {
		*ret_id = known->id;
		return 0;
	}
	rc = find_or_insert(q, text, ret_id, why);
	if (rc == 0 && *ret_id)
		idcache_add(&q->name_ids, mark)->id = *ret_id;
	return rc;
}

void name_texts_finish(struct sqlite *q)
{
	for (size_t i = 0; i < q->names.n; i++)
		mem_free(q->names.text[i]);
	mem_free(q->names.text);
	q->names = (struct name_texts){0};
}

static int name_texts_grow(struct name_texts *names, uint32_t id)
{
	size_t n = names->n ? names->n : 1024;
	char **grown;

	while (n <= id)
		n *= 2;
	if (n == names->n)
		return 0;
	grown = mem_realloc(names->text, n * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	memset(grown + names->n, 0, (n - names->n) * sizeof(*grown));
	names->text = grown;
	names->n = n;
	return 0;
}

static int name_load(struct sqlite *q, uint32_t id, char **ret_text, struct text *why)
{
	int rc = 0;
	sqlite3_stmt *st = sqlite_statement(q, SQL_NAME_TEXT, why, &rc);
	struct span text;

	if (!st)
		return rc;
	sqlite3_bind_int64(st, 1, id);
	rc = sqlite_step(q, st, why);
	if (rc == 0)
		rc = sqlite_damaged(q, "a text is missing", why);
	if (rc > 0) {
		text = span_make(sqlite3_column_text(st, 0), (size_t)sqlite3_column_bytes(st, 0));
		*ret_text = mem_zalloc(1, text.len + 1);
		rc = *ret_text ? 0 : -ENOMEM;
		if (rc == 0 && text.len)
			memcpy(*ret_text, text.ptr, text.len);
		q->names.bytes += text.len + 32;
	}
	sqlite3_reset(st);
	return rc;
}

int name_read(struct sqlite *q, uint32_t id, const char **ret_text, struct text *why)
{
	int rc;

	*ret_text = NULL;
	if (!id)
		return 0;
	if (id > INT32_MAX)
		return sqlite_damaged(q, "a text's number", why);
	if (q->names.bytes > NAMES_BYTES_MAX && q->reading == 0)
		name_texts_finish(q);
	if (id >= q->names.n) {
		rc = name_texts_grow(&q->names, id);
		if (rc < 0)
			return rc;
	}
	if (!q->names.text[id]) {
		rc = name_load(q, id, &q->names.text[id], why);
		if (rc < 0)
			return rc;
	}
	*ret_text = q->names.text[id];
	return 0;
}
