/* Every format on made-up events: exact output, and strangers' names that try to break out of it. */
#include "unit.h"

#include "base/mem.h"
#include "base/utf.h"
#include "format/escape.h"
#include "format/format.h"

#include <stdio.h>
#include <stdlib.h>

static const struct format_style plain = {.colour = false};
static const struct format_style coloured = {.colour = true};

/* 2026-11-22T14:00:00.1234567Z and 89 ns */
#define NOON INT64_C(1795356000123456789)

static struct event client_warning(void)
{
	struct event e = {.layout = event_layout_find(4021),
			  .record = 7,
			  .time = NOON,
			  .computer = "WS02",
			  .activity = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23,
				       0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}};

	event_set_text(&e, FACT_USER, "afenwick");
	event_set_text(&e, FACT_DOMAIN, "DIOCORE");
	event_set_text(&e, FACT_HOST, "WS02");
	event_set_text(&e, FACT_CLIENT_IP, "10.0.0.5");
	event_set_number(&e, FACT_PROCESS_ID, 0x1798);
	event_set_text(&e, FACT_TARGET_MACHINE, "FS1");
	event_set_text(&e, FACT_TARGET_SERVICE, "cifs/fs1.corp.example");
	event_set_text(&e, FACT_TARGET_IP, "10.0.0.9");
	event_set_number(&e, FACT_REASON_ID, 7);
	event_set_text(&e, FACT_REASON, event_reason_text(7));
	event_set_number(&e, FACT_FLAGS, 0xe2888215);
	event_set_text(&e, FACT_NTLM_VERSION, "NTLMv2");
	event_set_text(&e, FACT_SESSION_KEY, "Missing");
	event_set_text(&e, FACT_CHANNEL_BINDING, "Supported");
	event_set_text(&e, FACT_MIC, "Unprotected");
	event_set_number(&e, FACT_AV_FLAGS, 0);
	event_set_text(&e, FACT_AV_FLAGS_TEXT, "None");
	event_set_text(&e, FACT_CARRIER, "SMB2");
	event_set_text(&e, FACT_WARNINGS, "no-mic,no-session-key");
	event_set_number(&e, FACT_FRAME_AUTHENTICATE, 12);
	return e;
}

/* An event as a format writes it, alone. The caller frees it. */
static char *render(const char *name, const struct format_style *style, const struct event *e)
{
	const struct format *f = format_find(name);
	struct text out;

	assert_non_null(f);
	text_init(&out, 0);
	f->event(&out, style, e);
	assert_false(out.failed);
	assert_int_equal(strlen(out.ptr), out.len);
	return out.ptr;
}

static void check(const char *name, const struct format_style *style, const struct event *e,
		  const char *expected)
{
	char *got = render(name, style, e);

	assert_string_equal(got, expected);
	mem_free(got);
}

static void check_has(const char *name, const struct event *e, const char *part)
{
	char *got = render(name, &plain, e);

	if (!strstr(got, part))
		fail_msg("no %s in %s", part, got);
	mem_free(got);
}

static void check_lacks(const char *name, const struct event *e, const char *part)
{
	char *got = render(name, &plain, e);

	if (strstr(got, part))
		fail_msg("%s in %s", part, got);
	mem_free(got);
}

static void test_find(void **state)
{
	static const char *const names[] = {"text", "short", "json", "xml"};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(format_find(names[i])->name, names[i]);
	for (const struct format *f = formats; f->name; f++)
		assert_true(*f->doc && f->event);
	assert_null(format_find(""));
	assert_null(format_find("JSON"));
	assert_null(format_find("jso"));
}

