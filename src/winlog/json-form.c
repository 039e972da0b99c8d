#include "winlog/json-form.h"

#include "base/text.h"

#include <inttypes.h>

#define PATH_PART_MAX 64
#define DATA_DEPTH 8 /* objects inside one another whose leaves are fields */

struct json_row {
	const char *path;
	enum winlog_member member;
};

struct json_form {
	const char *marks[2]; /* members that only this form has, both of them */
	const char *data[2];  /* where the fields are */
	const char *const
		*head; /* not NULL: the fields stand beside the members; these others are none */
	const struct json_row *rows;
	size_t n_rows;
};

/* Winlogbeat 7 and later, in Elastic's Common Schema. @timestamp is cut to milliseconds: second choice. */
static const struct json_row winlogbeat_rows[] = {
	{"winlog.provider_name", MEMBER_PROVIDER},
	{"winlog.provider_guid", MEMBER_PROVIDER_GUID},
	{"winlog.channel", MEMBER_CHANNEL},
	{"winlog.computer_name", MEMBER_COMPUTER},
	{"winlog.user.identifier", MEMBER_USER_SID},
	{"message", MEMBER_RENDERED},
	{"winlog.event_id", MEMBER_EVENT_ID},
	{"winlog.version", MEMBER_VERSION},
	{"winlog.record_id", MEMBER_RECORD_ID},
	{"winlog.process.pid", MEMBER_PROCESS_ID},
	{"winlog.process.thread.id", MEMBER_THREAD_ID},
	{"winlog.time_created", MEMBER_TIME},
	{"@timestamp", MEMBER_TIME},
	{"winlog.activity_id", MEMBER_ACTIVITY},
};

/* Winlogbeat 5 and 6. */
static const struct json_row old_winlogbeat_rows[] = {
	{"source_name", MEMBER_PROVIDER},     {"provider_guid", MEMBER_PROVIDER_GUID},
	{"log_name", MEMBER_CHANNEL},	      {"computer_name", MEMBER_COMPUTER},
	{"user.identifier", MEMBER_USER_SID}, {"message", MEMBER_RENDERED},
	{"event_id", MEMBER_EVENT_ID},	      {"version", MEMBER_VERSION},
	{"record_number", MEMBER_RECORD_ID},  {"process_id", MEMBER_PROCESS_ID},
	{"thread_id", MEMBER_THREAD_ID},      {"@timestamp", MEMBER_TIME},
	{"activity_id", MEMBER_ACTIVITY},
};

/* OpenWEC, "Json format". */
static const struct json_row openwec_rows[] = {
	{"System.Provider.Name", MEMBER_PROVIDER},
	{"System.Provider.Guid", MEMBER_PROVIDER_GUID},
	{"System.Channel", MEMBER_CHANNEL},
	{"System.Computer", MEMBER_COMPUTER},
	{"System.UserID", MEMBER_USER_SID},
	{"RenderingInfo.Message", MEMBER_RENDERED},
	{"System.EventID", MEMBER_EVENT_ID},
	{"System.Version", MEMBER_VERSION},
	{"System.Level", MEMBER_LEVEL},
	{"System.Task", MEMBER_TASK},
	{"System.Opcode", MEMBER_OPCODE},
	{"System.Keywords", MEMBER_KEYWORDS},
	{"System.EventRecordID", MEMBER_RECORD_ID},
	{"System.Execution.ProcessID", MEMBER_PROCESS_ID},
	{"System.Execution.ThreadID", MEMBER_THREAD_ID},
	{"System.TimeCreated", MEMBER_TIME},
	{"System.Correlation.ActivityID", MEMBER_ACTIVITY},
};

