/*
 * Kerberos messages between clients and KDCs (RFC 4120 5.4, 5.9.1): as much of them as says what was asked for
 * and what came of it. Tickets and encrypted parts are passed over unread.
 */
#ifndef NTLMAUDIT_WHY_KERBEROS_H
#define NTLMAUDIT_WHY_KERBEROS_H

#include "base/reader.h"
#include "why/label.h"

/* The message types, which are also the APPLICATION tags' numbers (RFC 4120 5.10). */
enum kerberos_type {
	KERBEROS_AS_REQ = 10,
	KERBEROS_AS_REP = 11,
	KERBEROS_TGS_REQ = 12,
	KERBEROS_TGS_REP = 13,
	KERBEROS_ERROR = 30,
};

/* Views into the message. */
struct kerberos_message {
	enum kerberos_type type;
	uint32_t error;	    /* error-code of a KRB-ERROR */
	struct span realm;  /* of the server asked for; of a reply the ticket's */
	struct span server; /* name-string's components as DER; empty where there is none */
};

/*
 * 0; -ENOTSUP for another message of Kerberos; -EBADMSG with the reason and its place in *ret_reader where it is
 * malformed or none at all.
 */
int kerberos_decode(struct span bytes, struct kerberos_message *ret_message,
		    struct reader *ret_reader) __attribute__((warn_unused_result));

/* A principal's components with slashes between them, as SPNs are written. */
void kerberos_principal(struct span components, struct label *ret_label);

#endif
