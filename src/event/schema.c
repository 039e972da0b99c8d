/*
 * The layouts. Names, types and order are the Windows manifests'; groups, labels and sentences are those of
 * KB5064479, word for word. The irregular spellings ("Mic Status", AvlFlags beside AvFlags, last sentences with
 * and without a full stop) are Windows' own.
 */
#include "event/schema.h"

/* Ends a row whose field is not in the text. */
#define UNSHOWN NULL, NULL
#define FIELDS(list) (list), sizeof(list) / sizeof((list)[0])

enum { TASK_LOGON = 12544, TASK_CREDENTIAL_VALIDATION = 14336 }; /* of the Security log */

static const struct provider ntlm = {
	"Microsoft-Windows-NTLM",
	"NTLM",
	"{AC43300D-5FCC-4800-8E99-1BD3F85F0320}",
	EVENT_CHANNEL,
	false,
	false,
};

static const struct provider netlogon = {
	"Microsoft-Windows-Security-Netlogon",
	"Security-Netlogon",
	"{E5BA83F6-07D0-46B1-8BC7-7E669A1D31DC}",
	EVENT_CHANNEL,
	false,
	false,
};

/* Only read: of its events those that tell of NTLM. */
static const struct provider auditing = {
	"Microsoft-Windows-Security-Auditing",
	"Microsoft Windows security auditing.",
	"{54849625-5478-4994-A5BA-3E3B0328C30D}",
	"Security",
	true,
	false,
};

/* Of none of Windows': what this program says of its own audit. */
static const struct provider own = {
	.name = "ntlmaudit",
	.source = "ntlmaudit",
	.guid = "{F6FB3F16-7BF3-4D13-9BCA-A57F82092988}",
	.channel = EVENT_CHANNEL,
	.is_ours = true,
};

static const char process[] = "Process Information";
static const char client[] = "Client Information";
static const char remote[] = "Remote Client Information";
static const char target[] = "Target Information";
static const char server[] = "Server Information";
static const char forwarded[] = "Forwarded From";
static const char usage[] = "NTLM Usage";
static const char security[] = "NTLM Security";
static const char outcome[] = ""; /* the KB shows no heading over Status */

static const struct field client_fields[] = {
	{FACT_PROCESS_NAME, "ProcessName", WIN_STRING, process, "Process Name"},
	{FACT_PROCESS_ID, "ProcessPID", WIN_H32, process, "Process PID"},
	{FACT_USER, "Username", WIN_STRING, client, "Username"},
	{FACT_DOMAIN, "DomainName", WIN_STRING, client, "Domain"},
	{FACT_HOST, "Hostname", WIN_STRING, client, "Hostname"},
	{FACT_SIGN_ON, "SingleSignOn", WIN_STRING, client, "Sign-On Type"},
	{FACT_TARGET_MACHINE, "TargetMachine", WIN_STRING, target, "Target Machine"},
	{FACT_TARGET_DOMAIN, "TargetDomain", WIN_STRING, target, "Target Domain"},
	{FACT_TARGET_SERVICE, "TargetService", WIN_STRING, target, "Target Resource"},
	{FACT_TARGET_IP, "TargetIP", WIN_STRING, target, "Target IP"},
	{FACT_TARGET_NAME, "TargetNetworkName", WIN_STRING, target, "Target Network Name"},
	{FACT_REASON_ID, "NtlmUsageId", WIN_U32, usage, "Reason ID"},
	{FACT_REASON, "NtlmUsageReason", WIN_STRING, usage, "Reason"},
	{FACT_FLAGS, "NegotiatedFlags", WIN_H32, security, "Negotiated Flags"},
	{FACT_NTLM_VERSION, "NtlmVersion", WIN_STRING, security, "NTLM Version"},
	{FACT_SESSION_KEY, "SessionKeyStatus", WIN_STRING, security, "Session Key Status"},
	{FACT_CHANNEL_BINDING, "ChannelBindingStatus", WIN_STRING, security, "Channel Binding"},
	{FACT_SERVICE_BINDING, "ServiceBinding", WIN_STRING, security, "Service Binding"},
	{FACT_MIC, "Mic Status", WIN_STRING, security, "MIC Status"},
	{FACT_AV_FLAGS, "AvlFlags", WIN_H32, security, "AvFlags"},
	{FACT_AV_FLAGS_TEXT, "AvlFlagsStr", WIN_STRING, security, "AvFlags String"},
};

