/*
 * Carriers: the protocols that NTLM rides on. A carrier reads both directions of one connection, finds
 * the security tokens and the acceptor's answer, and reports them as sightings. It is recognised by
 * content; ports only order the attempts. A new carrier is one file and one row in carriers[].
 */
#ifndef NTLMAUDIT_CARRIER_CARRIER_H
#define NTLMAUDIT_CARRIER_CARRIER_H

#include "base/stream.h"
#include "base/tally.h"

/* NTSTATUS values that carriers map their answers to ([MS-ERREF] 2.3). */
#define NT_STATUS_OK 0x00000000u
#define NT_STATUS_MORE_PROCESSING_REQUIRED 0xc0000016u
#define NT_STATUS_ACCESS_DENIED 0xc0000022u
#define NT_STATUS_LOGON_FAILURE 0xc000006du

/*
 * A sighting names its exchange by `key`: any number that stays the same over the messages of one
 * authentication within the connection (an HTTP header kind, a slot of the carrier's session table), and that
 * a later authentication may reuse. A target is reported after the token it belongs to. Spans are valid
 * during the call.
 */
struct sighting_token {
	uint64_t key;
	enum stream_dir dir;
	struct span bytes; /* SPNEGO, GSS-API or raw NTLMSSP */
	/*
	 * The application asked for NTLM by name where it could have asked for Negotiate: HTTP scheme
	 * NTLM, DCE/RPC auth type 10, LDAP sicily, raw NTLMSSP in SMB. (audit: reason 1)
	 */
	bool direct;
	const char *carrier; /* a literal: "SMB1"; NULL = the carrier's own name */
};

/* An SMB1 session setup with LM and NTLM responses outside NTLMSSP ([MS-CIFS] 2.2.4.53.1). */
struct sighting_classic {
	uint64_t key;
	enum stream_dir dir;
	bool unicode; /* of user and domain */
	struct span user, domain;
	struct span lm_response, nt_response; /* secret */
	struct span
		server_challenge; /* 8 bytes of the negotiate response; empty if unseen; secret */
	const char *carrier;	  /* as in sighting_token */
};

struct sighting_answer {
	uint64_t key;
	enum stream_dir dir; /* of the answer: acceptor to initiator */
	uint32_t status; /* NTSTATUS; MORE_PROCESSING_REQUIRED is no answer and is not reported */
	bool target_follows; /* the target's name may still come (SMB's tree connect) */
};

/* What the client asked for by name: `cifs`/tree host, `HTTP`/Host header, `ldap`/... */
struct sighting_target {
	uint64_t key;
	const char *service; /* a literal, as in SPNs */
	struct span host;    /* without port; ASCII or UTF-8 */
};

/* A message of a protocol that carries no NTLM but tells why there was some (why/why.h). */
enum message_kind { MESSAGE_KERBEROS, MESSAGE_DNS };

struct sighting_message {
	enum message_kind kind;
	enum stream_dir dir;
	struct span bytes; /* whole, without the stream's length prefix */
};

/* From here on the connection is encrypted: NTLM inside can't be seen. Once a connection. */
struct sighting_encrypted {
	const char *protocol;	 /* a literal: "TLS", "TDS" */
	struct span server_name; /* as the client asked for it (SNI); empty where it didn't */
};

/*
 * A PDU of a DCE/RPC association that speaks the NETLOGON interface ([MS-NRPC]), or whose calls are secured by
 * its security provider: bind and alter_context with their answers, and the requests, responses and faults of
 * that interface. Spans are valid during the call; `pdu` is empty where bytes of this direction were lost.
 */
struct sighting_netlogon {
	uint64_t
		key; /* of the association within the connection: TCP has one, SMB one for each pipe */
	enum stream_dir dir;
	struct span pdu; /* whole, from its header on; its lengths agree with each other */
};

