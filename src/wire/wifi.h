/* IEEE 802.11 frames, bare or behind the headers that capture drivers put before them. */
#ifndef NTLMAUDIT_WIRE_WIFI_H
#define NTLMAUDIT_WIRE_WIFI_H

#include "base/reader.h"

/* All as ether_walk(): 0 with the reader at the IP header, -ENOMSG where there is none in clear. */
int wifi_walk(struct reader *r) __attribute__((warn_unused_result));
int wifi_walk_radiotap(struct reader *r) __attribute__((warn_unused_result));
int wifi_walk_prism(struct reader *r) __attribute__((warn_unused_result));
int wifi_walk_avs(struct reader *r) __attribute__((warn_unused_result));

#endif