static void test_text_exact(void **state)
{
	struct event e = client_warning();

	(void)state;
	check("text", &plain, &e,
	      "Event[7]:\n"
	      "  Log Name: Microsoft-Windows-NTLM/Operational\n"
	      "  Source: NTLM\n"
	      "  Date: 2026-11-22T14:00:00.1234567Z\n"
	      "  Event ID: 4021\n"
	      "  Task: Auditing NTLM\n"
	      "  Level: Warning\n"
	      "  Computer: WS02\n"
	      "  Activity ID: {01234567-89AB-CDEF-0123-456789ABCDEF}\n"
	      "  Description:\n"
	      "This machine attempted to authenticate to a remote resource via NTLM.\n"
	      "\n"
	      "Process Information:\n"
	      "\tProcess Name:\tNull\n"
	      "\tProcess PID:\t0x1798\n"
	      "\n"
	      "Client Information:\n"
	      "\tUsername:\tafenwick\n"
	      "\tDomain:\tDIOCORE\n"
	      "\tHostname:\tWS02\n"
	      "\tSign-On Type:\tNull\n"
	      "\n"
	      "Target Information:\n"
	      "\tTarget Machine:\tFS1\n"
	      "\tTarget Domain:\tNull\n"
	      "\tTarget Resource:\tcifs/fs1.corp.example\n"
	      "\tTarget IP:\t10.0.0.9\n"
	      "\tTarget Network Name:\tNull\n"
	      "\n"
	      "NTLM Usage:\n"
	      "\tReason ID:\t7\n"
	      "\tReason:\tThe target name contains an IP address.\n"
	      "\n"
	      "NTLM Security:\n"
	      "\tNegotiated Flags:\t0xe2888215\n"
	      "\tNTLM Version:\tNTLMv2\n"
	      "\tSession Key Status:\tMissing\n"
	      "\tChannel Binding:\tSupported\n"
	      "\tService Binding:\tNull\n"
	      "\tMIC Status:\tUnprotected\n"
	      "\tAvFlags:\t0x0\n"
	      "\tAvFlags String:\tNone\n"
	      "\n"
	      "For more information, see aka.ms/ntlmlogandblock.\n"
	      "\n");
}

static void test_short_exact(void **state)
{
	struct event e = client_warning();

	(void)state;
	check("short", &plain, &e,
	      "2026-11-22T14:00:00.123Z  ! 4021 client  DIOCORE\\afenwick@WS02         "
	      "10.0.0.5 -> cifs/fs1.corp.example (10.0.0.9)  SMB2     NTLMv2        IP address    "
	      "  no answer             no-mic,no-session-key\n");
	check("short", &coloured, &e,
	      "\033[2m2026-11-22T14:00:00.123Z\033[0m  \033[33m! 4021 client\033[0m  "
	      "DIOCORE\\afenwick@WS02         10.0.0.5 -> cifs/fs1.corp.example (10.0.0.9)  SMB2   "
	      "  NTLMv2        IP address      \033[2mno answer\033[0m             "
	      "\033[33mno-mic,no-session-key\033[0m\n");
}

static void test_json_exact(void **state)
{
	struct event e = client_warning();

	(void)state;
	check("json", &coloured, &e,
	      "{\"time\":\"2026-11-22T14:00:00.1234567Z\",\"event_id\":4021,\"version\":0,"
	      "\"level\":\"Warning\",\"provider\":\"Microsoft-Windows-NTLM\","
	      "\"channel\":\"Microsoft-Windows-NTLM/Operational\",\"record_id\":7,"
	      "\"computer\":\"WS02\","
	      "\"activity_id\":\"{01234567-89AB-CDEF-0123-456789ABCDEF}\","
	      "\"process_name\":null,\"process_id\":6040,\"user\":\"afenwick\","
	      "\"domain\":\"DIOCORE\",\"host\":\"WS02\",\"sign_on\":null,"
	      "\"target_machine\":\"FS1\",\"target_domain\":null,"
	      "\"target_service\":\"cifs/fs1.corp.example\",\"target_ip\":\"10.0.0.9\","
	      "\"target_name\":null,\"reason_id\":7,"
	      "\"reason\":\"The target name contains an IP address.\","
	      "\"negotiated_flags\":\"0xe2888215\",\"ntlm_version\":\"NTLMv2\","
	      "\"session_key\":\"Missing\",\"channel_binding\":\"Supported\","
	      "\"service_binding\":null,\"mic\":\"Unprotected\",\"av_flags\":\"0x0\","
	      "\"av_flags_text\":\"None\",\"client_ip\":\"10.0.0.5\",\"carrier\":\"SMB2\","
	      "\"warnings\":[\"no-mic\",\"no-session-key\"],\"frame_authenticate\":12,"
	      "\"evidence\":[]}\n");
}

