#include "store/sqlite.h"

int sqlite_retain(struct store *s, const struct store_limits *limits, int64_t now, struct text *why)
{
	(void)s;
	(void)limits;
	(void)now;
	(void)why;
	return 0;
}
