/* ECS and OCSF, what they are made with (paths into objects, mapped facts), and the list of formats. */
#include "format-events.h"

#include "format/json-write.h"
#include "format/mapping.h"

static void test_paths(void **state)
{
	struct text out;
	struct json j;

	(void)state;
	text_init(&out, 0);
	json_begin(&j, &out);
	json_number(&j, "a", 1);
	json_number(&j, "b.c.d", 2);
	json_number(&j, "b.c.e", 3);
	json_number(&j, "b.cc.e", 4);
	json_number(&j, "b.f", 5);
	json_at_name(&j, "b.g", "x.y\"");
	text_putc(&out, '6');
	json_text(&j, "h", NULL);
	json_text_or_null(&j, "h", NULL);
	json_number(&j, "bb.c.d", 7);
	json_end(&j);
	assert_string_equal(out.ptr,
			    "{\"a\":1,\"b\":{\"c\":{\"d\":2,\"e\":3},\"cc\":{\"e\":4},\"f\":5,"
			    "\"g\":{\"x.y\\\"\":6}},\"h\":null,\"bb\":{\"c\":{\"d\":7}}}");
	text_reset(&out);
	json_begin(&j, &out);
	json_end(&j);
	assert_string_equal(out.ptr, "{}");
	text_finish(&out);
}

static void test_mapping(void **state)
{
	static const struct mapped_row rows[] = {
		{FACT_CLIENT_IP, AS_IP, "ip", NULL},
		{FACT_TARGET_IP, AS_IP, "ip", NULL},
		{FACT_SERVER_IP, AS_IP, "ip", NULL},
		{FACT_CLIENT_PORT, AS_PORT, "port", NULL},
		{FACT_TARGET_PORT, AS_PORT, "port", NULL},
		{FACT_STATUS, AS_FAILURE, "error", NULL},
	};
	struct event e = {0};
	struct mapping m;

	(void)state;
	event_set_text(&e, FACT_CLIENT_IP, "10.0.0.5%eth0");
	event_set_text(&e, FACT_TARGET_IP, "::1");
	event_set_text(&e, FACT_SERVER_IP, "10.0.0.9");
	event_set_number(&e, FACT_CLIENT_PORT, 65536);
	event_set_text(&e, FACT_TARGET_PORT, "80");
	event_set_number(&e, FACT_STATUS, 0x7fffffff);
	mapping_init(&m, &e, rows, 6);
	assert_ptr_equal(mapping_next(&m), &rows[1]);
	assert_null(mapping_next(&m));
	assert_true(mapping_left(&m, FACT_CLIENT_IP));
	assert_false(mapping_left(&m, FACT_TARGET_IP));
	assert_true(mapping_left(&m, FACT_SERVER_IP));
	assert_true(mapping_left(&m, FACT_CLIENT_PORT));
	assert_false(mapping_left(&m, FACT_USER));
	event_set_number(&e, FACT_CLIENT_PORT, 1);
	event_set_number(&e, FACT_STATUS, 0x80000000);
	mapping_init(&m, &e, rows, 6);
	assert_ptr_equal(mapping_next(&m), &rows[1]);
	assert_ptr_equal(mapping_next(&m), &rows[3]);
	assert_ptr_equal(mapping_next(&m), &rows[5]);
}

/* The process at our end of the connection, where the schemas have a place for it; all of it in ours. */
static void test_process(void **state)
{
	struct event e = server_failure();

	(void)state;
	event_set_text(&e, FACT_PROCESS_NAME, "smbd");
	event_set_number(&e, FACT_PROCESS_ID, 1234);
	event_set_text(&e, FACT_PROCESS_PATH, "/usr/sbin/smbd");
	event_set_text(&e, FACT_PROCESS_USER, "root");
	event_set_number(&e, FACT_PROCESS_UID, 0);
	event_set_text(&e, FACT_PROCESS_UNIT, "smbd.service");
	event_set_text(&e, FACT_PROCESS_CONTAINER, "c0ffee");
	event_set_number(&e, FACT_PROCESS_KERNEL, 0);
	event_set_text(&e, FACT_PROCESS_HOW, "accepted");
	has(event_as("ecs", &e), "\"process\":{\"name\":\"smbd\",\"pid\":1234,"
				 "\"executable\":\"/usr/sbin/smbd\","
				 "\"user\":{\"name\":\"root\",\"id\":\"0\"}},"
				 "\"container\":{\"id\":\"c0ffee\"}");
	has(event_as("ecs", &e), "\"process_unit\":\"smbd.service\"");
	has(event_as("ocsf", &e),
	    "\"actor\":{\"process\":{\"name\":\"smbd\",\"pid\":1234,"
	    "\"file\":{\"path\":\"/usr/sbin/smbd\",\"name\":\"smbd\",\"type_id\":1,"
	    "\"type\":\"Regular File\"},\"user\":{\"name\":\"root\",\"uid\":\"0\"}}}");
	has(event_as("ocsf", &e), "\"process_unit\":\"smbd.service\"");
	has(event_as("cef", &e), " deviceProcessName=smbd dvcpid=1234 ");
	has(event_as("cef", &e), " ntlmauditProcessPath=/usr/sbin/smbd ");
	has(event_as("json", &e), "\"process_kernel\":false,\"process_how\":\"accepted\"}");
	has(event_as("short", &e), "STATUS_WRONG_PASSWORD  smbd[1234]\n");
	lacks(event_as("text", &e), "/usr/sbin/smbd");
	event_set_text(&e, FACT_PROCESS_NAME, "C:\\Windows\\System32\\lsass.exe");
	has(event_as("short", &e), "  lsass.exe[1234]\n");
	event_set_text(&e, FACT_PROCESS_NAME, "kernel");
	event_set_number(&e, FACT_PROCESS_ID, 0);
	has(event_as("short", &e), "  kernel\n");
}

