/* daemon/status.h: what it says is read back by jansson and by a strict reader of the metrics' format. */
#include "exposition.h"

#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "daemon/status.h"
#include "policy/file.h"

/* 2026-11-22T14:00:00Z */
#define NOW (INT64_C(1795356000) * NSEC_PER_SEC)
#define MINUTE (60 * NSEC_PER_SEC)
#define HOSTILE "a\"b\\c\nd\xff\xe2\x80\xae} 1"
#define HOSTILE_SHOWN "a\"b\\c\\u000ad\xef\xbf\xbd\\u202e} 1"

static struct daemon_status s;

static void fill_processes(void)
{
	struct status_process *p = status_process(&s, "decoder");

	p->pid = 4711;
	p->state = STATUS_RUNNING;
	p->restarts = 2;
	p->since = NOW - 120 * MINUTE;
	status_copy(p->problem, sizeof(p->problem), "signal 11");
	p = status_process(&s, "keeper");
	p->pid = 4712;
	p->state = STATUS_RUNNING;
	p->since = s.start;
}

static void fill_rings(void)
{
	status_take_ring(status_ring(&s, "eth0"),
			 &(struct ring_counts){.packets = INT64_MAX, .freezes = 3, .skipped = 4},
			 NOW);
	status_take_ring(status_ring(&s, HOSTILE), &(struct ring_counts){.packets = 7}, NOW);
}

static void fill_store(void)
{
	s.store = (struct status_store){.path = "/var/lib/ntlmaudit/log.db",
					.stored = 11,
					.findings = 12,
					.known = 13,
					.commits = 14,
					.bytes = 15,
					.last_record = 16,
					.last_time = NOW - NSEC_PER_SEC / 2,
					.last_commit = NOW};
}

static int fill(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	s.start = NOW - 180 * MINUTE;
	s.now = NOW;
	fill_processes();
	fill_rings();
	fill_store();
	s.host = (struct status_host){true, HOST_PROC, "no BTF", {21, 22, 23}, 24, "cl1", "", "", false};
	for (uint64_t i = 0; i < TALLY__COUNT; i++)
		s.tally.n[i] = 100 + i;
	status_take_forward(status_forward(&s, "syslog+tcp://[2001:db8::1]:601"),
			    &(struct forward_status){31, 32, 33, 34, NOW, true, NULL});
	status_count_event(&s, 4020, POLICY_WANTED);
	status_count_event(&s, 4020, POLICY_WANTED);
	status_count_event(&s, 4020, POLICY_EXCEPTION);
	status_count_event(&s, 8001, POLICY_LEGACY);
	s.policy.place = 42;
	s.policy.loaded = NOW - MINUTE;
	return 0;
}

/* ---- JSON ---- */

