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

int sqlite_place_get(struct store *s, const char *what, uint8_t *ret_place, size_t size,
		     size_t *ret_n, struct text *why)
{
	struct text key;
	size_t n = 0;
	int rc = key_of(what, &key);

	if (rc == 0)
		rc = meta_find(sqlite_of(s), key.ptr, ret_place, size, &n, why);
	text_finish(&key);
	if (rc > 0 && (n == 0 || n > size))
		return 0; /* none of ours */
	if (rc > 0)
		*ret_n = n;
	return rc;
}
