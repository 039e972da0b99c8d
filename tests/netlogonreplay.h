/*
 * Reads a capture file for its Netlogon secure channels alone: our own wire and carriers in front, and behind a log of lines that
 * tests compare. Responses and challenges stand in the log as hexadecimal: it is for the eyes of tests.
 */
#ifndef NTLMAUDIT_TESTS_NETLOGONREPLAY_H
#define NTLMAUDIT_TESTS_NETLOGONREPLAY_H

#include "base/tally.h"
#include "base/text.h"
#include "netlogon/netlogon.h"

struct netlogonreplay {
	const struct netlogon_keys *keys;
	uint64_t from, to;  /* packets to play, by number; 0 = no limit */
	uint64_t leave_out; /* a packet that is lost; 0 = none */
	bool twice;	    /* each PDU is handed in twice */
	size_t damage;	    /* a bit is turned in this byte of each PDU; 0 = none */
	struct text log;    /* "logon ..." and "problem ..." lines */
	struct tally tally;
	uint64_t pdus;
};

void netlogonreplay_init(struct netlogonreplay *r, const struct netlogon_keys *keys);
void netlogonreplay_finish(struct netlogonreplay *r);
/* 0 or a negative errno. */
int netlogonreplay_read(struct netlogonreplay *r, const char *path);

/* Adds a logon as a line: what the channel says of itself, the request, the response. */
void netlogonreplay_line(struct text *out, const struct netlogon_logon *l);

/* Keys of files; NULL where one can't be read. */
struct netlogon_keys *netlogonreplay_keys(const char *const paths[], size_t n);

#endif