static void test_ecs(void **state)
{
	struct event e = server_failure();

	(void)state;
	has(event_as("ecs", &e), "{\"@timestamp\":\"2026-11-22T14:00:00.1234567Z\",");
	has(event_as("ecs", &e), "\"outcome\":\"failure\"},\"user\":{\"name\":\"alice\",");
	has(event_as("ecs", &e), "\"source\":{\"ip\":\"10.0.0.5\",\"port\":49152,");
	has(event_as("ecs", &e), "\"error\":{\"code\":\"STATUS_WRONG_PASSWORD\"}");
	has(event_as("ecs", &e), "\"winlog\":{\"channel\":\"Microsoft-Windows-NTLM/Operational\","
				 "\"computer_name\":\"FS1\",\"event_id\":\"4022\",");
	has(event_as("ecs", &e), "\"Mic Status\":\"Null\",");
	has(event_as("ecs", &e), "\"Status\":\"0xc000006a\",\"StatusMsg\":\"3221225578\"}}");
	has(event_as("ecs", &e), "\"network\":{\"protocol\":\"smb2\"}");
	has(event_as("ecs", &e), "\"mechanisms\":[\"NTLMSSP\",\"Kerberos\"]");
	event_set_status(&e, 0);
	lacks(event_as("ecs", &e), "\"error\"");
}

static void test_ecs_address(void **state)
{
	struct event e = server_failure();

	(void)state;
	event_set_text(&e, FACT_CLIENT_IP, "no address");
	has(event_as("ecs", &e), "\"source\":{\"port\":49152,\"address\":\"no address\"}");
	lacks(event_as("ecs", &e), "\"related\":{\"user\":[\"alice\"],\"ip\"");
}

/* A foreign field stands beside Windows' unless its name is one of theirs, doubled, or empty. */
static void test_ecs_foreign(void **state)
{
	static const struct foreign_field foreign[] = {
		{"LogonGuid", "{1}"}, {"Username", "root"}, {"LogonGuid", "{2}"}, {"", "x"}};
	struct event e = server_failure();

	(void)state;
	e.origin = ORIGIN_LOG;
	e.source_record = 4711;
	e.process_id = 620;
	e.foreign = foreign;
	e.n_foreign = 4;
	has(event_as("ecs", &e), ",\"StatusMsg\":\"3221225578\",\"LogonGuid\":\"{1}\"}}");
	has(event_as("ecs", &e), "\"record_id\":\"4711\",");
	has(event_as("ecs", &e), "\"process\":{\"pid\":620,\"thread\":{\"id\":0}}");
	has(event_as("ecs", &e),
	    "\"foreign\":[{\"name\":\"Username\",\"value\":\"root\"},"
	    "{\"name\":\"LogonGuid\",\"value\":\"{2}\"},{\"name\":\"\",\"value\":\"x\"}]");
	e.n_foreign = 1;
	lacks(event_as("ecs", &e), "\"foreign\"");
	has(event_as("ocsf", &e), "\"foreign\":[{\"name\":\"LogonGuid\",\"value\":\"{1}\"}]");
	has(event_as("json", &e), "\"origin\":\"log\",\"source_record\":4711,");
	has(event_as("json", &e), "\"foreign\":[{\"name\":\"LogonGuid\",\"value\":\"{1}\"}]");
	has(event_as("xml", &e), "<Data Name='LogonGuid'>{1}</Data></EventData>");
	has(event_as("xml", &e), "<Execution ProcessID='620' ThreadID='0'/>");
}

