#include "policy/setting.h"

#include "policy/match.h"

#define KB_NTLM "Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\NTLM\\Parameters"
#define KB_NETLOGON "Software\\Policies\\Microsoft\\Netlogon\\Parameters"
#define OWN "Software\\Policies\\ntlmaudit"
#define LSA "SYSTEM\\CurrentControlSet\\Control\\Lsa"
#define MSV LSA "\\MSV1_0"
#define NETLOGON "SYSTEM\\CurrentControlSet\\Services\\Netlogon\\Parameters"

#define MIB_MAX (16u << 20) /* 16 TiB */

static const struct setting_word switch_words[] = {{"off", 0},	 {"on", 1},   {"no", 0}, {"yes", 1},
						   {"false", 0}, {"true", 1}, {NULL, 0}};

static const struct setting_word level_words[] = {{"none", POLICY_LEVEL_NONE},
						  {"warnings", POLICY_LEVEL_WARNINGS},
						  {"all", POLICY_LEVEL_ALL},
						  {NULL, 0}};

static const struct setting_word incoming_words[] = {
	{"off", 0}, {"domain-accounts", 1}, {"all", 2}, {NULL, 0}};

static const struct setting_word outgoing_words[] = {
	{"allow", 0}, {"audit", 1}, {"deny", 2}, {NULL, 0}};

static const struct setting_word deny_words[] = {
	{"allow", 0}, {"deny-domain-accounts", 1}, {"deny", 2}, {NULL, 0}};

/* Bit 1 lets the server be anywhere, bit 2 the account. */
static const struct setting_word domain_words[] = {{"off", 0},
						   {"domain-accounts-to-domain-servers", 1},
						   {"domain-accounts", 3},
						   {"domain-servers", 5},
						   {"all", 7},
						   {NULL, 0}};

static const struct setting_word attribution_words[] = {{"off", POLICY_ATTRIBUTION_OFF},
							{"proc", POLICY_ATTRIBUTION_PROC},
							{"bpf", POLICY_ATTRIBUTION_BPF},
							{NULL, 0}};

static bool starts_with(struct span s, const char *head)
{
	return span_starts(s, head, strlen(head));
}

static const char *check_target(struct span item)
{
	static const char *const schemes[] = {"syslog+udp://", "syslog+tcp://", "syslog+tls://",
					      "file:/", "journald:/"};

	if (span_equal(item, span_str("journald")))
		return NULL;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (starts_with(item, schemes[i]) && item.len > strlen(schemes[i]))
			return NULL;
	return "should be journald, syslog+udp://HOST[:PORT], syslog+tcp://..., syslog+tls://... "
	       "or "
	       "file:/PATH";
}

/* What a DNS or NetBIOS name of a domain never has; a pattern or an account would match nothing. */
static const char *check_suffix(struct span item)
{
	static const char never[] = "*?@\\/: \t";

	for (size_t i = 0; i < item.len; i++)
		if (memchr(never, item.ptr[i], sizeof(never) - 1))
			return "should be a domain as contoso.onmicrosoft.com, without * and @";
	return NULL;
}

/* A service has no folder that names could be below. */
static const char *check_path(struct span item)
{
	return starts_with(item, "/") ? NULL : "should be a path from / on";
}

static const char *check_samba_log(struct span item)
{
	bool is_word = span_equal(item, span_str("auto")) || span_equal(item, span_str("off"));

	return is_word || starts_with(item, "/") ? NULL : "should be auto, off or an absolute path";
}

