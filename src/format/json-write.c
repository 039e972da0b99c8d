#include "format/json-write.h"

#include "base/clock.h"
#include "format/escape.h"
#include "format/value.h"

#include <inttypes.h>

void json_begin(struct json *j, struct text *out)
{
	*j = (struct json){.out = out, .open = span_str("")};
	text_putc(out, '{');
}

/* How much of both paths is the same, in whole names. */
static size_t shared_head(struct span a, struct span b)
{
	size_t n = 0, shared = 0;

	for (;; n++) {
		bool a_ends = n == a.len || a.ptr[n] == '.';
		bool b_ends = n == b.len || b.ptr[n] == '.';

		if (a_ends && b_ends)
			shared = n;
		if (n == a.len || n == b.len || a.ptr[n] != b.ptr[n])
			return shared;
	}
}

/* The first name of a path, and what is after it. */
static struct span take_name(struct span *path)
{
	const uint8_t *dot = path->len ? memchr(path->ptr, '.', path->len) : NULL;
	struct span name = span_head(*path, dot ? (size_t)(dot - path->ptr) : path->len);

	*path = span_from(*path, name.len + 1);
	return name;
}

static void put_key(struct json *j, struct span name)
{
	text_puts(j->out, j->has_member ? ",\"" : "\"");
	text_json(j->out, name);
	text_puts(j->out, "\":");
	j->has_member = true;
}

/* A path's rest below an object: without the dot between them. */
static struct span below(struct span path, size_t shared)
{
	return span_from(path, shared ? shared + 1 : 0);
}

static void go_to(struct json *j, struct span object)
{
	size_t shared = shared_head(j->open, object);
	struct span left = below(j->open, shared), more = below(object, shared);

	while (left.len) {
		take_name(&left);
		text_putc(j->out, '}');
		j->has_member = true;
	}
	while (more.len) {
		put_key(j, take_name(&more));
		text_putc(j->out, '{');
		j->has_member = false;
	}
	j->open = object;
}

void json_end(struct json *j)
{
	go_to(j, span_str(""));
	text_putc(j->out, '}');
}

void json_at(struct json *j, const char *path)
{
	const char *dot = strrchr(path, '.');

	go_to(j, span_make(path, dot ? (size_t)(dot - path) : 0));
	put_key(j, span_str(dot ? dot + 1 : path));
}

void json_at_name(struct json *j, const char *object, const char *name)
{
	go_to(j, span_str(object));
	put_key(j, span_str(name));
}

void json_text(struct json *j, const char *path, const char *s)
{
	if (s)
		json_text_or_null(j, path, s);
}

void json_text_or_null(struct json *j, const char *path, const char *s)
{
	json_at(j, path);
	if (s)
		json_put_text(j->out, s);
	else
		text_puts(j->out, "null");
}

void json_number(struct json *j, const char *path, uint64_t number)
{
	json_at(j, path);
	text_printf(j->out, "%" PRIu64, number);
}

void json_number_or_null(struct json *j, const char *path, uint64_t number)
{
	if (number)
		json_number(j, path, number);
	else
		json_text_or_null(j, path, NULL);
}

void json_time(struct json *j, const char *path, int64_t time)
{
	json_at(j, path);
	text_putc(j->out, '"');
	clock_format(j->out, time);
	text_putc(j->out, '"');
}

void json_activity(struct json *j, const char *path, const struct event *e)
{
	if (!activity_is_known(e))
		return;
	json_at(j, path);
	text_putc(j->out, '"');
	activity_format(j->out, e);
	text_putc(j->out, '"');
}

static void put_inside(struct text *out, const char *s)
{
	text_json(out, span_str(s));
}

void json_windows(struct json *j, const char *object, const struct field *f, const struct value *v)
{
	json_at_name(j, object, f->name);
	text_putc(j->out, '"');
	value_windows(j->out, f, v, put_inside);
	text_putc(j->out, '"');
}