static json_t *shown(void)
{
	struct text out;
	json_error_t error;
	json_t *root;

	text_init(&out, STATUS_ANSWER_MAX);
	status_json(&s, &out);
	assert_false(out.failed);
	assert_ptr_equal(strchr(out.ptr, '\n'), out.ptr + out.len - 1);
	root = json_loadb(out.ptr, out.len, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		fail_msg("%s at %d", error.text, error.position);
	text_finish(&out);
	return root;
}

/* "capture/0/packets" */
static json_t *at(json_t *root, const char *path)
{
	char copy[256], *left = copy, *name;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((name = strsep(&left, "/"))) {
		root = json_is_array(root) ? json_array_get(root, strtoul(name, NULL, 10))
					   : json_object_get(root, name);
		if (!root)
			fail_msg("%s: there is no %s", path, name);
	}
	return root;
}

static void assert_text(json_t *root, const char *path, const char *wanted)
{
	json_t *found = at(root, path);

	if (wanted)
		assert_string_equal(json_string_value(found), wanted);
	else
		assert_true(json_is_null(found));
}

static void assert_number(json_t *root, const char *path, json_int_t wanted)
{
	assert_true(json_is_integer(at(root, path)));
	assert_int_equal(json_integer_value(at(root, path)), wanted);
}

static const struct {
	const char *path;
	json_int_t number;
} numbers[] = {
	{"processes/0/pid", 4711},
	{"processes/0/restarts", 2},
	{"processes/1/pid", 4712},
	{"capture/0/dropped", 0},
	{"capture/0/freezes", 3},
	{"capture/0/skipped", 4},
	{"capture/1/packets", 7},
	{"host/told", 21},
	{"host/lost", 22},
	{"host/unknown", 23},
	{"host/addresses", 24},
	{"log/stored", 11},
	{"log/findings", 12},
	{"log/known", 13},
	{"log/commits", 14},
	{"log/bytes", 15},
	{"log/last_record", 16},
	{"forward/0/sent", 31},
	{"forward/0/waiting", 32},
	{"forward/0/dropped", 33},
	{"forward/0/failures", 34},
	{"events/0/id", 4020},
	{"events/0/wanted", 2},
	{"events/0/exception", 1},
	{"events/1/id", 8001},
	{"events/1/legacy", 1},
	{"events/1/wanted", 0},
	{"policy/rollout_place", 42},
	{"gaps/n", 0},
	{"decoder/packets", 100},
};

static const struct {
	const char *path, *text;
} texts[] = {
	{"version", NTLMAUDIT_VERSION},
	{"daemon/start", "2026-11-22T11:00:00.0000000Z"},
	{"daemon/time", "2026-11-22T14:00:00.0000000Z"},
	{"processes/0/name", "decoder"},
	{"processes/0/state", "running"},
	{"processes/0/since", "2026-11-22T12:00:00.0000000Z"},
	{"processes/0/problem", "signal 11"},
	{"processes/1/problem", NULL},
	{"capture/0/interface", "eth0"},
	{"capture/0/last_drop", NULL},
	{"capture/1/interface", "a\"b\\c\nd\xef\xbf\xbd\xe2\x80\xae} 1"},
	{"host/method", "proc"},
	{"host/why", "no BTF"},
	{"host/name", "cl1"},
	{"log/path", "/var/lib/ntlmaudit/log.db"},
	{"log/last_time", "2026-11-22T13:59:59.5000000Z"},
	{"log/problem", NULL},
	{"forward/0/target", "syslog+tcp://[2001:db8::1]:601"},
	{"forward/0/problem", NULL},
	{"policy/roles/client/writes", "none"},
	{"gaps/end", NULL},
};

static void test_json(void **state)
{
	json_t *root = shown();

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		assert_number(root, numbers[i].path, numbers[i].number);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_text(root, texts[i].path, texts[i].text);
	assert_true(json_is_true(at(root, "forward/0/reached")));
	assert_true(json_is_false(at(root, "daemon/tap")));
	assert_int_equal(json_object_size(at(root, "decoder")), TALLY__COUNT);
	assert_int_equal(json_array_size(at(root, "problems")), 0);
	json_decref(root);
}

static void test_json_of_nothing(void **state)
{
	json_t *root;

	(void)state;
	memset(&s, 0, sizeof(s));
	root = shown();
	assert_int_equal(json_array_size(at(root, "capture")), 0);
	assert_text(root, "problems/0", "nothing is captured: no ring is open");
	json_decref(root);
}

/* ---- metrics ---- */

static struct exposition x;

static void measure(void)
{
	struct text out;

	text_init(&out, STATUS_ANSWER_MAX);
	status_metrics(&s, &out);
	assert_false(out.failed);
	exposition_read(&x, out.ptr);
	text_finish(&out);
}

static void assert_metric(const char *name, const char *labels, const char *value)
{
	assert_string_equal(exposition_value(&x, name, labels), value);
}

static void test_metrics(void **state)
{
	(void)state;
	measure();
	assert_metric("ntlmaudit_build_info", "version=" NTLMAUDIT_VERSION ";", "1");
	assert_metric("ntlmaudit_start_time_seconds", "", "1795345200.000000000");
	assert_metric("ntlmaudit_problems", "", "0");
	assert_metric("ntlmaudit_process_up", "process=decoder;", "1");
	assert_metric("ntlmaudit_process_restarts_total", "process=decoder;", "2");
	assert_metric("ntlmaudit_capture_packets_total", "interface=eth0;", "9223372036854775807");
	assert_metric("ntlmaudit_capture_packets_total", "interface=" HOSTILE_SHOWN ";", "7");
	assert_metric("ntlmaudit_host_bpf", "", "0");
	assert_metric("ntlmaudit_log_last_event_time_seconds", "", "1795355999.500000000");
	assert_metric("ntlmaudit_forward_dropped_records_total",
		      "target=syslog+tcp://[2001:db8::1]:601;", "33");
	assert_metric("ntlmaudit_events_total", "id=4020;policy=wanted;", "2");
	assert_metric("ntlmaudit_events_total", "id=4020;policy=exception;", "1");
	assert_metric("ntlmaudit_decoder_items_total", "group=seen;item=packets;", "100");
	assert_metric("ntlmaudit_role_audited", "role=client;", "1");
}

static void test_metrics_are_named_by_the_rules(void **state)
{
	(void)state;
	measure();
	assert_true(x.n > 50);
	for (size_t i = 0; i < x.n_families; i++)
		assert_int_equal(strncmp(x.families[i], "ntlmaudit_", 10), 0);
}

static void test_metrics_of_nothing(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	measure();
	assert_metric("ntlmaudit_problems", "", "1");
	assert_metric("ntlmaudit_log_last_event_time_seconds", "", "0.000000000");
}

/* ---- the socket ---- */

static int answer(const char *request, size_t len, struct text *out)
{
	text_reset(out);
	return status_answer(span_make(request, len), &s, out);
}

/* Nothing is answered before the request is whole, wherever it was cut. */
static void assert_answer(const char *request, const char *begins)
{
	size_t len = strlen(request);
	struct text out;

	text_init(&out, STATUS_ANSWER_MAX);
	for (size_t n = 0; n < len; n++)
		if (answer(request, n, &out) != -EAGAIN || out.len)
			fail_msg("%s: answered at %zu", request, n);
	assert_int_equal(answer(request, len, &out), 0);
	if (strncmp(out.ptr, begins, strlen(begins)) != 0)
		fail_msg("%s: %.80s", request, out.ptr);
	text_finish(&out);
}

#define OK "HTTP/1.0 200 OK\r\nContent-Type: "

static void test_requests(void **state)
{
	(void)state;
	assert_answer("status\n", "{\"version\":");
	assert_answer("status\r\n", "{\"version\":");
	assert_answer("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
		      OK "text/plain; version=0.0.4; charset=utf-8\r\n");
	assert_answer("GET /metrics HTTP/1.0\n\n", OK "text/plain; version=0.0.4");
	assert_answer("GET /metrics?x=y HTTP/1.0\r\n\r\n", OK "text/plain; version=0.0.4");
	assert_answer("GET http://x/metrics HTTP/1.1\r\n\r\n", OK "text/plain; version=0.0.4");
	assert_answer("GET http://x HTTP/1.1\r\n\r\n", OK "text/plain; charset=utf-8");
	assert_answer("GET /status HTTP/1.0\r\n\r\n", OK "application/json");
	assert_answer("GET / HTTP/1.0\r\n\r\n", OK "text/plain; charset=utf-8\r\n");
}

static void test_requests_refused(void **state)
{
	(void)state;
	assert_answer("\n", "{\"error\":");
	assert_answer("statusx\n", "{\"error\":");
	assert_answer("GET /metrics\n", "{\"error\":");
	assert_answer("GET /metrics HTTP/2.0\n", "{\"error\":");
	assert_answer("GET /metrics HTTP/1.0 x\n", "{\"error\":");
	assert_answer("GET /../etc/passwd HTTP/1.0\r\n\r\n", "HTTP/1.0 404 Not Found\r\n");
	assert_answer("POST /metrics HTTP/1.0\r\n\r\n", "HTTP/1.0 405 Method Not Allowed\r\n");
	assert_answer("HEAD /metrics HTTP/1.0\r\n\r\n", "HTTP/1.0 405 Method Not Allowed\r\n");
}

static void test_content_length(void **state)
{
	static const char request[] = "GET /metrics HTTP/1.0\r\n\r\n";
	struct text out;
	const char *body, *length;

	(void)state;
	text_init(&out, STATUS_ANSWER_MAX);
	assert_int_equal(answer(request, strlen(request), &out), 0);
	length = strstr(out.ptr, "\r\nContent-Length: ");
	body = strstr(out.ptr, "\r\n\r\n");
	assert_true(length && body && length < body);
	assert_int_equal(strtoul(length + 18, NULL, 10), strlen(body + 4));
	exposition_read(&x, out.ptr + (body + 4 - out.ptr));
	text_finish(&out);
}

static void test_requests_too_long(void **state)
{
	char request[STATUS_REQUEST_MAX + 100];
	struct text out;

	(void)state;
	text_init(&out, STATUS_ANSWER_MAX);
	memset(request, 'x', sizeof(request));
	assert_int_equal(answer(request, STATUS_REQUEST_MAX - 1, &out), -EAGAIN);
	assert_int_equal(answer(request, STATUS_REQUEST_MAX, &out), 0);
	assert_string_equal(out.ptr, "{\"error\":\"the request is too long\"}\n");
	memcpy(request, "GET / HTTP/1.1\r\n", 16);
	assert_int_equal(answer(request, STATUS_REQUEST_MAX - 1, &out), -EAGAIN);
	assert_int_equal(answer(request, sizeof(request), &out), 0);
	assert_int_equal(strncmp(out.ptr, "HTTP/1.0 431 ", 13), 0);
	text_finish(&out);
}

/* A name can be anything; an answer always fits. */
static void test_full(void **state)
{
	struct text out;

	(void)state;
	memset(&s, 1, sizeof(s)); /* texts of control characters are the longest when escaped */
	s.n_processes = s.n_rings = s.n_forwards = s.n_events = 0;
	for (int i = 0; i < 1000; i++) {
		char name[STATUS_PATH_SIZE];

		memset(name, 1, sizeof(name));
		snprintf(name, sizeof(name), "%d", i);
		name[strlen(name)] = 2;
		name[sizeof(name) - 1] = '\0';
		status_process(&s, name);
		status_ring(&s, name);
		status_forward(&s, name);
		status_count_event(&s, (uint16_t)i, POLICY_WANTED);
	}
	assert_int_equal(s.n_rings, STATUS_RINGS_MAX);
	assert_int_equal(s.n_processes, STATUS_PROCESSES_MAX);
	assert_int_equal(s.n_forwards, STATUS_FORWARDS_MAX);
	assert_int_equal(s.n_events, STATUS_EVENTS_MAX);
	assert_null(status_ring(&s, "one more"));
	s.n_keys = STATUS_KEY_FILES_MAX;
	for (size_t i = 0; i < s.n_keys; i++) {
		struct status_key_file *row = &s.keys[i];

		row->path[sizeof(row->path) - 1] = row->format[sizeof(row->format) - 1] = '\0';
		row->problem[sizeof(row->problem) - 1] = '\0';
	}
	s.n_logs = STATUS_LOGS_MAX;
	for (size_t i = 0; i < s.n_logs; i++)
		s.logs[i].path[sizeof(s.logs[i].path) - 1] =
			s.logs[i].problem[sizeof(s.logs[i].problem) - 1] = '\0';
	s.channels.problem[sizeof(s.channels.problem) - 1] = '\0';
	s.policy.n_files = s.policy.n_problems = 0;
	s.store.path[0] = s.store.problem[0] = s.host.why[0] = s.host.name[0] = s.gaps.why[0] = 0;
	s.host.method = HOST_BPF;
	memset(s.policy.roles, 0, sizeof(s.policy.roles));
	text_init(&out, STATUS_ANSWER_MAX);
	assert_int_equal(answer("status\n", 7, &out), 0);
	assert_int_equal(answer("GET /metrics HTTP/1.0\n\n", 23, &out), 0);
	text_finish(&out);
}

static void test_memory_runs_out(void **state)
{
	static const char request[] = "GET /metrics HTTP/1.0\n\n";
	struct text out;
	uint64_t nth = 0;
	int rc;

	(void)state;
	text_init(&out, STATUS_ANSWER_MAX);
	do {
		text_finish(&out);
		mem_fail_from(++nth);
		rc = answer(request, strlen(request), &out);
		mem_fail_from(0);
		assert_true(rc == 0 || rc == -ENOMEM);
	} while (rc < 0);
	assert_true(nth > 3);
	text_finish(&out);
}

/* ---- filling ---- */

static void test_copy(void **state)
{
	char to[8];

	(void)state;
	status_copy(to, sizeof(to), "1234567");
	assert_string_equal(to, "1234567");
	status_copy(to, sizeof(to), "12345678");
	assert_string_equal(to, "1234567");
	status_copy(to, sizeof(to), "12345\xe2\x82\xac"); /* a euro sign does not fit */
	assert_string_equal(to, "12345");
	status_copy(to, sizeof(to), NULL);
	assert_string_equal(to, "");
}

static void test_drops_are_noticed(void **state)
{
	struct status_ring *ring = status_ring(&s, "eth1");

	(void)state;
	status_take_ring(ring, &(struct ring_counts){.dropped = 0}, NOW);
	assert_int_equal(ring->last_drop, 0);
	status_take_ring(ring, &(struct ring_counts){.dropped = 5}, NOW);
	assert_int_equal(ring->last_drop, NOW);
	status_take_ring(ring, &(struct ring_counts){.dropped = 5}, NOW + MINUTE);
	assert_int_equal(ring->last_drop, NOW);
	assert_ptr_equal(status_ring(&s, "eth1"), ring);
}

static char root[] = "/tmp/ntlmaudit-status-XXXXXX";

static void put(const char *name, const char *content)
{
	char path[256];

	snprintf(path, sizeof(path), "%s%s", root, name);
	assert_int_equal(file_replace(path, span_str(content)), 0);
}

static void load(void)
{
	struct problems problems = {.tell = status_take_problem, .context = &s.policy};
	struct policy *policy;

	status_forget_problems(&s.policy);
	assert_int_equal(policy_load(root, &problems, &policy), 0);
	status_take_policy(&s.policy, policy, NOW);
	policy_free(policy);
}

static void test_policy(void **state)
{
	(void)state;
	load();
	assert_int_equal(s.policy.n_files, 0);
	assert_int_equal(s.policy.roles[STATUS_CLIENT].answer, POLICY_WANTED);
	put("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
	put("/etc/ntlmaudit/ntlmaudit.conf",
	    "client-events = warnings\nserver-share = 0\ndomain-events = none\n");
	put("/etc/ntlmaudit/ntlmaudit.conf.d/bad.conf", "nonsense\n");
	load();
	assert_int_equal(s.policy.n_files, 1);
	assert_non_null(strstr(s.policy.files[0], "/etc/ntlmaudit/ntlmaudit.conf"));
	assert_int_equal(s.policy.n_problems, 1);
	assert_non_null(strstr(s.policy.problems[0], "bad.conf: line 1: should be"));
	assert_int_equal(s.policy.roles[STATUS_CLIENT].level, POLICY_LEVEL_WARNINGS);
	assert_int_equal(s.policy.roles[STATUS_SERVER].answer, POLICY_SHARE);
	assert_int_equal(s.policy.roles[STATUS_DOMAIN].answer, POLICY_ROLE);
	put("/etc/ntlmaudit/ntlmaudit.conf", "enhanced-logging = off\n");
	load();
	assert_int_equal(s.policy.roles[STATUS_CLIENT].answer, POLICY_OFF);
	assert_int_equal(s.policy.roles[STATUS_DOMAIN].answer, POLICY_WANTED);
	assert_false(s.policy.has_group_policy);
}

static void test_group_policy(void **state)
{
	char path[256];
	const char *const files[] = {path};

	(void)state;
	snprintf(path, sizeof(path), "%s/GptTmpl.inf", root);
	put("/GptTmpl.inf", "[Unicode]\r\nUnicode=yes\r\n[Registry Values]\r\n"
			    "MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Policies"
			    "\\System\\NTLM\\Parameters\\LogEnhancedAuditEvents=4,0\r\n");
	assert_int_equal(policy_import(root, files, 1, &(struct problems){0}), 0);
	load();
	assert_true(s.policy.has_group_policy);
	assert_int_equal(s.policy.roles[STATUS_SERVER].answer, POLICY_OFF);
	assert_int_equal(policy_import(root, NULL, 0, &(struct problems){0}), 0);
	load();
	assert_false(s.policy.has_group_policy);
}

/* ---- judging ---- */

static void keep_last(void *ctx, const char *sentence)
{
	snprintf(ctx, 1024, "%s", sentence);
}

/* Exactly one thing is wrong, and it is this. */
static void assert_problem(const char *part)
{
	char last[1024] = "";
	size_t n = status_problems(&s, keep_last, last);

	if (n != 1 || !strstr(last, part))
		fail_msg("%zu problems, the last: %s", n, last);
	fill(NULL);
	assert_int_equal(status_problems(&s, keep_last, last), 0);
}

static void test_problems_of_processes(void **state)
{
	(void)state;
	s.processes[0].state = STATUS_DOWN;
	assert_problem("decoder: down: signal 11");
	s.processes[1].state = STATUS_STARTING;
	assert_problem("keeper: starting");
	s.processes[0].since = NOW - 59 * MINUTE;
	assert_problem("decoder: put back within the last hour (2 times in all): signal 11");
}

static void test_problems_of_capture(void **state)
{
	(void)state;
	s.rings[0].last_drop = NOW - 59 * MINUTE;
	assert_problem("capture on eth0: packets were dropped");
	s.rings[0].last_drop = NOW - 61 * MINUTE;
	assert_int_equal(status_problems(&s, keep_last, (char[1024]){0}), 0);
	status_copy(s.rings[1].problem, STATUS_LINE_SIZE, "is down");
	assert_problem("} 1: is down");
	s.n_rings = 0;
	assert_problem("nothing is captured");
}

static void test_problems_of_the_rest(void **state)
{
	(void)state;
	status_copy(s.store.problem, STATUS_LINE_SIZE, "No space left on device");
	assert_problem("log /var/lib/ntlmaudit/log.db: No space left on device");
	s.store.waiting = 3;
	s.store.last_commit = NOW - 2 * MINUTE;
	assert_problem("3 events wait for a commit");
	s.forwards[0].reached = false;
	status_copy(s.forwards[0].problem, STATUS_LINE_SIZE, "Connection refused");
	assert_problem("forward to syslog+tcp://[2001:db8::1]:601: Connection refused (32 records");
	s.policy.is_refused = true;
	assert_problem("policy read before stays in force");
	s.keys[s.n_keys++] = (struct status_key_file){"/k", "keytab", 3, 0, "no key"};
	assert_problem("keys /k: no key");
	s.keys[s.n_keys++] = (struct status_key_file){"/k", "keytab", 3, 0, ""};
	s.channels.sealed = NOW - MINUTE;
	status_copy(s.channels.problem, STATUS_LINE_SIZE, "secure channel of FS1");
	assert_problem("secure channel of FS1");
	s.gaps = (struct status_gaps){1, NOW - MINUTE, NOW - MINUTE + 250000000, "decoder died"};
	assert_problem("nothing could be seen for 250 ms within the last hour: decoder died");
}

static int begin(void **state)
{
	(void)state;
	return mkdtemp(root) ? 0 : -1;
}

static int end(void **state)
{
	static const char *const names[] = {
		"/etc/ntlmaudit/ntlmaudit.conf.d/bad.conf",
		"/etc/ntlmaudit/ntlmaudit.conf.d",
		"/etc/ntlmaudit/ntlmaudit.conf",
		"/etc/ntlmaudit",
		"/etc/machine-id",
		"/etc",
		POLICY_IMPORTED,
		"/var/lib/ntlmaudit/policy",
		"/var/lib/ntlmaudit",
		"/var/lib",
		"/var",
		"/GptTmpl.inf",
		"",
	};
	char path[256];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", root, names[i]);
		remove(path);
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_json, fill),
		cmocka_unit_test_setup(test_json_of_nothing, fill),
		cmocka_unit_test_setup(test_metrics, fill),
		cmocka_unit_test_setup(test_metrics_are_named_by_the_rules, fill),
		cmocka_unit_test_setup(test_metrics_of_nothing, fill),
		cmocka_unit_test_setup(test_requests, fill),
		cmocka_unit_test_setup(test_requests_refused, fill),
		cmocka_unit_test_setup(test_content_length, fill),
		cmocka_unit_test_setup(test_requests_too_long, fill),
		cmocka_unit_test_setup(test_full, fill),
		cmocka_unit_test_setup(test_memory_runs_out, fill),
		cmocka_unit_test_setup(test_copy, fill),
		cmocka_unit_test_setup(test_drops_are_noticed, fill),
		cmocka_unit_test_setup(test_policy, fill),
		cmocka_unit_test_setup(test_group_policy, fill),
		cmocka_unit_test_setup(test_problems_of_processes, fill),
		cmocka_unit_test_setup(test_problems_of_capture, fill),
		cmocka_unit_test_setup(test_problems_of_the_rest, fill),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
