/*
 * Samba's trivial database, for reading: a copy of the file in memory, whose every offset is doubted. Its writers may have been at work
 * while it was copied; then records are missing or torn, and no more than that.
 */
#ifndef NTLMAUDIT_NETLOGON_TDB_H
#define NTLMAUDIT_NETLOGON_TDB_H

#include "base/span.h"

/* Does it begin as a tdb does? */
bool tdb_is(struct span file);

/*
 * Calls `record` for every record, in no order; the spans are views of the file. Returns NULL, or a literal saying what
 * is wrong with the file; what was found before stands.
 */
const char *tdb_each(struct span file, void (*record)(void *ctx, struct span key, struct span data),
		     void *ctx);

#endif
