/*
 * The first packet of each TCP connection that this machine begins (SYN) or accepts (SYN|ACK), as it goes out: the bell that
 * rings for looking up whose it is, where BPF can't be had. A packet socket of its own, as the capture's rings give packets
 * in blocks, and so too late.
 */
#ifndef NTLMAUDIT_HOST_SYN_H
#define NTLMAUDIT_HOST_SYN_H

#include "base/span.h"
#include "wire/addr.h"

struct syn {
	struct endpoint local, remote;
	bool is_answer; /* SYN|ACK: the other side began */
};

/* Needs CAP_NET_RAW, once. A descriptor or a negative errno. */
int syn_open(void) __attribute__((warn_unused_result));
/* 1 with the next, 0 where there is none, or a negative errno. */
int syn_take(int fd, struct syn *ret_syn) __attribute__((warn_unused_result));
/* How many came since it was asked last for which there was no room. */
uint64_t syn_lost(int fd);

/* Of a packet from its IP header on. For tests. */
bool syn_parse(struct span packet, struct syn *ret_syn);

#endif
