/*
 * The Netlogon secure channel ([MS-NRPC]): from PDUs of the NETLOGON interface to the logons that domain controllers were
 * asked about. Handshakes (NetrServerReqChallenge, NetrServerAuthenticate/2/3) are followed in clear, their session keys
 * computed from account keys and kept where the client's credential proves them; what goes over the channel is unsealed and told only
 * where its checksum verifies. Never a guess: a wrong key gives nothing.
 *
 * Invariant: what was unsealed is wiped when the call returns, but for requests that wait for their response (bounded,
 * wiped at the response). No session key leaves this folder.
 */
#ifndef NTLMAUDIT_NETLOGON_NETLOGON_H
#define NTLMAUDIT_NETLOGON_NETLOGON_H

#include "carrier/carrier.h"
#include "netlogon/keys.h"
#include "wire/addr.h"
#include "wire/packet.h"

struct netlogon; /* opaque */

/* Where a PDU was seen. */
struct netlogon_place {
	uint64_t flow;		     /* never used twice */
	const struct endpoint *end;  /* [stream_dir] = the sender of that direction */
	const char *carrier;	     /* a literal: "DCERPC", "SMB2", "SMB1" */
	const struct packet *packet; /* its time, number and source are kept */
};

/* [MS-NRPC] 2.2.1.3.13 NETLOGON_SECURE_CHANNEL_TYPE */
enum netlogon_channel_type {
	NETLOGON_CHANNEL_NULL = 0,
	NETLOGON_CHANNEL_MSV_AP = 1,
	NETLOGON_CHANNEL_WORKSTATION = 2,
	NETLOGON_CHANNEL_TRUSTED_DNS_DOMAIN = 3,
	NETLOGON_CHANNEL_TRUSTED_DOMAIN = 4,
	NETLOGON_CHANNEL_UAS_SERVER = 5,
	NETLOGON_CHANNEL_SERVER = 6,	 /* a backup DC */
	NETLOGON_CHANNEL_CDC_SERVER = 7, /* a read-only DC */
};

/* [MS-NRPC] 2.2.1.4.16 NETLOGON_LOGON_INFO_CLASS; others are counted and not told. */
enum netlogon_level {
	NETLOGON_LEVEL_INTERACTIVE = 1,
	NETLOGON_LEVEL_NETWORK = 2,
	NETLOGON_LEVEL_GENERIC = 4,
	NETLOGON_LEVEL_INTERACTIVE_TRANSITIVE = 5,
	NETLOGON_LEVEL_NETWORK_TRANSITIVE = 6,
};

/* [MS-NRPC] 2.2.1.4.15, ParameterControl: the response is MS-CHAPv2's. */
#define NETLOGON_ALLOW_MSVCHAPV2 0x00010000u

/* A packet, as it is remembered. */
struct netlogon_mark {
	int64_t time; /* base/clock.h */
	uint64_t number;
	const char *source; /* outlives the logon; NULL where there was none */
	uint64_t flow;
};

/*
 * One logon that a domain controller was asked about. Texts are valid UTF-8, NUL-terminated, NULL where absent or
 * empty (strange characters are in them: outputs escape). All of it is valid during the call only.
 */
struct netlogon_logon {
	struct netlogon_mark request, response; /* response.source NULL: none was seen */
	const char *carrier;
	struct endpoint client; /* the member server, or the DC that passes the request on */
	struct endpoint server; /* the domain controller that was asked */
	uint16_t opnum;		/* 2, 39 or 45 */

	/* the channel; what is not known (session key from a tdb, handshake not seen) is NULL, or has_ says so */
	const char *channel_account; /* "FS1$"; of a trust "corp.example." */
	const char *
		channel_key; /* the account whose key it was, as the file of keys spells it; NULL from a session key */
	bool has_channel_type, has_negotiate_flags;
	uint16_t channel_type; /* enum netlogon_channel_type */
	uint32_t negotiate_flags;
	bool aes;    /* AES-128-CFB8 and HMAC-SHA256; else RC4 and HMAC-MD5 */
	bool sealed; /* else only signed */
	const char *
		server_os; /* "Windows Server 2022 Standard", of the channel's client, where NetrLogonGetDomainInfo told */
	const char *server_os_version; /* "10.0 (20348)" */
	const char *server_dns_name;   /* of the channel's client, from there too */