/* The records' XML turned into JSON element by element, as evtx_dump does. */
static const struct json_row dumped_rows[] = {
	{"Event.System.Provider.#attributes.Name", MEMBER_PROVIDER},
	{"Event.System.Provider.#attributes.Guid", MEMBER_PROVIDER_GUID},
	{"Event.System.Channel", MEMBER_CHANNEL},
	{"Event.System.Computer", MEMBER_COMPUTER},
	{"Event.System.Security.#attributes.UserID", MEMBER_USER_SID},
	{"Event.System.EventID", MEMBER_EVENT_ID},
	{"Event.System.Version", MEMBER_VERSION},
	{"Event.System.Level", MEMBER_LEVEL},
	{"Event.System.Task", MEMBER_TASK},
	{"Event.System.Opcode", MEMBER_OPCODE},
	{"Event.System.Keywords", MEMBER_KEYWORDS},
	{"Event.System.EventRecordID", MEMBER_RECORD_ID},
	{"Event.System.Execution.#attributes.ProcessID", MEMBER_PROCESS_ID},
	{"Event.System.Execution.#attributes.ThreadID", MEMBER_THREAD_ID},
	{"Event.System.TimeCreated.#attributes.SystemTime", MEMBER_TIME},
	{"Event.System.Correlation.#attributes.ActivityID", MEMBER_ACTIVITY},
};

/* NXLog's im_msvistalog, of versions 2 to 6, and OpenWEC's "Nxlog format". */
static const struct json_row nxlog_rows[] = {
	{"SourceName", MEMBER_PROVIDER},
	{"ProviderGuid", MEMBER_PROVIDER_GUID},
	{"Channel", MEMBER_CHANNEL},
	{"Hostname", MEMBER_COMPUTER},
	{"UserID", MEMBER_USER_SID},
	{"Message", MEMBER_RENDERED},
	{"EventID", MEMBER_EVENT_ID},
	{"Version", MEMBER_VERSION},
	{"LevelValue", MEMBER_LEVEL},
	{"TaskValue", MEMBER_TASK},
	{"Task", MEMBER_TASK},
	{"OpcodeValue", MEMBER_OPCODE},
	{"Keywords", MEMBER_KEYWORDS},
	{"RecordNumber", MEMBER_RECORD_ID},
	{"RecordID", MEMBER_RECORD_ID},
	{"ExecutionProcessID", MEMBER_PROCESS_ID},
	{"ProcessID", MEMBER_PROCESS_ID},
	{"ExecutionThreadID", MEMBER_THREAD_ID},
	{"ThreadID", MEMBER_THREAD_ID},
	{"EventTime", MEMBER_TIME},
	{"ActivityID", MEMBER_ACTIVITY},
};

/* What NXLog adds of its own. AccountName is not among them: 4030 has a field of that name. */
static const char *const nxlog_head[] = {
	"EventType",
	"SeverityValue",
	"Severity",
	"Level",
	"Opcode",
	"Category",
	"AccountType",
	"Domain",
	"OpenWEC",
	"@timestamp",
	"@version",
	"host",
	"EventReceivedTime",
	"SourceModuleName",
	"port",
	"tags",
	"SourceModuleType",
	"RelatedActivityID",
	NULL,
};

#define ROWS(list) (list), sizeof(list) / sizeof((list)[0])

static const struct json_form forms[] = {
	{{"winlog.event_id", "winlog"},
	 {"winlog.event_data", "winlog.user_data"},
	 NULL,
	 ROWS(winlogbeat_rows)},
	{{"System.EventID", "System"}, {"EventData", "UserData"}, NULL, ROWS(openwec_rows)},
	{{"Event.System.EventID", "Event"},
	 {"Event.EventData", "Event.UserData"},
	 NULL,
	 ROWS(dumped_rows)},
	{{"EventID", "SourceName"}, {NULL, NULL}, nxlog_head, ROWS(nxlog_rows)},
	{{"event_id", "log_name"}, {"event_data", "user_data"}, NULL, ROWS(old_winlogbeat_rows)},
};

const json_t *json_form_at(const json_t *object, const char *path)
{
	while (object) {
		const char *dot = strchr(path, '.');
		char part[PATH_PART_MAX];
		size_t len = dot ? (size_t)(dot - path) : strlen(path);

		if (len >= sizeof(part))
			return NULL;
		memcpy(part, path, len);
		part[len] = '\0';
		object = json_object_get(object, part);
		if (!dot)
			return object;
		path = dot + 1;
	}
	return NULL;
}

const struct json_form *json_form_find(const json_t *object)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (json_form_at(object, forms[i].marks[0]) &&
		    json_form_at(object, forms[i].marks[1]))
			return &forms[i];
	return NULL;
}