static const struct field server_fields[] = {
	{FACT_PROCESS_NAME, "ProcessName", WIN_STRING, process, "Process Name"},
	{FACT_PROCESS_ID, "ProcessPID", WIN_H32, process, "Process PID"},
	{FACT_USER, "Username", WIN_STRING, remote, "Username"},
	{FACT_DOMAIN, "DomainName", WIN_STRING, remote, "Domain"},
	{FACT_HOST, "RemoteClientMachine", WIN_STRING, remote, "Client Machine"},
	{FACT_CLIENT_IP, "ClientIP", WIN_STRING, remote, "Client IP"},
	{FACT_CLIENT_NAME, "ClientNetworkName", WIN_STRING, remote, "Client Network Name"},
	{FACT_FLAGS, "NegotiatedFlags", WIN_H32, security, "Negotiated Flags"},
	{FACT_NTLM_VERSION, "NtlmVersion", WIN_STRING, security, "NTLM Version"},
	{FACT_SESSION_KEY, "SessionKeyStatus", WIN_STRING, security, "Session Key Status"},
	{FACT_CHANNEL_BINDING, "ChannelBindingStatus", WIN_STRING, security, "Channel Binding"},
	{FACT_SERVICE_BINDING, "ServiceBinding", WIN_STRING, security, "Service Binding"},
	{FACT_TARGET_MACHINE, "TargetMachine", WIN_STRING, UNSHOWN},
	{FACT_TARGET_DOMAIN, "TargetDomain", WIN_STRING, UNSHOWN},
	{FACT_MIC, "Mic Status", WIN_STRING, security, "MIC Status"},
	{FACT_AV_FLAGS, "AvFlags", WIN_H32, security, "AvFlags"},
	{FACT_AV_FLAGS_TEXT, "AvFlagsStr", WIN_STRING, security, "AvFlags String"},
	{FACT_STATUS, "Status", WIN_H32, outcome, "Status"},
	{FACT_STATUS_TEXT, "StatusMsg", WIN_U32, outcome, "Status Message"},
};

static const struct field forwarded_fields_0[] = {
	{FACT_DC_NAME, "DCName", WIN_STRING, UNSHOWN},
	{FACT_USER, "AccountName", WIN_STRING, client, "Client Name"},
	{FACT_DOMAIN, "AccountDomain", WIN_STRING, client, "Client Domain"},
	{FACT_HOST, "AccountMachine", WIN_STRING, client, "Client Machine"},
	{FACT_SERVER_NAME, "ServerName", WIN_STRING, server, "Server Name"},
	{FACT_SERVER_DOMAIN, "ServerDomain", WIN_STRING, server, "Server Domain"},
	{FACT_FORWARDER_TYPE, "ForwarderType", WIN_STRING, forwarded, "Secure Channel Type"},
	{FACT_FORWARDER_NAME, "ForwarderName", WIN_STRING, forwarded, "Farside Name"},
	{FACT_FORWARDER_DOMAIN, "ForwarderDomain", WIN_STRING, forwarded, "Farside Domain"},
	{FACT_FORWARDER_IP, "ForwarderIP", WIN_STRING, forwarded, "Farside IP"},
	{FACT_NTLM_VERSION, "NtlmVersion", WIN_STRING, security, "NTLM Version"},
	{FACT_SERVICE_BINDING, "ServiceBinding", WIN_STRING, security, "Service Binding"},
	{FACT_TARGET_MACHINE, "TargetMachine", WIN_STRING, UNSHOWN},
	{FACT_TARGET_DOMAIN, "TargetDomain", WIN_STRING, UNSHOWN},
	{FACT_MIC, "Mic Status", WIN_STRING, security, "MIC Status"},
	{FACT_AV_FLAGS, "AvFlags", WIN_H32, security, "AvFlags"},
	{FACT_AV_FLAGS_TEXT, "AvFlagsStr", WIN_STRING, security, "AvFlags String"},
	{FACT_STATUS, "Status", WIN_H32, outcome, "Status"},
	{FACT_STATUS_TEXT, "StatusMsg", WIN_U32, UNSHOWN},
};

