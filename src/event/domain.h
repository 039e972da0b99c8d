/* Names of domains: one domain has two, and a client may send either. */
#ifndef NTLMAUDIT_EVENT_DOMAIN_H
#define NTLMAUDIT_EVENT_DOMAIN_H

#include "event/event.h"

/*
 * May these be names of one domain? CORP is corp.example, too: a NetBIOS name nearly always is the first label of the DNS
 * name. Where it is not, nothing but the directory tells.
 */
bool domain_is_same(const char *a, const char *b);

/* The account's domain, of a UPN what stands behind the @; the server's. NULL where the event has none. */
const char *domain_of_account(const struct event *e);
const char *domain_of_server(const struct event *e);
/* Is the account of another domain than the server? Not where either is unknown. */
bool domain_is_foreign(const struct event *e);

#endif
