/*
 * DNS messages (RFC 1035 4), and those that look alike: LLMNR (RFC 4795), mDNS (RFC 6762) and the NetBIOS name
 * service (RFC 1002 4.2). Records are read one after another, names are made text only where asked for.
 */
#ifndef NTLMAUDIT_WHY_DNS_H
#define NTLMAUDIT_WHY_DNS_H

#include "base/reader.h"
#include "why/label.h"

enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_AAAA = 28,
	DNS_NB = 32, /* NetBIOS: addresses of a name */
	DNS_SRV = 33,
};

enum dns_section { DNS_QUESTION, DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL, DNS_SECTION__COUNT };

struct dns_header {
	bool response, truncated;
	uint8_t opcode, rcode;
	uint16_t count[DNS_SECTION__COUNT];
};

/* A question or a resource record; `name` and `data` are offsets in the message. */
struct dns_record {
	enum dns_section section;
	size_t name;
	uint16_t type;
	bool internet; /* class IN */
	size_t data;   /* a question has none */
	size_t data_len;
};

struct dns {
	struct reader r;
	struct dns_header head;
	unsigned section;
	uint16_t done; /* records of the section */
};

/* Reads the header. Ask reader_ok(&ret_dns->r). */
void dns_start(struct span message, struct dns *ret_dns);
/* The next record. False at the end and where the message is malformed: reader_ok(&d->r) tells them apart. */
bool dns_next(struct dns *d, struct dns_record *ret_record);

/*
 * The name at an offset, with dots between its labels and none at its end; a dot or backslash in a label has a
 * backslash in front. False, and an empty label, where it is malformed.
 */
bool dns_name(struct span message, size_t at, struct label *ret_label);
/*
 * The same as a NetBIOS name (RFC 1001 14.1): without padding, its last byte (the kind of service) apart. False
 * where it is none.
 */
bool dns_netbios_name(struct span message, size_t at, struct label *ret_label, uint8_t *ret_suffix);

#endif
