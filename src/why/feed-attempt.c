/* Connections to domain controllers that came to nothing. */
#include "why/state.h"

#define PORT_KERBEROS 88
#define PORT_LDAP 389
#define PROTOCOL_TCP 6
#define CODE_FRAGMENTATION_NEEDED 4 /* RFC 1191: of IPv4 only; the packet is sent again in pieces */

static bool is_dc_port(uint16_t port)
{
	return port == PORT_KERBEROS || port == PORT_LDAP;
}

static bool awaits(const struct item *i, const struct endpoint end[2], enum why_kind kind)
{
	return i->waits && i->seen.kind == kind && i->answered == ITEM_NEVER &&
	       i->own_port == end[0].port && i->seen.port == end[1].port &&
	       addr_equal(&i->seen.peer, &end[1].addr);
}

/* What the client end[0] sent to end[1] and waits for, or NULL. */
static struct item *waiting(const struct client *client, const struct endpoint end[2],
			    enum why_kind kind)
{
	struct item *item = client ? client->newest : NULL;

	while (item && !awaits(item, end, kind))
		item = item->older;
	return item;
}

/* Was there one? */
static bool end_attempt(struct why *w, const struct endpoint end[2])
{
	struct client *client = clients_find(&w->clients, &end[0].addr);
	struct item *item = waiting(client, end, WHY_DC_UNANSWERED);

	if (item)
		clients_drop(&w->clients, client, item);
	return item != NULL;
}

static void attempted(struct why *w, const struct endpoint end[2], const struct packet *p)
{
	struct observation o = observed(WHY_DC_UNANSWERED, &end[1], p);

	o.own_port = end[0].port;
	o.waits = true;
	clients_add(&w->clients, &end[0].addr, &o);
}

static void accepted(struct why *w, const struct endpoint end[2], const struct packet *p)
{
	(void)p;
	(void)end_attempt(w, end);
}

/* A reset of what was accepted before is another matter. */
static void refused(struct why *w, const struct endpoint end[2], const struct packet *p)
{
	struct observation o = observed(WHY_DC_REFUSED, &end[1], p);

	if (end_attempt(w, end))
		clients_add(&w->clients, &end[0].addr, &o);
}

void why_attempt(struct why *w, const struct endpoint end[2], enum attempt how,
		 const struct packet *p)
{
	static void (*const feeds[])(struct why *, const struct endpoint[2],
				     const struct packet *) = {
		[ATTEMPT_MADE] = attempted,
		[ATTEMPT_ACCEPTED] = accepted,
		[ATTEMPT_REFUSED] = refused,
	};

	if (!is_dc_port(end[1].port))
		return;
	why_clock(w, p);
	feeds[how](w, end, p);
}

void why_unreachable(struct why *w, const struct endpoint end[2], uint8_t protocol,
		     const struct addr *reporter, uint8_t code, const struct packet *p)
{
	struct observation o = observed(WHY_DC_UNREACHABLE, &end[1], p);
	struct item *request;

	(void)reporter;
	if (!is_dc_port(end[1].port) ||
	    (code == CODE_FRAGMENTATION_NEEDED && addr_is_v4(&end[1].addr)))
		return;
	why_clock(w, p);
	o.seen.code = code;
	if (protocol == PROTOCOL_TCP)
		(void)end_attempt(w, end);
	request = waiting(clients_find(&w->clients, &end[0].addr), end, WHY_KRB_ASKED);
	if (request) {
		request->answered = p->time;
		o.seen.name = request->seen.name;
		o.seen.realm = request->seen.realm;
	}
	clients_add(&w->clients, &end[0].addr, &o);
}
