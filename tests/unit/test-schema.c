/* The tables against the manifests' and the KB's words, written out here a second time. */
#include "unit.h"

#include "event/event.h"

#include <ctype.h>
#include <stdio.h>

/* "Name:T" a field, in Windows' order; S string, U UInt32, H HexInt32, L HexInt64, B Boolean. */
#define CLIENT                                                                                     \
	"ProcessName:S|ProcessPID:H|Username:S|DomainName:S|Hostname:S|SingleSignOn:S|"            \
	"TargetMachine:S|TargetDomain:S|TargetService:S|TargetIP:S|TargetNetworkName:S|"           \
	"NtlmUsageId:U|NtlmUsageReason:S|NegotiatedFlags:H|NtlmVersion:S|SessionKeyStatus:S|"      \
	"ChannelBindingStatus:S|ServiceBinding:S|Mic Status:S|AvlFlags:H|AvlFlagsStr:S|"
#define SERVER                                                                                     \
	"ProcessName:S|ProcessPID:H|Username:S|DomainName:S|RemoteClientMachine:S|ClientIP:S|"     \
	"ClientNetworkName:S|NegotiatedFlags:H|NtlmVersion:S|SessionKeyStatus:S|"                  \
	"ChannelBindingStatus:S|ServiceBinding:S|TargetMachine:S|TargetDomain:S|Mic Status:S|"     \
	"AvFlags:H|AvFlagsStr:S|Status:H|StatusMsg:U|"
#define DC_HEAD                                                                                    \
	"DCName:S|AccountName:S|AccountDomain:S|AccountMachine:S|ServerName:S|ServerDomain:S|"
#define FAR_SIDE "ForwarderType:S|ForwarderName:S|ForwarderDomain:S|ForwarderIP:S|"
#define DC_SERVER "ServerIP:S|ServerOS:S|"
#define VERSION_0 "NtlmVersion:S|"
#define VERSION_1 "NegotiatedFlags:H|NtlmVersion:S|SessionKeyStatus:S|ChannelBindingStatus:S|"
#define DC_TAIL                                                                                    \
	"ServiceBinding:S|TargetMachine:S|TargetDomain:S|Mic Status:S|AvFlags:H|AvFlagsStr:S|"     \
	"Status:H|StatusMsg:U|"
#define OUTGOING                                                                                   \
	"TargetName:S|UserName:S|DomainName:S|CallerPID:U|ProcessName:S|ClientLUID:L|"             \
	"ClientUserName:S|ClientDomainName:S|MechanismOID:S|"
#define INCOMING                                                                                   \
	"CallerPID:U|ProcessName:S|ClientLUID:L|ClientUserName:S|ClientDomainName:S|MechanismOID:" \
	"S|"
#define MEMBER                                                                                     \
	"UserName:S|DomainName:S|Workstation:S|CallerPID:U|ProcessName:S|LogonType:U|InProc:B|"    \
	"MechanismOID:S|"
#define CHANNEL "SChannelName:S|UserName:S|DomainName:S|WorkstationName:S|SChannelType:U|"
#define MINIMUM "CallerPID:U|ProcessName:S|NegotiatedSecurity:H|RequiredSecurity:H|"
#define SILO "AccountName:S|DeviceName:S|Status:H|SiloName:S|PolicyName:S|"

#define LOGON_TAIL "LogonType:U|WorkstationName:S|ProcessId:L|ProcessName:S|IpAddress:S|"
#define LOGON "TargetUserName:S|TargetDomainName:S|" LOGON_TAIL

