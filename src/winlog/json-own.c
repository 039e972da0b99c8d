#include "winlog/json-own.h"

#include "base/text.h"
#include "winlog/event-finding.h"
#include "winlog/event-value.h"
#include "winlog/json-form.h"

bool json_own_is_event(const json_t *object)
{
	return json_object_get(object, "event_id") && json_object_get(object, "record_id") &&
	       json_object_get(object, "provider") && json_object_get(object, "time");
}

bool json_own_is_finding(const json_t *object)
{
	return json_is_string(json_object_get(object, "finding")) &&
	       json_object_get(object, "severity") && json_object_get(object, "records");
}

/* A member's text; NULL where it is missing or null. */
static const char *text_at(const json_t *object, const char *path, struct winlog_draft *d)
{
	const json_t *value = json_form_at(object, path);

	return value ? json_form_text(value, d) : NULL;
}

/* A member's number; 0 where it is missing, null or none. */
static uint64_t number_at(const json_t *object, const char *path, struct winlog_draft *d)
{
	const char *text = text_at(object, path, d);
	uint64_t number;

	return text && winlog_number(text, &number) ? number : 0;
}

static const struct event_layout *layout_of(const json_t *object, struct winlog_draft *d)
{
	uint64_t id = number_at(object, "event_id", d);
	uint64_t version = number_at(object, "version", d);
	const struct event_layout *best = NULL;

	for (size_t i = 0; i < n_event_layouts; i++) {
		if (event_layouts[i].id != id)
			continue;
		best = &event_layouts[i];
		if (best->version == version)
			break;
	}
	return best;
}

/* The items of a list, joined as the fact has them. */
static const char *joined(const json_t *list, struct winlog_draft *d)
{
	struct text text;
	const char *kept;

	text_init(&text, WINLOG_DRAFT_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *item = json_form_text(json_array_get(list, i), d);

		if (i)
			text_putc(&text, ',');
		text_puts(&text, item ? item : "");
	}
	kept = winlog_draft_text(d, span_make(text.ptr, text.len));
	text_finish(&text);
	return kept;
}

static void set_fact(struct event *e, enum fact f, const json_t *value, struct winlog_draft *d)
{
	const char *text = json_is_array(value) ? joined(value, d) : json_form_text(value, d);

	if (text && !winlog_value(f, text, &e->facts[f]))
		event_set_text(e, f, text);
}

static int64_t nanoseconds(const json_t *milliseconds)
{
	double ms = json_number_value(milliseconds);

	if (!(ms > -9e12 && ms < 9e12)) /* 285 years */
		return 0;
	return (int64_t)(ms * 1000 + (ms < 0 ? -0.5 : 0.5)) * 1000;
}

/* What a format takes long for, once an event, must not be long. */
static size_t limited(const json_t *list, size_t max, struct winlog_draft *d)
{
	size_t n = json_array_size(list);

	d->record.n_data_lost += n > max ? n - max : 0;
	return n > max ? max : n;
}

static void take_evidence(struct event *e, const json_t *list, struct winlog_draft *d)
{
	size_t n = limited(list, JSON_OWN_EVIDENCE, d);
	struct evidence *evidence = n ? arena_alloc(&d->arena, n * sizeof(*evidence)) : NULL;

	d->failed = d->failed || (n && !evidence);
	for (size_t i = 0; evidence && i < n; i++) {
		const json_t *v = json_array_get(list, i);

		evidence[i] = (struct evidence){
			.kind = text_at(v, "kind", d),
			.before = nanoseconds(json_object_get(v, "before_ms")),
			.packet = number_at(v, "packet", d),
			.peer = text_at(v, "peer", d),
			.name = text_at(v, "name", d),
			.code = text_at(v, "code", d),
		};
	}
	e->evidence = evidence;
	e->n_evidence = evidence ? n : 0;
}

static void take_foreign(struct event *e, const json_t *list, struct winlog_draft *d)
{
	size_t n = limited(list, JSON_OWN_FOREIGN, d);
	struct foreign_field *foreign = n ? arena_alloc(&d->arena, n * sizeof(*foreign)) : NULL;

	d->failed = d->failed || (n && !foreign);
	for (size_t i = 0; foreign && i < n; i++) {
		const char *name = text_at(json_array_get(list, i), "name", d);
		const char *value = text_at(json_array_get(list, i), "value", d);

		foreign[i].name = name ? name : "";
		foreign[i].value = value ? value : "";
	}
	e->foreign = foreign;
	e->n_foreign = foreign ? n : 0;
}

static const char *take_head(struct event *e, const json_t *object, struct winlog_draft *d)
{
	const char *time = text_at(object, "time", d);
	const char *activity = text_at(object, "activity_id", d);
	bool has_source = json_object_get(object, "source_record") != NULL;

	e->layout = layout_of(object, d);
	if (!e->layout)
		return "an event_id that is unknown";
	if (!time || !winlog_time(time, &e->time))
		return "a time that is none";
	if (activity && !winlog_guid(activity, e->activity))
		return "an activity_id that is none";
	e->origin = ORIGIN_LOG;
	e->record = number_at(object, "record_id", d);
	e->computer = text_at(object, "computer", d);
	e->source_record = has_source ? number_at(object, "source_record", d) : e->record;
	e->process_id = (uint32_t)number_at(object, "execution.process_id", d);
	e->thread_id = (uint32_t)number_at(object, "execution.thread_id", d);
	return NULL;
}

const char *json_own_event(const json_t *object, struct winlog_draft *d, struct event *ret_event)
{
	struct event e = {0};
	const char *why = take_head(&e, object, d);

	if (why)
		return why;
	for (enum fact f = 0; f < FACT__COUNT; f++) {
		const json_t *value = json_object_get(object, facts[f].key);

		if (value)
			set_fact(&e, f, value, d);
	}
	take_evidence(&e, json_object_get(object, "evidence"), d);
	take_foreign(&e, json_object_get(object, "foreign"), d);
	*ret_event = e;
	return NULL;
}

const char *json_own_finding(const json_t *object, struct winlog_draft *d,
			     struct finding *ret_finding)
{
	struct finding f = {0};
	void *at = json_object_iter((json_t *)(uintptr_t)object);
	const json_t *records = json_object_get(object, "records");

	for (; at; at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
		const char *text = json_form_text(json_object_iter_value(at), d);

		if (text && !winlog_finding_set(&f, json_object_iter_key(at), text))
			return "a member of a finding that is none";
	}
	for (size_t i = 0; i < json_array_size(records); i++) {
		const char *text = json_form_text(json_array_get(records, i), d);

		if (!text || !winlog_finding_set(&f, "record", text))
			return "a record of a finding that is none";
	}
	*ret_finding = f;
	return NULL;
}
