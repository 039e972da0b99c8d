#include "store/sqlite.h"
int sqlite_seal(struct store *s, const uint8_t private_key[32], int64_t now, struct text *why)
{
	(void)s;
	(void)private_key;
	(void)now;
	(void)why;
	return 0;
}
