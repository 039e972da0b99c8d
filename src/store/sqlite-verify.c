#include "store/sqlite.h"
int sqlite_verify(struct store *s, void (*fault)(void *ctx, const struct store_fault *f), void *ctx,
		  uint64_t *ret_faults, struct text *why)
{
	(void)s;
	(void)fault;
	(void)ctx;
	(void)why;
	*ret_faults = 0;
	return 0;
}