static const struct field forwarded_fields[] = {
	{FACT_DC_NAME, "DCName", WIN_STRING, UNSHOWN},
	{FACT_USER, "AccountName", WIN_STRING, client, "Client Name"},
	{FACT_DOMAIN, "AccountDomain", WIN_STRING, client, "Client Domain"},
	{FACT_HOST, "AccountMachine", WIN_STRING, client, "Client Machine"},
	{FACT_SERVER_NAME, "ServerName", WIN_STRING, server, "Server Name"},
	{FACT_SERVER_DOMAIN, "ServerDomain", WIN_STRING, server, "Server Domain"},
	{FACT_FORWARDER_TYPE, "ForwarderType", WIN_STRING, forwarded, "Secure Channel Type"},
	{FACT_FORWARDER_NAME, "ForwarderName", WIN_STRING, forwarded, "Farside Name"},
	{FACT_FORWARDER_DOMAIN, "ForwarderDomain", WIN_STRING, forwarded, "Farside Domain"},
	{FACT_FORWARDER_IP, "ForwarderIP", WIN_STRING, forwarded, "Farside IP"},
	{FACT_FLAGS, "NegotiatedFlags", WIN_H32, security, "Negotiated Flags"},
	{FACT_NTLM_VERSION, "NtlmVersion", WIN_STRING, security, "NTLM Version"},
	{FACT_SESSION_KEY, "SessionKeyStatus", WIN_STRING, security, "Session Key Status"},
	{FACT_CHANNEL_BINDING, "ChannelBindingStatus", WIN_STRING, security, "Channel Binding"},
	{FACT_SERVICE_BINDING, "ServiceBinding", WIN_STRING, security, "Service Binding"},
	{FACT_TARGET_MACHINE, "TargetMachine", WIN_STRING, UNSHOWN},
	{FACT_TARGET_DOMAIN, "TargetDomain", WIN_STRING, UNSHOWN},
	{FACT_MIC, "Mic Status", WIN_STRING, security, "MIC Status"},
	{FACT_AV_FLAGS, "AvFlags", WIN_H32, security, "AvFlags"},
	{FACT_AV_FLAGS_TEXT, "AvFlagsStr", WIN_STRING, security, "AvFlags String"},
	{FACT_STATUS, "Status", WIN_H32, outcome, "Status"},
	{FACT_STATUS_TEXT, "StatusMsg", WIN_U32, UNSHOWN},
};

static const struct field domain_fields_0[] = {
	{FACT_DC_NAME, "DCName", WIN_STRING, UNSHOWN},
	{FACT_USER, "AccountName", WIN_STRING, client, "Client Name"},
	{FACT_DOMAIN, "AccountDomain", WIN_STRING, client, "Client Domain"},
	{FACT_HOST, "AccountMachine", WIN_STRING, client, "Client Machine"},
	{FACT_SERVER_NAME, "ServerName", WIN_STRING, server, "Server Name"},
	{FACT_SERVER_DOMAIN, "ServerDomain", WIN_STRING, server, "Server Domain"},
	{FACT_SERVER_IP, "ServerIP", WIN_STRING, server, "Server IP"},
	{FACT_SERVER_OS, "ServerOS", WIN_STRING, server, "Server OS"},
	{FACT_NTLM_VERSION, "NtlmVersion", WIN_STRING, security, "NTLM Version"},
	{FACT_SERVICE_BINDING, "ServiceBinding", WIN_STRING, security, "Service Binding"},
	{FACT_TARGET_MACHINE, "TargetMachine", WIN_STRING, UNSHOWN},
	{FACT_TARGET_DOMAIN, "TargetDomain", WIN_STRING, UNSHOWN},
	{FACT_MIC, "Mic Status", WIN_STRING, security, "MIC Status"},
	{FACT_AV_FLAGS, "AvFlags", WIN_H32, security, "AvFlags"},
	{FACT_AV_FLAGS_TEXT, "AvFlagsStr", WIN_STRING, security, "AvFlags String"},
	{FACT_STATUS, "Status", WIN_H32, outcome, "Status"},
	{FACT_STATUS_TEXT, "StatusMsg", WIN_U32, outcome, "Status Message"},
};