static const struct expected {
	unsigned id, version, level, task;
	char provider; /* N ntlm, L netlogon, A auditing, O our own */
	bool emitted;
	const char *fields;
} expected[] = {
	{1, 0, 3, 0, 'O', true, "GapReason:S|GapBegin:S|GapEnd:S|GapPackets:U|CaptureSource:S|"},
	{100, 0, 2, 0, 'N', false, "AccountName:S|DeviceName:S|Status:H|"},
	{101, 0, 2, 0, 'N', false, SILO},
	{301, 0, 3, 0, 'N', false, SILO},
	{4001, 0, 3, 1, 'N', false, OUTGOING},
	{4002, 0, 3, 1, 'N', false, INCOMING},
	{4003, 0, 3, 1, 'N', false, MEMBER},
	{4004, 0, 3, 1, 'L', false, CHANNEL},
	{4005, 0, 3, 1, 'L', false, CHANNEL},
	{4006, 0, 3, 1, 'L', false, CHANNEL},
	{4010, 0, 3, 0, 'N', false, MINIMUM},
	{4011, 0, 3, 0, 'N', false, MINIMUM},
	{4012, 0, 4, 0, 'N', false, "AccountName:S|DeviceName:S|"},
	{4013, 0, 3, 0, 'N', false, OUTGOING},
	{4014, 0, 2, 0, 'N', false, "ImageName:S|SvcHostTag:S|"},
	{4015, 0, 3, 1, 'N', false, OUTGOING},
	{4020, 0, 4, 2, 'N', true, CLIENT},
	{4021, 0, 3, 2, 'N', true, CLIENT},
	{4022, 0, 4, 2, 'N', true, SERVER},
	{4023, 0, 3, 2, 'N', true, SERVER},
	{4024, 0, 3, 0, 'N', false, OUTGOING},
	{4025, 0, 2, 0, 'N', false, OUTGOING},
	{4030, 0, 4, 2, 'L', false, DC_HEAD FAR_SIDE VERSION_0 DC_TAIL},
	{4030, 1, 4, 2, 'L', true, DC_HEAD FAR_SIDE VERSION_1 DC_TAIL},
	{4031, 0, 3, 2, 'L', false, DC_HEAD FAR_SIDE VERSION_0 DC_TAIL},
	{4031, 1, 3, 2, 'L', true, DC_HEAD FAR_SIDE VERSION_1 DC_TAIL},
	{4032, 0, 4, 2, 'L', false, DC_HEAD DC_SERVER VERSION_0 DC_TAIL},
	{4032, 1, 4, 2, 'L', true, DC_HEAD DC_SERVER VERSION_1 DC_TAIL},
	{4033, 0, 3, 2, 'L', false, DC_HEAD DC_SERVER VERSION_0 DC_TAIL},
	{4033, 1, 3, 2, 'L', true, DC_HEAD DC_SERVER VERSION_1 DC_TAIL},
	{4624, 0, 4, 12544, 'A', false, LOGON},
	{4624, 1, 4, 12544, 'A', false, LOGON},
	{4624, 2, 4, 12544, 'A', false, LOGON},
	{4624, 3, 4, 12544, 'A', false, LOGON},
	{4625, 0, 4, 12544, 'A', false, "TargetUserName:S|TargetDomainName:S|Status:H|" LOGON_TAIL},
	{4776, 0, 4, 14336, 'A', false, "TargetUserName:S|Workstation:S|Status:H|"},
	{8001, 0, 4, 2, 'N', true, OUTGOING},
	{8002, 0, 4, 2, 'N', true, INCOMING},
	{8003, 0, 4, 2, 'N', true, MEMBER},
	{8004, 0, 4, 2, 'L', true, CHANNEL},
	{8005, 0, 4, 2, 'L', true, CHANNEL},
	{8006, 0, 4, 2, 'L', true, CHANNEL},
};

#define N_EXPECTED (sizeof(expected) / sizeof(expected[0]))

static void test_layouts(void **state)
{
	static const char letters[] = {[WIN_STRING] = 'S',
				       [WIN_U32] = 'U',
				       [WIN_H32] = 'H',
				       [WIN_H64] = 'L',
				       [WIN_BOOL] = 'B'};

	(void)state;
	assert_int_equal(n_event_layouts, N_EXPECTED);
	for (size_t i = 0; i < N_EXPECTED; i++) {
		const struct event_layout *l = &event_layouts[i];
		char line[1024] = "";
		size_t len = 0;

		for (size_t k = 0; k < l->n_fields; k++)
			len += (size_t)snprintf(line + len, sizeof(line) - len, "%s:%c|",
						l->fields[k].name, letters[l->fields[k].type]);
		assert_int_equal(l->id, expected[i].id);
		assert_string_equal(line, expected[i].fields);
		assert_int_equal(l->version, expected[i].version);
		assert_int_equal(l->level, expected[i].level);
		assert_int_equal(l->task, expected[i].task);
		assert_int_equal(l->emitted, expected[i].emitted);
		assert_string_equal(l->provider->name,
				    expected[i].provider == 'N'	  ? "Microsoft-Windows-NTLM"
				    : expected[i].provider == 'O' ? "ntlmaudit"
				    : expected[i].provider == 'A'
					    ? "Microsoft-Windows-Security-Auditing"
					    : "Microsoft-Windows-Security-Netlogon");
		assert_string_equal(l->provider->channel,
				    expected[i].provider == 'A' ? "Security" : EVENT_CHANNEL);
		assert_true(l->title && *l->title);
		assert_int_equal(event_layout_is_ours(l), expected[i].provider == 'O');
	}
}

