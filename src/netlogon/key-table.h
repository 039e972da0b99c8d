/* Inside of struct netlogon_keys, for those who fill it and those who try its keys. */
#ifndef NTLMAUDIT_NETLOGON_KEY_TABLE_H
#define NTLMAUDIT_NETLOGON_KEY_TABLE_H

#include "base/span.h"
#include "netlogon/keys.h"

#define KEY_NAME_SIZE 64 /* NetBIOS names have 15 letters, accounts 20; with the NUL */

/* The NT hash of an account's password. */
struct account_key {
	char account
		[KEY_NAME_SIZE]; /* UTF-8, as the file has it; empty where the file doesn't say whose it is */
	uint32_t name_hash;
	uint32_t next; /* in its bucket */
	uint8_t hash[NETLOGON_KEY_SIZE];
};

/* The session key of a channel that is set up. */
struct session_key {
	char computer[KEY_NAME_SIZE]; /* the channel's client */
	char account[KEY_NAME_SIZE];  /* empty where unknown */
	uint32_t flags;		      /* negotiated */
	uint16_t channel_type;
	uint8_t key[NETLOGON_KEY_SIZE];
};

/* Keys of a name (any case), one after another: the first call has *at 0. NULL after the last. "" = nobody's. */
const struct account_key *netlogon_key_named(const struct netlogon_keys *keys, const char *account,
					     size_t *at);
/* All of them, by number. */
const struct account_key *netlogon_key_account(const struct netlogon_keys *keys, size_t n);
const struct session_key *netlogon_key_session(const struct netlogon_keys *keys, size_t n);

/* Where a reader of files puts what it finds. */
struct key_intake {
	struct netlogon_keys *keys;
	struct netlogon_keys_found *found;
	int rc; /* -ENOMEM: nothing more is taken */
};

/* Adds a key, which is counted also where it is there already. Names longer than KEY_NAME_SIZE are passed over. */
void netlogon_intake_account(struct key_intake *in, struct span account,
			     const uint8_t hash[NETLOGON_KEY_SIZE]);
void netlogon_intake_session(struct key_intake *in, struct span computer, struct span account,
			     uint32_t flags, uint16_t channel_type,
			     const uint8_t key[NETLOGON_KEY_SIZE]);

/* One line each: what a file of this content holds goes to `in`. */
void keytab_read(struct key_intake *in, struct span file);
void samba_keys_read(struct key_intake *in, struct span file);

#endif
