/* Flags explained bit by bit. */
#include "event/explain.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define UNUSED_BIT "reserved: should be 0, and is ignored"

/* [MS-NLMP] 2.2.2.5; the reserved bits have its names r10 to r1. */
const struct explained_bit explained_flags[] = {
	{0x00000001, "NTLMSSP_NEGOTIATE_UNICODE", "names are UTF-16",
	 "names are in the client's OEM code page: very old, or a simple library"},
	{0x00000002, "NTLM_NEGOTIATE_OEM", "names may be in an OEM code page", NULL},
	{0x00000004, "NTLMSSP_REQUEST_TARGET", "the server should say in its CHALLENGE who it is",
	 NULL},
	{0x00000008, "r10", UNUSED_BIT, NULL},
	{0x00000010, "NTLMSSP_NEGOTIATE_SIGN", "messages of the session can be signed",
	 "no signing was asked for at this layer: what follows can be altered unless SMB or TLS "
	 "protects it"},
	{0x00000020, "NTLMSSP_NEGOTIATE_SEAL", "messages of the session can be encrypted", NULL},
	{0x00000040, "NTLMSSP_NEGOTIATE_DATAGRAM", "connectionless form: without a NEGOTIATE",
	 NULL},
	{0x00000080, "NTLMSSP_NEGOTIATE_LM_KEY",
	 "the session key may come from the LM hash: weak, 56 bits or fewer", NULL},
	{0x00000100, "r9", UNUSED_BIT, NULL},
	{0x00000200, "NTLMSSP_NEGOTIATE_NTLM", "NTLM session security; says nothing about v1 or v2",
	 NULL},
	{0x00000400, "r8", UNUSED_BIT, NULL},
	{0x00000800, "NTLMSSP_ANONYMOUS", "the connection shall be anonymous: a null session",
	 NULL},
	{0x00001000, "NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED",
	 "the NEGOTIATE names the client's domain", NULL},
	{0x00002000, "NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED",
	 "the NEGOTIATE names the client's machine", NULL},
	{0x00004000, "r7",
	 "reserved; old clients on the server's own machine set it for a local call", NULL},
	{0x00008000, "NTLMSSP_NEGOTIATE_ALWAYS_SIGN",
	 "a session key shall be there for signing, though messages may go unsigned", NULL},
	{0x00010000, "NTLMSSP_TARGET_TYPE_DOMAIN",
	 "the server is in a domain and gave the domain's name", NULL},
	{0x00020000, "NTLMSSP_TARGET_TYPE_SERVER",
	 "the server is in no domain, or gave its own name", NULL},
	{0x00040000, "r6", UNUSED_BIT, NULL},
	{0x00080000, "NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY",
	 "extended session security (NTLM2): the client's challenge counts too, keys differ by "
	 "direction",
	 "no extended session security: with NTLMv1 precomputed tables work, and signatures are "
	 "weak"},
	{0x00100000, "NTLMSSP_NEGOTIATE_IDENTIFY",
	 "the server may learn who the client is, but not act as it", NULL},
	{0x00200000, "r5", UNUSED_BIT, NULL},
	{0x00400000, "NTLMSSP_REQUEST_NON_NT_SESSION_KEY",
	 "the session key is made from the LM hash: weak", NULL},
	{0x00800000, "NTLMSSP_NEGOTIATE_TARGET_INFO",
	 "the CHALLENGE has the server's names and time (AV_PAIRs), on which NTLMv2's protections "
	 "rest",
	 "no target information: no MIC and no bindings are possible"},
	{0x01000000, "r4", UNUSED_BIT, NULL},
	{0x02000000, "NTLMSSP_NEGOTIATE_VERSION", "the messages tell the system's version", NULL},
	{0x04000000, "r3", UNUSED_BIT, NULL},
	{0x08000000, "r2", UNUSED_BIT, NULL},
	{0x10000000, "r1", UNUSED_BIT, NULL},
	{0x20000000, "NTLMSSP_NEGOTIATE_128", "128-bit keys",
	 "no 128-bit keys: signing and sealing use 56 or 40 bits"},
	{0x40000000, "NTLMSSP_NEGOTIATE_KEY_EXCH",
	 "the client chose a fresh session key and sent it encrypted",
	 "no key exchange: the session key follows from the password and the challenges alone"},
	{0x80000000, "NTLMSSP_NEGOTIATE_56", "56-bit keys, where 128 is not agreed on", NULL},
};
const size_t n_explained_flags = COUNT(explained_flags);

/* [MS-NLMP] 2.2.2.1, MsvAvFlags; the names are those of the event's AvFlags String. */
const struct explained_bit explained_av_flags[] = {
	{0x1, "Constrained",
	 "account authentication is constrained: the account is bound by an authentication policy",
	 NULL},
	{0x2, "MIC", "the AUTHENTICATE has a message integrity check",
	 "the client sends no message integrity check: see the warning no-mic"},
	{0x4, "UntrustedSPN",
	 "the target name comes from an untrusted source: see the warning untrusted-spn", NULL},
};
const size_t n_explained_av_flags = COUNT(explained_av_flags);
