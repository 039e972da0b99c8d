/*
 * A DNS response that was read once to its end: well-formed, and counted. Its names stay where they are until they are
 * wanted.
 */
#ifndef NTLMAUDIT_WHY_RESPONSE_H
#define NTLMAUDIT_WHY_RESPONSE_H

#include "why/dns.h"
#include "why/state.h"

struct response {
	struct span message;
	struct dns_header head;
	bool netbios;
	bool named;		   /* the question's name, or that of the first answer (NetBIOS) */
	struct dns_record subject; /* whose name that is */
	size_t answers, delegations, authorities;
};

/* False where it is malformed. */
bool response_read(struct span message, bool netbios, struct response *ret_response);

/* The name at an offset. Of NetBIOS names only those of hosts, not of groups and domains. */
bool response_name(const struct response *s, size_t at, struct label *ret_name);

static inline bool response_has_question(const struct response *s)
{
	return s->named && s->subject.section == DNS_QUESTION;
}

/* Remembers which addresses its answers give to names. */
void response_learn(struct why *w, const struct response *s);

#endif
