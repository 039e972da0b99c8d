/* Names of domains: one domain has two, and a client may send either. */
#ifndef NTLMAUDIT_EVENT_DOMAIN_H
#define NTLMAUDIT_EVENT_DOMAIN_H

#include <stdbool.h>

/*
 * May these be names of one domain? CORP is corp.example, too: a NetBIOS name nearly always is the first label of the DNS
 * name. Where it is not, nothing but the directory tells.
 */
bool domain_is_same(const char *a, const char *b);

#endif
