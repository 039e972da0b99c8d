/* The list of seals: who signed which state. */
#include "store/sqlite.h"

int sqlite_seals(struct store *s, int (*each)(void *ctx, const struct store_seal *seal), void *ctx,
		 struct text *why)
{
	struct sqlite *q = sqlite_of(s);
	sqlite3_stmt *st;
	int rc = sqlite_prepare(q, "SELECT record, time, key FROM seal ORDER BY id", &st, why);

	if (rc < 0)
		return rc;
	while ((rc = sqlite_step(q, st, why)) > 0) {
		struct store_seal seal = {.record = (uint64_t)column_i64(st, 0),
					  .time = column_i64(st, 1)};
		struct span key = column_blob(st, 2);

		if (key.len == sizeof(seal.public_key))
			memcpy(seal.public_key, key.ptr, key.len);
		rc = each(ctx, &seal);
		if (rc != 0)
			break;
	}
	sqlite3_finalize(st);
	return rc;
}