static const struct field domain_fields[] = {
	{FACT_DC_NAME, "DCName", WIN_STRING, UNSHOWN},
	{FACT_USER, "AccountName", WIN_STRING, client, "Client Name"},
	{FACT_DOMAIN, "AccountDomain", WIN_STRING, client, "Client Domain"},
	{FACT_HOST, "AccountMachine", WIN_STRING, client, "Client Machine"},
	{FACT_SERVER_NAME, "ServerName", WIN_STRING, server, "Server Name"},
	{FACT_SERVER_DOMAIN, "ServerDomain", WIN_STRING, server, "Server Domain"},
	{FACT_SERVER_IP, "ServerIP", WIN_STRING, server, "Server IP"},
	{FACT_SERVER_OS, "ServerOS", WIN_STRING, server, "Server OS"},
	{FACT_FLAGS, "NegotiatedFlags", WIN_H32, security, "Negotiated Flags"},
	{FACT_NTLM_VERSION, "NtlmVersion", WIN_STRING, security, "NTLM Version"},
	{FACT_SESSION_KEY, "SessionKeyStatus", WIN_STRING, security, "Session Key Status"},
	{FACT_CHANNEL_BINDING, "ChannelBindingStatus", WIN_STRING, security, "Channel Binding"},
	{FACT_SERVICE_BINDING, "ServiceBinding", WIN_STRING, security, "Service Binding"},
	{FACT_TARGET_MACHINE, "TargetMachine", WIN_STRING, UNSHOWN},
	{FACT_TARGET_DOMAIN, "TargetDomain", WIN_STRING, UNSHOWN},
	{FACT_MIC, "Mic Status", WIN_STRING, security, "MIC Status"},
	{FACT_AV_FLAGS, "AvFlags", WIN_H32, security, "AvFlags"},
	{FACT_AV_FLAGS_TEXT, "AvFlagsStr", WIN_STRING, security, "AvFlags String"},
	{FACT_STATUS, "Status", WIN_H32, outcome, "Status"},
	{FACT_STATUS_TEXT, "StatusMsg", WIN_U32, outcome, "Status Message"},
};

static const struct field outgoing_fields[] = {
	{FACT_TARGET_SERVICE, "TargetName", WIN_STRING, UNSHOWN},
	{FACT_USER, "UserName", WIN_STRING, UNSHOWN},
	{FACT_DOMAIN, "DomainName", WIN_STRING, UNSHOWN},
	{FACT_PROCESS_ID, "CallerPID", WIN_U32, UNSHOWN},
	{FACT_PROCESS_NAME, "ProcessName", WIN_STRING, UNSHOWN},
	{FACT_CLIENT_LUID, "ClientLUID", WIN_H64, UNSHOWN},
	{FACT_CLIENT_USER, "ClientUserName", WIN_STRING, UNSHOWN},
	{FACT_CLIENT_DOMAIN, "ClientDomainName", WIN_STRING, UNSHOWN},
	{FACT_MECHANISM_OID, "MechanismOID", WIN_STRING, UNSHOWN},
};

static const struct field incoming_fields[] = {
	{FACT_PROCESS_ID, "CallerPID", WIN_U32, UNSHOWN},
	{FACT_PROCESS_NAME, "ProcessName", WIN_STRING, UNSHOWN},
	{FACT_CLIENT_LUID, "ClientLUID", WIN_H64, UNSHOWN},
	{FACT_CLIENT_USER, "ClientUserName", WIN_STRING, UNSHOWN},
	{FACT_CLIENT_DOMAIN, "ClientDomainName", WIN_STRING, UNSHOWN},
	{FACT_MECHANISM_OID, "MechanismOID", WIN_STRING, UNSHOWN},
};

