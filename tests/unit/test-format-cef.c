/* CEF: header, keys, severities, and names that would begin another pair. */
#include "format-events.h"

/* Of an extension: how many unescaped '=' it has, each of which ends a key. */
static size_t count_pairs(const char *line)
{
	size_t n = 0, bars = 0;

	for (; *line && bars < 7; line++)
		bars += *line == '|';
	for (; *line; line++) {
		if (*line == '\\')
			line++;
		else
			n += *line == '=';
		assert_true(*line && (*line != '\n' || !line[1]));
	}
	return n;
}

static void test_event(void **state)
{
	struct event e = server_failure();
	char *got = event_as("cef", &e);

	(void)state;
	assert_memory_equal(got, "CEF:0|ntlmaudit|ntlmaudit|", 26);
	has(got, "|4022|incoming NTLM authentication|3|rt=1795356000123 "
		 "cat=Microsoft-Windows-NTLM/Operational externalId=7 dvchost=FS1 outcome=failure "
		 "src=10.0.0.5 spt=49152 duser=alice dntdom=CORP app=SMB2 "
		 "reason=STATUS_WRONG_PASSWORD ntlmauditNegotiatedFlags=0xe2888215 "
		 "ntlmauditStatus=0xc000006a ntlmauditMechanisms=NTLMSSP,Kerberos "
		 "ntlmauditActivityId={01020300-0000-0000-0000-000000000000} ntlmauditRole=server "
		 "ntlmauditOrigin=capture\n");
	e.layout = event_layout_find(4023);
	has(event_as("cef", &e), "|4023|incoming NTLM authentication|6|");
	e.layout = event_layout_find(100);
	has(event_as("cef", &e), "|100|NTLM refused to a protected user|8|");
}

static void test_addresses(void **state)
{
	struct event e = server_failure();

	(void)state;
	event_set_text(&e, FACT_CLIENT_IP, "fd00::7");
	has(event_as("cef", &e), " c6a2Label=Source IPv6 Address c6a2=fd00::7 ");
	lacks(event_as("cef", &e), " src=");
	event_set_text(&e, FACT_CLIENT_IP, "no address");
	has(event_as("cef", &e), " ntlmauditClientIp=no address ");
	lacks(event_as("cef", &e), " src=");
}

static void test_outcome(void **state)
{
	struct event e = server_failure();

	(void)state;
	event_set_status(&e, 0);
	has(event_as("cef", &e), " outcome=success ");
	event_set_text(&e, FACT_STATUS, NULL);
	lacks(event_as("cef", &e), " outcome=");
	e.layout = event_layout_find(4002);
	has(event_as("cef", &e), " outcome=failure ");
}

static void test_escapes(void **state)
{
	struct event e = server_failure();

	(void)state;
	event_set_text(&e, FACT_USER, "a|b=c\\d\ne\rf suser=root\xe2\x80\xae");
	has(event_as("cef", &e), " duser=a|b\\=c\\\\d\\ne\\rf suser\\=root\\\\u202e dntdom=");
	event_set_text(&e, FACT_USER, "\xf0\x9f\xbf\xbe");
	has(event_as("cef", &e), " duser=\\\\ud83f\\\\udffe dntdom=");
}

static void test_same_pairs(void **state)
{
	struct finding f = relay_finding();
	char *tame = finding_as("cef", &f), *wild;

	(void)state;
	f.sentence = f.user = HOSTILE;
	wild = finding_as("cef", &f);
	assert_int_equal(count_pairs(tame), count_pairs(wild));
	has(wild, "|relay|NTLM relay|9|rt=1795356000123 cat=finding msg=");
	has(tame, " cnt=2 src=10.0.0.5 c6a3Label=Destination IPv6 Address c6a3=fd00::7 duser=alice "
		  "ntlmauditSource=a.pcap ntlmauditRecords=3,4 ntlmauditFrame=99\n");
	for (size_t i = 0; i < n_event_layouts; i++) {
		struct event e = {.layout = &event_layouts[i]};
		struct foreign_field foreign;

		fill_event(&e, "tame", &foreign);
		tame = event_as("cef", &e);
		fill_event(&e, HOSTILE, &foreign);
		wild = event_as("cef", &e);
		assert_int_equal(count_pairs(tame), count_pairs(wild));
		mem_free(tame);
		mem_free(wild);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_event),	   cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_outcome),	   cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_same_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