static void test_ocsf(void **state)
{
	struct event e = server_failure();

	(void)state;
	has(event_as("ocsf", &e), "\"class_uid\":3002,");
	has(event_as("ocsf", &e), "\"type_uid\":300201,");
	has(event_as("ocsf", &e), "\"time\":1795356000123,");
	has(event_as("ocsf", &e), "\"status_id\":2,\"status\":\"Failure\",");
	has(event_as("ocsf", &e),
	    "\"status_code\":\"0xc000006a\",\"status_detail\":\"STATUS_WRONG_PASSWORD\",");
	has(event_as("ocsf", &e),
	    "\"user\":{\"name\":\"alice\",\"domain\":\"CORP\",\"type_id\":1,");
	has(event_as("ocsf", &e), "\"service\":{\"name\":\"unknown\"}");
	event_set_text(&e, FACT_USER, "WS1$");
	has(event_as("ocsf", &e), "\"type_id\":3,\"type\":\"System\"");
	event_set_text(&e, FACT_USER, "");
	has(event_as("ocsf", &e), "\"user\":{\"domain\":\"CORP\",\"name\":\"\",\"type_id\":0,");
	has(event_as("ocsf", &e),
	    "\"unmapped\":{\"role\":\"server\",\"origin\":\"capture\",\"user\":\"\",");
	e.time = -1;
	has(event_as("ocsf", &e), "\"time\":0,");
}

static void test_findings(void **state)
{
	struct finding f = relay_finding();

	(void)state;
	has(finding_as("ecs", &f), "\"event\":{\"kind\":\"alert\",");
	has(finding_as("ecs", &f), "\"rule\":{\"id\":\"relay\",\"name\":\"NTLM relay\",");
	has(finding_as("ecs", &f),
	    "\"related\":{\"user\":[\"alice\"],\"ip\":[\"10.0.0.5\",\"fd00::7\"]}");
	has(finding_as("ocsf", &f), "\"class_uid\":2004,");
	has(finding_as("ocsf", &f), "\"finding_info\":{\"uid\":\"relay-1795356000123456789-99\",");
	has(finding_as("ocsf", &f), "\"evidences\":[{\"src_endpoint\":{\"ip\":\"10.0.0.5\"},"
				    "\"dst_endpoint\":{\"ip\":\"fd00::7\"},"
				    "\"actor\":{\"user\":{\"name\":\"alice\"}}}],");
	f.source_ip = "no address";
	has(finding_as("ocsf", &f), "\"unmapped\":{\"client_ip\":\"no address\",");
	f.target_ip = f.user = NULL;
	lacks(finding_as("ocsf", &f), "\"evidences\"");
}

/* One line, and as many quotes that end a string as with a tame name. */
static size_t count_strings(const char *line)
{
	size_t n = 0;

	for (; *line; line++) {
		if (*line == '\\')
			line++;
		else
			n += *line == '"';
		assert_true(*line && (*line != '\n' || !line[1]));
	}
	return n;
}

/* A comma in a name would make another item. */
static void drop_lists(struct event *e)
{
	for (enum fact f = 0; f < FACT__COUNT; f++)
		if (facts[f].type == FACT_LIST)
			event_set_text(e, f, NULL);
}

static void test_hostile(void **state)
{
	static const char *const names[] = {"ecs", "ocsf"};

	(void)state;
	for (size_t i = 0; i < 2 * n_event_layouts; i++) {
		struct event e = {.layout = &event_layouts[i / 2]};
		struct foreign_field foreign;
		char *tame, *wild;

		fill_event(&e, "tame", &foreign);
		drop_lists(&e);
		tame = event_as(names[i % 2], &e);
		fill_event(&e, HOSTILE, &foreign);
		drop_lists(&e);
		wild = event_as(names[i % 2], &e);
		assert_int_equal(count_strings(tame), count_strings(wild));
		mem_free(tame);
		mem_free(wild);
	}
}

static void test_names(void **state)
{
	struct text out;

	(void)state;
	text_init(&out, 0);
	format_names(&out, ", ", " or ");
	assert_memory_equal(out.ptr, "short, text, json, xml, csv, cef, ecs", 37);
	assert_non_null(strstr(out.ptr, " or "));
	text_reset(&out);
	format_names(&out, " ", " ");
	for (const struct format *f = formats; f->name; f++)
		assert_non_null(strstr(out.ptr, f->name));
	text_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),	    cmocka_unit_test(test_mapping),
		cmocka_unit_test(test_process),	    cmocka_unit_test(test_ecs),
		cmocka_unit_test(test_ecs_address), cmocka_unit_test(test_ecs_foreign),
		cmocka_unit_test(test_ocsf),	    cmocka_unit_test(test_findings),
		cmocka_unit_test(test_hostile),	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