	/* the domain controller, by the traffic */
	const char *
		dc_name; /* LogonServer as asked for, else PrimaryName, without "\\\\": "dc1.corp.example", "DC1" */
	const char *
		bind_domain; /* NetBIOS domain that the client named when it bound the channel: the channel's domain */
	const char *bind_computer;

	/* the request */
	const char *computer; /* ComputerName: who asks, "FS1" (farside: "DC1") */
	uint16_t level;	      /* enum netlogon_level: interactive or network */
	uint32_t parameter_control;
	uint64_t logon_id;			    /* 0 where the sender gave none */
	const char *account, *domain, *workstation; /* workstation without leading "\\\\" */
	bool is_network;			    /* has the three below */
	struct span nt_response, lm_response;	    /* secret */
	struct span server_challenge;		    /* 8 bytes; secret */

	/* the response */
	bool has_status;
	uint32_t status; /* NTSTATUS */
	/* of the validation information, where the status is a success */
	const char *valid_account;		  /* EffectiveName */
	const char *valid_logon_server;		  /* NetBIOS name of the DC that validated */
	const char *valid_domain;		  /* NetBIOS name of the account's domain */
	const char *valid_dns_domain, *valid_upn; /* level 6 only */
	uint32_t user_flags; /* [MS-PAC] 2.5 UserFlags; 0x100 = NTLMv2 was used, 8 = LM ... */
};

enum netlogon_problem_kind {
	NETLOGON_NO_KEY,	 /* the handshake was seen, no key of the account is there */
	NETLOGON_WRONG_KEY,	 /* there are keys of the account, none is this channel's */
	NETLOGON_NO_HANDSHAKE,	 /* set up before the capture began (or elsewhere) */
	NETLOGON_BAD_CHECKSUM,	 /* the channel's key is known; a PDU did not verify */
	NETLOGON_NDR64,		 /* a transfer syntax that is not read */
	NETLOGON_OTHER_SECURITY, /* secured by Kerberos or NTLM instead of a secure channel's key */
	NETLOGON_PROBLEM__COUNT
};

/* A channel that can't be unsealed. Once for each channel and kind. Texts as in netlogon_logon. */
struct netlogon_problem {
	enum netlogon_problem_kind kind;
	struct netlogon_mark where; /* the first PDU that could not be read */
	struct endpoint client, server;
	const char *dc_name;  /* NULL where unknown */
	const char *computer; /* ditto */
	const char *account;  /* ditto */
	const char *domain;   /* ditto: NetBIOS domain of the bind */
};

/*
 * Adds one line for people, without a final newline, safe to print: who, and what would help. "secure channel of FS1 (FS1$)
 * to dc1.corp.example: no key of FS1$: give --keytab with an export of the domain controller's keys".
 */
void netlogon_problem_format(struct text *out, const struct netlogon_problem *p);

struct netlogon_ops {
	/* A logon's response came, or won't come (has_status is false). */
	void (*logon)(void *ctx, const struct netlogon_logon *l);
	void (*problem)(void *ctx, const struct netlogon_problem *p);
	/* What did not make sense: see carrier.h `malformed`. The packet is the one that was handed in last. */
	void (*malformed)(void *ctx, const char *where, const char *why, size_t pos);
};

/*
 * `keys` is borrowed until netlogon_set_keys() or the end; NULL = none: then channels are only counted and named.
 * 0 or -ENOMEM.
 */
int netlogon_new(const struct netlogon_keys *keys, const struct netlogon_ops *ops, void *ctx,
		 struct tally *tally, struct netlogon **ret_netlogon)
	__attribute__((warn_unused_result));
/* Other keys from now on (read anew). Channels whose key is known keep it. */
void netlogon_set_keys(struct netlogon *n, const struct netlogon_keys *keys);
/* Tells what still waits, as netlogon_flush does, then wipes and frees. NULL is fine. */
void netlogon_free(struct netlogon *n);

/* A PDU, or a gap, of an association with the NETLOGON interface. */
void netlogon_pdu(struct netlogon *n, const struct netlogon_place *where,
		  const struct sighting_netlogon *s);
/* The flow ended: requests on it get no response. */
void netlogon_flow_closed(struct netlogon *n, uint64_t flow);
/* Time goes on: after 60 s a request gets no response. Cheap; call it for every packet. */
void netlogon_tick(struct netlogon *n, int64_t now);
/* Tells all requests that still wait, in their order. */
void netlogon_flush(struct netlogon *n);

#endif
