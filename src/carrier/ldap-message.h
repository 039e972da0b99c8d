/* The envelope of LDAP: LDAPMessage (RFC 4511 4.1.1), its id and the head of its operation. */
#ifndef NTLMAUDIT_CARRIER_LDAP_MESSAGE_H
#define NTLMAUDIT_CARRIER_LDAP_MESSAGE_H

#include "carrier/carrier.h"
#include "ntlm/der.h"

/* Larger messages are taken for something else than LDAP; Active Directory takes 10 MB at most. */
#define LDAP_MESSAGE_MAX ((size_t)64 * 1024 * 1024)

/* protocolOp, as its BER identifier octet (RFC 4511 4.2 to 4.14). */
enum ldap_op {
	LDAP_BIND_REQUEST = 0x60,
	LDAP_BIND_RESPONSE = 0x61,
	LDAP_UNBIND_REQUEST = 0x42,
	LDAP_EXTENDED_REQUEST = 0x77,
	LDAP_EXTENDED_RESPONSE = 0x78,
};

struct ldap_message {
	size_t size; /* of the whole message; at most LDAP_MESSAGE_MAX and its header */
	uint32_t id;
	uint8_t op;
	size_t op_at, op_len; /* where the operation's content lies; within size */
};

/*
 * The message at the view's start. CARRIER_MORE: `*ret_want` bytes must be there to tell (at most 22). The
 * content itself need not be there.
 */
enum carrier_match ldap_message_decode(struct span view, struct ldap_message *ret_message,
				       size_t *ret_want);

#endif