static void test_xml_exact(void **state)
{
	struct event e = client_warning();

	(void)state;
	check("xml", &coloured, &e,
	      "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
	      "<Provider Name='Microsoft-Windows-NTLM' "
	      "Guid='{AC43300D-5FCC-4800-8E99-1BD3F85F0320}'/><EventID>4021</EventID>"
	      "<Version>0</Version><Level>3</Level><Task>2</Task><Opcode>0</Opcode>"
	      "<Keywords>0x8000000000000000</Keywords>"
	      "<TimeCreated SystemTime='2026-11-22T14:00:00.1234567Z'/>"
	      "<EventRecordID>7</EventRecordID>"
	      "<Correlation ActivityID='{01234567-89AB-CDEF-0123-456789ABCDEF}'/>"
	      "<Execution ProcessID='0' ThreadID='0'/>"
	      "<Channel>Microsoft-Windows-NTLM/Operational</Channel><Computer>WS02</Computer>"
	      "<Security UserID='S-1-5-18'/></System><EventData>"
	      "<Data Name='ProcessName'>Null</Data><Data Name='ProcessPID'>0x1798</Data>"
	      "<Data Name='Username'>afenwick</Data><Data Name='DomainName'>DIOCORE</Data>"
	      "<Data Name='Hostname'>WS02</Data><Data Name='SingleSignOn'>Null</Data>"
	      "<Data Name='TargetMachine'>FS1</Data><Data Name='TargetDomain'>Null</Data>"
	      "<Data Name='TargetService'>cifs/fs1.corp.example</Data>"
	      "<Data Name='TargetIP'>10.0.0.9</Data><Data Name='TargetNetworkName'>Null</Data>"
	      "<Data Name='NtlmUsageId'>7</Data>"
	      "<Data Name='NtlmUsageReason'>The target name contains an IP address.</Data>"
	      "<Data Name='NegotiatedFlags'>0xe2888215</Data><Data Name='NtlmVersion'>NTLMv2</Data>"
	      "<Data Name='SessionKeyStatus'>Missing</Data>"
	      "<Data Name='ChannelBindingStatus'>Supported</Data>"
	      "<Data Name='ServiceBinding'>Null</Data><Data Name='Mic Status'>Unprotected</Data>"
	      "<Data Name='AvlFlags'>0x0</Data><Data Name='AvlFlagsStr'>None</Data></EventData>"
	      "<ntlmaudit xmlns='urn:ntlmaudit:event:1'><fact name='client_ip'>10.0.0.5</fact>"
	      "<fact name='carrier'>SMB2</fact>"
	      "<fact name='warnings'>no-mic,no-session-key</fact>"
	      "<fact name='frame_authenticate'>12</fact></ntlmaudit></Event>\n");
}

static void test_xml_document(void **state)
{
	const struct format *xml = format_find("xml");
	struct text out;

	(void)state;
	text_init(&out, 0);
	xml->begin(&out, &plain);
	xml->end(&out, &plain);
	assert_string_equal(out.ptr,
			    "<?xml version='1.0' encoding='UTF-8'?>\n<Events>\n</Events>\n");
	text_finish(&out);
}

