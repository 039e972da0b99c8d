/*
 * Parameters of NETLOGON's calls, out of their stubs ([MS-NRPC] 3.5.4, NDR as [C706] 14). Decoders allocate nothing and return views; strings
 * are UTF-16LE as they came. Each returns false where the stub is malformed, and says why in *ret_why and *ret_pos.
 */
#ifndef NTLMAUDIT_NETLOGON_CALL_H
#define NTLMAUDIT_NETLOGON_CALL_H

#include "base/span.h"

enum call_op {
	CALL_SAM_LOGON = 2,
	CALL_CHALLENGE = 4,
	CALL_AUTHENTICATE = 5,
	CALL_AUTHENTICATE2 = 15,
	CALL_AUTHENTICATE3 = 26,
	CALL_DOMAIN_INFO = 29,
	CALL_SAM_LOGON_EX = 39,
	CALL_SAM_LOGON_FLAGS = 45,
};

struct call_fault {
	const char *why; /* a literal */
	size_t pos;	 /* the byte of the stub */
};

/* NetrServerReqChallenge */
struct call_challenge {
	struct span primary, computer;
	struct span client; /* 8 bytes */
};

struct call_challenge_answer {
	struct span server; /* 8 bytes */
	uint32_t status;
};

/* NetrServerAuthenticate, 2 and 3; the first has no flags, and 0 for them. */
struct call_authenticate {
	struct span primary, account, computer;
	uint16_t channel_type;
	struct span credential; /* 8 bytes */
	uint32_t flags;
};

struct call_authenticate_answer {
	struct span credential; /* 8 bytes */
	uint32_t flags;
	uint32_t status;
};

/* NetrLogonSamLogon, Ex and WithFlags. */
struct call_logon {
	struct span server, computer;
	uint16_t level;
	bool known; /* of a level that has the fields below */
	bool network;
	struct span domain, account, workstation;
	uint32_t parameter_control;
	uint64_t logon_id;
	struct span challenge, nt_response, lm_response; /* network; secret */
};

struct call_logon_answer {
	uint32_t status;
	bool valid; /* has what follows: the status is a success and the level one that is read */
	struct span account, logon_server, domain;
	struct span dns_domain, upn; /* level 6 */
	uint32_t user_flags;
};

/* NetrLogonGetDomainInfo: of the machine that asks. */
struct call_domain_info {
	struct span computer;
	struct span dns_name, os_version, os_name;
	bool has_version;
	uint32_t version[3]; /* major, minor, build, where OsVersion is OSVERSIONINFOEX */
};

bool call_challenge_decode(struct span stub, struct call_challenge *ret, struct call_fault *fault);
bool call_challenge_answer_decode(struct span stub, struct call_challenge_answer *ret,
				  struct call_fault *fault);
bool call_authenticate_decode(struct span stub, uint16_t op, struct call_authenticate *ret,
			      struct call_fault *fault);
bool call_authenticate_answer_decode(struct span stub, uint16_t op,
				     struct call_authenticate_answer *ret,
				     struct call_fault *fault);
bool call_logon_decode(struct span stub, uint16_t op, struct call_logon *ret,
		       struct call_fault *fault);
/* True also where the validation information can't be read: then *fault says so, and `valid` is false. */
bool call_logon_answer_decode(struct span stub, uint16_t op, struct call_logon_answer *ret,
			      struct call_fault *fault);
bool call_domain_info_decode(struct span stub, struct call_domain_info *ret,
			     struct call_fault *fault);

#endif