const struct setting_row settings[SETTING__COUNT] = {
	[SETTING_ENHANCED_LOGGING] = {"enhanced-logging", SETTING_BOOL, KB_NTLM,
				      "LogEnhancedAuditEvents", .words = switch_words, .number = 1,
				      .doc = "write the events of clients and servers, 4020 to "
					     "4023"},
	[SETTING_DOMAIN_LOGGING] = {"domain-logging", SETTING_BOOL, KB_NETLOGON,
				    "EnableEnhancedDomainNtlmLogs", .words = switch_words,
				    .number = 1,
				    .doc = "write the events of domain controllers, 4030 to 4033"},
	[SETTING_CLIENT_EVENTS] = {"client-events", SETTING_ENUM, OWN, "ClientEvents",
				   .words = level_words, .number = POLICY_LEVEL_ALL,
				   .doc = "which events this machine writes as a client"},
	[SETTING_SERVER_EVENTS] = {"server-events", SETTING_ENUM, OWN, "ServerEvents",
				   .words = level_words, .number = POLICY_LEVEL_ALL,
				   .doc = "which events this machine writes as a server"},
	[SETTING_DOMAIN_EVENTS] =
		{"domain-events", SETTING_ENUM, OWN, "DomainEvents", .words = level_words,
		 .number = POLICY_LEVEL_ALL,
		 .doc = "which events this machine writes as a domain controller"},
	[SETTING_CLIENT_SHARE] = {"client-share", SETTING_NUMBER, OWN, "ClientShare", .max = 100,
				  .number = 100,
				  .doc = "percentage of machines that write clients' events"},
	[SETTING_SERVER_SHARE] = {"server-share", SETTING_NUMBER, OWN, "ServerShare", .max = 100,
				  .number = 100,
				  .doc = "percentage of machines that write servers' events"},
	[SETTING_DOMAIN_SHARE] = {"domain-share", SETTING_NUMBER, OWN, "DomainShare", .max = 100,
				  .number = 100,
				  .doc = "percentage of machines that write domain controllers' "
					 "events"},
	[SETTING_CARRIERS] = {"carriers", SETTING_LIST, OWN, "Carriers", .item = "*",
			      .doc = "protocols whose NTLM is audited: smb, http, ldap, ..."},
	[SETTING_SERVER_EXCEPTIONS] = {"server-exceptions", SETTING_EXCEPTIONS, OWN,
				       "ServerExceptions",
				       .doc = "servers about which no event is written"},
	[SETTING_ACCOUNT_EXCEPTIONS] = {"account-exceptions", SETTING_EXCEPTIONS, OWN,
					"AccountExceptions",
					.doc = "accounts about which no event is written"},
	[SETTING_PROCESS_EXCEPTIONS] = {"process-exceptions", SETTING_EXCEPTIONS, OWN,
					"ProcessExceptions",
					.doc = "processes about which no event is written"},
	[SETTING_INTERFACES] = {"interfaces", SETTING_LIST, OWN, "Interfaces", .item = "*",
				.doc = "network interfaces to watch"},
	[SETTING_TAP] = {"tap", SETTING_BOOL, OWN, "Tap", .words = switch_words,
			 .doc = "the interfaces are mirror ports: audit the traffic of all hosts"},
	[SETTING_RING_MIB] = {"ring-mib", SETTING_NUMBER, OWN, "RingMiB", .min = 1, .max = 1024,
			      .number = 16,
			      .doc = "MiB of packets that may wait on each interface"},
	[SETTING_PROCESS_ATTRIBUTION] = {"process-attribution", SETTING_ENUM, OWN,
					 "ProcessAttribution", .words = attribution_words,
					 .number = POLICY_ATTRIBUTION_BPF,
					 .doc = "how the process behind a connection is found; "
						"`bpf` falls back to `proc`"},
	[SETTING_CLOUD_SUFFIXES] = {"cloud-suffixes", SETTING_LIST, OWN, "CloudSuffixes",
				    .check_item = check_suffix,
				    .doc = "domains of cloud accounts: reason 4, with all domains "
					   "below them"},
	[SETTING_KEYTAB] = {"keytab", SETTING_LIST, OWN, "Keytab", .check_item = check_path,
			    .doc = "files with keys of domain controllers: their secure channels "
				   "are read"},
	[SETTING_SAMBA_PRIVATE] = {"samba-private", SETTING_LIST, OWN, "SambaPrivate",
				   .check_item = check_path,
				   .doc = "Samba's private folders: keys of the secure channels "
					  "that it has"},
	[SETTING_SAMBA_LOG] = {"samba-log", SETTING_LIST, OWN, "SambaLog", .item = "auto",
			       .check_item = check_samba_log,
			       .doc = "Samba's audit logs to follow; `auto`: the one that smb.conf "
				      "names"},
	[SETTING_KEEP_DAYS] = {"keep-days", SETTING_NUMBER, OWN, "KeepDays", .max = 36500,
			       .number = 90, .doc = "days that events are kept; 0: no limit"},
	[SETTING_KEEP_MIB] = {"keep-mib", SETTING_NUMBER, OWN, "KeepMiB", .max = MIB_MAX,
			      .number = 1024, .doc = "MiB that the log may take; 0: no limit"},
	[SETTING_FORWARD] = {"forward", SETTING_LIST, OWN, "Forward", .check_item = check_target,
			     .doc = "where events go beside the log"},
	[SETTING_FORWARD_QUEUE_MIB] = {"forward-queue-mib", SETTING_NUMBER, OWN, "ForwardQueueMiB",
				       .min = 1, .max = MIB_MAX, .number = 64,
				       .doc = "MiB that may wait for each target that can't be "
					      "reached"},
	[SETTING_AUDIT_INCOMING] = {"audit-incoming", SETTING_ENUM, MSV,
				    "AuditReceivingNTLMTraffic", .words = incoming_words,
				    .doc = "write the legacy events 8002 and 8003"},
	[SETTING_RESTRICT_OUTGOING] = {"restrict-outgoing", SETTING_ENUM, MSV,
				       "RestrictSendingNTLMTraffic", .words = outgoing_words,
				       .doc = "`audit` writes the legacy event 8001; nothing is "
					      "ever denied here"},
	[SETTING_RESTRICT_INCOMING] = {"restrict-incoming", SETTING_ENUM, MSV,
				       "RestrictReceivingNTLMTraffic", .words = deny_words,
				       .doc = "read for planning; nothing is ever denied here"},
	[SETTING_AUDIT_IN_DOMAIN] = {"audit-in-domain", SETTING_ENUM, NETLOGON, "AuditNTLMInDomain",
				     .words = domain_words,
				     .doc = "write the legacy events 8004 to 8006"},
	[SETTING_RESTRICT_IN_DOMAIN] = {"restrict-in-domain", SETTING_ENUM, NETLOGON,
					"RestrictNTLMInDomain", .words = domain_words,
					.doc = "read for planning; nothing is ever denied here"},
	[SETTING_OUTGOING_EXCEPTIONS] = {"outgoing-exceptions", SETTING_LIST, MSV,
					 "ClientAllowedNTLMServers",
					 .doc = "servers about which no 8001 is written"},
	[SETTING_IN_DOMAIN_EXCEPTIONS] = {"in-domain-exceptions", SETTING_LIST, NETLOGON,
					  "DCAllowedNTLMServers",
					  .doc = "servers about which no 8004 to 8006 is written"},
	[SETTING_LM_LEVEL] = {"lm-level", SETTING_NUMBER, LSA, "LmCompatibilityLevel", .max = 5,
			      .number = 3,
			      .doc = "LAN Manager authentication level; read for planning"},
};