/* The status is a number in Windows' fields and a name for people; not seen is never 0. */
static void test_status(void **state)
{
	struct event e = client_warning();

	(void)state;
	e.layout = event_layout_find(4022);
	check_has("text", &e, "\n\n\tStatus:\tNull\n\tStatus Message:\tNull\n\nFor more");
	check_has("xml", &e, "<Data Name='Status'>Null</Data><Data Name='StatusMsg'>Null</Data>");
	check_has("json", &e, "\"status\":null,\"status_text\":null");
	check_has("short", &e, "no answer");
	event_set_status(&e, 0xc000006d);
	check_has("text", &e, "\tStatus:\t0xc000006d\n\tStatus Message:\tSTATUS_LOGON_FAILURE\n");
	check_has("xml", &e, "'Status'>0xc000006d</Data><Data Name='StatusMsg'>3221225581</Data>");
	check_has("json", &e, "\"status\":\"0xc000006d\",\"status_text\":\"STATUS_LOGON_FAILURE\"");
	check_has("short", &e, "  STATUS_LOGON_FAILURE  ");
	event_set_status(&e, 0xc0ffee);
	check_has("text", &e, "\tStatus Message:\t0xc0ffee\n");
	check_has("json", &e, "\"status_text\":\"0xc0ffee\"");
	check_has("short", &e, "  0xc0ffee  ");
	event_set_status(&e, 0);
	check_has("text", &e, "\tStatus:\t0x0\n\tStatus Message:\tSTATUS_SUCCESS\n");
	check_has("xml", &e, "'Status'>0x0</Data><Data Name='StatusMsg'>0</Data>");
	check_has("short", &e, "  ok  ");
}

static void test_text_says_dc(void **state)
{
	struct event e = {.layout = event_layout_find(4030), .time = NOON};

	(void)state;
	check_has("text", &e, "\nThe DC Null processed a forwarded NTLM authentication");
	check_has("text", &e, "  Source: Security-Netlogon\n");
	check_lacks("text", &e, "Activity ID");
	check_lacks("text", &e, "Status Message");
	event_set_text(&e, FACT_DC_NAME, "DC%s%DC\n1");
	check_has("text", &e, "\nThe DC DC%s%DC\\u000a1 processed a forwarded");
	check_has("text", &e, "see aka.ms/ntlmlogandblock\n\n");
	check_has("text", &e, "\nForwarded From:\n\tSecure Channel Type:\tNull\n");
}

/* Ours has no place in Windows' text and EventData. */
static void test_own_facts_stay_ours(void **state)
{
	struct event e = client_warning();
	char *xml;

	(void)state;
	for (enum fact f = FACT_OWN_FIRST; f < FACT__COUNT; f++)
		event_set_text(&e, f, "ours");
	check_lacks("text", &e, "ours");
	xml = render("xml", &plain, &e);
	assert_true(strstr(xml, "ours") > strstr(xml, "</EventData><ntlmaudit "));
	mem_free(xml);
}

static void test_layout_without_text(void **state)
{
	struct event e = {.layout = event_layout_find(8003), .time = NOON, .computer = "SRV1"};

	(void)state;
	event_set_number(&e, FACT_IN_PROC, 1);
	event_set_number(&e, FACT_PROCESS_ID, 4);
	event_set_number(&e, FACT_LOGON_TYPE, 3);
	check_has("text", &e, "  Description:\n\tUserName:\tNull\n\tDomainName:\tNull\n");
	check_has("text", &e, "\tCallerPID:\t4\n\tProcessName:\tNull\n\tLogonType:\t3\n");
	check_has("text", &e, "\tInProc:\ttrue\n");
	check_has("json", &e, "\"logon_type\":3,\"in_proc\":true,");
	check_has("json", &e, "\"activity_id\":null,");
	check_has("xml", &e, "<Data Name='InProc'>true</Data>");
	check_has("xml", &e, "<Correlation/>");
	check_has("short", &e, "    8003 server  -                             ? -> SRV1");
	e.layout = event_layout_find(8001);
	event_set_number(&e, FACT_CLIENT_LUID, UINT64_MAX);
	check_has("xml", &e, "<Data Name='ClientLUID'>0xffffffffffffffff</Data>");
	check_has("short", &e, "SRV1 -> ?");
	e.origin =
		ORIGIN_LOG; /* it can't tell the outcome, and names the account only where it is another's */
	event_set_text(&e, FACT_CLIENT_DOMAIN, "CORP");
	event_set_text(&e, FACT_CLIENT_USER, "alice");
	check_has("short", &e, "  CORP\\alice  ");
	check_has("short", &e, "  -               -\n");
	event_set_text(&e, FACT_USER, "bob");
	check_has("short", &e, "  bob  ");
}

