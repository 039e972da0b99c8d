/* Service principal names: `service/host[:port][/more]`. */
#ifndef NTLMAUDIT_AUDIT_SPN_H
#define NTLMAUDIT_AUDIT_SPN_H

#include <stdbool.h>
#include <stddef.h>

#define SPN_HOST_MAX 256

/* Copies the host part, IPv6 with its brackets; a name without a slash is a host. False where it does not fit. */
bool spn_host(const char *spn, char *ret_host, size_t size);

#endif
