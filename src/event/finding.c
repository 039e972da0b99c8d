/*
 * What each finding is, how grave, and what would make it wrong. For administrators: the text is all that many of
 * them will read, so it says what was seen, what follows from it, and what is not proved by it.
 */
#include "event/finding.h"

const struct finding_kind finding_kinds[FINDING__COUNT] = {
	[FINDING_RELAY] = {"relay", SEVERITY_HIGH, "NTLM relay",
			   "The same server challenge was seen on two connections. A server draws "
			   "eight random bytes "
			   "for every authentication, so the second connection got them from the "
			   "first: the machine "
			   "between the two passes one party's logon on to the other and holds a "
			   "session in that "
			   "account's name. It did not learn the password, but it has what the "
			   "account may do at that "
			   "server. Find the machine that is the server of one connection and the "
			   "client of the "
			   "other and take it off the network; end the account's sessions at the "
			   "target and look at "
			   "what they did. Then close the way: require SMB signing on servers "
			   "(Samba: server signing "
			   "= mandatory; Group Policy: Microsoft network server: Digitally sign "
			   "communications "
			   "(always)), LDAP signing and channel binding on domain controllers "
			   "(Samba: ldap server "
			   "require strong auth = yes), Extended Protection on web servers, and "
			   "move the service to "
			   "Kerberos.",
			   "A proxy, load balancer or storage gateway that is meant to pass NTLM "
			   "on does the same "
			   "thing openly; so does address translation where the capture has the "
			   "connection on both "
			   "its sides. A server that gives everybody the same challenge makes "
			   "unrelated logons look "
			   "alike: old appliances do it, and so do tools that collect responses in "
			   "order to crack "
			   "them, which is no relay and no better."},
	[FINDING_TWO_SERVERS] =
		{"two-servers", SEVERITY_LOW, "one client at two servers at once",
		 "One address answered the challenges of two servers at the same time as the same "
		 "account. "
		 "People's programs mostly log on to one server after the other; a relay that was "
		 "given "
		 "one victim's logons and has several targets, or a tool that walks through "
		 "servers with "
		 "stolen credentials, does it side by side. Look who uses that address, whether "
		 "both "
		 "servers are ones it usually works with, and whether the same account was active "
		 "elsewhere.",
		 "Usual for machines with many programs in one account's name: backup, monitoring, "
		 "deployment and vulnerability scanners, terminal servers, mapped drives that "
		 "reconnect "
		 "after sleep, DFS, mail clients with several servers. Many machines behind one "
		 "translated "
		 "address look like one. By itself it is a hint, not a proof."},
	[FINDING_SPRAY] =
		{"spray", SEVERITY_MEDIUM, "password spraying",
		 "One source failed to log on as many different accounts within a short time. So "
		 "looks the "
		 "trying of a few common passwords on everybody, which stays below the lockout "
		 "threshold of "
		 "each account. Look first for the success among the failures: the same source, an "
		 "account "
		 "that failed before and then got in; change that password and end its sessions. "
		 "Then "
		 "block the source, and look whether its machine was taken over or has no business "
		 "there.",
		 "One address may be many people: terminal servers, VPN concentrators, address "
		 "translation, web or mail front ends that pass users' passwords on. A service "
		 "whose "
		 "account list is stale, a penetration test and a vulnerability scanner with wrong "
		 "credentials do it too. A domain controller or trust that is out of order makes "
		 "everybody "
		 "fail: look whether the failures' status is about passwords and unknown users."},
	[FINDING_GUESSING] = {"guessing", SEVERITY_LOW, "repeated failures of one account",
			      "One source failed to log on as the same account again and again. "
			      "Either somebody guesses, "
			      "or something goes on using an old password; both can lock the "
			      "account out. The status "
			      "tells more: STATUS_WRONG_PASSWORD at even intervals is a program, "
			      "with growing pauses a "
			      "person, many a second a tool. Look for a success at the end of the "
			      "row, and on the source "
			      "for saved credentials: services, scheduled tasks, mapped drives, "
			      "fstab and credentials= "
			      "files, phones' mail profiles.",
			      "Far more often a forgotten saved password after a change than an "
			      "attack, above all where "
			      "the account is a person's own and the source is that person's "
			      "machine. The previous "
			      "password goes on working over NTLM for an hour after a change "
			      "(Samba: old password allowed "
			      "period), so the failures begin later than the change."},
	[FINDING_COERCED] = {"coerced", SEVERITY_MEDIUM, "coerced authentication",
			     "A machine accepted an NTLM logon from a peer and within seconds "
			     "logged on to that same "
			     "peer by NTLM itself. Calls such as those of the print spooler "
			     "(MS-RPRN), EFS (MS-EFSR), "
			     "DFS (MS-DFSNM) and VSS (MS-FSRVP) make a server connect to an "
			     "address that the caller "
			     "names; what it sends there is its machine account's response, which "
			     "can be relayed, for a "
			     "domain controller's account up to the whole domain. Look whether a "
			     "machine account (its "
			     "name ends in $) logged on to something that is no server, and what "
			     "the peer did with it: "
			     "a finding relay beside this one is the worst case. Stop the spooler "
			     "where nothing is "
			     "printed, block outgoing SMB from servers and domain controllers, set "
			     "Restrict NTLM: "
			     "Outgoing NTLM traffic to remote servers to Deny on domain "
			     "controllers once this audit "
			     "shows nothing lawful, and require signing and channel binding.",
			     "Servers that are each other's clients do it all day: cluster nodes, "
			     "replication and "
			     "backup partners, print servers with notifications, management "
			     "servers that call back. "
			     "The rule sees addresses and times, not causes. A pair that has "
			     "always done it, as accounts "
			     "of services rather than of the machine, is probably lawful."},
	[FINDING_DOWNGRADE] = {"downgrade", SEVERITY_MEDIUM, "downgraded negotiation",
			       "Protections that the client offered in its NEGOTIATE are missing "
			       "from what was agreed on, "
			       "though most servers have them: extended session security, 128-bit "
			       "keys, key exchange or "
			       "the target information that NTLMv2's protections need. Somebody in "
			       "the path can take bits "
			       "out, since NEGOTIATE and CHALLENGE are not protected unless the "
			       "AUTHENTICATE has a MIC; "
			       "a listener that wants NTLMv1 responses because they can be cracked "
			       "leaves them out of its "
			       "CHALLENGE. Look what the server is: one that is none of yours is "
			       "the attacker. Make "
			       "clients refuse it: Network security: LAN Manager authentication "
			       "level at least 3, better "
			       "5, Network security: Minimum session security for NTLM SSP based "
			       "clients; in Samba client "
			       "NTLMv2 auth = yes, which is the default.",
			       "Old or simple servers really can't do more: printers, scanners, "
			       "storage appliances, "
			       "embedded SMB stacks, servers configured for LM compatibility. The "
			       "same server answering "
			       "everybody so, always, is old rather than attacked; one that does "
			       "it only to some, or only "
			       "since today, is not."},
	[FINDING_MIC_STRIPPED] = {"mic-stripped", SEVERITY_HIGH, "message integrity check removed",
				  "The client's NTLMv2 response says (MsvAvFlags, bit 0x2) that "
				  "its AUTHENTICATE carries a "
				  "message integrity check, and there is none. The response is "
				  "signed with the account's "
				  "key and can't be altered, the message around it can: somebody "
				  "took the check away in "
				  "order to change flags unnoticed, most often to turn off signing "
				  "for a relay from SMB to "
				  "LDAP (known as Drop the MIC, CVE-2019-1040). Servers must "
				  "refuse such a message: look "
				  "whether this one's status was success, and if so update the "
				  "server at once. Find the "
				  "machine that sent it.",
				  "Hardly anything lawful does this. A client library with a "
				  "defect may copy the flags "
				  "without computing the check; then all its logons are so, to "
				  "every server, and it should be "
				  "fixed. A capture that lost bytes can't bring it about: damaged "
				  "messages are not judged."},
	[FINDING_SIGNING_STRIPPED] = {"signing-stripped", SEVERITY_MEDIUM, "signing removed",
				      "Client and server both offered to sign, and the "
				      "AUTHENTICATE does not ask for it. Whoever "
				      "relays a logon needs a session without signing, since it "
				      "has no session key; taking the "
				      "flag out is how it gets one. Look at the MIC of the same "
				      "event: Protected means that the "
				      "client itself chose so; Unprotected means that nobody can "
				      "tell. Require signing at the "
				      "server, so that it does not depend on what was offered: "
				      "server signing = mandatory and "
				      "ldap server require strong auth = yes in Samba, the "
				      "Digitally sign communications (always) "
				      "and LDAP server signing requirements policies in Windows.",
				      "Some clients list all they can do in the NEGOTIATE and then "
				      "ask only for what the "
				      "application wants: HTTP clients, LDAP clients over TLS, "
				      "database drivers, scripts' NTLM "
				      "libraries. SMB decides about signing in its own "
				      "negotiation, so that for SMB the flag's "
				      "absence alone does not mean an unsigned session."},
};

const char *finding_severity_name(enum finding_severity severity)
{
	static const char *const names[] = {
		[SEVERITY_LOW] = "low",
		[SEVERITY_MEDIUM] = "medium",
		[SEVERITY_HIGH] = "high",
	};

	return names[severity <= SEVERITY_HIGH ? severity : SEVERITY_LOW];
}
