/*
 * What looking up names came to. Answers are for everybody: they say which name is whose. A failure is only for the
 * client that asked.
 */
#include "why/response.h"

#define OPCODE_QUERY 0
#define PORT_NBNS 137
#define PORT_MDNS 5353
#define PORT_LLMNR 5355

/* Is this name the client's to fail: of a host, or a service's location? Others say nothing about Kerberos. */
static bool is_telling(const struct response *s)
{
	static const uint16_t types[] = {DNS_A, DNS_AAAA, DNS_SRV};

	if (s->netbios)
		return s->named;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (response_has_question(s) && s->subject.type == types[i])
			return true;
	return false;
}

/*
 * SERVFAIL, NXDOMAIN and REFUSED. Of answers without a record only those to SRV: a host may well have addresses of
 * one kind alone. A referral (RFC 2308 2.2: NS without SOA) is no answer yet.
 */
static bool has_failed(const struct response *s)
{
	static const uint8_t failures[] = {2, 3, 5};

	if (s->head.rcode == 0)
		return !s->netbios && s->answers == 0 && s->subject.type == DNS_SRV &&
		       (s->delegations == 0 || s->authorities != 0);
	return memchr(failures, s->head.rcode, sizeof(failures)) != NULL;
}

/* What failed before, of another server or for another kind of address, has its answer now. */
static void forget_failure(struct why *w, const struct endpoint *client_end, const char *name)
{
	struct client *client = clients_find(&w->clients, &client_end->addr);
	struct item *item = client ? client->oldest : NULL;

	while (item) {
		struct item *next = item->newer;

		if (item->seen.kind == WHY_DNS_FAILED && label_same(item->seen.name, name))
			clients_drop(&w->clients, client, item);
		item = next;
	}
}

static void judge(struct why *w, const struct endpoint end[2], const struct response *s,
		  const struct packet *p)
{
	struct observation o = observed(WHY_DNS_FAILED, &end[0], p);
	struct label name;

	if (!is_telling(s) || !response_name(s, s->subject.name, &name))
		return;
	o.seen.code = s->head.rcode;
	o.seen.name = name.s;
	if (has_failed(s))
		clients_add(&w->clients, &end[1].addr, &o);
	else if (s->head.rcode == 0 && s->answers > 0)
		forget_failure(w, &end[1], name.s);
}

/*
 * Over LLMNR and mDNS nobody says that a name is not there (RFC 4795 2.1.1, RFC 6762 18.11), and that somebody knows
 * it there does not mean that DNS does.
 */
static bool is_multicast(const struct endpoint end[2])
{
	return end[0].port == PORT_MDNS || end[0].port == PORT_LLMNR;
}

void why_dns(struct why *w, const struct endpoint end[2], struct span message,
	     const struct packet *p)
{
	struct response s;

	why_clock(w, p);
	if (!response_read(message, end[0].port == PORT_NBNS, &s)) {
		tally_one(w->tally, TALLY_WHY_MALFORMED);
		return;
	}
	if (!s.head.response || s.head.opcode != OPCODE_QUERY)
		return;
	if (s.head.rcode == 0)
		response_learn(w, &s);
	if (!s.head.truncated && !is_multicast(end))
		judge(w, end, &s, p);
}
