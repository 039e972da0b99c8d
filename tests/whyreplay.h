/* Plays traffic out of a fuzz input to what remembers why (why/why.h), and checks what it then says. */
#ifndef NTLMAUDIT_TESTS_WHYREPLAY_H
#define NTLMAUDIT_TESTS_WHYREPLAY_H

#include "base/span.h"

/*
 * Repeatedly: a byte that says what comes (bits 0-1: Kerberos, DNS, an attempt to connect, ICMP), bit 2 from the KDC or
 * to it, bits 3-4 the client, bits 5-7 its port and the service's; a byte how many tenths of a second later; two bytes
 * length (little-endian), then the bytes. Aborts where an observation is told to another client than its own.
 */
void whyreplay(struct span input);

#endif
