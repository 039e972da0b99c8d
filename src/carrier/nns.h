/* Inside the NNS carrier: what its files share. */
#ifndef NTLMAUDIT_CARRIER_NNS_H
#define NTLMAUDIT_CARRIER_NNS_H

#include "carrier/carrier.h"

#define NNS_HEADER 5

/* MessageId of a handshake message ([MS-NNS] 2.2.1). */
enum { NNS_DONE = 0x14, NNS_ERROR = 0x15, NNS_IN_PROGRESS = 0x16 };

/* nns-probe.c */
enum carrier_match nns_probe(struct span head, size_t *ret_want);

#endif
