/*
 * The sender's side of a secure channel, for tests alone: makes DCE/RPC PDUs of the NETLOGON interface and signs or seals
 * them. Written from [MS-NRPC] 3.3.4.2.1, with its own use of the ciphers, so that the reader is not tested with itself.
 */
#ifndef NTLMAUDIT_TESTS_NETLOGONSEAL_H
#define NTLMAUDIT_TESTS_NETLOGONSEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sealpdu {
	uint8_t type;  /* 0 request, 2 response */
	uint8_t flags; /* PFC; 3 = first and last */
	uint32_t call_id;
	uint16_t opnum;
	uint8_t level;	    /* 0 = in clear, 5 signed, 6 sealed */
	bool aes, whole;    /* whole: headers are signed */
	const uint8_t *key; /* 16 bytes */
	uint32_t sequence;
	const uint8_t *stub;
	size_t len;
};

/* Into `out`, which has room for len + 128 bytes; how many there are. */
size_t sealpdu_make(uint8_t *out, const struct sealpdu *p);

/* The stub of a NetrLogonSamLogonEx of level 2, and of its answer; how many bytes. `out` has room for 1024. */
size_t sealpdu_logon(uint8_t *out, const char *account, uint64_t logon_id, size_t nt_len);
size_t sealpdu_answer(uint8_t *out, uint32_t status);

/* A bind of NETLOGON with an NL_AUTH_MESSAGE. `out` has room for 256 bytes. */
size_t sealpdu_bind(uint8_t *out, const char *domain, const char *computer, uint8_t level);

#endif
