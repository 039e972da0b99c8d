/* Inside of struct netlogon. */
#ifndef NTLMAUDIT_NETLOGON_STATE_H
#define NTLMAUDIT_NETLOGON_STATE_H

#include "base/arena.h"
#include "base/hash.h"
#include "carrier/dcerpc-pdu.h"
#include "netlogon/call.h"
#include "netlogon/crypt.h"
#include "netlogon/key-table.h"
#include "netlogon/lru.h"
#include "netlogon/netlogon.h"

#define CHALLENGES_MAX 4096
#define CHANNELS_MAX 16384
#define STRANGERS_MAX 1024 /* handshakes without a key */
#define MACHINES_MAX 16384
#define ASSOCS_MAX 16384
#define PENDING_MAX 2048
#define TOLD_MAX 4096
#define HELD_MAX ((size_t)8 * 1024 * 1024) /* bytes of waiting requests and fragments */
#define STUB_MAX ((size_t)256 * 1024)
#define FRAGMENT_MAX ((size_t)65536)
#define SAME_NAME_MAX 8	     /* challenges and channels of one computer that are tried */
#define TEXT_MAX 128	     /* bytes of a machine's names, with the NUL */
#define SEQUENCES_MAX 4	     /* security contexts of one association */
#define BOUND_CONTEXTS_MAX 8 /* presentation contexts of one association */

#define PENDING_WAIT (60 * NSEC_PER_SEC)

/* A NetrServerReqChallenge that was answered; key: computer and server. */
struct challenge {
	struct lru_node node;
	struct addr server;
	char computer[KEY_NAME_SIZE];
	uint8_t pair[2][CRYPT_CHALLENGE_SIZE]; /* client's, server's */
};

/*
 * A secure channel with its session key, or (a stranger) without. Key: computer and server. Shared by the table,
 * associations and waiting requests.
 */
struct channel {
	struct lru_node node;
	unsigned refs;
	bool has_key, from_file;
	enum netlogon_problem_kind problem; /* where there is no key */
	enum crypt_kind kind;
	uint8_t key[CRYPT_KEY_SIZE];
	struct addr server;
	char computer[KEY_NAME_SIZE], account[TEXT_MAX], key_account[KEY_NAME_SIZE];
	char primary[TEXT_MAX]; /* the server's name, as the client called it */
	uint16_t channel_type;
	uint32_t flags;
	bool has_type, has_flags;
};

/* What NetrLogonGetDomainInfo told of a machine. Key: computer and server. */
struct machine {
	struct lru_node node;
	struct addr server;
	char computer[KEY_NAME_SIZE];
	char os[TEXT_MAX], os_version[32], dns_name[TEXT_MAX];
};

/* A fragmented call of one direction. */
struct fragments {
	uint8_t *ptr; /* owned; secret */
	size_t len, cap;
	uint32_t call_id;
	uint16_t opnum;
	uint64_t sequence; /* of the last one */
	bool open;
	bool secured;
};

/* The numbers of one security context: each side's only grow. */
struct sequences {
	uint32_t context_id;
	bool used;
	uint64_t last[2]; /* [from client] */
	bool has_last[2];
};

/* A DCE/RPC association. Key: the flow. */
struct assoc {
	struct lru_node node;
	uint64_t flow, key;
	uint64_t serial; /* never used twice */
	const char *carrier;
	struct endpoint client, server;
	char bind_domain[KEY_NAME_SIZE], bind_computer[KEY_NAME_SIZE];
	struct channel *channel; /* NULL before its first PDU was unsealed */
	uint64_t tried;		 /* n->generation when channels were tried last; 0 = never */
	enum crypt_cover cover;
	struct sequences sequences[SEQUENCES_MAX];
	uint8_t next_sequences;
	uint16_t ids[BOUND_CONTEXTS_MAX]; /* offered last, in their order: the answer has no ids */
	uint8_t n_ids;
	uint16_t ndr64[BOUND_CONTEXTS_MAX];
	uint8_t n_ndr64;
	struct fragments part[2]; /* [from client] */
};

/* A request whose response is waited for. Key: association and call. */
struct pending {
	struct lru_node node;
	uint64_t serial;
	uint32_t call_id;
	uint16_t opnum;
	struct netlogon_mark mark;
	const char *carrier;
	struct endpoint client, server;
	char bind_domain[KEY_NAME_SIZE], bind_computer[KEY_NAME_SIZE];
	struct channel *channel;
	bool sealed;
	uint8_t *stub; /* owned; secret */
	size_t stub_len;
};

