/* How far sources are read: rows of the meta table, in the transaction of what was read. */
#include "store/sqlite.h"

#include <errno.h>

static int key_of(const char *what, struct text *out)
{
	text_init(out, 8192);
	text_printf(out, "place:%s", what);
	return out->failed || !out->ptr ? -ENOMEM : 0;
}

int sqlite_place_put(struct store *s, const char *what, struct span place, struct text *why)
{
	struct sqlite *q = sqlite_of(s);
	struct text key;
	int rc = key_of(what, &key);

	if (rc == 0 && place.len > STORE_PLACE_MAX)
		rc = -EINVAL;
	if (rc == 0)
		rc = writer_begin(q, why);
	if (rc == 0)
		rc = meta_set(q, key.ptr, place, why);
	if (rc < 0)
		writer_rollback(q);
	text_finish(&key);
	return rc;
}

static int read_place(struct sqlite *q, const char *key, uint8_t *ret_place, size_t size,
		      size_t *ret_n, struct text *why)
{
	int rc = 0;
	sqlite3_stmt *st = sqlite_statement(q, SQL_META_GET, why, &rc);
	struct span value;

	if (!st)
		return rc;
	sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
	rc = sqlite_step(q, st, why);
	value = rc > 0 ? column_blob(st, 0) : (struct span){0};
	if (rc > 0 && value.len <= size && value.len) {
		memcpy(ret_place, value.ptr, value.len);
		*ret_n = value.len;
	} else if (rc > 0) {
		rc = 0;
	}
	sqlite3_reset(st);
	return rc;
}

int sqlite_place_get(struct store *s, const char *what, uint8_t *ret_place, size_t size,
		     size_t *ret_n, struct text *why)
{
	struct text key;
	int rc = key_of(what, &key);

	if (rc == 0)
		rc = read_place(sqlite_of(s), key.ptr, ret_place, size, ret_n, why);
	text_finish(&key);
	return rc;
}
