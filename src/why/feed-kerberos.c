/*
 * What clients asked KDCs for and what came of it. Invariant: an answer belongs to the client whose address it went
 * to, and takes a name only from a request of that client's same ports.
 */
#include "why/kerberos.h"
#include "why/state.h"

#include <errno.h>

static bool awaits(const struct item *i, const struct endpoint end[2], enum kerberos_type type)
{
	return i->waits && i->seen.kind == WHY_KRB_ASKED && i->answered == ITEM_NEVER &&
	       i->own_port == end[1].port && i->seen.port == end[0].port &&
	       addr_equal(&i->seen.peer, &end[0].addr) &&
	       (type == KERBEROS_ERROR || i->seen.code + 1 == (uint32_t)type);
}

/* The request that a message from end[0] to end[1] answers, or NULL. */
static struct item *asked(const struct why *w, const struct endpoint end[2],
			  enum kerberos_type type)
{
	const struct client *client = clients_find(&w->clients, &end[1].addr);
	struct item *item = client ? client->oldest : NULL;

	while (item && !awaits(item, end, type))
		item = item->newer;
	return item;
}

/* The same asked elsewhere, or of the same KDC over UDP before, has its answer too. */
static void settle(struct why *w, const struct endpoint *to, const struct item *request,
		   int64_t time)
{
	struct client *client = clients_find(&w->clients, &to->addr);

	for (struct item *i = client->oldest; i; i = i->newer)
		if (i->waits && i->seen.kind == WHY_KRB_ASKED && i->answered == ITEM_NEVER &&
		    i->seen.code == request->seen.code &&
		    label_same(i->seen.name, request->seen.name) &&
		    label_same(i->seen.realm, request->seen.realm))
			i->answered = time;
}

static void heard(struct why *w, const struct endpoint end[2], const struct kerberos_message *m,
		  struct observation *o)
{
	const struct item *request = asked(w, end, m->type);

	o->seen.kind = m->type == KERBEROS_ERROR ? WHY_KRB_ERROR : WHY_KRB_TICKET;
	o->seen.code = m->type == KERBEROS_ERROR ? m->error : (uint32_t)m->type;
	if (request)
		settle(w, &end[1], request, o->seen.time);
	if (request && *o->seen.name == '\0') {
		o->seen.name = request->seen.name;
		o->seen.realm = request->seen.realm; /* Heimdal: "<unspecified realm>" */
	}
	clients_add(&w->clients, &end[1].addr, o);
}

static bool is_request(enum kerberos_type type)
{
	return type == KERBEROS_AS_REQ || type == KERBEROS_TGS_REQ;
}

void why_kerberos(struct why *w, const struct endpoint end[2], struct span message,
		  const struct packet *p)
{
	struct kerberos_message m;
	struct label name, realm;
	struct reader r;
	int rc = kerberos_decode(message, &m, &r);
	bool to_kdc = rc == 0 && is_request(m.type);
	struct observation o = observed(WHY_KRB_ASKED, &end[to_kdc], p);

	why_clock(w, p);
	if (rc == -EBADMSG)
		tally_one(w->tally, TALLY_WHY_MALFORMED);
	if (rc != 0)
		return;
	kerberos_principal(m.server, &name);
	label_reset(&realm);
	label_add(&realm, m.realm);
	if (name.cut || realm.cut)
		tally_one(w->tally, TALLY_EXCHANGE_NAME_CUT);
	o.seen.name = name.s;
	o.seen.realm = realm.s;
	if (!to_kdc) {
		heard(w, end, &m, &o);
		return;
	}
	o.seen.code = (uint32_t)m.type;
	o.own_port = end[0].port;
	o.waits = true;
	clients_add(&w->clients, &end[0].addr, &o);
}
