/* A captured packet, and where it came from. */
#ifndef NTLMAUDIT_WIRE_PACKET_H
#define NTLMAUDIT_WIRE_PACKET_H

#include "base/span.h"

struct packet {
	int64_t time;	    /* base/clock.h */
	uint64_t number;    /* from 1, within its file */
	const char *source; /* the file's name as given, or the interface; outlives the packet */
	int link_type;	    /* libpcap's DLT_ value */
	struct span data;   /* what was captured */
	size_t wire_len;    /* what was on the wire; at least data.len */
};

#endif