/* Receives what carriers find. `ctx` is the connection's. */
struct sighting_ops {
	void (*token)(void *ctx, const struct sighting_token *s);
	void (*classic)(void *ctx, const struct sighting_classic *s);
	void (*answer)(void *ctx, const struct sighting_answer *s);
	void (*target)(void *ctx, const struct sighting_target *s);
	void (*message)(void *ctx, const struct sighting_message *s);	  /* may be NULL */
	void (*encrypted)(void *ctx, const struct sighting_encrypted *s); /* may be NULL */
	/* may be NULL: then nothing but their authentication is read of such associations */
	void (*netlogon)(void *ctx, const struct sighting_netlogon *s);
	/*
	 * Something did not make sense: "SMB2 SESSION_SETUP response: security buffer out of range".
	 * `where` is a literal naming protocol and PDU, `why` a literal, `pos` the byte in that PDU.
	 */
	void (*malformed)(void *ctx, const char *where, const char *why, size_t pos);
};

/* What a carrier may use while it reads. */
struct carrier_env {
	const struct sighting_ops *ops;
	void *ctx;
	struct tally *tally;
};

/* Counts and reports what did not make sense; arguments as of sighting_ops.malformed. */
static inline void carrier_malformed(const struct carrier_env *env, const char *where,
				     const char *why, size_t pos)
{
	tally_one(env->tally, TALLY_CARRIER_MALFORMED);
	env->ops->malformed(env->ctx, where, why, pos);
}

/* Reports a message of a protocol that tells why there was NTLM. */
static inline void carrier_message(const struct carrier_env *env, enum message_kind kind,
				   enum stream_dir d, struct span bytes)
{
	struct sighting_message s = {.kind = kind, .dir = d, .bytes = bytes};

	if (env->ops->message)
		env->ops->message(env->ctx, &s);
}

enum carrier_match { CARRIER_NO, CARRIER_MORE, CARRIER_YES };

struct carrier {
	const char *name;  /* as events show it: "SMB2" */
	size_t state_size; /* of its state, which starts zeroed; one a connection */
	uint16_t ports[6]; /* tried first on these; 0 ends the list */
	bool datagrams;	   /* also over UDP: a datagram is a message, or several */
	/*
	 * What its server says first is too little for probe: the direction that was not yet seen of a
	 * connection that has this carrier goes to data() as it is.
	 */
	bool paired;
	/*
	 * Do these bytes, from the start of a segment, begin one of its PDUs (in this direction or any)?
	 * CARRIER_MORE: can't tell before more bytes are there; `*ret_want` says how many (at most 64). Must
	 * be strict: bytes of other protocols come here all the time.
	 */
	enum carrier_match (*probe)(struct span head, size_t *ret_want);
	/*
	 * Bytes at the stream's position. Answers as base/stream.h says. 0, or -EBADMSG where this is not
	 * (any longer) its protocol: the connection then looks for any carrier anew, and where `skip` says
	 * that the carrier is done with some bytes (it opened a tunnel), right behind them. It says why
	 * through `malformed` only where a PDU was certain and broken.
	 */
	int (*data)(void *state, const struct carrier_env *env, enum stream_dir d, struct span view,
		    struct appetite *ret_appetite);
	/* Bytes were lost; the next view starts with a segment for which probe said yes. May be NULL. */
	void (*gap)(void *state, const struct carrier_env *env, enum stream_dir d);
	/* Frees what the state owns (not itself). May be NULL. */
	void (*finish)(void *state);
};

extern const struct carrier *const carriers[]; /* NULL ends it */

extern const struct carrier carrier_smb; /* SMB1, SMB2/3: they share connections */
extern const struct carrier carrier_http;
extern const struct carrier carrier_ldap;
extern const struct carrier carrier_dcerpc;
extern const struct carrier carrier_sip; /* also over UDP */
extern const struct carrier carrier_rdp;
extern const struct carrier carrier_tds;
extern const struct carrier carrier_smtp;
extern const struct carrier carrier_imap;
extern const struct carrier carrier_pop3;
extern const struct carrier carrier_nntp;
extern const struct carrier carrier_telnet;
extern const struct carrier carrier_kerberos;
extern const struct carrier carrier_dns;
extern const struct carrier carrier_nns;
extern const struct carrier carrier_socks;
extern const struct carrier carrier_tns;
extern const struct carrier carrier_smbd;
extern const struct carrier carrier_tls; /* nothing to see but whom the client asked for */

#endif