struct netlogon {
	const struct netlogon_keys *keys;
	const struct netlogon_ops *ops;
	void *ctx;
	struct tally *tally;
	struct hash_key hash_key;
	struct lru challenges, channels, strangers, machines, assocs, pending, told;
	uint64_t generation; /* changes where a channel or a file of keys came */
	uint64_t serial;
	size_t held;
	uint8_t *work; /* FRAGMENT_MAX; wiped after each PDU */
	struct arena texts;
	int64_t now;
	/* keys that may still be tried for handshakes and associations of unknown names; refilled by time */
	int64_t budget, budget_since;
};

/* A PDU being read. */
struct scene {
	struct netlogon *n;
	const struct netlogon_place *where;
	struct assoc *assoc;
	enum stream_dir dir;
	const struct dcerpc_pdu *pdu;
};

/* A call in clear: what was unsealed and verified, or was never secured. */
struct open_call {
	struct span stub; /* without padding */
	bool secured;	  /* its checksum verified */
	bool sealed;
	uint64_t sequence;
};

/* -- text.c: names -- */

/* UTF-16LE as UTF-8, NUL-terminated, cut at the end of a letter. */
void netlogon_utf16(char *out, size_t size, struct span utf16);
/* The same without leading backslashes, for the arena; NULL where empty or without memory. */
const char *netlogon_text(struct netlogon *n, struct span utf16);
const char *netlogon_or_null(const char *text);

/* -- channel.c: handshakes and channels -- */

/* A computer's key for a table. */
uint64_t channel_name_key(const struct netlogon *n, const char *computer,
			  const struct addr *server);
bool channel_same_name(const char *a, const char *b);
void channel_unref(struct channel *c);
/* Puts it into the table, which gives up an older one where it must. Takes the caller's reference. */
void channel_put(struct netlogon *n, struct lru *table, struct channel *c);
struct channel *channel_new(struct netlogon *n, const char *computer, const struct addr *server);
void channel_handshake(const struct scene *s, const struct pending *request, struct span answer);
void channel_challenge(const struct scene *s, const struct pending *request, struct span answer);
/* The handshake of this computer whose key is not there; NULL where none was seen. */
const struct channel *channel_stranger(const struct netlogon *n, const char *computer,
				       const struct addr *server);
const struct machine *channel_machine(const struct netlogon *n, const char *computer,
				      const struct addr *server);
void channel_domain_info(const struct scene *s, struct span stub);
/* May so many keys still be tried? */
bool channel_afford(struct netlogon *n, size_t keys);

/* -- open.c -- */

/* The call's stub in clear, in n->work or in the PDU. False: there is nothing to be read, and it was counted. */
bool open_call(const struct scene *s, size_t header, struct open_call *ret_call);

/* -- assoc.c -- */

struct assoc *assoc_get(struct netlogon *n, const struct netlogon_place *where, uint64_t key);
void assoc_remove(struct netlogon *n, struct assoc *a);
void assoc_bind(const struct scene *s);
void assoc_answer(const struct scene *s);
bool assoc_is_ndr64(const struct assoc *a, uint16_t id);
struct sequences *assoc_sequences(struct assoc *a, uint32_t context_id);
void assoc_fragments_drop(struct netlogon *n, struct fragments *f);
/* Adds a fragment of a call; 0, or it was dropped. */
bool assoc_fragments_add(struct netlogon *n, struct fragments *f, struct span bytes);

/* -- logon.c -- */

/* Remembers a request of interest until its response. */
void pending_request(const struct scene *s, uint16_t opnum, const struct open_call *call);
void pending_response(const struct scene *s, const struct open_call *call);
/* A fault answered the request: there is no other answer. */
void pending_fault(const struct scene *s);
/* The request gets no response; removes it. */
void pending_give_up(struct netlogon *n, struct pending *p);
/* Requests of that association. */
void pending_assoc_closed(struct netlogon *n, uint64_t serial);
struct pending *pending_find(const struct netlogon *n, const struct assoc *a, uint32_t call_id);
/* Is a call of that number remembered? */
bool pending_is_of_interest(uint16_t opnum);

/* -- problem.c -- */

void netlogon_tell_problem(const struct scene *s, enum netlogon_problem_kind kind);

static inline void netlogon_malformed(const struct netlogon *n, const char *where, const char *why,
				      size_t pos)
{
	tally_one(n->tally, TALLY_NETLOGON_MALFORMED);
	n->ops->malformed(n->ctx, where, why, pos);
}

#endif