static const struct field member_fields[] = {
	{FACT_USER, "UserName", WIN_STRING, UNSHOWN},
	{FACT_DOMAIN, "DomainName", WIN_STRING, UNSHOWN},
	{FACT_HOST, "Workstation", WIN_STRING, UNSHOWN},
	{FACT_PROCESS_ID, "CallerPID", WIN_U32, UNSHOWN},
	{FACT_PROCESS_NAME, "ProcessName", WIN_STRING, UNSHOWN},
	{FACT_LOGON_TYPE, "LogonType", WIN_U32, UNSHOWN},
	{FACT_IN_PROC, "InProc", WIN_BOOL, UNSHOWN},
	{FACT_MECHANISM_OID, "MechanismOID", WIN_STRING, UNSHOWN},
};

static const struct field channel_fields[] = {
	{FACT_CHANNEL_NAME, "SChannelName", WIN_STRING, UNSHOWN},
	{FACT_USER, "UserName", WIN_STRING, UNSHOWN},
	{FACT_DOMAIN, "DomainName", WIN_STRING, UNSHOWN},
	{FACT_HOST, "WorkstationName", WIN_STRING, UNSHOWN},
	{FACT_CHANNEL_TYPE, "SChannelType", WIN_U32, UNSHOWN},
};

static const struct field minimum_fields[] = {
	{FACT_PROCESS_ID, "CallerPID", WIN_U32, UNSHOWN},
	{FACT_PROCESS_NAME, "ProcessName", WIN_STRING, UNSHOWN},
	{FACT_NEGOTIATED_SECURITY, "NegotiatedSecurity", WIN_H32, UNSHOWN},
	{FACT_REQUIRED_SECURITY, "RequiredSecurity", WIN_H32, UNSHOWN},
};

static const struct field device_fields[] = {
	{FACT_USER, "AccountName", WIN_STRING, UNSHOWN},
	{FACT_DEVICE_NAME, "DeviceName", WIN_STRING, UNSHOWN},
};

static const struct field image_fields[] = {
	{FACT_IMAGE_NAME, "ImageName", WIN_STRING, UNSHOWN},
	{FACT_SVC_HOST_TAG, "SvcHostTag", WIN_STRING, UNSHOWN},
};

static const struct field protected_fields[] = {
	{FACT_USER, "AccountName", WIN_STRING, UNSHOWN},
	{FACT_DEVICE_NAME, "DeviceName", WIN_STRING, UNSHOWN},
	{FACT_STATUS, "Status", WIN_H32, UNSHOWN},
};

static const struct field silo_fields[] = {
	{FACT_USER, "AccountName", WIN_STRING, UNSHOWN},
	{FACT_DEVICE_NAME, "DeviceName", WIN_STRING, UNSHOWN},
	{FACT_STATUS, "Status", WIN_H32, UNSHOWN},
	{FACT_SILO_NAME, "SiloName", WIN_STRING, UNSHOWN},
	{FACT_POLICY_NAME, "PolicyName", WIN_STRING, UNSHOWN},
};

/* What of the Security log's events tells of NTLM; the many other fields of theirs are kept as they are. */
static const struct field logon_fields[] = {
	{FACT_USER, "TargetUserName", WIN_STRING, UNSHOWN},
	{FACT_DOMAIN, "TargetDomainName", WIN_STRING, UNSHOWN},
	{FACT_LOGON_TYPE, "LogonType", WIN_U32, UNSHOWN},
	{FACT_HOST, "WorkstationName", WIN_STRING, UNSHOWN},
	{FACT_PROCESS_ID, "ProcessId", WIN_H64, UNSHOWN},
	{FACT_PROCESS_NAME, "ProcessName", WIN_STRING, UNSHOWN},
	{FACT_CLIENT_IP, "IpAddress", WIN_STRING, UNSHOWN},
};

