/*
 * How much could not be seen: encrypted connections by the server that they went to, so that the summary can say
 * where to look instead. Bounded: what finds no row is counted as "others".
 */
#ifndef NTLMAUDIT_SOURCE_ENCRYPTED_H
#define NTLMAUDIT_SOURCE_ENCRYPTED_H

#include "base/tally.h"
#include "carrier/carrier.h"
#include "wire/flow.h"

#define ENCRYPTED_ROWS 256
#define ENCRYPTED_NAME_MAX 253 /* RFC 1035 2.3.4, written out */

struct encrypted_row {
	const char *host; /* the name that was asked for, else the address; NULL: all others */
	uint16_t port;	  /* 0: all others */
	uint64_t connections;
};

struct encrypted_table; /* opaque */

int encrypted_new(struct encrypted_table **ret_table) __attribute__((warn_unused_result));
/* NULL is fine. */
void encrypted_free(struct encrypted_table *t);

/* One more such connection. */
void encrypted_note(struct encrypted_table *t, const struct flow *f,
		    const struct sighting_encrypted *s);

/* Every row, the most connections first, the others last; the host is valid during the call. */
void encrypted_each(struct encrypted_table *t,
		    void (*row)(void *ctx, const struct encrypted_row *row), void *ctx);

#endif
