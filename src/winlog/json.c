/* Where each object begins and ends, and what is in it. No byte is looked at twice. */
#include "winlog/json.h"

#include "base/mem.h"
#include "base/text.h"
#include "winlog/input-text.h"
#include "winlog/json-form.h"
#include "winlog/json-own.h"
#include "winlog/xml.h"

#include <errno.h>

#define LONG_DIGITS 19 /* of an integer that may not fit 63 bits */
#define OUTER_MAX 4    /* objects around an event: what a database puts around its documents */

enum state { BETWEEN, IN_OBJECT, IN_STRING, AFTER_BACKSLASH };

struct frame {
	const struct winlog_ops *ops;
	void *ctx;
	struct winlog_text *text;
	struct winlog_xml *xml; /* for XML inside JSON; NULL until then */
	struct winlog_draft draft;
	enum state state;
	uint64_t depth;
	uint8_t last;
	bool junk;	    /* the bytes between objects were said to be none */
	struct text object; /* as far as it was taken */
	uint64_t line, object_line;
	size_t kept; /* where in the block that goes on which is not yet in `object` */
	struct span block;
	int rc;
};

static void problem(struct frame *f, const char *why, uint64_t line)
{
	f->ops->problem(f->ctx, "JSON", why, line);
}

/* jansson's reasons as literals. */
static const char *reason(const json_error_t *error)
{
	static const struct {
		enum json_error_code code;
		const char *why;
	} reasons[] = {
		{json_error_out_of_memory, "out of memory"},
		{json_error_stack_overflow, "nested too deeply"},
		{json_error_premature_end_of_input, "cut short"},
		{json_error_duplicate_key, "a key that comes twice"},
		{json_error_numeric_overflow, "a number that is too large"},
		{json_error_null_byte_in_key, "a key with a NUL"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].code == json_error_code(error))
			return reasons[i].why;
	return "not JSON";
}

/*
 * jansson's integers are 63 bits long, Windows' Keywords 64: what may be longer becomes a string, which is as good.
 * Whether a digit stands in a string is told by the quotes before it.
 */
static void quote_numbers(struct text *out, struct span s)
{
	bool in_string = false;

	while (s.len) {
		size_t digits = 0, n;

		while (!in_string && digits < s.len && s.ptr[digits] >= '0' && s.ptr[digits] <= '9')
			digits++;
		n = digits ? digits : *s.ptr == '\\' && s.len > 1 ? 2 : 1;
		in_string ^= *s.ptr == '"';
		text_puts(out, digits >= LONG_DIGITS ? "\"" : "");
		text_add(out, s.ptr, n);
		text_puts(out, digits >= LONG_DIGITS ? "\"" : "");
		s = span_from(s, n);
	}
}

static json_t *parse(struct frame *f)
{
	struct text quoted;
	json_error_t error;
	json_t *object = json_loadb(f->object.ptr, f->object.len, JSON_ALLOW_NUL, &error);

	if (!object && json_error_code(&error) == json_error_numeric_overflow) {
		text_init(&quoted, 2 * WINLOG_JSON_MAX);
		quote_numbers(&quoted, span_make(f->object.ptr, f->object.len));
		object = json_loadb(quoted.ptr ? quoted.ptr : "", quoted.len, JSON_ALLOW_NUL,
				    &error);
		text_finish(&quoted);
	}
	if (!object)
		problem(f, reason(&error),
			f->object_line + (error.line > 0 ? (uint64_t)error.line - 1 : 0));
	return object;
}

/* OpenWEC's "Json Raw": the Event's XML in a string. */
static int read_xml(struct frame *f, const json_t *data)
{
	struct span element = span_make(json_string_value(data), json_string_length(data));
	int rc = f->xml ? 0 : winlog_xml_new(f->ops, f->ctx, &f->xml);

	return rc < 0 ? rc : winlog_xml_parse(f->xml, element, f->object_line);
}

static int read_own_event(struct frame *f, const json_t *object)
{
	struct event e;
	const char *why = json_own_event(object, &f->draft, &e);

	if (!why && f->draft.failed)
		why = "out of memory";
	if (why)
		problem(f, why, f->object_line);
	else if (f->draft.record.n_data_lost)
		problem(f, "more foreign fields or evidence than an event has", f->object_line);
	return why || !f->ops->event ? 0 : f->ops->event(f->ctx, &e);
}

static int read_own_finding(struct frame *f, const json_t *object)
{
	struct finding finding;
	const char *why = json_own_finding(object, &f->draft, &finding);

	if (why)
		problem(f, why, f->object_line);
	return why || !f->ops->finding ? 0 : f->ops->finding(f->ctx, &finding);
}

static int read_record(struct frame *f, const json_t *object)
{
	const struct json_form *form = json_form_find(object);

	if (!form) {
		problem(f, "an object of no collector that is known", f->object_line);
		return 0;
	}
	json_form_read(form, object, &f->draft);
	if (f->draft.failed) {
		problem(f, "out of memory", f->object_line);
		return 0;
	}
	return f->ops->record(f->ctx, &f->draft.record);
}