static void test_providers(void **state)
{
	(void)state;
	assert_string_equal(event_layout_find(4020)->provider->guid,
			    "{AC43300D-5FCC-4800-8E99-1BD3F85F0320}");
	assert_string_equal(event_layout_find(4020)->provider->source, "NTLM");
	assert_string_equal(event_layout_find(4030)->provider->guid,
			    "{E5BA83F6-07D0-46B1-8BC7-7E669A1D31DC}");
	assert_string_equal(event_layout_find(4030)->provider->source, "Security-Netlogon");
}

/* The KB's text: groups and labels as they follow each other. */
static void check_text(uint16_t id, const char *text)
{
	const struct event_layout *l = event_layout_find(id);
	const char *group = "";
	char line[2048];
	int len = snprintf(line, sizeof(line), "%s", l->first);

	for (size_t i = 0; i < l->n_fields; i++) {
		const struct field *f = &l->fields[i];
		size_t at = (size_t)len;

		assert_int_equal(f->group == NULL, f->label == NULL);
		if (!f->group)
			continue;
		if (strcmp(group, f->group) != 0 && *f->group)
			at += (size_t)snprintf(line + at, sizeof(line) - at, " %s:", f->group);
		group = f->group;
		len = (int)at + snprintf(line + at, sizeof(line) - at, " %s:", f->label);
	}
	snprintf(line + len, sizeof(line) - (size_t)len, " %s", l->last);
	assert_string_equal(line, text);
}

#define KB_SECURITY                                                                                \
	" NTLM Security: Negotiated Flags: NTLM Version: Session Key Status: Channel Binding: "    \
	"Service Binding: MIC Status: AvFlags: AvFlags String:"
#define KB_MORE " For more information, see aka.ms/ntlmlogandblock"
#define KB_DC                                                                                      \
	"The DC %DC processed a forwarded NTLM authentication request originating from this "      \
	"domain. Client Information: Client Name: Client Domain: Client Machine: Server "          \
	"Information: Server Name: Server Domain:"

static void test_texts(void **state)
{
	(void)state;
	for (uint16_t warning = 0; warning < 2; warning++) {
		check_text((uint16_t)(4020 + warning),
			   "This machine attempted to authenticate to a remote resource via NTLM. "
			   "Process Information: Process Name: Process PID: Client Information: "
			   "Username: Domain: Hostname: Sign-On Type: Target Information: Target "
			   "Machine: Target Domain: Target Resource: Target IP: Target Network "
			   "Name: NTLM Usage: Reason ID: Reason:" KB_SECURITY KB_MORE ".");
		check_text((uint16_t)(4022 + warning),
			   "A remote client is using NTLM to authenticate to this workstation. "
			   "Process Information: Process Name: Process PID: Remote Client "
			   "Information: Username: Domain: Client Machine: Client IP: Client "
			   "Network Name:" KB_SECURITY " Status: Status Message:" KB_MORE);
		check_text((uint16_t)(4030 + warning),
			   KB_DC " Forwarded From: Secure Channel Type: Farside Name: Farside "
				 "Domain: Farside IP:" KB_SECURITY " Status:" KB_MORE);
		check_text((uint16_t)(4032 + warning), KB_DC " Server IP: Server OS:" KB_SECURITY
							     " Status: Status Message:" KB_MORE);
	}
}

static void test_find(void **state)
{
	(void)state;
	assert_null(event_layout_find(0));
	assert_null(event_layout_find(4026));
	assert_null(event_layout_find(UINT16_MAX));
	assert_int_equal(event_layout_find(4021)->id, 4021);
	assert_int_equal(event_layout_find(4030)->version, 1);
	assert_int_equal(event_layout_find(4033)->version, 1);
	assert_int_equal(event_layout_find(8006)->version, 0);
	assert_true(event_layout_has(event_layout_find(4022), FACT_STATUS));
	assert_false(event_layout_has(event_layout_find(4020), FACT_STATUS));
	assert_false(event_layout_has(&event_layouts[0], FACT_CARRIER));
}

static bool is_key(const char *s)
{
	if (!islower((unsigned char)*s))
		return false;
	for (; *s; s++)
		if (!islower((unsigned char)*s) && !isdigit((unsigned char)*s) && *s != '_')
			return false;
	return true;
}

