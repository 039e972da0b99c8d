/* Parcels that have come and are not done with, in their order. */
#ifndef NTLMAUDIT_DAEMON_WAITING_H
#define NTLMAUDIT_DAEMON_WAITING_H

#include "daemon/parcel.h"

struct waiting {
	struct waiting *next;
	int64_t since; /* monotonic */
	enum parcel_type type;
	size_t len;
	uint8_t bytes[]; /* behind the type */
};

struct waiting_list {
	struct waiting *first, *last;
	size_t n, bytes;
};

/* A copy at the end. False without memory. */
bool waiting_add(struct waiting_list *list, enum parcel_type type, struct span bytes, int64_t now);
/* Its first one goes; to the end of `to`, or, NULL, for good. The list is not empty. */
void waiting_pass(struct waiting_list *list, struct waiting_list *to);
/* All of `from` goes before what is in `to`. */
void waiting_move_front(struct waiting_list *to, struct waiting_list *from);
/* All but those of that type go for good. */
void waiting_keep_only(struct waiting_list *list, enum parcel_type type);
void waiting_clear(struct waiting_list *list);

#endif