void json_put_text(struct text *out, const char *s)
{
	text_putc(out, '"');
	text_json(out, span_str(s));
	text_putc(out, '"');
}

/* Items joined by ","; an empty text is an empty array. */
static void put_list(struct text *out, const char *items)
{
	struct span left = span_str(items);

	text_putc(out, '[');
	for (const char *joint = ""; left.len; joint = ",") {
		const uint8_t *comma = memchr(left.ptr, ',', left.len);
		size_t n = comma ? (size_t)(comma - left.ptr) : left.len;

		text_printf(out, "%s\"", joint);
		text_json(out, span_head(left, n));
		text_putc(out, '"');
		left = span_from(left, n + 1);
	}
	text_putc(out, ']');
}

static bool is_bare(enum fact_type type)
{
	return type == FACT_NUMBER || type == FACT_BOOL;
}

void json_put_id(struct text *out, uint64_t id)
{
	text_printf(out, "\"%" PRIu64 "\"", id);
}

void json_put_fact(struct text *out, enum fact f, const struct value *v)
{
	const char *quote = is_bare(facts[f].type) ? "" : "\"";

	if (v->kind == VALUE_ABSENT) {
		text_puts(out, "null");
	} else if (v->kind == VALUE_TEXT && facts[f].type == FACT_LIST) {
		put_list(out, v->text);
	} else if (v->kind == VALUE_TEXT) {
		json_put_text(out, v->text);
	} else {
		text_puts(out, quote);
		value_fact(out, f, v, text_puts);
		text_puts(out, quote);
	}
}

static void put_observation(struct text *out, const struct evidence *v)
{
	struct json j;

	json_begin(&j, out);
	json_text_or_null(&j, "kind", v->kind);
	json_at(&j, "before_ms");
	value_milliseconds(out, v->before);
	json_number_or_null(&j, "packet", v->packet);
	json_text_or_null(&j, "peer", v->peer);
	json_text_or_null(&j, "name", v->name);
	json_text_or_null(&j, "code", v->code);
	json_end(&j);
}

void json_put_evidence(struct text *out, const struct event *e)
{
	text_putc(out, '[');
	for (size_t i = 0; i < e->n_evidence; i++) {
		if (i)
			text_putc(out, ',');
		put_observation(out, &e->evidence[i]);
	}
	text_putc(out, ']');
}

static void put_foreign(struct text *out, const struct foreign_field *f)
{
	struct json j;

	json_begin(&j, out);
	json_text(&j, "name", f->name);
	json_text(&j, "value", f->value);
	json_end(&j);
}

void json_put_foreign(struct text *out, const struct event *e, bool doubles_only)
{
	const char *joint = "";

	text_putc(out, '[');
	for (size_t i = 0; i < e->n_foreign; i++) {
		if (doubles_only && foreign_is_unique(e, i))
			continue;
		text_puts(out, joint);
		put_foreign(out, &e->foreign[i]);
		joint = ",";
	}
	text_putc(out, ']');
}

void json_put_records(struct text *out, const struct finding *f)
{
	text_putc(out, '[');
	for (size_t i = 0; i < finding_n_records(f); i++)
		text_printf(out, "%s%" PRIu64, i ? "," : "", f->records[i]);
	text_putc(out, ']');
}

bool foreign_is_unique(const struct event *e, size_t i)
{
	const char *name = e->foreign[i].name;

	for (size_t k = 0; k < e->layout->n_fields; k++)
		if (strcmp(e->layout->fields[k].name, name) == 0)
			return false;
	for (size_t k = 0; k < i; k++)
		if (strcmp(e->foreign[k].name, name) == 0)
			return false;
	return *name != '\0';
}

bool foreign_has_doubles(const struct event *e)
{
	for (size_t i = 0; i < e->n_foreign; i++)
		if (!foreign_is_unique(e, i))
			return true;
	return false;
}