const char *setting_type_name(enum setting_type type)
{
	static const char *const names[SETTING_TYPE__COUNT] = {
		[SETTING_BOOL] = "bool",
		[SETTING_ENUM] = "enum",
		[SETTING_NUMBER] = "number",
		[SETTING_LIST] = "list",
		[SETTING_EXCEPTIONS] = "exceptions",
	};

	return names[type];
}

bool setting_allows(enum setting s, uint32_t number)
{
	const struct setting_row *row = &settings[s];

	return row->words ? setting_word(s, number) != NULL
			  : number >= row->min && number <= row->max;
}

static bool decimal(struct span digits, uint32_t *ret_number)
{
	uint32_t number = 0;

	for (size_t i = 0; i < digits.len; i++)
		if (digits.ptr[i] < '0' || digits.ptr[i] > '9' ||
		    __builtin_mul_overflow(number, 10u, &number) ||
		    __builtin_add_overflow(number, (uint32_t)(digits.ptr[i] - '0'), &number))
			return false;
	*ret_number = number;
	return digits.len > 0;
}

bool setting_number(enum setting s, struct span word, uint32_t *ret_number)
{
	uint32_t number;

	for (const struct setting_word *w = settings[s].words; w && w->word; w++) {
		if (!name_equal(word, span_str(w->word)))
			continue;
		*ret_number = w->number;
		return true;
	}
	if (!decimal(word, &number) || !setting_allows(s, number))
		return false;
	*ret_number = number;
	return true;
}

const char *setting_word(enum setting s, uint32_t number)
{
	for (const struct setting_word *w = settings[s].words; w && w->word; w++)
		if (w->number == number)
			return w->word;
	return NULL;
}

enum setting setting_by_key(struct span key)
{
	enum setting s = 0;

	while (s < SETTING__COUNT && !span_equal(key, span_str(settings[s].key)))
		s++;
	return s;
}

enum setting setting_by_registry(struct span key, struct span name)
{
	enum setting s = 0;

	while (s < SETTING__COUNT && !(name_equal(name, span_str(settings[s].registry_name)) &&
				       name_equal(key, span_str(settings[s].registry_key))))
		s++;
	return s;
}
