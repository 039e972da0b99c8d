/* Every fact explained: what it says, where it comes from, what a value means for the administrator. */
#include "event/explain.h"

const struct explanation explained_facts[FACT__COUNT] = {
	[FACT_PROCESS_NAME] = {"The program that authenticated, or that was authenticated to. Only "
			       "the machine itself knows it; from the network it is Null.",
			       "A program name is the shortest way to who has to change something: "
			       "watch on the host itself where the network does not tell enough."},
	[FACT_PROCESS_ID] =
		{"The process ID of that program, in hexadecimal in Windows' 4020 to 4023.", NULL},
	[FACT_USER] = {"The account as the client sent it: a name, or user@domain with an empty "
		       "domain. A claim until the status says success.",
		       NULL},
	[FACT_DOMAIN] = {"The account's domain as the client sent it. A dot, an empty one, or a "
			 "machine's name stands for a local account.",
			 "If it is not the domain that was meant, correct what the user or the "
			 "service types; local accounts can't use Kerberos (reason 2)."},
	[FACT_HOST] = {"What the client calls itself. Nothing proves it: some libraries send "
		       "nothing, or a constant such as WORKSTATION.",
		       "Trust the address more than this name. One name from many addresses points "
		       "to a tool or an image that was copied."},
	[FACT_SIGN_ON] =
		{"Whether the credentials of the user's session were used (Single Sign-On) or "
		 "others were given (Supplied Credentials). Known to the client's machine only.",
		 NULL},
	[FACT_CLIENT_IP] =
		{"The address the authentication came from.",
		 "Address translation, proxies and terminal servers make many clients one."},
	[FACT_CLIENT_NAME] = {"The client's name in DNS, where it was sent or seen in DNS answers. "
			      "Never looked up by asking.",
			      NULL},
	[FACT_TARGET_MACHINE] = {"The server's NetBIOS name, from the names that its CHALLENGE "
				 "gave and the client's response repeats.",
				 "In an NTLMv2 response it is under the account's key: if it is "
				 "not the machine at the target's address, the logon was meant for "
				 "another one, and was relayed or passed on."},
	[FACT_TARGET_DOMAIN] =
		{"The server's NetBIOS domain; its own name where it is in no domain.", NULL},
	[FACT_TARGET_SERVICE] =
		{"The service that the client asked for: the name it bound its response to, or "
		 "what the protocol says, such as cifs/HOST for a share.",
		 "It should be a DNS name with a registered SPN. An address in it is reason 7, an "
		 "unknown alias reason 6."},
	[FACT_TARGET_IP] = {"The server's address.", NULL},
	[FACT_TARGET_NAME] = {"The server's name in DNS, as it says itself or as DNS answers in "
			      "the capture had it.",
			      NULL},
	[FACT_REASON_ID] = {"Why NTLM was used rather than Kerberos, as a number from 0 to 11.",
			    "ntlmaudit explain reason N tells each with what to do."},
	[FACT_REASON] = {"The sentence that Windows has for the reason's number.", NULL},
	[FACT_FLAGS] = {"The NegotiateFlags of the AUTHENTICATE: what the two sides agreed on.",
			"ntlmaudit explain flags VALUE decodes them bit by bit."},
	[FACT_NTLM_VERSION] = {"NTLMv2 or NTLMv1 as Windows tells it; LM counts as NTLMv1, a null "
			       "session has none. ntlm_version_detail is finer.",
			       "Anything but NTLMv2 has to go first: see the warning ntlmv1."},
	[FACT_SESSION_KEY] = {"Whether a session key was agreed on. Without one (Missing) nothing "
			      "that follows can be signed or sealed.",
			      "See the warning no-session-key."},
	[FACT_CHANNEL_BINDING] = {"Whether the client supports channel bindings: its response has "
				  "MsvAvChannelBindings, if only with zeros outside TLS.",
				  "Not Supported: see the warning no-channel-binding."},
	[FACT_SERVICE_BINDING] =
		{"The SPN inside the NTLMv2 response (MsvAvTargetName), under the account's key: "
		 "the client meant this service. Null where it sent none.",
		 "Windows servers can be told to check it: Microsoft network server: Server SPN "
		 "target name validation level. A name of another server than the target is a sign "
		 "of relaying."},
	[FACT_MIC] = {"Whether a message integrity check protects the three messages: announced in "
		      "AvFlags and there.",
		      "Unprotected: see the warning no-mic. Announced and missing is the finding "
		      "mic-stripped."},
	[FACT_AV_FLAGS] = {"MsvAvFlags of the NTLMv2 response: 0x1 constrained account, 0x2 MIC "
			   "present, 0x4 target name from an untrusted source.",
			   "ntlmaudit explain avflags VALUE decodes them."},
	[FACT_AV_FLAGS_TEXT] = {"The same in words: Constrained, MIC, UntrustedSPN; None for 0.",
				NULL},
	[FACT_STATUS] = {"The server's answer as an NTSTATUS. Null where the answer was not seen, "
			 "which is not success.",
			 "ntlmaudit explain status VALUE, or its name, tells what it means."},
	[FACT_STATUS_TEXT] = {"The symbolic name of the status.", NULL},
	[FACT_DC_NAME] = {"The domain controller that checked the password.", NULL},
	[FACT_SERVER_NAME] = {"The server that asked the domain controller, that is, where the "
			      "client logged on.",
			      NULL},
	[FACT_SERVER_DOMAIN] = {"The domain of that server.", NULL},
	[FACT_SERVER_IP] = {"The address from which the server asked.", NULL},
	[FACT_SERVER_OS] = {"The server's operating system as it told the controller when it set "
			    "up its secure channel.",
			    NULL},
	[FACT_FORWARDER_TYPE] =
		{"What kind of secure channel the request came over: a member's (Workstation), a "
		 "trust's (TrustedDnsDomain, TrustedDomain), a controller's (Server, CdcServer).",
		 NULL},
	[FACT_FORWARDER_NAME] = {"The controller of the other domain that passed the request on.",
				 NULL},
	[FACT_FORWARDER_DOMAIN] = {"The domain that passed the request on, over the trust.", NULL},
	[FACT_FORWARDER_IP] = {"The address of that controller.", NULL},
	[FACT_CLIENT_LUID] = {"The logon session (LUID) of the calling process on its machine; "
			      "joins with events 4624 and 4634 of that machine's Security log.",
			      NULL},
	[FACT_CLIENT_USER] =
		{"As whom the calling process runs; it may authenticate as somebody else.", NULL},
	[FACT_CLIENT_DOMAIN] = {"The domain of the account the calling process runs as.", NULL},
	[FACT_MECHANISM_OID] = {"Which security package was called, as an object identifier: "
				"1.3.6.1.4.1.311.2.2.10 is NTLM itself, 1.3.6.1.5.5.2 Negotiate.",
				"NTLM itself means reason 1: the program has to be changed."},
	[FACT_LOGON_TYPE] = {"How the account logged on: 2 interactive, 3 network, 4 batch, 5 "
			     "service, 8 network with a clear-text password, 10 remote desktop.",
			     NULL},
	[FACT_IN_PROC] = {"Whether the caller is inside the security service (LSA) itself.", NULL},
	[FACT_CHANNEL_NAME] = {"Whose secure channel brought the request to the controller: the "
			       "server's, or the trusted domain's.",
			       NULL},
	[FACT_CHANNEL_TYPE] =
		{"The type of that channel: 2 a member's, 3 and 4 a trust's, 6 a controller's; 0 "
		 "none, the logon was at the controller itself.",
		 NULL},
	[FACT_NEGOTIATED_SECURITY] = {"The NegotiateFlags that both sides could agree on; less "
				      "than the minimum that is required.",
				      "ntlmaudit explain flags VALUE."},
	[FACT_REQUIRED_SECURITY] =
		{"The NegotiateFlags that policy requires: Network security: Minimum session "
		 "security for NTLM SSP based clients, or servers.",
		 "Lower neither: find out why the other side can't do it."},
	[FACT_DEVICE_NAME] = {"The device on which the account was used.", NULL},
	[FACT_IMAGE_NAME] = {"The program's executable.", NULL},
	[FACT_SVC_HOST_TAG] = {"Which service inside a shared svchost process it was.", NULL},
	[FACT_SILO_NAME] = {"The authentication policy silo that the account belongs to.", NULL},
	[FACT_POLICY_NAME] =
		{"The authentication policy that refused, or would.",
		 "Get-ADAuthenticationPolicy; samba-tool domain auth policy (since 4.19)."},
	[FACT_CARRIER] = {"The protocol that carried the NTLM messages, recognised by its content "
			  "and not by the port.",
			  NULL},
	[FACT_NTLM_VERSION_DETAIL] = {"The version finer than Windows tells it: LM, NTLMv1, "
				      "NTLMv1-ESS, NTLMv2, LMv2, MS-CHAPv2, null session.",
				      "ntlmaudit explain NTLMv1-ESS and the like tell of each."},
	[FACT_WARNINGS] = {"What makes the event a Warning, as keywords: ntlmv1, null-session, "
			   "no-mic, no-channel-binding, no-session-key, untrusted-spn.",
			   "ntlmaudit explain KEYWORD tells of each."},
	[FACT_EVIDENCE] = {"What shows the reason, as a sentence. In JSON and XML the observations "
			   "stand beside it under evidence: kind, time before the authentication, "
			   "packet, peer, name, code.",
			   NULL},
	[FACT_MECHANISMS] =
		{"What the client offered in SPNEGO. After a failed attempt at Kerberos clients "
		 "list NTLM only, so a missing Kerberos proves nothing.",
		 NULL},
	[FACT_PARTIAL] = {"Which messages of the exchange were not in the capture, so that some "
			  "fields are Null or less certain.",
			  "Capture earlier, longer, and without loss: tcpdump -B for a larger "
			  "buffer, -s 0 for whole packets."},
	[FACT_CLIENT_PORT] = {"The client's port, to find the connection in the capture.", NULL},
	[FACT_TARGET_PORT] = {"The server's port, to find the connection in the capture.", NULL},
	[FACT_CLIENT_OS] =
		{"Version and build that the client puts into its AUTHENTICATE: 10.0.19041. "
		 "Windows' own are true; Samba and libraries send 6.1.0 or the like.",
		 NULL},
	[FACT_SOURCE] = {"The capture file or the interface.", NULL},
	[FACT_FRAME_NEGOTIATE] =
		{"The packet in which the NEGOTIATE ends, counted from 1 as Wireshark does.", NULL},
	[FACT_FRAME_CHALLENGE] = {"The packet in which the CHALLENGE ends.", NULL},
	[FACT_FRAME_AUTHENTICATE] =
		{"The packet in which the AUTHENTICATE ends. Its time is the event's.", NULL},
	[FACT_FRAME_ANSWER] = {"The packet of the server's answer.", NULL},
	[FACT_PROCESS_PATH] = {"The executable of the process that holds this machine's end of the "
			       "connection. A program in a container has its path there.",
			       NULL},
	[FACT_PROCESS_USER] = {"The user that the process runs as, by name: of the client's event "
			       "often somebody else than the account that authenticates.",
			       NULL},
	[FACT_PROCESS_UID] = {"The number of the user that the process runs as.", NULL},
	[FACT_PROCESS_UNIT] =
		{"The systemd unit that the process belongs to: a service, or a scope such as that "
		 "of a person's session.",
		 "systemctl status UNIT shows what else belongs to it."},
	[FACT_PROCESS_CONTAINER] =
		{"The container that the process runs in, by its ID or name.",
		 "docker ps --no-trunc, podman ps --no-trunc, machinectl or lxc-ls show whose it "
		 "is."},
	[FACT_PROCESS_KERNEL] =
		{"The connection is the kernel's own and no program's: a mounted share (cifs), or "
		 "a file server in the kernel. The process name is kernel then, its ID 0.",
		 "findmnt -t cifs lists mounted shares; give them sec=krb5."},
	[FACT_PROCESS_HOW] =
		{"How the process came by the connection: connected, it opened it; accepted, it "
		 "took it on or inherited it; listener, nobody was seen to take it on, and this "
		 "process listens there.",
		 NULL},
	[FACT_TARGET_TYPE] =
		{"What the server's CHALLENGE says its name stands for: domain, the server is a "
		 "member of one and takes its accounts; server, it knows its own accounts only.",
		 NULL},
	[FACT_GAP_REASON] = {"Why traffic was not audited for a while.",
			     "ntlmaudit explain event 1 tells what to do."},
	[FACT_GAP_BEGIN] = {"The last moment at which traffic is known to have been audited, UTC.",
			    NULL},
	[FACT_GAP_END] = {"From when on traffic was audited again, UTC.", NULL},
	[FACT_GAP_PACKETS] =
		{"How many packets were not audited, where that is known.",
		 "More memory for the capture helps: the setting ring-mib of ntlmaudit.conf."},
	[FACT_LOGON_ID] =
		{"A random number that the server gives to a logon and that every domain "
		 "controller on its way gets with it. Events with the same number are the same "
		 "logon's; a controller that was logged on to itself has none.",
		 NULL},
	[FACT_SECURE_CHANNEL_ACCOUNT] =
		{"The account of the secure channel over which the request reached the "
		 "controller: a member's machine account (FS1$), or a trusted domain's. Unlike "
		 "the names that clients send it is authenticated.",
		 NULL},
	[FACT_PASSWORD_TYPE] =
		{"What Samba says that it checked: NTLMv2, NTLMv1, MSCHAPv2, Supplied-NT-Hash for "
		 "an interactive logon, Plaintext, No-Password.",
		 "Plaintext means that the server had the password itself; see what asked there "
		 "for it."},
	[FACT_SIGHTINGS] =
		{"What the event was put together from: capture, the client's and the server's "
		 "own exchange; netlogon, the server's request to a domain controller over the "
		 "secure channel; samba-log, a line of Samba's audit log. Fields of several are "
		 "filled from all of them.",
		 "A field that is Null may be known to a sighting that is missing: give read the "
		 "capture, the keys and the log together."},
};