static void test_short_people(void **state)
{
	struct event e = client_warning();

	(void)state;
	event_set_text(&e, FACT_NTLM_VERSION_DETAIL, "null session");
	check_has("short", &e, "  anonymous@WS02     ");
	event_set_text(&e, FACT_NTLM_VERSION_DETAIL, NULL);
	event_set_text(&e, FACT_USER, NULL);
	check_has("short", &e, "  DIOCORE\\-@WS02  ");
	event_set_text(&e, FACT_DOMAIN, "");
	event_set_text(&e, FACT_HOST, NULL);
	check_has("short", &e, "client  -     ");
	event_set_number(&e, FACT_REASON_ID, 11);
	check_has("short", &e, "client  anonymous   ");
	event_set_number(&e, FACT_REASON_ID, UINT64_MAX);
	check_has("short", &e, "  -               no answer");
	event_set_text(&e, FACT_TARGET_SERVICE, "cifs/10.0.0.9");
	check_has("short", &e, "10.0.0.5 -> cifs/10.0.0.9     ");
	event_set_text(&e, FACT_TARGET_IP, "10.0.0.90");
	check_has("short", &e, "10.0.0.5 -> cifs/10.0.0.9 (10.0.0.90) ");
	event_set_text(&e, FACT_PARTIAL, "NEGOTIATE,CHALLENGE");
	check_has("short", &e, "  no-mic,no-session-key  [not seen: NEGOTIATE,CHALLENGE]\n");
}

/* A long name pushes the next cell by its length only; a later column has caught up. */
static void test_short_overflow(void **state)
{
	struct event e = client_warning();
	char *usual = render("short", &plain, &e), *pushed;

	(void)state;
	event_set_text(&e, FACT_USER, "afenwick-of-the-far-north");
	event_set_text(&e, FACT_TARGET_SERVICE, "cifs/fs1");
	pushed = render("short", &plain, &e);
	assert_non_null(strstr(pushed, "DIOCORE\\afenwick-of-the-far-north@WS02  10.0.0.5 -> "));
	assert_int_equal(strstr(pushed, "SMB2") - pushed, strstr(usual, "SMB2") - usual);
	mem_free(usual);
	mem_free(pushed);
	event_set_text(&e, FACT_USER, "\xc3\xa4\xc3\xb6\xc3\xbc"); /* counted as runes */
	check_has("short", &e, "DIOCORE\\\xc3\xa4\xc3\xb6\xc3\xbc@WS02              10.0.0.5 -> ");
}

static void test_lists(void **state)
{
	struct event e = client_warning();

	(void)state;
	event_set_text(&e, FACT_WARNINGS, "");
	check_has("json", &e, "\"warnings\":[],");
	event_set_text(&e, FACT_WARNINGS, "one");
	check_has("json", &e, "\"warnings\":[\"one\"],");
	event_set_text(&e, FACT_WARNINGS, ",\",");
	check_has("json", &e, "\"warnings\":[\"\",\"\\\"\"],");
}

static void test_absent_computer(void **state)
{
	struct event e = {.layout = event_layout_find(4020)};

	(void)state;
	check_has("json", &e, "\"computer\":null,");
	check_has("xml", &e, "<Computer>Null</Computer>");
	check_has("text", &e, "  Computer: Null\n");
	check_has("short", &e, "1970-01-01T00:00:00.000Z    4020 client  -    ");
}

struct hostile {
	const char *name;
	const char *visible, *json, *xml;
};

#define FFFD "\xef\xbf\xbd"

