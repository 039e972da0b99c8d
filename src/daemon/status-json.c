/* The status as one JSON object. */
#include "daemon/status-table.h"

#include "event/schema.h"
#include "format/json-write.h"

#include <inttypes.h>

/* For machines; host_method_name() is for people. */
static const char *const method_words[HOST_METHOD__COUNT] = {
	[HOST_BPF] = "bpf",
	[HOST_PROC] = "proc",
};

static void put_flag(struct text *out, bool flag)
{
	text_puts(out, flag ? "true" : "false");
}

static void put_time(struct text *out, int64_t time)
{
	if (time == 0) {
		text_puts(out, "null");
		return;
	}
	text_putc(out, '"');
	clock_format(out, time);
	text_putc(out, '"');
}

/* "" is what there is nothing to say about. */
static void put_words(struct text *out, const char *s)
{
	if (*s)
		json_put_text(out, s);
	else
		text_puts(out, "null");
}

static void put_text(struct text *out, const void *at)
{
	put_words(out, at);
}

static void put_count(struct text *out, const void *at)
{
	text_printf(out, "%" PRIu64, *(const uint64_t *)at);
}

static void put_small(struct text *out, const void *at)
{
	text_printf(out, "%u", *(const unsigned *)at);
}

static void put_bool(struct text *out, const void *at)
{
	put_flag(out, *(const bool *)at);
}

static void put_moment(struct text *out, const void *at)
{
	put_time(out, *(const int64_t *)at);
}

static void put_state(struct text *out, const void *at)
{
	put_words(out, status_state_name(*(const enum status_state *)at));
}

static void put_method(struct text *out, const void *at)
{
	put_words(out, method_words[*(const enum host_method *)at]);
}

static void (*const put_kind[])(struct text *out, const void *at) = {
	[STATUS_TEXT] = put_text,     [STATUS_COUNT] = put_count, [STATUS_SMALL] = put_small,
	[STATUS_FLAG] = put_bool,     [STATUS_TIME] = put_moment, [STATUS_STATE] = put_state,
	[STATUS_METHOD] = put_method,
};

static void put_fields(struct json *j, const struct status_field *fields, const void *row)
{
	for (; fields->key; fields++) {
		json_at(j, fields->key);
		put_kind[fields->kind](j->out, (const char *)row + fields->offset);
	}
}

/* Objects between commas, each as its function writes it. */
static void put_array(struct text *out, const struct daemon_status *s,
		      const struct status_section *section)
{
	struct json j;

	text_putc(out, '[');
	for (size_t i = 0; i < status_section_n(s, section); i++) {
		if (i)
			text_putc(out, ',');
		json_begin(&j, out);
		put_fields(&j, section->fields, status_section_row(s, section, i));
		json_end(&j);
	}
	text_putc(out, ']');
}

static void put_strings(struct json *j, const char *key, const char *first, size_t stride, size_t n)
{
	json_at(j, key);
	text_putc(j->out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			text_putc(j->out, ',');
		json_put_text(j->out, first + i * stride);
	}
	text_putc(j->out, ']');
}

static const char *role_writes(const struct status_role_state *role)
{
	enum policy_level level = role->answer == POLICY_WANTED ? role->level : POLICY_LEVEL_NONE;

	return setting_word(SETTING_CLIENT_EVENTS, level);
}

static void put_roles(struct json *j, const struct status_policy *p)
{
	for (enum status_role r = 0; r < STATUS_ROLE__COUNT; r++) {
		const struct status_role_state *role = &p->roles[r];
		struct json inner;

		json_at_name(j, "roles", status_role_name(r));
		json_begin(&inner, j->out);
		json_text(&inner, "writes", role_writes(role));
		json_text(&inner, "policy", status_answer_key(role->answer));
		json_number(&inner, "share", role->share);
		json_end(&inner);
	}
}

static void put_policy(struct json *j, const struct status_policy *p)
{
	put_strings(j, "files", p->files[0], STATUS_PATH_SIZE, p->n_files);
	put_strings(j, "problems", p->problems[0], STATUS_LINE_SIZE, p->n_problems);
	put_roles(j, p);
}

static void put_sections(struct json *j, const struct daemon_status *s)
{
	for (const struct status_section *section = status_sections; section->key; section++) {
		struct json inner;

		json_at(j, section->key);
		if (section->stride) {
			put_array(j->out, s, section);
			continue;
		}
		json_begin(&inner, j->out);
		put_fields(&inner, section->fields, status_section_row(s, section, 0));
		if (section->offset == offsetof(struct daemon_status, policy))
			put_policy(&inner, &s->policy);
		json_end(&inner);
	}
}

static void put_tally(struct json *j, const struct tally *t)
{
	struct json inner;

	json_at(j, "decoder");
	json_begin(&inner, j->out);
	for (int i = 0; i < TALLY__COUNT; i++)
		json_number(&inner, tally_rows[i].key, t->n[i]);
	json_end(&inner);
}

static void put_event(struct text *out, const struct status_events *row)
{
	const struct event_layout *layout = event_layout_find(row->id);
	struct json j;

	json_begin(&j, out);
	json_number(&j, "id", row->id);
	json_text_or_null(&j, "title", layout ? layout->title : NULL);
	for (enum policy_answer a = 0; a < POLICY_ANSWER__COUNT; a++)
		json_number(&j, status_answer_key(a), row->by_answer[a]);
	json_end(&j);
}

static void put_events(struct json *j, const struct daemon_status *s)
{
	json_at(j, "events");
	text_putc(j->out, '[');
	for (size_t i = 0; i < s->n_events; i++) {
		if (i)
			text_putc(j->out, ',');
		put_event(j->out, &s->events[i]);
	}
	text_putc(j->out, ']');
}

struct problem_list {
	struct text *out;
	const char *joint;
};

static void put_problem(void *ctx, const char *sentence)
{
	struct problem_list *list = ctx;

	text_puts(list->out, list->joint);
	json_put_text(list->out, sentence);
	list->joint = ",";
}

static void put_problems(struct json *j, const struct daemon_status *s)
{
	struct problem_list list = {j->out, ""};

	json_at(j, "problems");
	text_putc(j->out, '[');
	status_problems(s, put_problem, &list);
	text_putc(j->out, ']');
}

void status_json(const struct daemon_status *s, struct text *out)
{
	struct json j;

	json_begin(&j, out);
	json_text(&j, "version", NTLMAUDIT_VERSION);
	put_problems(&j, s);
	put_sections(&j, s);
	put_tally(&j, &s->tally);
	put_events(&j, s);
	json_end(&j);
	text_putc(out, '\n');
}
