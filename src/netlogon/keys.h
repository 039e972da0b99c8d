/*
 * The keys of secure channels: NT hashes of machine and trust accounts (from keytabs and secrets.tdb), and session keys
 * of channels that are set up already (from Samba's schannel_store.tdb and netlogon_creds_cli.tdb). Invariant: a key is
 * in this table and in nothing else that outlives a call; all of its memory is wiped. No key is trusted: whatever is
 * in here is only tried, and a checksum of the traffic decides.
 */
#ifndef NTLMAUDIT_NETLOGON_KEYS_H
#define NTLMAUDIT_NETLOGON_KEYS_H

#include <stddef.h>
#include <stdint.h>

#define NETLOGON_KEY_SIZE 16
#define NETLOGON_FILE_MAX ((size_t)16 * 1024 * 1024) /* bytes of a file of keys */
#define NETLOGON_ACCOUNT_KEYS_MAX 65536
#define NETLOGON_SESSION_KEYS_MAX 16384

struct netlogon_keys; /* opaque */

/* What one file gave. Keys that were known from an earlier file count as well. */
struct netlogon_keys_found {
	const char *
		format; /* a literal: "keytab", "schannel_store.tdb", "netlogon_creds_cli.tdb", "secrets.tdb", "secrets.ldb", "tdb" */
	size_t account_keys; /* NT hashes */
	size_t session_keys; /* of channels that are set up */
	size_t passed_over; /* entries of other kinds: AES keys, deleted entries, records we don't read */
	size_t over_limit; /* keys that no longer fit */
	const char *
		why; /* a literal: what is wrong with the file, or with a part of it; NULL = nothing */
};

int netlogon_keys_new(struct netlogon_keys **ret_keys) __attribute__((warn_unused_result));
/* Wipes and frees. NULL is fine. */
void netlogon_keys_free(struct netlogon_keys *keys);

/*
 * Reads a file of keys from its descriptor, wherever that stands, told by its content: an MIT keytab (versions 0x0501
 * and 0x0502), or one of Samba's tdb files (also secrets.ldb). The file may be written to meanwhile: it is read as a
 * whole, and again where it was not the same twice; a pipe once, to its end. May be called again for a file that has changed. The descriptor
 * stays the caller's. System calls: lseek, read (and memory).
 *
 * 0, also where a part of it made no sense (`why` says so), or it held no key of use. -EBADMSG: neither keytab nor tdb;
 * -EFBIG: over NETLOGON_FILE_MAX; -ENOMEM; or what read said. *ret_found is set in any case.
 */
int netlogon_keys_read(struct netlogon_keys *keys, int fd, struct netlogon_keys_found *ret_found)
	__attribute__((warn_unused_result));

/* Account keys and session keys that are there. */
size_t netlogon_keys_accounts(const struct netlogon_keys *keys);
size_t netlogon_keys_sessions(const struct netlogon_keys *keys);

#endif
