/*
 * IP datagrams put together again from their fragments (RFC 791, RFC 8200 4.5). Invariant: what waits is
 * bounded in bytes and in time, and a datagram whose fragments overlap is dropped whole (RFC 5722).
 */
#ifndef NTLMAUDIT_WIRE_FRAGMENT_H
#define NTLMAUDIT_WIRE_FRAGMENT_H

#include "base/hash.h"
#include "base/tally.h"
#include "wire/ip.h"

#define FRAGMENT_BUCKETS 4096

struct datagram;

struct fragments {
	struct hash_key key;
	struct tally *tally;
	size_t max;			  /* bytes that may wait */
	size_t bytes;			  /* bytes that wait */
	struct datagram *oldest, *newest; /* in the order in which they began */
	struct datagram *bucket[FRAGMENT_BUCKETS];
	uint8_t *whole; /* the datagram last completed; NULL before the first */
};

void fragments_init(struct fragments *f, size_t max, struct tally *tally);
/* Drops all that waits, counted as lost. */
void fragments_finish(struct fragments *f);

/*
 * Takes a fragment in. True where it completes its datagram: then *ip becomes that, its payload valid
 * until the next call. Whatever goes wrong is counted.
 */
bool fragments_add(struct fragments *f, int64_t time, struct ip_packet *ip)
	__attribute__((warn_unused_result));

#endif
