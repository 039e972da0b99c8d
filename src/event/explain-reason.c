/* Reasons, warnings and versions explained. */
#include "event/explain.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

const struct explanation explained_reasons[REASON_ID__COUNT] = {
	[0] = {"Nothing that was seen shows why it was not Kerberos. The client's attempts may lie "
	       "before the capture or on another path; or Kerberos failed for a cause that has no "
	       "reason ID: a password, a clock, an account that is locked or disabled, an "
	       "encryption type; or the client offered Kerberos and the server chose NTLM. The "
	       "evidence says so where that was seen.",
	       "Read the evidence (ntlmaudit read --explain), and capture where the client's "
	       "traffic to its DNS servers and domain controllers passes too. Then try on the "
	       "client: kinit USER and kvno cifs/SERVER.DOMAIN (Windows: klist get "
	       "cifs/SERVER.DOMAIN); the error it prints is the cause, and ntlmaudit explain knows "
	       "it. If a ticket comes, the server refuses it: on a Samba member look at net ads "
	       "testjoin, net ads keytab list, and kerberos method in smb.conf."},
	[1] = {"The application, or the protocol as it was configured, asked for NTLM by name "
	       "where it could have asked for Negotiate; or the client could do nothing but NTLM. "
	       "Kerberos was never tried, so names, DNS and domain controllers have no part in it.",
	       "Change the application or what it is told. HTTP servers: offer Negotiate, and NTLM "
	       "after it or not at all (IIS: Windows Authentication, Providers; Apache: "
	       "mod_auth_gssapi with a keytab for HTTP/HOST). Clients: curl --negotiate rather "
	       "than --ntlm, mount -t cifs -o sec=krb5, smbclient --use-kerberos=required, "
	       "ldapsearch -Y GSSAPI, rpcclient and samba-tool with client use kerberos = required "
	       "in smb.conf. RPC programs: RPC_C_AUTHN_GSS_NEGOTIATE rather than "
	       "RPC_C_AUTHN_WINNT. A machine that is in no domain needs a ticket first (kinit) or "
	       "has to be joined."},
	[2] = {"The account belongs to one machine and not to a domain: its domain is a dot, "
	       "empty, or the name of the server or of the client. No KDC knows such an account.",
	       "Use a domain account (DOMAIN\\user or user@domain) for services, scheduled tasks, "
	       "scanners and mapped drives; join machines that are in no domain (net ads join, or "
	       "System Properties). Where local accounts must stay on Windows servers, forbid them "
	       "over the network: Deny access to this computer from the network for Local account. "
	       "On Samba members a domain user who types only a name may be taken for a local one: "
	       "winbind use default domain = yes, or type the domain."},
	[3] = {"Reserved by Microsoft; no event has it.", NULL},
	[4] = {"The account's home is the cloud: its domain is AzureAD or MicrosoftAccount. "
	       "Without a ticket that an on-premises KDC accepts, such a logon falls back to NTLM, "
	       "and works only where the server knows the account by that name and password.",
	       "Give the device on-premises tickets: Microsoft Entra Kerberos with cloud Kerberos "
	       "trust (Set-AzureADKerberosServer), hybrid identities synchronised from the domain, "
	       "and a way to a domain controller. Or let the user connect with a domain account. "
	       "Personal Microsoft accounts have no business on domain servers."},
	[5] = {"The application gave the security package no name of the server, and the protocol "
	       "has none either. Kerberos needs a service principal name to ask a ticket for.",
	       "Tell the application the server's name or SPN: database drivers have ServerSPN or "
	       "the like in the connection string, RPC programs the ServerPrincName of "
	       "RpcBindingSetAuthInfo, web proxies and load balancers a host name instead of none. "
	       "If there is no such setting, the vendor has to pass a target name to "
	       "InitializeSecurityContext or gss_init_sec_context."},
	[6] = {"The KDC has no account with the service principal name that the client asked for "
	       "(KDC_ERR_S_PRINCIPAL_UNKNOWN), or the name could not be resolved. Typical are "
	       "aliases (CNAME records, load balancers, short names without a search domain), "
	       "services that run under an account which lacks the SPN, and hosts of another "
	       "realm.",
	       "Look the name up: setspn -Q cifs/NAME, or samba-tool spn list ACCOUNT. Register "
	       "what is missing on the account that runs the service: setspn -S "
	       "HTTP/alias.corp.example ACCOUNT, samba-tool spn add HTTP/alias.corp.example "
	       "ACCOUNT, on a Samba member also additional dns hostnames in smb.conf and net ads "
	       "setspn add; then renew its keytab. Windows file servers: netdom computername FS1 "
	       "/add:alias.corp.example. If DNS is at fault: samba-tool dns add DC ZONE NAME A "
	       "ADDRESS. For a trusted forest look at the name suffixes that the trust routes "
	       "(samba-tool domain trust namespaces)."},
	[7] = {"The server was named by its address. Tickets are made out to names, and clients do "
	       "not ask a KDC for addresses unless they are told to.",
	       "Use the server's DNS name wherever the address stands: mapped drives, shortcuts, "
	       "scripts, printers, connection strings, DFS targets, web links. Make a DNS record "
	       "for what has none. Where an address has to stay: set TryIPSPN = 1 (DWORD) under "
	       "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Kerberos\\Par"
	       "ameters on Windows clients and register the address: setspn -S cifs/10.0.0.9 FS1, "
	       "or samba-tool spn add cifs/10.0.0.9 FS1$."},
	[8] = {"More than one account has the service principal name, so the KDC cannot know for "
	       "whom to encrypt the ticket. Usual after a service moved to another account, or a "
	       "machine was joined again under another name. Samba's KDC answers as for an unknown "
	       "name: there it shows as reason 6.",
	       "Find the doubles: setspn -X (the forest: setspn -X -F), or ldbsearch -H "
	       "/var/lib/samba/private/sam.ldb '(servicePrincipalName=cifs/NAME)' dn. Take the "
	       "name from the account that does not run the service: setspn -D cifs/NAME ACCOUNT, "
	       "samba-tool spn delete cifs/NAME ACCOUNT. Use setspn -S, never -A, to add one: it "
	       "looks for doubles first."},
	[9] = {"The client found no domain controller that talked Kerberos with it: the SRV "
	       "records were missing, or port 88 did not answer, refused, or was unreachable. A "
	       "silent KDC delays each logon by many seconds before NTLM is tried.",
	       "On the client: host -t SRV _kerberos._tcp.DOMAIN (nslookup -type=SRV) must name "
	       "the controllers; its DNS servers must be the domain's. Then nc -vz DC 88 "
	       "(Test-NetConnection DC -Port 88), and let TCP and UDP 88, 389 and 464 through "
	       "firewalls and VPNs. /etc/krb5.conf: dns_lookup_kdc = true or kdc lines. Sites and "
	       "subnets decide which controller is tried. Clients outside reach it by a KDC proxy "
	       "(Group Policy: Specify KDC proxy servers for Kerberos clients)."},
	[10] = {"Client and server are the same host: a program talks to a service of its own "
		"machine. Windows has its own local form of NTLM for that, and nothing leaves the "
		"machine.",
		"Mostly harmless. Before NTLM is blocked, find the programs (monitoring agents, "
		"backup, web applications calling themselves) and let them use the machine's full "
		"DNS name with a registered SPN instead of localhost or 127.0.0.1."},
	[11] = {"Nobody authenticated: an anonymous session without user and response. Where the "
		"server lets it in, it may list users, groups and shares.",
		"Samba: restrict anonymous = 2 and map to guest = Never, no guest ok = yes on "
		"shares. Windows: Network access: Restrict anonymous access to Named Pipes and "
		"Shares, Do not allow anonymous enumeration of SAM accounts and shares, and an "
		"empty list of Named Pipes that can be accessed anonymously. The client's program "
		"(old scanners, inventory tools, printers) should get an account. Test trusts with "
		"older domains before anonymous access is shut off on a domain controller."},
};

