/*
 * Which names an address goes by, as answers in the capture said. Bounded: in all, an address, and in bytes; the
 * one told longest ago goes first.
 */
#ifndef NTLMAUDIT_WHY_NAMES_H
#define NTLMAUDIT_WHY_NAMES_H

#include "base/tally.h"
#include "why/shelf.h"

#define NAMES_MAX ((size_t)16384)
#define NAMES_BYTES_MAX ((size_t)4 << 20)
#define NAMES_PER_ADDR 32

struct names {
	struct shelf shelf;
	size_t bytes;
	struct tally *tally;
};

int names_init(struct names *n, struct tally *tally) __attribute__((warn_unused_result));
void names_finish(struct names *n);

/* Empty names are passed over. The name told last is an address's first. */
void names_add(struct names *n, const struct addr *addr, const char *name);
/* NULL where it has none. Valid until the next names_add. */
const char *names_of(const struct names *n, const struct addr *addr);
/* By ASCII case, and without a final dot. */
bool names_is(const struct names *n, const char *name, const struct addr *addr);

#endif
