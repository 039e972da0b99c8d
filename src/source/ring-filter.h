/*
 * The kernel's part of live capture: a classic BPF program that spares the ring what can't become an event or its reason.
 * Whatever is odd about a packet, the decoder judges: only what is surely useless is dropped.
 */
#ifndef NTLMAUDIT_SOURCE_RING_FILTER_H
#define NTLMAUDIT_SOURCE_RING_FILTER_H

#include <linux/filter.h>
#include <stddef.h>

#define RING_FILTER_MAX 128 /* instructions */

/*
 * Writes the program and returns how many instructions it has. It is for a packet socket of type SOCK_DGRAM: a packet
 * begins with its network header, and what was before comes from the ancillary loads (linux/filter.h, SKF_AD_*). It
 * returns how many bytes to keep: all or none.
 */
size_t ring_filter(struct sock_filter program[RING_FILTER_MAX]);

#endif