const struct explained_word explained_warnings[] = {
	{"ntlmv1",
	 {"The response is LM or NTLMv1, built on DES: who records it can find the password's "
	  "hash, and with it log on as the account, within hours on rented hardware, whatever the "
	  "password is. It has no MIC and no bindings, so it can be relayed as well.",
	  "Update or reconfigure the client, which the event names, then refuse it. Samba servers "
	  "and domain controllers: ntlm auth = ntlmv2-only (the default since 4.5), lanman auth = "
	  "no; Samba clients: client NTLMv2 auth = yes. Windows: Network security: LAN Manager "
	  "authentication level: Send NTLMv2 response only. Refuse LM & NTLM. MS-CHAPv2 (VPN, "
	  "802.1X) is NTLMv1 in substance: Samba's ntlm auth = mschapv2-and-ntlmv2-only lets only "
	  "that through; EAP-TLS replaces it."}},
	{"null-session",
	 {"Nobody authenticated: no user and no response, an anonymous session.",
	  "See reason 11 for what allows it: restrict anonymous and map to guest in Samba, the "
	  "Network access policies in Windows."}},
	{"no-mic",
	 {"No message integrity check protects the three NTLM messages: whoever is in the path can "
	  "change their flags unnoticed, for example take out signing in order to relay the logon. "
	  "Clients that know a MIC announce it in AvFlags (0x2).",
	  "Update the client: Windows since Vista, Samba, gss-ntlmssp send it; curl's --ntlm, "
	  "Python's requests_ntlm and many Java and .NET libraries do not. Until then make its "
	  "absence harmless at the server: require SMB signing, LDAP signing, and TLS with "
	  "Extended Protection."}},
	{"no-channel-binding",
	 {"The client does not support channel binding (Extended Protection for Authentication): "
	  "its logon is not tied to the TLS connection that carries it, so it can be relayed into "
	  "somebody else's TLS connection. A client that does support it sends the pair even "
	  "without TLS, filled with zeros.",
	  "Update or replace the client, best by Kerberos. Require bindings where all clients have "
	  "them: Domain controller: LDAP server channel binding token requirements: Always; IIS: "
	  "Windows Authentication, Advanced Settings, Extended Protection: Required; Samba domain "
	  "controllers check LDAP's since 4.21 where ldap server require strong auth = yes."}},
	{"no-session-key",
	 {"No session key was agreed on, so nothing that follows can be signed or sealed: the "
	  "connection can be taken over after the logon.",
	  "Usual for HTTP, where TLS has to do the protecting, and for programs that use NTLM only "
	  "to check a password. For SMB, LDAP and RPC require signing at the server (server "
	  "signing = mandatory, ldap server require strong auth = yes; Digitally sign "
	  "communications (always), LDAP server signing requirements)."}},
	{"untrusted-spn",
	 {"The client says (AvFlags 0x4) that the service name it bound its response to came from "
	  "an untrusted source, such as a redirect or a name that somebody else supplied. A server "
	  "must not take that name as proof that it was meant.",
	  "Find what gave the client the name: redirects, web pages with file:// links, "
	  "user-supplied addresses. Servers that check names (Microsoft network server: Server SPN "
	  "target name validation level) refuse or ignore it; leave them so."}},
};
const size_t n_explained_warnings = COUNT(explained_warnings);