/* A string may hold NULs, which no text of ours can: U+FFFD. */
static const char *string_text(const json_t *value, struct winlog_draft *d)
{
	const char *s = json_string_value(value);
	size_t len = json_string_length(value);
	struct text text;

	if (strlen(s) == len)
		return s;
	text_init(&text, WINLOG_DRAFT_MAX);
	for (size_t at = 0; at <= len; at += strlen(s + at) + 1) {
		if (at)
			text_put_rune(&text, 0xfffd);
		text_puts(&text, s + at);
	}
	s = winlog_draft_text(d, span_make(text.ptr, text.len));
	text_finish(&text);
	return s;
}

static const char *nested_text(const json_t *value, struct winlog_draft *d)
{
	char *dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	const char *text = dump ? winlog_draft_text(d, span_str(dump)) : "";
	json_free_t release;

	json_get_alloc_funcs(NULL, &release);
	release(dump);
	return text;
}

static const char *number_text(const json_t *value, struct winlog_draft *d)
{
	char digits[64];
	double real = json_real_value(value);

	if (json_is_integer(value))
		snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
	else if (real > -1e20 && real < 1e20 && real == (double)(int64_t)real)
		snprintf(digits, sizeof(digits), "%.0f", real);
	else
		snprintf(digits, sizeof(digits), "%.17g", real);
	return winlog_draft_text(d, span_str(digits));
}

const char *json_form_text(const json_t *value, struct winlog_draft *d)
{
	const json_t *inner = json_object_get(value, "#text");

	if (inner)
		value = inner;
	switch (json_typeof(value)) {
	case JSON_STRING:
		return string_text(value, d);
	case JSON_INTEGER:
	case JSON_REAL:
		return number_text(value, d);
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	case JSON_OBJECT:
	case JSON_ARRAY:
		return nested_text(value, d);
	case JSON_NULL:
		break;
	}
	return NULL;
}

static void add_data(struct winlog_draft *d, const char *name, const json_t *value)
{
	const char *text = json_form_text(value, d);

	if (text)
		winlog_draft_data(d, winlog_draft_text(d, span_str(name)), text);
}

/* The leaves of an object; what has no name in Windows' XML is an array `Data`. */
static void take_data(struct winlog_draft *d, const json_t *object, unsigned depth)
{
	const char *name;
	const json_t *value;
	void *at = json_object_iter((json_t *)(uintptr_t)object);

	for (; at; at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
		name = json_object_iter_key(at);
		value = json_object_iter_value(at);
		if (strcmp(name, "#attributes") == 0)
			continue;
		if (json_is_object(value) && !json_object_get(value, "#text") && depth < DATA_DEPTH)
			take_data(d, value, depth + 1);
		else if (json_is_array(value) && strcmp(name, "Data") == 0)
			for (size_t i = 0; i < json_array_size(value); i++)
				add_data(d, "", json_array_get(value, i));
		else
			add_data(d, name, value);
	}
}

static bool is_head(const struct json_form *form, const char *name)
{
	for (size_t i = 0; i < form->n_rows; i++)
		if (strcmp(form->rows[i].path, name) == 0)
			return true;
	for (const char *const *head = form->head; *head; head++)
		if (strcmp(*head, name) == 0)
			return true;
	return false;
}

static void take_rest(const struct json_form *form, const json_t *object, struct winlog_draft *d)
{
	void *at = json_object_iter((json_t *)(uintptr_t)object);

	for (; at; at = json_object_iter_next((json_t *)(uintptr_t)object, at))
		if (!is_head(form, json_object_iter_key(at)))
			add_data(d, json_object_iter_key(at), json_object_iter_value(at));
}

void json_form_read(const struct json_form *form, const json_t *object, struct winlog_draft *d)
{
	for (size_t i = 0; i < form->n_rows; i++) {
		const json_t *value = json_form_at(object, form->rows[i].path);
		const char *text = value ? json_form_text(value, d) : NULL;

		if (text)
			winlog_draft_set(d, form->rows[i].member, span_str(text));
	}
	for (size_t i = 0; i < 2 && form->data[i]; i++)
		take_data(d, json_form_at(object, form->data[i]), 0);
	if (form->head)
		take_rest(form, object, d);
}
