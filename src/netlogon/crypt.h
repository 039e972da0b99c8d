/*
 * The secure channel's cryptography ([MS-NRPC] 3.1.4.3, 3.1.4.4, 3.3.4.2): session keys, credentials, signatures and seals.
 * Pure functions over the caller's memory; keys that they make on the way are wiped. Nettle does the ciphers and hashes.
 */
#ifndef NTLMAUDIT_NETLOGON_CRYPT_H
#define NTLMAUDIT_NETLOGON_CRYPT_H

#include "base/span.h"

#define CRYPT_KEY_SIZE 16
#define CRYPT_CHALLENGE_SIZE 8

/* How a session key is computed ([MS-NRPC] 3.1.4.3.1 to 3.1.4.3.3). The first protects by AES, the others by RC4. */
enum crypt_kind { CRYPT_AES, CRYPT_STRONG, CRYPT_DES, CRYPT_KIND__COUNT };

/* NETLOGON negotiate flags ([MS-NRPC] 3.1.4.2): W and O. */
#define CRYPT_FLAG_AES 0x01000000u
#define CRYPT_FLAG_STRONG 0x00004000u

/* What the negotiated flags mean for the session key. */
static inline enum crypt_kind crypt_kind_of(uint32_t flags)
{
	return flags & CRYPT_FLAG_AES	   ? CRYPT_AES
	       : flags & CRYPT_FLAG_STRONG ? CRYPT_STRONG
					   : CRYPT_DES;
}

void crypt_session_key(enum crypt_kind kind, const uint8_t nt_hash[CRYPT_KEY_SIZE],
		       const uint8_t client[CRYPT_CHALLENGE_SIZE],
		       const uint8_t server[CRYPT_CHALLENGE_SIZE], uint8_t ret_key[CRYPT_KEY_SIZE]);

/* ComputeNetlogonCredential ([MS-NRPC] 3.1.4.4) of a challenge. */
void crypt_credential(enum crypt_kind kind, const uint8_t key[CRYPT_KEY_SIZE],
		      const uint8_t challenge[CRYPT_CHALLENGE_SIZE],
		      uint8_t ret_credential[CRYPT_CHALLENGE_SIZE]);

/* NT hash of a password in UTF-16LE ([MS-NLMP] 3.3.1 NTOWFv1). */
void crypt_nt_hash(struct span password, uint8_t ret_hash[CRYPT_KEY_SIZE]);

/* A PDU with a signature of a secure channel ([MS-NRPC] 2.2.1.3.2, 2.2.1.3.3). */
struct crypt_pdu {
	struct span
		whole; /* from its header to the end of its security trailer: all but the token */
	size_t data, data_len; /* in there: the stub with its padding */
	struct span token;     /* the signature */
	bool from_client;      /* the initiator of the channel sent it */
	bool sealed;	       /* else only signed */
};

/* What was found out about an association, to try it first. */
enum crypt_cover { CRYPT_COVER_WHOLE, CRYPT_COVER_DATA };

/* Is it long enough, and of that kind (AES or not), and are data and lengths within the PDU? */
bool crypt_is_signature(const struct crypt_pdu *p, bool aes);

/*
 * The sequence number that this key gives. False where its direction is not that of the PDU: the key is another
 * one. By chance that happens once in 2^31, so a key that passes still must verify.
 */
bool crypt_sequence(const struct crypt_pdu *p, bool aes, const uint8_t key[CRYPT_KEY_SIZE],
		    uint64_t *ret_sequence);

/*
 * Copies the PDU's `whole` to `work`, unseals it there, and verifies the checksum: over the whole PDU where headers are signed,
 * else over its data; `*cover` is tried first, and says afterwards which it was. True: work holds the PDU in clear. Else
 * what is there means nothing; in either case the caller wipes.
 */
bool crypt_unseal(const struct crypt_pdu *p, bool aes, const uint8_t key[CRYPT_KEY_SIZE],
		  uint8_t *work, enum crypt_cover *cover);

#endif