/* The keys of an event's head, which JSON writes beside those of the facts. */
static const char *const head_keys[] = {"time",	     "event_id", "version",
					"level",     "provider", "channel",
					"record_id", "computer", "activity_id"};

static void test_dictionary(void **state)
{
	(void)state;
	for (size_t i = 0; i < FACT__COUNT; i++) {
		assert_non_null(facts[i].key);
		assert_true(is_key(facts[i].key));
		assert_true(facts[i].doc && *facts[i].doc);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(facts[i].key, facts[k].key);
		for (size_t k = 0; k < sizeof(head_keys) / sizeof(head_keys[0]); k++)
			assert_string_not_equal(facts[i].key, head_keys[k]);
	}
}

/* Windows' layouts use all of Windows' facts and none of ours; our own layout ours; no layout has one twice. */
static void test_facts_used(void **state)
{
	size_t used[FACT__COUNT] = {0};

	(void)state;
	for (size_t i = 0; i < n_event_layouts; i++) {
		bool here[FACT__COUNT] = {false};

		for (size_t k = 0; k < event_layouts[i].n_fields; k++) {
			enum fact f = event_layouts[i].fields[k].fact;

			assert_false(here[f]);
			here[f] = true;
			if (event_layout_is_ours(&event_layouts[i]))
				assert_true(f >= FACT_OWN_FIRST);
			else
				used[f]++;
		}
	}
	for (size_t i = 0; i < FACT__COUNT; i++)
		assert_int_equal(used[i] > 0, i < FACT_OWN_FIRST);
}

/* A field's type in Windows must be able to hold the fact. */
static void test_types_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_event_layouts; i++) {
		for (size_t k = 0; k < event_layouts[i].n_fields; k++) {
			const struct field *f = &event_layouts[i].fields[k];
			enum fact_type type = facts[f->fact].type;

			assert_int_equal(f->type == WIN_STRING, type == FACT_TEXT);
			assert_int_equal(f->type == WIN_BOOL, type == FACT_BOOL);
		}
	}
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(event_level_name(LEVEL_ERROR), "Error");
	assert_string_equal(event_level_name(LEVEL_WARNING), "Warning");
	assert_string_equal(event_level_name(LEVEL_INFORMATION), "Information");
	assert_string_equal(event_level_name(0), "Unknown");
	assert_string_equal(event_level_name(255), "Unknown");
	assert_string_equal(event_task_name(1), "Blocking NTLM");
	assert_string_equal(event_task_name(2), "Auditing NTLM");
	assert_string_equal(event_task_name(0), "None");
	assert_string_equal(event_task_name(3), "None");
	assert_string_equal(event_task_name(12544), "Logon");
	assert_string_equal(event_task_name(14336), "Credential Validation");
	assert_string_equal(event_task_name(65535), "None");
	assert_string_equal(event_role_name(event_layout_find(4020)->role), "client");
	assert_string_equal(event_role_name(event_layout_find(4023)->role), "server");
	assert_string_equal(event_role_name(event_layout_find(4031)->role), "domain");
	assert_string_equal(event_role_name(EVENT_ROLE__COUNT), "other");
}

static void test_reasons(void **state)
{
	(void)state;
	assert_string_equal(event_reason_text(0), "Unknown Reason.");
	assert_string_equal(event_reason_text(1),
			    "NTLM was called directly by the calling application.");
	assert_string_equal(event_reason_text(2), "Authenticating a Local Account.");
	assert_string_equal(event_reason_text(3), "RESERVED, currently not in use.");
	assert_string_equal(event_reason_text(4), "Authenticating a Cloud Account.");
	assert_string_equal(event_reason_text(5), "The target name was missing or empty.");
	assert_string_equal(event_reason_text(6), "The target name could not be resolved by "
						  "Kerberos or other protocols.");
	assert_string_equal(event_reason_text(7), "The target name contains an IP address.");
	assert_string_equal(event_reason_text(8), "The target name was found to have been "
						  "duplicated in Active Directory.");
	assert_string_equal(event_reason_text(9), "No Line of Sight could be established with a "
						  "Domain Controller.");
	assert_string_equal(event_reason_text(10), "NTLM was called via a loopback interface.");
	assert_string_equal(event_reason_text(11), "NTLM was called with a null session.");
	assert_string_equal(event_reason_text(12), "Unknown Reason.");
	assert_string_equal(event_reason_text(UINT32_MAX), "Unknown Reason.");
}