static int read_object(struct frame *f, const json_t *object)
{
	const json_t *inner, *data;

	for (int i = 0; i < OUTER_MAX && (inner = json_object_get(object, "_source")); i++)
		object = inner;
	winlog_draft_begin(&f->draft, f->object_line);
	data = json_object_get(object, "data");
	if (json_is_string(data) && json_object_get(object, "meta"))
		return read_xml(f, data);
	if (json_own_is_finding(object))
		return read_own_finding(f, object);
	return json_own_is_event(object) ? read_own_event(f, object) : read_record(f, object);
}

/* Takes over what was passed of the block, up to a position. */
static void take(struct frame *f, size_t end)
{
	if (f->state == BETWEEN)
		return;
	text_add(&f->object, f->block.ptr + f->kept, end - f->kept);
	f->kept = end;
	if (!f->object.failed)
		return;
	problem(f, "an object longer than 1 MiB", f->object_line);
	f->state = BETWEEN;
	f->junk = true; /* the rest of it is told already */
}

static void begin_object(struct frame *f, size_t at)
{
	f->state = IN_OBJECT;
	f->depth = 1;
	f->junk = false;
	f->object_line = f->line;
	f->kept = at;
	text_reset(&f->object);
}

static void end_object(struct frame *f, size_t end)
{
	json_t *object;

	take(f, end);
	if (f->state == BETWEEN)
		return;
	f->state = BETWEEN;
	object = parse(f);
	if (!object)
		return;
	f->rc = read_object(f, object);
	json_decref(object);
}

static void step_between(struct frame *f, uint8_t c, size_t at)
{
	if (c == '{') {
		begin_object(f, at);
	} else if (!strchr(" \t\r\n,[]", c) && !f->junk) {
		f->junk = true;
		problem(f, "something that is no object", f->line);
	}
}

/* An object at a line's begin, inside one that has not ended: that one is cut short. */
static void step_object(struct frame *f, uint8_t c, size_t at)
{
	if (c == '{' && f->last == '\n') {
		problem(f, "cut short: another object begins inside", f->object_line);
		begin_object(f, at);
	} else if (c == '"') {
		f->state = IN_STRING;
	} else if (c == '{' || c == '[') {
		f->depth++;
	} else if ((c == '}' || c == ']') && --f->depth == 0) {
		end_object(f, at + 1);
	}
}

/* A line can't end in a string: whatever it was, it has ended. */
static void step_string(struct frame *f, uint8_t c, size_t at)
{
	(void)at;
	if (c == '\\')
		f->state = AFTER_BACKSLASH;
	else if (c == '"' || c == '\n')
		f->state = IN_OBJECT;
}

static void step_backslash(struct frame *f, uint8_t c, size_t at)
{
	(void)at;
	f->state = c == '\n' ? IN_OBJECT : IN_STRING;
}

static void (*const steps[])(struct frame *, uint8_t, size_t) = {
	[BETWEEN] = step_between,
	[IN_OBJECT] = step_object,
	[IN_STRING] = step_string,
	[AFTER_BACKSLASH] = step_backslash,
};

static void read_block(struct frame *f)
{
	f->kept = 0;
	for (size_t i = 0; i < f->block.len && f->rc == 0; i++) {
		uint8_t c = f->block.ptr[i];

		steps[f->state](f, c, i);
		f->line += c == '\n';
		f->last = c;
	}
	take(f, f->block.len);
}

static int read_all(struct frame *f)
{
	uint64_t line;
	int rc;

	while (f->rc == 0 && (rc = winlog_text_next(f->text, &f->block)) != 0) {
		if (rc < 0)
			return rc;
		read_block(f);
	}
	if (f->rc == 0 && f->state != BETWEEN)
		problem(f, "cut short: the file ends", f->object_line);
	if (winlog_text_replaced(f->text, &line))
		f->ops->problem(f->ctx, "text", "characters that are none were replaced", line);
	return f->rc;
}

int winlog_json_read(int fd, const struct winlog_ops *ops, void *ctx)
{
	struct frame *f = mem_zalloc(1, sizeof(*f));
	int rc;

	if (!f)
		return -ENOMEM;
	json_set_alloc_funcs(mem_alloc, mem_free);
	f->ops = ops;
	f->ctx = ctx;
	f->line = 1;
	f->last = '\n';
	text_init(&f->object, WINLOG_JSON_MAX);
	winlog_draft_init(&f->draft);
	rc = winlog_text_new(fd, &f->text);
	if (rc == 0)
		rc = read_all(f);
	winlog_xml_free(f->xml);
	winlog_draft_finish(&f->draft);
	winlog_text_free(f->text);
	text_finish(&f->object);
	mem_free(f);
	return rc;
}
