/*
 * NTLMSSP messages ([MS-NLMP] 2.2.1): decoded into views, nothing allocated.
 *
 * All multi-byte integers are little-endian. A payload field's offset counts from the message's
 * first byte. Strings stay as on the wire; `unicode` tells UTF-16LE from OEM.
 */
#ifndef NTLMAUDIT_NTLM_NTLMSSP_H
#define NTLMAUDIT_NTLM_NTLMSSP_H

#include "base/reader.h"

/* [MS-NLMP] 2.2.2.5, in the specification's spelling. */
enum ntlm_flag {
	NTLMSSP_NEGOTIATE_UNICODE = 0x00000001,
	NTLM_NEGOTIATE_OEM = 0x00000002,
	NTLMSSP_REQUEST_TARGET = 0x00000004,
	NTLMSSP_NEGOTIATE_SIGN = 0x00000010,
	NTLMSSP_NEGOTIATE_SEAL = 0x00000020,
	NTLMSSP_NEGOTIATE_DATAGRAM = 0x00000040,
	NTLMSSP_NEGOTIATE_LM_KEY = 0x00000080,
	NTLMSSP_NEGOTIATE_NTLM = 0x00000200,
	NTLMSSP_ANONYMOUS = 0x00000800,
	NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED = 0x00001000,
	NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED = 0x00002000,
	NTLMSSP_NEGOTIATE_ALWAYS_SIGN = 0x00008000,
	NTLMSSP_TARGET_TYPE_DOMAIN = 0x00010000,
	NTLMSSP_TARGET_TYPE_SERVER = 0x00020000,
	NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY = 0x00080000,
	NTLMSSP_NEGOTIATE_IDENTIFY = 0x00100000,
	NTLMSSP_REQUEST_NON_NT_SESSION_KEY = 0x00400000,
	NTLMSSP_NEGOTIATE_TARGET_INFO = 0x00800000,
	NTLMSSP_NEGOTIATE_VERSION = 0x02000000,
	NTLMSSP_NEGOTIATE_128 = 0x20000000,
	NTLMSSP_NEGOTIATE_KEY_EXCH = 0x40000000,
	/* NTLMSSP_NEGOTIATE_56 is bit 31: not an int, hence a macro below */
};
#define NTLMSSP_NEGOTIATE_56 0x80000000u

enum ntlm_type { NTLM_NEGOTIATE = 1, NTLM_CHALLENGE = 2, NTLM_AUTHENTICATE = 3 };

struct ntlm_version {
	bool present;
	uint8_t major, minor, revision;
	uint16_t build;
};

struct ntlm_negotiate { /* 2.2.1.1; from 12 bytes (signature and type) + flags = 16 bytes up */
	struct span domain, workstation; /* always OEM, rarely sent */
};

struct ntlm_challenge { /* 2.2.1.2 */
	struct span target_name;
	struct span server_challenge; /* 8 bytes; secret: never kept */
	struct span target_info;      /* AV_PAIRs, may be empty: ntlm/avpair.h */
};

enum ntlm_mic { NTLM_MIC_ABSENT, NTLM_MIC_ZERO, NTLM_MIC_PRESENT };

struct ntlm_authenticate {		      /* 2.2.1.3 */
	struct span lm_response, nt_response; /* secret: never kept */
	struct span domain, user, workstation;
	struct span session_key; /* EncryptedRandomSessionKey; secret: never kept */
	/*
	 * The MIC field has no flag: it is there where the payload starts at byte 88 or later
	 * (after the 8 bytes of Version, which old clients leave out together with it).
	 */
	enum ntlm_mic mic;
};

struct ntlm_message {
	enum ntlm_type type;
	uint32_t flags;
	/*
	 * Of this message's strings: flag NTLMSSP_NEGOTIATE_UNICODE; false in NEGOTIATE, whose
	 * strings are OEM always; guessed in an AUTHENTICATE so old that it has no flags (which
	 * are 0 then).
	 */
	bool unicode;
	struct ntlm_version version;
	union {
		struct ntlm_negotiate negotiate;
		struct ntlm_challenge challenge;
		struct ntlm_authenticate authenticate;
	};
};

/* Does it begin with the signature `NTLMSSP\0`? */
bool ntlm_is_message(struct span bytes);

/*
 * Decodes one message from r's input. On failure r->why and r->why_pos say what and where, and
 * *ret_message is untouched except that its type is set where it could be read. 0 or -EBADMSG.
 */
int ntlm_decode(struct reader *r, struct ntlm_message *ret_message)
	__attribute__((warn_unused_result));

/* "NEGOTIATE", "CHALLENGE", "AUTHENTICATE", else "message". */
const char *ntlm_type_name(enum ntlm_type type);

#endif
