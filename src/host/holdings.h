/*
 * What was told about who holds which end, remembered until an event asks for it. Bounded: the least recently told goes
 * first, counted. Owns copies of all texts, each only once.
 */
#ifndef NTLMAUDIT_HOST_HOLDINGS_H
#define NTLMAUDIT_HOST_HOLDINGS_H

#include "host/process.h"

#define HOLDINGS_MAX 16384

struct holdings; /* opaque */

int holdings_new(size_t max, struct holdings **ret_holdings) __attribute__((warn_unused_result));
/* NULL is fine. */
void holdings_free(struct holdings *t);

/* Replaces what was known of that end, but for HELD_LISTENER, which replaces only nothing and its like. 0 or -ENOMEM. */
int holdings_put(struct holdings *t, const struct holding *h) __attribute__((warn_unused_result));

/*
 * Who holds our end `local` of the connection to `remote`; NULL where nobody was told. Valid until the next put. Ports
 * are used again: what was told more than a day before `time`, or later than a minute after it, is another connection.
 */
const struct holding *holdings_find(const struct holdings *t, const struct endpoint *local,
				    const struct endpoint *remote, int64_t time);

/* Every one, the oldest first: to tell a reader that starts anew. */
void holdings_each(const struct holdings *t, void (*each)(void *ctx, const struct holding *h),
		   void *ctx);

uint64_t holdings_evicted(const struct holdings *t);

#endif
