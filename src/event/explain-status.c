/* NTSTATUS values explained, as far as authentications end with them; sorted as status.c is. */
#include "event/explain.h"

const struct explained_code explained_statuses[] = {
	{0x00000000,
	 {"The server accepted the authentication. What the account may do there is another "
	  "question.",
	  NULL}},
	{0xc0000001,
	 {"Something failed, and the server does not say what.",
	  "Read the server's own log at this time (Samba: log level = 3 auth:5; Windows: Security "
	  "log, 4625)."}},
	{0xc0000002,
	 {"The server does not implement what was asked.",
	  "Look for an old server or appliance, and for what the client asked of it."}},
	{0xc0000008,
	 {"A handle was used that is not open (any longer): the session or pipe ended meanwhile.",
	  "Retry; where it repeats, look for connections that are cut on the way."}},
	{0xc000000d,
	 {"A parameter is invalid: mostly a malformed token, or one that the server's policy does "
	  "not allow, such as a missing target name or wrong flags.",
	  "Compare client and server versions; a client library that is too old or half "
	  "implemented is the usual cause. Samba: log level = 5 auth:10 says which part it "
	  "refused."}},
	{0xc0000016,
	 {"Not an end but a step: the server waits for the client's next message.", NULL}},
	{0xc0000017, {"The server is out of memory.", "Look after the server, not the logon."}},
	{0xc0000022,
	 {"Access was denied: the password was right or never looked at, but the logon is not "
	  "allowed in this way: signing or sealing required, a guest or anonymous session refused, "
	  "SMB1 or NTLM not allowed, or the share is closed to the account.",
	  "Look at server signing, server min protocol, restrict anonymous, valid users in Samba; "
	  "Access this computer from the network and the Digitally sign policies in Windows."}},
	{0xc0000034, {"A name does not exist: a share, pipe or object, not the account.", NULL}},
	{0xc0000059, {"Two sides' versions do not match.", "Update the older one."}},
	{0xc000005e,
	 {"The server could not reach a domain controller that could check the password. It says "
	  "nothing about the account.",
	  "On the server: wbinfo -t and wbinfo --ping-dc (Samba), nltest /sc_query:DOMAIN "
	  "(Windows); then DNS, ports 88, 389, 445 and the RPC ports to the controller. For an "
	  "account of another domain: samba-tool domain trust validate, nltest /sc_verify."}},
	{0xc000005f,
	 {"The logon session does not exist (any longer).",
	  "The client should authenticate anew; restart the program."}},
	{0xc0000060, {"A privilege that was named does not exist.", NULL}},
	{0xc0000061,
	 {"The account lacks a privilege that this takes.",
	  "Look at the user rights of the server: Group Policy, User Rights Assignment; in Samba "
	  "net sam rights list, net rpc rights list."}},
	{0xc0000062,
	 {"The account's name is not well formed.",
	  "Look at the name that the event shows: blanks, wrong separators, a cut name."}},
	{0xc0000064,
	 {"There is no such account. Outside it is mostly reported as STATUS_LOGON_FAILURE, so "
	  "that names cannot be probed.",
	  "Check spelling and domain: does the client send the domain that is meant? Many "
	  "different names from one source are a spray (ntlmaudit explain spray)."}},
	{0xc000006a,
	 {"The account exists, the password is wrong; or the client proved it in a form that is "
	  "not accepted: Samba answers so to NTLMv1 where ntlm auth forbids it.",
	  "Once is a mistake, often is a saved old password or guessing (ntlmaudit explain "
	  "guessing). Look at the version of the same event: if NTLMv1, change the client. Check "
	  "badPwdCount before the account locks."}},
	{0xc000006b, {"A password is not well formed.", NULL}},
	{0xc000006c,
	 {"A new password does not meet the rules.",
	  "samba-tool domain passwordsettings show, or the domain's password policy, says which."}},
	{0xc000006d,
	 {"The logon failed: unknown account or wrong password; the server does not tell which, on "
	  "purpose. HTTP's, LDAP's and mail servers' plain no is shown as this too.",
	  "The domain controller's log knows: Samba's auth_json_audit, Windows' 4776 and 4625 with "
	  "their sub status. On a domain member look also at its secure channel (net ads testjoin, "
	  "Test-ComputerSecureChannel), and at a clock that is far off: NTLMv2 carries a time."}},
	{0xc000006e,
	 {"The password is right, but the account is restricted: an empty password over the "
	  "network, a policy, or Protected Users, whose members may not use NTLM at all.",
	  "Look at the account's group memberships (Protected Users), authentication policies and "
	  "silos, and Accounts: Limit local account use of blank passwords to console logon only. "
	  "For Protected Users Kerberos has to work."}},
	{0xc000006f,
	 {"The account may not log on at this hour.", "logonHours of the account; time zones."}},
	{0xc0000070,
	 {"The account may not log on from this workstation. NTLM goes by the name that the client "
	  "itself sends.",
	  "userWorkstations of the account. An empty or invented workstation name in the event "
	  "points to a tool or a library."}},
	{0xc0000071,
	 {"The password is right but has expired.",
	  "Change it; for service accounts use a managed one (gMSA) rather than one that never "
	  "expires."}},
	{0xc0000072,
	 {"The account is disabled. Somebody or something still uses it.",
	  "Find the program at the source that has it saved; an attempt with an old "
	  "administrator's or leaver's account deserves a look."}},
	{0xc0000073,
	 {"None of the names or SIDs could be translated.",
	  "Samba: idmap config, wbinfo -n NAME; a trust whose names don't resolve."}},
	{0xc000009a,
	 {"The server lacks resources.",
	  "Look after the server: limits of connections, memory, licences."}},
	{0xc00000a5,
	 {"The client's token allows less impersonation than the server needs.",
	  "The application has to ask for impersonation (RPC_C_IMP_LEVEL_IMPERSONATE), not "
	  "identification."}},
	{0xc00000ac,
	 {"All instances of a named pipe are taken.",
	  "Retry; if it lasts, the service behind the pipe hangs."}},
	{0xc00000b5,
	 {"Time ran out, mostly while the server waited for a domain controller, its own or that "
	  "of a trusted domain.",
	  "As for STATUS_NO_LOGON_SERVERS: reach of the controllers, of the trusted domain's too. "
	  "NTLM across a trust needs every controller on the way."}},
	{0xc00000bb,
	 {"Not supported: a mechanism, dialect or flag that the server does not have or was told "
	  "not to use.",
	  "Look which mechanisms the client offered; server min protocol and the like may exclude "
	  "it."}},
	{0xc00000be, {"The network path was not found.", NULL}},
	{0xc00000c3,
	 {"An answer on the network was not well formed.",
	  "Look for devices that rewrite SMB on the way, and for old servers."}},
	{0xc00000c9,
	 {"The share or the connection is gone.",
	  "Retry; look for restarts of the server at that time."}},
	{0xc00000ca,
	 {"Access over the network was denied.",
	  "Deny access to this computer from the network, hosts allow and valid users in Samba."}},
	{0xc00000cc, {"There is no such share. The authentication itself worked.", NULL}},
	{0xc00000ce,
	 {"The server has as many sessions as it takes.",
	  "Look who keeps them; client editions of Windows take 20."}},
	{0xc00000d0,
	 {"The server takes no more requests just now: limits of connections or licences.",
	  "Look at max smbd processes (Samba), at concurrent users allowed (Windows)."}},
	{0xc00000dc,
	 {"The server is in no state to do this: the Netlogon or security service is not ready.",
	  "Look whether the controller is still starting or demoted."}},
	{0xc00000dd, {"The domain is in no state to do this.", "samba-tool domain info, dcdiag."}},
	{0xc00000de,
	 {"Only another kind of controller may do this.",
	  "Look which controller holds the role: samba-tool fsmo show, netdom query fsmo."}},
	{0xc00000df,
	 {"There is no such domain, or none that is trusted here.",
	  "Check the domain that the client sent. samba-tool domain trust list, nltest "
	  "/trusted_domains; on a Samba member wbinfo -m."}},
	{0xc00000e5, {"The server met an internal error.", "Its log says more."}},
	{0xc00000fe,
	 {"The security package does not exist here: NTLM, or what was asked for, is not there or "
	  "switched off.",
	  "Look at the mechanisms the client offered and at gensec and mech.d settings of the "
	  "server."}},
	{0xc0000104, {"The logon session is in no state to do this.", "Log on anew."}},
	{0xc000010b, {"This kind of logon is not one that exists.", NULL}},
	{0xc0000120, {"The client or the server gave up the request.", NULL}},
	{0xc0000122,
	 {"The computer's name is not well formed.",
	  "Names of more than 15 characters, dots or blanks in the workstation's name."}},
	{0xc0000133,
	 {"The clocks of client and domain controller differ too much.",
	  "NTP everywhere, domain members from their controllers: chronyc tracking, w32tm /query "
	  "/status. Kerberos allows 5 minutes."}},
	{0xc000013c, {"The other side ended the connection.", NULL}},
	{0xc000014b,
	 {"The named pipe broke: the service behind it ended.", "Look after that service."}},
	{0xc000015a,
	 {"Too many groups: the account's token does not fit.",
	  "Fewer and flatter group memberships; about 1015 SIDs is the limit."}},
	{0xc000015b,
	 {"The password is right, but the account may not log on to this machine in this way.",
	  "User rights of the server: Access this computer from the network, and the Deny right "
	  "beside it, which wins. In Samba valid users, and for local machines the same rights by "
	  "net rpc rights."}},
	{0xc000015d,
	 {"Old password hashes of the account do not fit together.",
	  "Set the account's password anew."}},
	{0xc000017f,
	 {"Old LM hashes of the account do not fit together.",
	  "Set the account's password anew, and leave LM off."}},
	{0xc000018a,
	 {"The server has no secret for its trust with the domain: it is not joined (any longer).",
	  "net ads testjoin, then net ads join; on Windows Test-ComputerSecureChannel -Repair."}},
	{0xc000018b,
	 {"The domain has no account for this machine or trust.",
	  "The machine's account was deleted or its name changed: join again. setspn -X and "
	  "doubled names may be behind it too."}},
	{0xc000018c,
	 {"The trust between this machine's domain and the account's domain failed.",
	  "samba-tool domain trust validate DOMAIN, netdom trust /verify; then DNS and ports "
	  "between the two domains' controllers."}},
	{0xc000018d,
	 {"The trust between this machine and its domain failed: its password is not the one the "
	  "domain knows.",
	  "net ads testjoin and join again; Test-ComputerSecureChannel -Repair. Restored snapshots "
	  "of machines are a usual cause."}},
	{0xc0000190,
	 {"A trust failed, of the machine or of a domain.",
	  "As for STATUS_TRUSTED_RELATIONSHIP_FAILURE and STATUS_TRUSTED_DOMAIN_FAILURE."}},
	{0xc0000192,
	 {"The Netlogon service does not run.", "Start it; on Samba members winbindd."}},
	{0xc0000193,
	 {"The account's last day is over (accountExpires).",
	  "Prolong it (samba-tool user setexpiry) or find what still uses it."}},
	{0xc0000195,
	 {"The client has a connection to this server already, as somebody else.",
	  "Windows: net use /delete, or a second name of the server."}},
	{0xc0000196, {"The server's sessions are all taken.", "As for STATUS_TOO_MANY_SESSIONS."}},
	{0xc0000198,
	 {"A trust's account tried to log on like a user.",
	  "Trust accounts are for controllers only: find out who has its password."}},
	{0xc0000199,
	 {"A machine's account tried to log on where only users may.",
	  "Services that run as SYSTEM or Network Service do it: give them an account. A machine "
	  "account from an unexpected address may be a coerced logon (ntlmaudit explain "
	  "coerced)."}},
	{0xc000019a,
	 {"A domain controller's account tried to log on where only users may.",
	  "Look at once where it came from: a controller's logon to an ordinary server may be "
	  "coerced (ntlmaudit explain coerced)."}},
	{0xc000019b,
	 {"Name or SID of the domain are not what the trust says.",
	  "Remove and create the trust anew: samba-tool domain trust delete and create."}},
	{0xc0000203, {"The session was ended at the server.", "Connect again."}},
	{0xc0000205, {"The server lacks resources for this.", "Look after the server."}},
	{0xc000020c, {"The connection ended.", NULL}},
	{0xc000020d,
	 {"The connection was reset.",
	  "A firewall, or a service that crashed: its log at this time."}},
	{0xc0000224,
	 {"The password is right, but has to be changed before the first logon.",
	  "Let the user change it where that can be done; NTLM alone cannot. samba-tool user "
	  "setpassword without --must-change-at-next-login."}},
	{0xc0000225,
	 {"Something was not found: Samba's controllers answer so where a user@domain name could "
	  "not be matched to an account.",
	  "Check the user principal name and its suffix."}},
	{0xc0000233,
	 {"No domain controller was found.",
	  "As for reason 9: SRV records, ports 88 and 389, sites."}},
	{0xc0000234,
	 {"The account is locked: too many wrong passwords. Even the right one is refused.",
	  "Find the source before unlocking (samba-tool user unlock, Unlock-ADAccount): filter for "
	  "this account and earlier STATUS_WRONG_PASSWORD. Locks of many accounts at once are an "
	  "attack, or somebody's wish to lock people out."}},
	{0xc000023c, {"The network cannot be reached.", "Routing from the machine that says so."}},
	{0xc000023d, {"The host cannot be reached.", "Routing and ARP; is it on?"}},
	{0xc0000257, {"The path belongs to another server (DFS referral).", NULL}},
	{0xc0000259, {"The licences are used up.", "Licensing of the server."}},
	{0xc00002c3,
	 {"The server could not prove to the client that it is who it claims.",
	  "A wrong SPN, or a machine between the two."}},
	{0xc00002fa,
	 {"The account may only log on by smart card, and NTLM has no smart cards.",
	  "Kerberos with PKINIT has to work: reasons 6, 7 and 9 tell why it was not tried."}},
	{0xc00002fe, {"The machine is shutting down.", NULL}},
	{0xc00002ff, {"The server is shutting down.", NULL}},
	{0xc000035b,
	 {"The client's channel or service binding is missing or does not match the server's TLS "
	  "connection or name: Extended Protection did its work, or something between the two ends "
	  "TLS.",
	  "If a proxy or load balancer ends TLS, pass TLS through or let only that hop be exempt. "
	  "If not, somebody relays: look at the source. Clients without bindings show the warning "
	  "no-channel-binding."}},
	{0xc000035c,
	 {"The session's ticket or logon ran out; the client has to authenticate again.", NULL}},
	{0xc0000371,
	 {"The controller keeps no secrets of this account: a read-only domain controller that may "
	  "not cache it, without a way to a writable one.",
	  "Allow caching for the account, or see to the link to a writable controller."}},
	{0xc0000388,
	 {"The server or controller sees that the negotiation was changed on the way to something "
	  "weaker.",
	  "If it is not a broken secure channel (join again), somebody is in the path (ntlmaudit "
	  "explain downgrade)."}},
	{0xc000040b, {"Delegation across realms failed.", NULL}},
	{0xc0000413,
	 {"The trust has selective authentication, and the account is not allowed to authenticate "
	  "to this server.",
	  "Grant Allowed to Authenticate on the server's computer account, or leave it: it may be "
	  "meant."}},
	{0xc0000418,
	 {"NTLM is blocked by policy. The logon would have been NTLM, and was refused for that.",
	  "Somebody depends on it: the reason of the client's event says what to change. Policies: "
	  "Network security: Restrict NTLM (and their lists of exceptions); in Samba ntlm auth = "
	  "disabled; SMB NTLM blocking in Windows 11 24H2."}},
	{0xc0000466, {"The server is not available.", NULL}},
	{0xc000a000,
	 {"A signature does not match: the data was changed on the way, or the two sides have "
	  "different keys.",
	  "If it happens once, look for a machine in the path; if always, for a client or server "
	  "with a defect in signing."}},
};
const size_t n_explained_statuses = sizeof(explained_statuses) / sizeof(explained_statuses[0]);