static const struct hostile hostiles[] = {
	{"", "", "", ""},
	{"a\\b", "a\\b", "a\\\\b", "a\\b"},
	{"\"'`", "\"'`", "\\\"'`", "&quot;&apos;`"},
	{"]]><x>&amp;", "]]><x>&amp;", "]]><x>&amp;", "]]&gt;&lt;x&gt;&amp;amp;"},
	{"a\nb\r\tc", "a\\u000ab\\u000d\\u0009c", "a\\u000ab\\u000d\\u0009c",
	 "a\\u000ab\\u000d\\u0009c"},
	{"\033[31m\x7f", "\\u001b[31m\\u007f", "\\u001b[31m\\u007f", "\\u001b[31m\\u007f"},
	{"\xc2\x85\xc2\x9b", "\\u0085\\u009b", "\\u0085\\u009b", "\\u0085\\u009b"},
	{"\xe2\x80\xaegpj", "\\u202egpj", "\\u202egpj", "\\u202egpj"},
	{"\xe2\x80\xa8\xe2\x81\xa6\xef\xbb\xbf", "\\u2028\\u2066\\ufeff", "\\u2028\\u2066\\ufeff",
	 "\\u2028\\u2066\\ufeff"},
	{"\xef\xbf\xbe\xef\xbf\xbf", "\\ufffe\\uffff", "\\ufffe\\uffff", "\\ufffe\\uffff"},
	{"\xf0\x9f\xbf\xbe", "\\ud83f\\udffe", "\\ud83f\\udffe", "\\ud83f\\udffe"},
	{FFFD "x", FFFD "x", FFFD "x", FFFD "x"},
	{"\xff\xc0\xaf\xed\xa0\x80", FFFD FFFD FFFD FFFD FFFD FFFD, FFFD FFFD FFFD FFFD FFFD FFFD,
	 FFFD FFFD FFFD FFFD FFFD FFFD},
	{"ok\xe2\x80", "ok" FFFD FFFD, "ok" FFFD FFFD, "ok" FFFD FFFD},
	{"\xf0\x9f\x98\x80 \xd0\x9f", "\xf0\x9f\x98\x80 \xd0\x9f", "\xf0\x9f\x98\x80 \xd0\x9f",
	 "\xf0\x9f\x98\x80 \xd0\x9f"},
};

static void test_escapes(void **state)
{
	struct text out;

	(void)state;
	text_init(&out, 0);
	for (size_t i = 0; i < sizeof(hostiles) / sizeof(hostiles[0]); i++) {
		text_putc(&out, '|');
		text_visible(&out, hostiles[i].name);
		assert_string_equal(out.ptr + 1, hostiles[i].visible);
		text_reset(&out);
		text_putc(&out, '|');
		text_json(&out, span_str(hostiles[i].name));
		assert_string_equal(out.ptr + 1, hostiles[i].json);
		text_reset(&out);
		text_putc(&out, '|');
		text_xml(&out, hostiles[i].name);
		assert_string_equal(out.ptr + 1, hostiles[i].xml);
		text_reset(&out);
	}
	text_finish(&out);
}

static void test_visible_head(void **state)
{
	struct text out;

	(void)state;
	text_init(&out, 0);
	text_visible_head(&out, "abc", 3);
	text_putc(&out, '|');
	text_visible_head(&out, "abcd", 3);
	text_putc(&out, '|');
	text_visible_head(&out, "\xc3\xa4\n\xc3\xa4!", 3);
	assert_string_equal(out.ptr, "abc|abc...|\xc3\xa4\\u000a\xc3\xa4...");
	text_finish(&out);
}

/* What no output may hold, whatever was sent: a raw unsafe rune or invalid UTF-8. */
static void check_clean(const char *format, const char *got)
{
	struct span rest = span_str(got);

	while (rest.len) {
		struct span before = rest;
		uint32_t rune = utf8_next(&rest);

		if (rune == RUNE_REPLACEMENT)
			assert_int_equal(before.len - rest.len, 3);
		if (rune == '\r' && strcmp(format, "csv") == 0)
			assert_true(span_starts(rest, "\n", 1));
		else if (rune_is_unsafe(rune) && rune != '\n')
			assert_true(rune == '\t' && strcmp(format, "text") == 0);
	}
}

static size_t count(const char *s, const char *part)
{
	size_t n = 0;

	for (s = strstr(s, part); s; s = strstr(s + 1, part))
		n++;
	return n;
}

