/* Kerberos' errors explained, as far as they make clients fall back to NTLM or are taken for that (RFC 4120, 7.5.9). */
#include "event/explain.h"

const struct explained_code explained_kerberos[] = {
	{6,
	 {"The KDC does not know the user. Says nothing about the server.",
	  "Check the user's name and realm; an alternative UPN suffix needs enterprise names "
	  "(kinit -E). Local accounts end in NTLM by nature."}},
	{7,
	 {"The KDC has no account with the service principal name that was asked for. Samba's KDC "
	  "says the same where several accounts have it. Gives reason 6.",
	  "setspn -Q NAME, samba-tool spn list ACCOUNT; register the name the client really uses: "
	  "setspn -S, samba-tool spn add, net ads setspn add. See ntlmaudit explain reason 6."}},
	{8,
	 {"Several accounts have the service principal name (Windows' KDC). Gives reason 8.",
	  "setspn -X finds them; see ntlmaudit explain reason 8."}},
	{9,
	 {"The client or the server has no key in the KDC.", "Set the account's password anew."}},
	{12,
	 {"The KDC's policy forbids it: logon hours, workstation, Protected Users, an "
	  "authentication policy or a silo.",
	  "Look at the account's restrictions; NTLM would mostly be refused for the same cause."}},
	{14,
	 {"The KDC has no key of an encryption type that the client offered. As a first answer a "
	  "normal step; as the last one a failure, usual since RC4 was switched off for accounts "
	  "whose password is older than AES keys.",
	  "Set the password anew so that AES keys exist; msDS-SupportedEncryptionTypes of the "
	  "service's account; net ads enctypes in Samba; permitted_enctypes in krb5.conf."}},
	{18,
	 {"The account is disabled, locked or expired. Not about the server: reason 0 with this "
	  "evidence.",
	  "samba-tool user show, Get-ADUser; NTLM would fail too."}},
	{23, {"The password has expired.", "Change it: kpasswd. NTLM would fail too."}},
	{24, {"The password is wrong.", "As for STATUS_WRONG_PASSWORD."}},
	{25,
	 {"The KDC asks for preauthentication: a normal step of every logon by password, no reason "
	  "for anything.",
	  NULL}},
	{29,
	 {"A service that the KDC needs is not available.", "Look after that domain controller."}},
	{31,
	 {"The ticket could not be decrypted: service and KDC have different keys.",
	  "Renew the keytab (net ads keytab create, samba-tool domain exportkeytab), or join "
	  "again."}},
	{32,
	 {"The ticket has expired.",
	  "kinit again; services that run long need a keytab or k5start."}},
	{33, {"The ticket is not valid yet: clocks differ.", "Let NTP set both clocks."}},
	{34,
	 {"The same authenticator came twice: a replay, or two copies of a packet.",
	  "If it lasts, look whether several services share one key and one replay cache."}},
	{35,
	 {"The ticket is for somebody else: the name the client used belongs to another account "
	  "than the one the service runs under.",
	  "Move the SPN to the account that runs the service."}},
	{37,
	 {"The clocks of client and KDC differ by more than five minutes.",
	  "NTP: chronyc tracking, w32tm /query /status."}},
	{41,
	 {"The message was changed, or decrypted with a wrong key: mostly an SPN on the wrong "
	  "account, or an old keytab.",
	  "Renew the keytab; look for doubled names with setspn -X."}},
	{44, {"The key's version is not the one the service has.", "Renew the keytab."}},
	{45, {"The service has no key of this ticket's version.", "Renew the keytab."}},
	{50, {"The checksum's type is not accepted.", "Encryption types of both sides."}},
	{52,
	 {"The answer is too large for UDP; the client asks again over TCP. A normal step, unless "
	  "TCP port 88 is closed: then Kerberos fails for accounts with many groups.",
	  "Open TCP 88 to the domain controllers."}},
	{60,
	 {"An error that the protocol has no number for; Windows and Samba put an NTSTATUS beside "
	  "it.",
	  "The KDC's log."}},
	{62,
	 {"The client's certificate or key could not be verified (PKINIT).",
	  "Certificate chain and NTAuth store."}},
	{68,
	 {"The user belongs to another realm; the client should ask there.",
	  "A normal referral, where the client follows it (dns_lookup_kdc, canonicalize = true)."}},
};
const size_t n_explained_kerberos = sizeof(explained_kerberos) / sizeof(explained_kerberos[0]);