static const struct field failed_logon_fields[] = {
	{FACT_USER, "TargetUserName", WIN_STRING, UNSHOWN},
	{FACT_DOMAIN, "TargetDomainName", WIN_STRING, UNSHOWN},
	{FACT_STATUS, "Status", WIN_H32, UNSHOWN},
	{FACT_LOGON_TYPE, "LogonType", WIN_U32, UNSHOWN},
	{FACT_HOST, "WorkstationName", WIN_STRING, UNSHOWN},
	{FACT_PROCESS_ID, "ProcessId", WIN_H64, UNSHOWN},
	{FACT_PROCESS_NAME, "ProcessName", WIN_STRING, UNSHOWN},
	{FACT_CLIENT_IP, "IpAddress", WIN_STRING, UNSHOWN},
};

static const struct field validation_fields[] = {
	{FACT_USER, "TargetUserName", WIN_STRING, UNSHOWN},
	{FACT_HOST, "Workstation", WIN_STRING, UNSHOWN},
	{FACT_STATUS, "Status", WIN_H32, UNSHOWN},
};

static const char gap[] = "Not Seen";

static const struct field gap_fields[] = {
	{FACT_GAP_REASON, "GapReason", WIN_STRING, gap, "Cause"},
	{FACT_GAP_BEGIN, "GapBegin", WIN_STRING, gap, "Not Seen From"},
	{FACT_GAP_END, "GapEnd", WIN_STRING, gap, "Not Seen Until"},
	{FACT_GAP_PACKETS, "GapPackets", WIN_U32, gap, "Packets Not Seen"},
	{FACT_SOURCE, "CaptureSource", WIN_STRING, gap, "Capture Source"},
};

static const char gap_first[] =
	"For a while this machine's NTLM traffic was not, or not wholly, audited.";
static const char gap_last[] = "NTLM authentications of that time may be missing from the log.";
static const char client_first[] =
	"This machine attempted to authenticate to a remote resource via NTLM.";
static const char server_first[] =
	"A remote client is using NTLM to authenticate to this workstation.";
static const char domain_first[] = "The DC %DC processed a forwarded NTLM authentication request "
				   "originating from this domain.";
static const char more_stop[] = "For more information, see aka.ms/ntlmlogandblock.";
static const char more[] = "For more information, see aka.ms/ntlmlogandblock";