static void fill(struct event *e, const char *name)
{
	e->computer = name;
	for (enum fact f = 0; f < FACT__COUNT; f++)
		event_set_text(e, f, name);
}

/* Every field of every layout a stranger's: lines, elements and keys stay as many as with a tame name. */
static void test_hostile_everywhere(void **state)
{
	static const char *const marks[] = {"\n", "<", ">", "="};

	(void)state;
	for (const struct format *f = formats; f->name; f++) {
		for (size_t i = 0; i < n_event_layouts; i++) {
			struct event e = {.layout = &event_layouts[i], .time = NOON};
			char *tame, *wild;

			fill(&e, "tame");
			tame = render(f->name, &plain, &e);
			fill(&e, "\n\r\"\":\"}\\{]]><fact>&'\xe2\x80\xae\xff\t\033[0m\xe2\x80\xa8");
			wild = render(f->name, &plain, &e);
			check_clean(f->name, wild);
			for (size_t k = 0; k < (strcmp(f->name, "xml") == 0 ? 4 : 1); k++)
				assert_int_equal(count(tame, marks[k]), count(wild, marks[k]));
			mem_free(tame);
			mem_free(wild);
		}
	}
}

/* Every run of two bytes, also broken UTF-8, comes out as valid UTF-8 without a raw control. */
static void test_all_pairs(void **state)
{
	static void (*const put[])(struct text *, const char *) = {text_visible, text_xml};
	struct text out;

	(void)state;
	text_init(&out, 0);
	for (unsigned pair = 0x0101; pair <= 0xffff; pair++) {
		char name[3] = {(char)(pair >> 8), (char)(pair & 0xff), '\0'};

		for (size_t i = 0; i < 2; i++)
			put[i](&out, name);
		text_json(&out, span_str(name));
		check_clean("", out.ptr);
		assert_null(strchr(out.ptr, '\n'));
		text_reset(&out);
	}
	text_finish(&out);
}

static void test_long_names(void **state)
{
	enum { LONG = 10240 };
	struct event e = client_warning();
	char *name = malloc(LONG + 1);

	(void)state;
	assert_non_null(name);
	memset(name, 'x', LONG);
	name[LONG] = '\0';
	fill(&e, name);
	check_has("text", &e, name);
	check_has("json", &e, name);
	check_has("xml", &e, name);
	event_set_text(&e, FACT_WARNINGS, NULL);
	event_set_text(&e, FACT_PARTIAL, NULL);
	name[65] = '\0';
	check_lacks("short", &e, name);
	memset(name, '\n', 65);
	fill(&e, name);
	check_has("short", &e, "\\u000a\\u000a\\u000a...@");
	free(name);
}

/* A full buffer and a lack of memory leave what fits, and say so. */
static void test_no_room(void **state)
{
	struct event e = client_warning();

	(void)state;
	for (const struct format *f = formats; f->name; f++) {
		for (size_t max = 1; max < 600; max++) {
			struct text out;

			text_init(&out, max);
			f->event(&out, &coloured, &e);
			assert_true(out.len <= max);
			assert_true(out.failed || max > 100);
			text_finish(&out);
		}
		for (uint64_t nth = 1; nth < 4; nth++) {
			struct text out;

			text_init(&out, 0);
			mem_fail_from(nth);
			f->event(&out, &plain, &e);
			mem_fail_from(0);
			assert_true(out.failed || nth > 1);
			text_finish(&out);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_text_exact),
		cmocka_unit_test(test_short_exact),
		cmocka_unit_test(test_json_exact),
		cmocka_unit_test(test_xml_exact),
		cmocka_unit_test(test_xml_document),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_text_says_dc),
		cmocka_unit_test(test_own_facts_stay_ours),
		cmocka_unit_test(test_layout_without_text),
		cmocka_unit_test(test_short_people),
		cmocka_unit_test(test_short_overflow),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_absent_computer),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_visible_head),
		cmocka_unit_test(test_hostile_everywhere),
		cmocka_unit_test(test_all_pairs),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
