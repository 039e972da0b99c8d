/*
 * One line of Samba's audit log in JSON (`auth_json_audit`) made into facts: the versions 1.0 to 1.3 of Authentication and 1.0
 * to 1.2 of Authorization (Samba 4.7 to 4.21, auth/auth_log.c), bare or behind what Samba, syslog or the journal put around it.
 *
 * The scanner is our own, since a busy domain controller writes thousands of lines a second: it allocates nothing, passes over
 * what it does not want, and takes nothing that RFC 8259 does not allow. A line that can't be Samba's is dismissed at a look.
 */
#ifndef NTLMAUDIT_SAMBA_LINE_H
#define NTLMAUDIT_SAMBA_LINE_H

#include "base/span.h"

/* Bytes; longer lines are -EMSGSIZE. Samba's are of 700 to 900. */
#define SAMBA_LINE_MAX ((size_t)64 * 1024)

/* What kind of record a line is: the top-level `type`. */
enum samba_type {
	SAMBA_AUTHENTICATION,	 /* a name and a password were checked */
	SAMBA_AUTHORIZATION,	 /* a session began */
	SAMBA_KDC_AUTHORIZATION, /* a service ticket was given (from 4.19) */
	SAMBA_DATABASE, /* a change: dsdbChange, dsdbTransaction, passwordChange, groupChange, replicatedUpdate */
	SAMBA_TYPE_OTHER,
	SAMBA_TYPE__COUNT
};

/* Who checked whom, by serviceDescription, authDescription and passwordType: see samba_kind_rows[] in line-kind.c. */
enum samba_line_kind {
	SAMBA_LINE_OTHER, /* told apart, no use to us */
	SAMBA_LINE_SAMLOGON_NETWORK, /* a DC was asked about a response: NTLM at another machine (4032/4033, 4030/4031) */
	SAMBA_LINE_SAMLOGON_INTERACTIVE, /* a DC was asked about a password's hash: no NTLM exchange */
	SAMBA_LINE_SERVER_AUTHENTICATE, /* a machine or a trust set up its secure channel with this DC */
	SAMBA_LINE_NTLM_SERVER, /* this machine itself was the server of an NTLM exchange: SMB2, LDAP, DCE/RPC, ... */
	SAMBA_LINE_WINBIND_NTLM,    /* winbindd checked a response for a process of this machine */
	SAMBA_LINE_WINBIND_PASSDB,  /* the same, from this machine's own accounts */
	SAMBA_LINE_WINBIND_PAM,	    /* winbindd checked a password for a process of this machine */
	SAMBA_LINE_KERBEROS,	    /* a KDC's pre-authentication */
	SAMBA_LINE_SIMPLE_BIND,	    /* LDAP, a password in clear */
	SAMBA_LINE_PLAINTEXT,	    /* another password in clear */
	SAMBA_LINE_PASSWORD_CHANGE, /* SAMR, LDAP or kpasswd: the old password was checked */
	SAMBA_LINE_AUTHORIZATION,   /* type Authorization: see auth_type */
	SAMBA_LINE_KIND__COUNT
};

/* What was checked: passwordType. */
enum samba_password {
	SAMBA_PASSWORD_NONE, /* the member is not there, or null */
	SAMBA_PASSWORD_NTLMV2,
	SAMBA_PASSWORD_NTLMV1,
	SAMBA_PASSWORD_LANMAN,
	SAMBA_PASSWORD_MSCHAPV2,
	SAMBA_PASSWORD_EMPTY,	/* "No-Password": a null session */
	SAMBA_PASSWORD_NT_HASH, /* "Supplied-NT-Hash" */
	SAMBA_PASSWORD_PLAINTEXT,
	SAMBA_PASSWORD_CHANNEL, /* of ServerAuthenticate: "HMAC-SHA256", "HMAC-MD5", "DES" */
	SAMBA_PASSWORD_OTHER,	/* Kerberos' encryption types, and what is new */
	SAMBA_PASSWORD__COUNT
};

enum samba_form { SAMBA_ADDRESS_NONE, SAMBA_ADDRESS_IPV4, SAMBA_ADDRESS_IPV6, SAMBA_ADDRESS_UNIX };

/* "ipv4:10.77.0.40:54324", "ipv6:fd00::1:445", "unix:/run/samba/ncalrpc/EPMAPPER", "unix:". */
struct samba_address {
	enum samba_form form;
	/* As `struct addr` of wire/addr.h holds it (IPv4 as ::ffff:a.b.c.d), so that it can be copied; zero for the other forms. */
	uint8_t ip[16];
	uint16_t port;
	struct span text; /* the address or the path alone */
};

