/* LDAP binds: from requests and responses to sightings, and what follows for the connection. */
#ifndef NTLMAUDIT_CARRIER_LDAP_BIND_H
#define NTLMAUDIT_CARRIER_LDAP_BIND_H

#include "carrier/ldap-message.h"

#define LDAP_PENDING_MAX 4

/* Requests whose response means something to us. */
enum ldap_request {
	LDAP_REQUEST_NONE,
	LDAP_REQUEST_OTHER, /* a bind that can't be NTLM: simple, EXTERNAL, DIGEST-MD5, ... */
	LDAP_REQUEST_SASL,  /* GSS-SPNEGO, GSSAPI, NTLM */
	LDAP_REQUEST_SICILY_DISCOVERY, /* [MS-ADTS] 5.1.1.1.3 */
	LDAP_REQUEST_SICILY,
	LDAP_REQUEST_STARTTLS,
};

struct ldap_pending {
	uint32_t id;
	enum ldap_request request;
	enum stream_dir client;
};

/* One connection's state; zeroed = new. Its sightings all have key 0: a connection binds one at a time. */
struct ldap {
	struct ldap_pending pending[LDAP_PENDING_MAX]; /* the next overwrites the oldest */
	uint8_t next;
	bool direct;	  /* the bind under way asked for NTLM by name */
	bool awaits;	  /* its AUTHENTICATE was sent, and not answered */
	uint32_t awaited; /* messageID of its last request: another's response is not the answer */
	bool layer;	  /* a SASL bind was seen: sealed buffers may follow */
	bool tls;	  /* STARTTLS was agreed on */
};

/* Takes in a message that is wholly there; others than binds and STARTTLS are of no interest. */
void ldap_bind_message(struct ldap *ldap, const struct carrier_env *env, enum stream_dir d,
		       const struct ldap_message *m, struct span bytes);

/* Is this an operation that ldap_bind_message() reads, and how long may it be? 0 = it is not. */
size_t ldap_bind_max(uint8_t op);

/* The NTSTATUS of a bind's resultCode and diagnosticMessage. */
uint32_t ldap_status(uint32_t result, struct span diagnostic);

#endif
