#include "why/state.h"

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>

/* A KDC that answers at all does so within this; clients ask the next one after a second. */
#define PATIENCE NSEC_PER_SEC

int why_new(struct tally *tally, struct why **ret_why)
{
	struct why *w = mem_zalloc(1, sizeof(*w));
	int rc;

	if (!w)
		return -ENOMEM;
	w->tally = tally;
	rc = clients_init(&w->clients, tally);
	if (rc == 0)
		rc = names_init(&w->names, tally);
	if (rc != 0) {
		why_free(w);
		return rc;
	}
	*ret_why = w;
	return 0;
}

void why_free(struct why *w)
{
	if (!w)
		return;
	clients_finish(&w->clients);
	names_finish(&w->names);
	mem_free(w);
}

void why_datagram(struct why *w, const struct endpoint end[2], struct span payload,
		  const struct packet *p)
{
	static const struct {
		uint16_t port;
		void (*feed)(struct why *, const struct endpoint[2], struct span,
			     const struct packet *);
	} rows[] = {{53, why_dns},
		    {88, why_kerberos},
		    {137, why_dns},
		    {5353, why_dns},
		    {5355, why_dns}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (end[0].port != rows[i].port && end[1].port != rows[i].port)
			continue;
		if (payload.len)
			rows[i].feed(w, end, payload, p);
		return;
	}
}

/* How the item looked at that time; false where there was nothing to say yet. */
static bool item_then(const struct item *item, int64_t until, struct why_item *ret_seen)
{
	*ret_seen = item->seen;
	if (item->waits && item->answered > until &&
	    time_between(item->seen.time, until) >= (uint64_t)PATIENCE)
		ret_seen->kind = WHY_DC_UNANSWERED;
	else if (item->waits && item->seen.kind == WHY_DC_UNANSWERED)
		return false;
	return true;
}

void why_each(struct why *w, const struct addr *client, int64_t until, int64_t window,
	      bool (*each)(void *ctx, const struct why_item *item), void *ctx)
{
	const struct client *found = clients_find(&w->clients, client);

	for (const struct item *i = found ? found->oldest : NULL; i; i = i->newer) {
		struct why_item seen;

		if (i->seen.time > until || window < 0 ||
		    time_between(i->seen.time, until) > (uint64_t)window)
			continue;
		if (item_then(i, until, &seen) && !each(ctx, &seen))
			return;
	}
}

const char *why_name_of(struct why *w, const struct addr *addr)
{
	return names_of(&w->names, addr);
}

bool why_name_is(struct why *w, const char *name, const struct addr *addr)
{
	return names_is(&w->names, name, addr);
}
