/* Events explained, by id; twins share their text. */
#include "event/explain.h"

#define OUTGOING_TODO                                                                              \
	"Find the program and the reason (ntlmaudit explain reason N) and move it to Kerberos."
#define INCOMING_TODO                                                                              \
	"Start with the Warnings, and with the clients that come most often; the client's own "    \
	"event 4020 or 4021 tells why."
#define DOMAIN_TODO                                                                                \
	"Seen at the domain controller it is complete for domain accounts: use it to count, and "  \
	"the client's event to find the cause. ntlmaudit report members sums it up by server."
#define FARSIDE_TODO                                                                               \
	"The same logon is a 4032 or 4033 of the controller that asked, in the server's domain. "  \
	"ntlmaudit report trusts sums them up by trust; ntlmaudit show tells the way of one."
#define LEGACY_AUDIT                                                                               \
	"One of the older audit events: written where the policies Network security: Restrict "    \
	"NTLM: Audit ... ask for it. It says that blocking would have hit this logon."
#define LEGACY_BLOCK                                                                               \
	"Written where the policies Network security: Restrict NTLM deny NTLM: this logon was "    \
	"refused."
#define BLOCK_TODO                                                                                 \
	"Move the program to Kerberos, or add the server to the policy's list of exceptions for "  \
	"as long as that takes."

static const char outgoing[] =
	"This machine logged on to another one by NTLM. 4020 is Information; 4021 is its Warning "
	"twin with the same fields, for a logon that was not well protected: old version, no MIC, "
	"no channel binding, no session key, nobody authenticated, or a name from an untrusted "
	"source.";
static const char incoming[] =
	"Another machine logged on to this one by NTLM. 4022 is Information; 4023 is its Warning "
	"twin with the same fields, for a logon that was not well protected. Status is the "
	"outcome; a failure alone makes no Warning.";
static const char forwarded[] =
	"A domain controller checked an account of its domain for a controller of another domain, "
	"over a trust. 4030 is Information, 4031 its Warning twin.";
static const char domain[] = "A domain controller checked an account for a server of its domain. "
			     "4032 is Information, 4033 its Warning twin.";

const struct explained_code explained_events[] = {
	{1,
	 {"ntlmaudit's own: for a while it did not see this machine's traffic, or not all of it, "
	  "and says since when, until when and why. NTLM of that time may be missing from the log. "
	  "It counts for no usage and belongs to no logon.",
	  "One beside a restart of the machine or the service is normal. Packets dropped by the "
	  "kernel: raise ring-mib. A decoder that ended or did not answer: it was put back by "
	  "itself, but please report it with the capture source and the time."}},
	{100,
	 {"NTLM was refused because the account is a member of Protected Users.",
	  "Let the program use Kerberos; the group is meant to refuse NTLM."}},
	{101,
	 {"NTLM was refused by an authentication policy or silo.",
	  "Let the program use Kerberos, or look whether the policy is meant for this account."}},
	{301,
	 {"An authentication policy or silo that only audits would have refused this NTLM logon.",
	  "Settle it before the policy is enforced."}},
	{4001, {"Outgoing NTLM was refused. " LEGACY_BLOCK, BLOCK_TODO}},
	{4002, {"Incoming NTLM was refused. " LEGACY_BLOCK, BLOCK_TODO}},
	{4003, {"Incoming NTLM of a domain account was refused. " LEGACY_BLOCK, BLOCK_TODO}},
	{4004,
	 {"A domain controller refused NTLM that a server of the domain passed on. " LEGACY_BLOCK,
	  BLOCK_TODO}},
	{4005, {"A domain controller refused NTLM directed at itself. " LEGACY_BLOCK, BLOCK_TODO}},
	{4006,
	 {"A domain controller refused NTLM from a trusted domain. " LEGACY_BLOCK, BLOCK_TODO}},
	{4010,
	 {"As a client this machine met a server whose security is below the required minimum.",
	  "Decode both values with ntlmaudit explain flags; update the server."}},
	{4011,
	 {"As a server this machine met a client whose security is below the required minimum.",
	  "Decode both values with ntlmaudit explain flags; update the client."}},
	{4012, {"A domain password worked after the stored NTLM secret had failed.", NULL}},
	{4013,
	 {"A program tried NTLMv1, and it failed.", "Find the program; see the warning ntlmv1."}},
	{4014,
	 {"Credential Guard kept a program from getting at a credential's key.",
	  "Programs that want MS-CHAPv2 or NTLMv1 single sign-on do this; EAP-TLS and certificates "
	  "replace it."}},
	{4015, {"Outgoing NTLM was refused. " LEGACY_BLOCK, BLOCK_TODO}},
	{4020, {outgoing, OUTGOING_TODO}},
	{4021, {outgoing, OUTGOING_TODO}},
	{4022, {incoming, INCOMING_TODO}},
	{4023, {incoming, INCOMING_TODO}},
	{4024,
	 {"Single sign-on with credentials derived from NTLMv1 was used; it will be refused "
	  "(Windows 11 24H2, audit).",
	  "VPN and Wi-Fi with MS-CHAPv2: change to EAP-TLS."}},
	{4025,
	 {"Single sign-on with credentials derived from NTLMv1 was refused.",
	  "VPN and Wi-Fi with MS-CHAPv2: change to EAP-TLS."}},
	{4030, {forwarded, FARSIDE_TODO}},
	{4031, {forwarded, FARSIDE_TODO}},
	{4032, {domain, DOMAIN_TODO}},
	{4033, {domain, DOMAIN_TODO}},
	{4624,
	 {"A logon on this machine, of the Security log: only those by NTLM are read. An anonymous "
	  "one "
	  "says NTLM V1 there and is none.",
	  "Turn on the NTLM log's own events, which say more: 4022 and 4023 here, 4020 and 4021 at "
	  "the client."}},
	{4625,
	 {"A logon on this machine that failed, of the Security log: only those by NTLM are read. "
	  "SubStatus says more than Status.",
	  "Turn on the NTLM log's own events, which say more: 4022 and 4023."}},
	{4776,
	 {"A machine checked an account of its own by NTLM: a domain controller those of the "
	  "domain, "
	  "any other its local ones. From the Security log.",
	  "Workstation is what the client says of itself; look for 4032 and 4033 of the same time "
	  "to learn the server."}},
	{8001, {"Outgoing NTLM. " LEGACY_AUDIT, OUTGOING_TODO}},
	{8002, {"Incoming NTLM. " LEGACY_AUDIT, INCOMING_TODO}},
	{8003, {"Incoming NTLM of a domain account. " LEGACY_AUDIT, INCOMING_TODO}},
	{8004,
	 {"A server of the domain passed NTLM on to this controller. " LEGACY_AUDIT, DOMAIN_TODO}},
	{8005, {"NTLM directed at this controller itself. " LEGACY_AUDIT, DOMAIN_TODO}},
	{8006, {"NTLM from a trusted domain. " LEGACY_AUDIT, DOMAIN_TODO}},
};
const size_t n_explained_events = sizeof(explained_events) / sizeof(explained_events[0]);