/* clientPolicyAccessCheck, serverPolicyAccessCheck (from 4.19): what an authentication policy said. */
struct samba_policy_check {
	bool is_there;
	bool is_enforced;  /* "policyEnforced" */
	uint32_t event_id; /* as of Windows: 101, 105, ...; 0: none */
	bool has_status;
	uint32_t status;
	struct span event, reason; /* "NTLM_DEVICE_RESTRICTION", "ACCESS_DENIED" */
	struct span policy, silo;  /* their names */
};

enum samba_wrapping {
	SAMBA_BARE,	  /* also behind two blanks or "JSON Authentication:" */
	SAMBA_SYSLOG_BSD, /* RFC 3164, as rsyslog writes files */
	SAMBA_SYSLOG,	  /* RFC 5424 */
	SAMBA_JOURNAL,	  /* journalctl -o json */
};

/*
 * Texts are views into the line or into the scratch: valid until either is used again. A text that is not there, or null, has no
 * ptr; "" has one. They are UTF-8, from strangers, without escapes.
 */
struct samba_line {
	enum samba_type type;
	enum samba_line_kind kind; /* OTHER for versions above 1 */
	uint32_t major, minor;
	int64_t time; /* base/clock.h, of `timestamp` */
	bool has_time;
	uint32_t event_id;   /* 4624 or 4625 */
	uint32_t logon_type; /* 2, 3 or 8; 0: not said */
	uint64_t
		logon_id; /* 0: none. The same at the member, its DC and the other domain's DC, and on the wire */
	bool has_status;
	uint32_t status;	 /* NTSTATUS; where the name is not known has_status is false */
	struct span status_name; /* "NT_STATUS_WRONG_PASSWORD" */
	struct samba_address local, remote;
	struct span service, description; /* serviceDescription, authDescription */
	struct span client_domain, client_account;
	struct span workstation; /* as it came: of SamLogon with \\ before it */
	struct span became_account, became_domain, became_sid;
	struct span mapped_account, mapped_domain;
	struct span computer, trust_account, trust_sid; /* netlogonComputer, ... */
	uint32_t negotiate_flags;
	uint32_t
		channel_type; /* [MS-NRPC] 2.2.1.3.13: 2 a machine, 3 a trust with a DNS name, 4 an old trust, 6 a DC */
	enum samba_password password;
	struct span password_type;
	bool has_duration;
	uint64_t duration; /* microseconds */
	struct samba_policy_check client_policy, server_policy;
	/* Authorization */
	struct span auth_type; /* "NTLMSSP", "krb5", "schannel", "ncacn_ip_tcp", ... */
	struct span domain, account, sid;
	struct span session_id, logon_server, protection;
	uint32_t account_flags;
	/* The process for which winbindd asked: from authDescription, "NTLM_AUTH, smbd, 123". */
	struct span process;
	uint32_t process_id; /* 0: not said */
	/* Who wrote the line: of syslog's or the journal's fields. */
	enum samba_wrapping wrapping;
	struct span host, program;
	uint32_t program_id;
};

/* Where texts with escapes are made plain. The caller's; about 130 KiB, so not on the stack. */
struct samba_scratch {
	size_t used;
	const char *why; /* a literal: what was wrong with the line of the last -EBADMSG */
	size_t why_pos;	 /* byte of the line, or of the journal's MESSAGE */
	uint8_t bytes[2 * SAMBA_LINE_MAX];
};

/*
 * Decodes a line (without its line feed). 0; -ENOMSG: no JSON of Samba's, nothing wrong with it; -EBADMSG: JSON that looks like
 * Samba's and is malformed; -EMSGSIZE: longer than SAMBA_LINE_MAX. `ret_line` is untouched on failure.
 *
 * Of KDC_AUTHORIZATION and DATABASE only type, time, wrapping and the writer are filled, and their rest is not looked at.
 */
int samba_line_decode(struct span line, struct samba_scratch *scratch, struct samba_line *ret_line)
	__attribute__((warn_unused_result));

/* "Authentication", "SamLogon, network": for messages and tests. */
const char *samba_type_name(enum samba_type type);
const char *samba_kind_name(enum samba_line_kind kind);
const char *samba_password_name(enum samba_password password);

/*
 * Was an NTLM response checked (also an empty one, and MS-CHAPv2's, which goes the same way)? Of the kinds NTLM_SERVER,
 * SAMLOGON_NETWORK, WINBIND_NTLM and WINBIND_PASSDB, by what was checked: each of them is also told of passwords in clear.
 */
bool samba_line_is_ntlm(const struct samba_line *line);

#endif