const struct event_layout event_layouts[] = {
	{1, 0, LEVEL_WARNING, TASK_NONE, ROLE_OTHER, &own, "gap in the audit", gap_first, gap_last,
	 FIELDS(gap_fields), true},
	{100, 0, LEVEL_ERROR, TASK_NONE, ROLE_DOMAIN, &ntlm, "NTLM refused to a protected user",
	 NULL, NULL, FIELDS(protected_fields), false},
	{101, 0, LEVEL_ERROR, TASK_NONE, ROLE_DOMAIN, &ntlm,
	 "NTLM refused by an authentication policy", NULL, NULL, FIELDS(silo_fields), false},
	{301, 0, LEVEL_WARNING, TASK_NONE, ROLE_DOMAIN, &ntlm,
	 "NTLM that an authentication policy would refuse", NULL, NULL, FIELDS(silo_fields), false},
	{4001, 0, LEVEL_WARNING, TASK_BLOCKING, ROLE_CLIENT, &ntlm, "outgoing NTLM blocked", NULL,
	 NULL, FIELDS(outgoing_fields), false},
	{4002, 0, LEVEL_WARNING, TASK_BLOCKING, ROLE_SERVER, &ntlm, "incoming NTLM blocked", NULL,
	 NULL, FIELDS(incoming_fields), false},
	{4003, 0, LEVEL_WARNING, TASK_BLOCKING, ROLE_SERVER, &ntlm,
	 "incoming NTLM of a domain account blocked", NULL, NULL, FIELDS(member_fields), false},
	{4004, 0, LEVEL_WARNING, TASK_BLOCKING, ROLE_DOMAIN, &netlogon,
	 "NTLM in the domain blocked", NULL, NULL, FIELDS(channel_fields), false},
	{4005, 0, LEVEL_WARNING, TASK_BLOCKING, ROLE_DOMAIN, &netlogon,
	 "NTLM at the domain controller blocked", NULL, NULL, FIELDS(channel_fields), false},
	{4006, 0, LEVEL_WARNING, TASK_BLOCKING, ROLE_DOMAIN, &netlogon,
	 "NTLM from a trusted domain blocked", NULL, NULL, FIELDS(channel_fields), false},
	{4010, 0, LEVEL_WARNING, TASK_NONE, ROLE_CLIENT, &ntlm, "client security below the minimum",
	 NULL, NULL, FIELDS(minimum_fields), false},
	{4011, 0, LEVEL_WARNING, TASK_NONE, ROLE_SERVER, &ntlm, "server security below the minimum",
	 NULL, NULL, FIELDS(minimum_fields), false},
	{4012, 0, LEVEL_INFORMATION, TASK_NONE, ROLE_OTHER, &ntlm,
	 "domain password used after the NTLM secret failed", NULL, NULL, FIELDS(device_fields),
	 false},
	{4013, 0, LEVEL_WARNING, TASK_NONE, ROLE_CLIENT, &ntlm, "NTLMv1 attempt failed", NULL, NULL,
	 FIELDS(outgoing_fields), false},
	{4014, 0, LEVEL_ERROR, TASK_NONE, ROLE_OTHER, &ntlm,
	 "credential key kept by Credential Guard", NULL, NULL, FIELDS(image_fields), false},
	{4015, 0, LEVEL_WARNING, TASK_BLOCKING, ROLE_CLIENT, &ntlm, "outgoing NTLM blocked", NULL,
	 NULL, FIELDS(outgoing_fields), false},
	{4020, 0, LEVEL_INFORMATION, TASK_AUDITING, ROLE_CLIENT, &ntlm,
	 "outgoing NTLM authentication", client_first, more_stop, FIELDS(client_fields), true},
	{4021, 0, LEVEL_WARNING, TASK_AUDITING, ROLE_CLIENT, &ntlm, "outgoing NTLM authentication",
	 client_first, more_stop, FIELDS(client_fields), true},
	{4022, 0, LEVEL_INFORMATION, TASK_AUDITING, ROLE_SERVER, &ntlm,
	 "incoming NTLM authentication", server_first, more, FIELDS(server_fields), true},
	{4023, 0, LEVEL_WARNING, TASK_AUDITING, ROLE_SERVER, &ntlm, "incoming NTLM authentication",
	 server_first, more, FIELDS(server_fields), true},
	{4024, 0, LEVEL_WARNING, TASK_NONE, ROLE_CLIENT, &ntlm,
	 "NTLMv1-derived single sign-on audited", NULL, NULL, FIELDS(outgoing_fields), false},
	{4025, 0, LEVEL_ERROR, TASK_NONE, ROLE_CLIENT, &ntlm,
	 "NTLMv1-derived single sign-on blocked", NULL, NULL, FIELDS(outgoing_fields), false},
	{4030, 0, LEVEL_INFORMATION, TASK_AUDITING, ROLE_DOMAIN, &netlogon,
	 "NTLM authentication forwarded by another domain", domain_first, more,
	 FIELDS(forwarded_fields_0), false},
	{4030, 1, LEVEL_INFORMATION, TASK_AUDITING, ROLE_DOMAIN, &netlogon,
	 "NTLM authentication forwarded by another domain", domain_first, more,
	 FIELDS(forwarded_fields), true},
	{4031, 0, LEVEL_WARNING, TASK_AUDITING, ROLE_DOMAIN, &netlogon,
	 "NTLM authentication forwarded by another domain", domain_first, more,
	 FIELDS(forwarded_fields_0), false},
	{4031, 1, LEVEL_WARNING, TASK_AUDITING, ROLE_DOMAIN, &netlogon,
	 "NTLM authentication forwarded by another domain", domain_first, more,
	 FIELDS(forwarded_fields), true},
	{4032, 0, LEVEL_INFORMATION, TASK_AUDITING, ROLE_DOMAIN, &netlogon,
	 "NTLM authentication in this domain", domain_first, more, FIELDS(domain_fields_0), false},
	{4032, 1, LEVEL_INFORMATION, TASK_AUDITING, ROLE_DOMAIN, &netlogon,
	 "NTLM authentication in this domain", domain_first, more, FIELDS(domain_fields), true},
	{4033, 0, LEVEL_WARNING, TASK_AUDITING, ROLE_DOMAIN, &netlogon,
	 "NTLM authentication in this domain", domain_first, more, FIELDS(domain_fields_0), false},
	{4033, 1, LEVEL_WARNING, TASK_AUDITING, ROLE_DOMAIN, &netlogon,
	 "NTLM authentication in this domain", domain_first, more, FIELDS(domain_fields), true},
	{4624, 0, LEVEL_INFORMATION, TASK_LOGON, ROLE_SERVER, &auditing, "logon by NTLM", NULL,
	 NULL, FIELDS(logon_fields), false},
	{4624, 1, LEVEL_INFORMATION, TASK_LOGON, ROLE_SERVER, &auditing, "logon by NTLM", NULL,
	 NULL, FIELDS(logon_fields), false},
	{4624, 2, LEVEL_INFORMATION, TASK_LOGON, ROLE_SERVER, &auditing, "logon by NTLM", NULL,
	 NULL, FIELDS(logon_fields), false},
	{4624, 3, LEVEL_INFORMATION, TASK_LOGON, ROLE_SERVER, &auditing, "logon by NTLM", NULL,
	 NULL, FIELDS(logon_fields), false},
	{4625, 0, LEVEL_INFORMATION, TASK_LOGON, ROLE_SERVER, &auditing, "failed logon by NTLM",
	 NULL, NULL, FIELDS(failed_logon_fields), false},
	{4776, 0, LEVEL_INFORMATION, TASK_CREDENTIAL_VALIDATION, ROLE_DOMAIN, &auditing,
	 "credentials checked by NTLM", NULL, NULL, FIELDS(validation_fields), false},
	{8001, 0, LEVEL_INFORMATION, TASK_AUDITING, ROLE_CLIENT, &ntlm, "outgoing NTLM", NULL, NULL,
	 FIELDS(outgoing_fields), true},
	{8002, 0, LEVEL_INFORMATION, TASK_AUDITING, ROLE_SERVER, &ntlm, "incoming NTLM", NULL, NULL,
	 FIELDS(incoming_fields), true},
	{8003, 0, LEVEL_INFORMATION, TASK_AUDITING, ROLE_SERVER, &ntlm,
	 "incoming NTLM of a domain account", NULL, NULL, FIELDS(member_fields), true},
	{8004, 0, LEVEL_INFORMATION, TASK_AUDITING, ROLE_DOMAIN, &netlogon, "NTLM in the domain",
	 NULL, NULL, FIELDS(channel_fields), true},
	{8005, 0, LEVEL_INFORMATION, TASK_AUDITING, ROLE_DOMAIN, &netlogon,
	 "NTLM at the domain controller", NULL, NULL, FIELDS(channel_fields), true},
	{8006, 0, LEVEL_INFORMATION, TASK_AUDITING, ROLE_DOMAIN, &netlogon,
	 "NTLM from a trusted domain", NULL, NULL, FIELDS(channel_fields), true},
};
const size_t n_event_layouts = sizeof(event_layouts) / sizeof(event_layouts[0]);

const struct event_layout *event_layout_find(uint16_t id)
{
	const struct event_layout *newest = NULL;

	for (size_t i = 0; i < n_event_layouts; i++)
		if (event_layouts[i].id == id)
			newest = &event_layouts[i];
	return newest;
}

bool event_layout_has(const struct event_layout *layout, enum fact fact)
{
	for (size_t i = 0; i < layout->n_fields; i++)
		if (layout->fields[i].fact == fact)
			return true;
	return false;
}