const struct explained_word explained_versions[] = {
	{"LM",
	 {"LAN Manager: the password in capitals, cut into two halves of seven characters, DES. "
	  "Broken within minutes.",
	  "Nothing made since 2000 needs it. lanman auth = no (Samba), LAN Manager authentication "
	  "level 5 (Windows)."}},
	{"NTLMv1",
	 {"A DES response from the password's NT hash and the server's challenge alone; with a "
	  "chosen challenge precomputed tables find the hash.",
	  "See the warning ntlmv1 for what to change."}},
	{"NTLMv1-ESS",
	 {"NTLMv1 with extended session security: the client mixes in a challenge of its own, "
	  "which precomputed tables can't follow, but the response is still DES and the hash is "
	  "found by search. Windows calls it NTLMv1.",
	  "See the warning ntlmv1 for what to change."}},
	{"NTLMv2",
	 {"HMAC-MD5 over both challenges, the time and the server's names. The best that NTLM has: "
	  "weak passwords can be guessed from a recording, and without signing, MIC and bindings "
	  "it can be relayed.",
	  "Long passwords; signing; and Kerberos instead."}},
	{"LMv2",
	 {"NTLMv2's short form for the LM field: the same HMAC but over the challenges only, "
	  "without names, time or bindings. Sent by old clients to pass through servers that cut "
	  "responses to 24 bytes.",
	  "Update the client so that it sends NTLMv2."}},
	{"MS-CHAPv2",
	 {"A logon by VPN, Wi-Fi or 802.1X whose server passes an MS-CHAPv2 response on as NTLM: "
	  "the response is NTLMv1's DES, and the hash is found by search. Only the request to a "
	  "domain controller tells it from NTLMv1, which is what Windows calls it.",
	  "Change VPN and Wi-Fi to EAP-TLS with certificates. ntlm auth = "
	  "mschapv2-and-ntlmv2-only lets Samba take it without taking any other NTLMv1."}},
	{"null session", {"No response at all: anonymous.", "See reason 11."}},
};
const size_t n_explained_versions = COUNT(explained_versions);

const struct explanation *explained_code_find(const struct explained_code *table, size_t n,
					      uint32_t code)
{
	for (size_t low = 0; low < n;) {
		size_t middle = low + (n - low) / 2;

		if (table[middle].code == code)
			return &table[middle].text;
		if (table[middle].code < code)
			low = middle + 1;
		else
			n = middle;
	}
	return NULL;
}