static void test_status_names(void **state)
{
	static const struct {
		uint32_t status;
		const char *name;
	} known[] = {
		{0x00000000, "STATUS_SUCCESS"},
		{0xc000000d, "STATUS_INVALID_PARAMETER"},
		{0xc0000022, "STATUS_ACCESS_DENIED"},
		{0xc000005e, "STATUS_NO_LOGON_SERVERS"},
		{0xc0000064, "STATUS_NO_SUCH_USER"},
		{0xc000006a, "STATUS_WRONG_PASSWORD"},
		{0xc000006d, "STATUS_LOGON_FAILURE"},
		{0xc000006e, "STATUS_ACCOUNT_RESTRICTION"},
		{0xc000006f, "STATUS_INVALID_LOGON_HOURS"},
		{0xc0000070, "STATUS_INVALID_WORKSTATION"},
		{0xc0000071, "STATUS_PASSWORD_EXPIRED"},
		{0xc0000072, "STATUS_ACCOUNT_DISABLED"},
		{0xc00000b5, "STATUS_IO_TIMEOUT"},
		{0xc00000bb, "STATUS_NOT_SUPPORTED"},
		{0xc000015b, "STATUS_LOGON_TYPE_NOT_GRANTED"},
		{0xc000018c, "STATUS_TRUSTED_DOMAIN_FAILURE"},
		{0xc000018d, "STATUS_TRUSTED_RELATIONSHIP_FAILURE"},
		{0xc0000192, "STATUS_NETLOGON_NOT_STARTED"},
		{0xc0000193, "STATUS_ACCOUNT_EXPIRED"},
		{0xc0000224, "STATUS_PASSWORD_MUST_CHANGE"},
		{0xc0000234, "STATUS_ACCOUNT_LOCKED_OUT"},
		{0xc0000388, "STATUS_DOWNGRADE_DETECTED"},
		{0xc0000413, "STATUS_AUTHENTICATION_FIREWALL_FAILED"},
		{0xc0000418, "STATUS_NTLM_BLOCKED"},
		{0xc000a000, "STATUS_INVALID_SIGNATURE"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_string_equal(event_status_name(known[i].status), known[i].name);
	assert_null(event_status_name(1));
	assert_null(event_status_name(0xc000006c + 0x10000));
	assert_null(event_status_name(UINT32_MAX));
}

static void test_setters(void **state)
{
	struct event e = {.layout = event_layout_find(4022)};

	(void)state;
	assert_false(event_has(&e, FACT_USER));
	event_set_text(&e, FACT_USER, "");
	assert_true(event_has(&e, FACT_USER));
	event_set_text(&e, FACT_USER, NULL);
	assert_false(event_has(&e, FACT_USER));
	event_set_number(&e, FACT_FLAGS, 0);
	assert_true(event_has(&e, FACT_FLAGS));
	event_set_status(&e, 0xc000006d);
	assert_int_equal(e.facts[FACT_STATUS].number, 0xc000006d);
	assert_int_equal(e.facts[FACT_STATUS_TEXT].kind, VALUE_NUMBER);
	assert_int_equal(e.facts[FACT_STATUS_TEXT].number, 0xc000006d);
}

static void test_outcome(void **state)
{
	struct event answered = {.layout = event_layout_find(4023)};
	struct event blocked = {.layout = event_layout_find(4001)};

	(void)state;
	assert_int_equal(event_outcome(&answered), OUTCOME_UNKNOWN);
	assert_int_equal(event_outcome(&blocked), OUTCOME_FAILED);
	event_set_status(&answered, 0);
	assert_int_equal(event_outcome(&answered), OUTCOME_OK);
	event_set_status(&answered, 0x107); /* STATUS_SOME_NOT_MAPPED, a success */
	assert_int_equal(event_outcome(&answered), OUTCOME_OK);
	event_set_status(&answered, 0xc000006d);
	assert_int_equal(event_outcome(&answered), OUTCOME_FAILED);
	assert_string_equal(event_outcome_name(OUTCOME_FAILED), "failed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layouts),	    cmocka_unit_test(test_providers),
		cmocka_unit_test(test_texts),	    cmocka_unit_test(test_find),
		cmocka_unit_test(test_dictionary),  cmocka_unit_test(test_facts_used),
		cmocka_unit_test(test_types_agree), cmocka_unit_test(test_names),
		cmocka_unit_test(test_reasons),	    cmocka_unit_test(test_status_names),
		cmocka_unit_test(test_setters),	    cmocka_unit_test(test_outcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
