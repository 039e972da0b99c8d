/* What why.h hides: the observations of each client, and the names of addresses. */
#ifndef NTLMAUDIT_WHY_STATE_H
#define NTLMAUDIT_WHY_STATE_H

#include "why/client.h"
#include "why/names.h"

struct why {
	struct tally *tally;
	struct clients clients;
	struct names names;
};

/* Time goes on with every packet. */
static inline void why_clock(struct why *w, const struct packet *p)
{
	if (p->time > w->clients.now)
		w->clients.now = p->time;
}

/* An observation without names, of what `peer` did. */
static inline struct observation observed(enum why_kind kind, const struct endpoint *peer,
					  const struct packet *p)
{
	return (struct observation){
		.seen =
			{
				.kind = kind,
				.time = p->time,
				.packet = p->number,
				.peer = peer->addr,
				.port = peer->port,
				.name = "",
				.realm = "",
			},
	};
}

#endif
