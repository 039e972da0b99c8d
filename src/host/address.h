/* Which addresses are this machine's own, and what it is called. Follows changes by rtnetlink. */
#ifndef NTLMAUDIT_HOST_ADDRESS_H
#define NTLMAUDIT_HOST_ADDRESS_H

#include "wire/addr.h"

#define HOST_ADDRESSES_MAX 4096 /* more are counted */
#define HOST_NAME_MAX_BYTES 256

struct host_addresses {
	struct addr *list; /* sorted; 127/8 and ::1 are not in it, and always ours */
	size_t n;
	uint64_t left_out;
	char name
		[HOST_NAME_MAX_BYTES]; /* the host's full name where it has one: Computer of its events */
};

struct host_address_watch; /* opaque */

/* A netlink socket that tells of changes; needs no privilege. */
int host_address_watch_new(struct host_address_watch **ret_watch)
	__attribute__((warn_unused_result));
/* NULL is fine. */
void host_address_watch_free(struct host_address_watch *w);
/* Readable when host_address_watch_changed() is to be asked. */
int host_address_watch_fd(const struct host_address_watch *w);
/* Takes all that happened; true: read the addresses again. Does not block. */
bool host_address_watch_changed(struct host_address_watch *w);

/* Reads all addresses of all interfaces, and the name. 0 or a negative errno; host_addresses_finish() frees. */
int host_addresses_read(struct host_address_watch *w, struct host_addresses *ret_addresses)
	__attribute__((warn_unused_result));
void host_addresses_finish(struct host_addresses *a);

/* Is it one of this machine's own? 127/8 and ::1 always are. */
bool host_addresses_has(const struct host_addresses *a, const struct addr *addr);

#endif
