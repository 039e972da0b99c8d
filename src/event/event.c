#include "event/event.h"

void event_set_text(struct event *e, enum fact f, const char *text)
{
	if (text)
		e->facts[f] = (struct value){.kind = VALUE_TEXT, .text = text};
	else
		e->facts[f] = (struct value){.kind = VALUE_ABSENT};
}

void event_set_number(struct event *e, enum fact f, uint64_t number)
{
	e->facts[f] = (struct value){.kind = VALUE_NUMBER, .number = number};
}

void event_copy_fact(const struct event *from, enum fact f, struct event *to, enum fact as)
{
	if (event_has(from, f))
		to->facts[as] = from->facts[f];
}

void event_set_status(struct event *e, uint32_t status)
{
	event_set_number(e, FACT_STATUS, status);
	event_set_number(e, FACT_STATUS_TEXT, status);
}

const char *event_origin_name(enum event_origin origin)
{
	static const char *const names[ORIGIN__COUNT] = {
		[ORIGIN_CAPTURE] = "capture",
		[ORIGIN_LOG] = "log",
	};

	return origin < ORIGIN__COUNT ? names[origin] : names[ORIGIN_LOG];
}

enum event_outcome event_outcome(const struct event *e)
{
	const struct value *status = &e->facts[FACT_STATUS];

	if (status->kind == VALUE_NUMBER)
		return status_is_failure(status->number) ? OUTCOME_FAILED : OUTCOME_OK;
	return e->layout->task == TASK_BLOCKING ? OUTCOME_FAILED : OUTCOME_UNKNOWN;
}

const char *event_outcome_name(enum event_outcome outcome)
{
	static const char *const names[OUTCOME__COUNT] = {
		[OUTCOME_UNKNOWN] = "unknown",
		[OUTCOME_OK] = "ok",
		[OUTCOME_FAILED] = "failed",
	};

	return outcome < OUTCOME__COUNT ? names[outcome] : names[OUTCOME_UNKNOWN];
}
